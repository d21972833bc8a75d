"""From records to tables, paper_tables all of a report's; what a run was told, and two runs side by side.

paper/ makes the paper's tables, attributes/ those of what attributes say, out of what is in parts/. Only records are
read here: no table runs a model, and none knows how it will be printed.
"""

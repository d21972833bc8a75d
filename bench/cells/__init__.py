"""What was computed: cells, the records they gave and what those were made with.

A cell is one number-producing job, its record the only thing that tables are made of. Nothing here computes a figure.
"""

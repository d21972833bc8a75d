"""From records to tables: rows, marks, notes, tests between rows, comparisons of runs; the paper's in `paper`.

Nothing here runs a method or renders a page.
"""

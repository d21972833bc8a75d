"""From a suite to records: what is to be run, what is done, and the runs themselves.

Nothing here prints a table.
"""

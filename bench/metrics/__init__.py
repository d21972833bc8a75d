"""The figures: pure functions of predictions and truth, their intervals, and one registry that says what each is.

Nothing here knows of data sets, methods or files.
"""

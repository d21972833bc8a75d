"""What a fitted score does when its attributes are changed: deletion and insertion, what truth gains, its curves.

Measured while the model that answers is at hand, and kept in a file beside the records, so that a report needs no
model.
"""

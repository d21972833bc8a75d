"""The datasets, a file each: its layout, its labels and their scale.

What two datasets share is one folder up.
"""

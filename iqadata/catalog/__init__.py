"""Datasets by name: loaded, checked, and found in a folder, be they read, combined or made by this package.

What a dataset is and how one is read lies in `datasets`, what is made without a copy in `standins` and `synthesis`.
"""

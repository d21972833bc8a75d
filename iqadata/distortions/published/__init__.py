"""The distortions of the rated data sets, one pure function each, as their authors made them.

What cameras and apps do is in `camera`.
"""

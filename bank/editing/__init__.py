"""How banks become other banks: what changed between two, merging them, editing one by hand.

Every function gives a new bank or a description of one; none changes a saved version.
"""

"""Banks on disk and elsewhere: files, stores, the hub, exchange formats, merging, comparing, editing, verifying.

Nothing here judges a phrase.
"""

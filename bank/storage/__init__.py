"""Where banks are kept: the file of a version and its seals, stores, the hub, listing and verifying what is there.

Nothing here judges a phrase, and nothing changes what a bank says.
"""

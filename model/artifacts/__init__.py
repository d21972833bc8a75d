"""A tuned model as a folder: its config, its files and their hashes, its card, what `exiqa model info` says of it.

Nothing is trained here, and no photo is read.
"""

"""The phrases written by hand, a file a group of distortions, the controls, and what builds the shipped banks of both.

Banks that an LLM wrote do not come from here.
"""

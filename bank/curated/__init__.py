"""The phrases written by hand, a file a group of distortions, and what makes the shipped banks of them.

Banks that an LLM wrote do not come from here.
"""

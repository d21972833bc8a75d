"""The towers below the attribute head: open_clip's, the small one that ships, visual prompts, sentences.

Nothing here knows what an attribute's probability is made of.
"""

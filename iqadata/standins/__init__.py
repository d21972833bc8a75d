"""Stand-ins for the real datasets, made with no download: scenes, and proxy scores anchored in published opinions.

Nothing here is read from a user's copy of a dataset, and no score here is an opinion of the image that has it.
"""

"""A reference and its distorted picture, brought to one scale and freed of what tone, color and shifts explain.

No effect is decided here.
"""

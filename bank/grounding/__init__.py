"""A bank held against pixels: which phrases are seen in pictures of their distortion, and what no phrase says.

The effects themselves are measured elsewhere (`exiqa.iqadata.grounding`); nothing here opens a picture.
"""

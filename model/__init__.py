"""CLIP tuned on a bank, its quality score, and what it says of a photo: the rooms from the towers to the reports.

At the top lies what the rooms share: the attribute head (Eqs. 6-8), the model around it, preprocessing, settings.
No benchmark and no generation of banks belongs here.
"""

import lazy_loader

# The public names live in __init__.pyi; each is imported when first used, so that importing costs nothing.
__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)

"""Pixels: distortions, datasets and their splits, stand-ins, the multi-distortion set.

What distorts, reads, describes or compares images lies here; nothing here knows a model, and of the bank only the
taxonomies are used. Public names are in `__init__.pyi`.
"""

import lazy_loader

# Each name is imported when first used, so that importing costs nothing.
__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)

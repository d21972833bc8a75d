"""Datasets: what one is, how a user's copy is read, splits, combinations, comparisons.

Each dataset's own layout is a file in `specs/`; they are loaded by name in `catalog`. Public names are in
`__init__.pyi`.
"""

import lazy_loader

# Each name is imported when first used, so that importing costs nothing.
__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)

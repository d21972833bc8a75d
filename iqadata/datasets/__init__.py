"""Datasets: loaded by name from a user's copy, checked, split, combined, compared.

Each dataset's own layout is a file in `specs/`; what is made without a copy lies in `standins` and `synthesis`. Public
names are in `__init__.pyi`.
"""

import lazy_loader

# Each name is imported when first used, so that importing costs nothing.
__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)

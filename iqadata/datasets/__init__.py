"""The datasets: one spec file each, loaded by name, checked, split and compared."""

import lazy_loader

# The public names live in __init__.pyi; each is imported when first used, so that importing costs nothing.
__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)

"""Effects: what a distortion does to a picture, measured against its reference.

Each family of effects is a file (detail, grain, pieces, tone, steps, color, place, field); what they share of one pair
of pictures is computed once (`exiqa.iqadata.effects.pairing.pair`). Public names are in `__init__.pyi`.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)

"""The versions of what this package makes of pixels, apart from the code that does it: comparing them imports nothing.

Whoever changes what is made raises its version; whatever was computed from another version is computed again.
"""

PIXELS_VERSION = 2
"""What the distortions, levels and scenes make of a seed: raised with every change of a pixel. Caches of what was
measured on images go stale by it, and a set of recipes is rendered only by the version it was drawn for.

1: no stretch, no colour transform in JPEG 2000, lengths in pixels of any image.
2: KADID-10k's as its authors' generator makes them, lengths of a 512×384 image that scale with others, our own
non-local means."""

STANDINS_VERSION = 1
"""Which photos, scenes, distortions and levels the stand-ins consist of (`exiqa.iqadata.standins.standin`)."""

PROXY_VERSION = 1
"""The scores of the stand-ins (`exiqa.iqadata.standins.proxy` and the opinions that it is anchored to)."""

EFFECTS_VERSION = 3
"""The effects' values and what is visible of them (`exiqa.iqadata.effects.measure`): caches of measurements and
attribute truth go stale by it."""

TRUTH_VERSION = 1
"""How attribute truth follows from effects and links (`exiqa.iqadata.grounding.attribute_truth`)."""

SPLITS_VERSION = 1
"""Which references a seed puts on which side of a split (`exiqa.iqadata.datasets.splits.make_split`)."""

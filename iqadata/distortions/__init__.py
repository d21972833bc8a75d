"""The distortions, one pure function each: (image, parameter, rng) -> image.

`image` is (H, W, 3) float32 sRGB in [0, 1]; so is the result, a new array. `parameter` is the distortion's own
scale (a standard deviation, a quality, a count: see each docstring and `iqadata.distortions.registry`). `rng` is a
`numpy.random.Generator`; a function without randomness ignores it. Random draws are made in an order that
makes a stronger level of the same seed an extension of the weaker one where that is possible.
"""

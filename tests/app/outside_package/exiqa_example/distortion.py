"""Scan lines, as on an old television screen."""

from __future__ import annotations

import numpy as np

from exiqa.iqadata import DistortionSpec


def scan_lines(image: np.ndarray, light_lost: float, rng: np.random.Generator) -> np.ndarray:
    """Every fourth row, from a random one of the first four on, loses a share of its light."""
    result = image.copy()
    result[int(rng.integers(4)) :: 4] *= np.float32(1 - light_lost)
    return result


SCAN_LINES = DistortionSpec(
    id="scan_lines",
    name="Scan lines",
    explanation="Every fourth row of pixels is darkened, as on an old television screen; higher levels are darker.",
    kind="spatial",
    function=scan_lines,
    parameter="share of the light lost",
    no_change=0,
    levels=(0.2, 0.4, 0.7),
    kin="quantization",
)

"""What is left of the reference's detail, band by band."""

from __future__ import annotations

import numpy as np

BANDS = 4
"""Bands of detail, about 2, 4, 8 and 16 pixels a period and more; a coarser one behind them is what they are held
against."""


def band_gains(
    expected: tuple[np.ndarray, ...], actual: tuple[np.ndarray, ...], mask: np.ndarray, grain: tuple[float, float]
) -> tuple[np.ndarray, np.ndarray]:
    """Per band the coherent gain and the gain of energy, both relative to the coarsest band's coherent gain.

    The coherent gain is the slope of the distorted band on the expected one: what is left of the reference's own
    detail. The gain of energy is the ratio of their root mean squares, less the grain measured in smooth areas: detail
    that is there in whatever place. A band that the reference has nothing in counts as kept.

    Args:
        expected: BANDS + 1 bands of what the reference would be.
        actual: The same of the distorted picture.
        mask: (H, W) bool: where the two finest bands are compared; coarser ones are taken as a whole.
        grain: Standard deviation of what is added at random in the two finest bands.

    Returns:
        Two of (BANDS,), ≥ 0.
    """
    coarse = float((expected[-1] * actual[-1]).mean()) / max(float((expected[-1] ** 2).mean()), 1e-6)
    scale = float(np.clip(coarse, 0.4, 1.6)) if float((expected[-1] ** 2).mean()) > 1 else 1.0
    coherent, energy = np.ones(BANDS), np.ones(BANDS)
    places = np.flatnonzero(mask)
    for band in range(BANDS):
        x, y = expected[band], actual[band]
        if band < 2:
            x, y = x.ravel()[places], y.ravel()[places]
        power = float((x * x).mean()) if x.size else 0.0
        if power < 0.5 or x.size < 200:
            continue
        noise = grain[band] ** 2 if band < 2 else 0.0
        coherent[band] = max(float((x * y).mean()) / power, 0) / scale
        energy[band] = (max(float((y * y).mean()) - noise, 0) / power) ** 0.5 / scale
    return coherent, energy

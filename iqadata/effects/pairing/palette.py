"""Pictures of few colours, mixed by dots.

A picture that was reduced to a palette has many colours again once it is resized. What stays: between the dots lie
areas of one colour where the reference has none, they share a few dozen colours, and the dots are as fine as the
pixels.
"""

from __future__ import annotations

import cv2
import numpy as np

_PALETTE = 48
"""The commonest colours of flat areas, of which a picture of few colours has hardly any others."""
_SAMPLE = 3_000
_COVERED = (0.4, 0.7)
"""Share of the newly flat places in one of those colours, up to which colours are many, and from which on few."""
_FLAT = (0.005, 0.02)
"""Share of the picture that is newly flat, likewise."""
_COARSE = (0.3, 0.42)
"""Energy added from 1 to 2 pixels as a share of that below 1 in calm areas: dots from error diffusion have .2 to .3,
contours and blocks over .4."""


def largest_steps(picture: np.ndarray) -> np.ndarray:
    """(H, W, 3) uint8 -> (H − 1, W − 1) uint8: the largest difference, in R, G and B, of a pixel from its neighbours
    above and to the left."""
    off = cv2.max(cv2.absdiff(picture[1:, 1:], picture[:-1, 1:]), cv2.absdiff(picture[1:, 1:], picture[1:, :-1]))
    return cv2.max(cv2.max(off[..., 0], off[..., 1]), off[..., 2])


def newly_flat(reference: np.ndarray, distorted: np.ndarray) -> np.ndarray:
    """(H − 1, W − 1) bool: where a pixel and its neighbours above and to the left are of one colour and were not.

    Args:
        reference: (H, W, 3) uint8.
        distorted: The same shape.
    """
    return (largest_steps(reference) >= 2) & (largest_steps(distorted) <= 1)


def fewness(distorted: np.ndarray, flat: np.ndarray, fine: np.ndarray, coarse: np.ndarray) -> float:
    """How far a picture is of few colours, mixed by dots, in [0, 1].

    Args:
        distorted: (H, W, 3) uint8.
        flat: (H − 1, W − 1) bool, of `newly_flat`.
        fine: (n,) what is added below 1 pixel in calm areas.
        coarse: (n,) the same from 1 to 2 pixels.
    """
    places = np.flatnonzero(flat)
    share = len(places) / flat.size
    if share <= _FLAT[0] or not fine.size:
        return 0.0
    colors = distorted[1:, 1:].reshape(-1, 3)[places[:: max(1, len(places) // _SAMPLE)]]
    counts = np.unique(colors @ np.array([65536, 256, 1], np.int32), return_counts=True)[1]
    covered = float(np.sort(counts)[-_PALETTE:].sum()) / len(colors)
    ratio = float(np.sqrt((coarse**2).mean() / max(float((fine**2).mean()), 1e-6)))
    return _rise(covered, *_COVERED) * _rise(share, *_FLAT) * (1 - _rise(ratio, *_COARSE))


def _rise(value: float, start: float, end: float) -> float:
    return float(np.clip((value - start) / (end - start), 0, 1))

"""What a variant is."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Variant:
    """Another implementation of a distortion's effect."""

    distortion: str
    """The id of the distortion in KADID-10k whose effect it has."""
    name: str
    """Its own name, unique within the distortion."""
    function: Callable[[np.ndarray, float, np.random.Generator], np.ndarray]
    """(image (H, W, 3) float32 in [0, 1], parameter, rng) -> the same, a new array."""
    parameter: str
    """What the parameter is, with its unit."""
    no_change: float
    """The parameter that leaves the image as it is."""
    extreme: float
    """The strongest parameter that levels are looked for at."""
    source: str
    """Where the definition comes from."""
    tolerance: float = 0.0
    """The largest mean absolute difference at `no_change`, in [0, 1]: 0 but for codecs."""
    opposite: float | None = None
    """Where the distortion goes both ways (mean shift, contrast), the strongest parameter of the way down."""
    whole: bool = False
    """The parameter counts in whole numbers."""
    shares_levels: bool = False
    """The parameter means what the original's means, and takes its levels instead of being matched by error."""

"""What one distortion is: a function on pixels, how its parameter is read, and for one's own what it is called."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from exiqa.bank.described import DescribedDistortion
from exiqa.bank.taxonomy import ID_PATTERN, Distortion

DistortionFunction = Callable[[np.ndarray, float, np.random.Generator], np.ndarray]


def linear(parameter: float) -> float:
    """The parameter as it is."""
    return parameter


def root(parameter: float) -> float:
    """Variances as standard deviations."""
    return math.sqrt(parameter)


def quantizer_scale(quality: float) -> float:
    """JPEG quality as libjpeg's scale of the quantisation tables, in percent: 0 at 100, 1250 at 4."""
    return 5000 / quality if quality < 50 else 200 - 2 * quality


@dataclass(frozen=True)
class DistortionSpec(DescribedDistortion):
    """One distortion: how it is applied and how its parameter is read.

    A shipped one has its name and explanation in the taxonomies and its levels in
    `exiqa.iqadata.distortions.levels`; one from another package states `name`, `explanation` and `levels` itself, all
    three.
    """

    id: str
    """Lower-case letters, digits and underscores, as taxonomies and file names have it."""
    kind: str
    """The group it is shown in: blur, noise, color, compression, transmission, tone, spatial, scene, camera."""
    function: DistortionFunction
    """(image (H, W, 3) float32 in [0, 1], parameter, rng) -> the same, a new array."""
    parameter: str
    """What the parameter is, with its unit."""
    no_change: float
    """p₀: the parameter that leaves the image as it is."""
    magnitude: Callable[[float], float] = linear
    """g: |g(p) − g(p₀)| grows with the change that p makes."""
    tolerance: float = 0.0
    """The largest mean absolute difference at p₀, in [0, 1]: 0 but for codecs."""
    approximate: bool = False
    """The function differs from the original in kind, not only in its random numbers: its docstring says how."""
    kin: str | None = None
    """For a distortion that no public dataset has rated: the nearest one that has been."""
    source: str = ""
    """Where the definition comes from."""
    name: str = ""
    """What people call it; screens refuse its words in phrases."""
    explanation: str = ""
    """How it is applied to an image; with the name, all that an LLM is shown."""
    levels: tuple[float, ...] = ()
    """The parameters of levels 1, 2, …."""
    version: int = 1
    """Raised with every change of a pixel: what was made by another version is made again."""

    def __post_init__(self) -> None:
        if not re.fullmatch(ID_PATTERN, self.id):
            raise ValueError(f"the id {self.id!r} is not of lower-case letters, digits and underscores")
        stated = [bool(self.name), bool(self.explanation), bool(self.levels)]
        if any(stated) and not all(stated):
            raise ValueError(f"{self.id} states some of name, explanation and levels; state all three")
        if self.levels and not any(abs(self.magnitude(p) - self.magnitude(self.no_change)) for p in self.levels):
            raise ValueError(f"no level of {self.id} differs from no_change, which is {self.no_change}")

    def description(self) -> Distortion | None:
        if not self.explanation:
            return None
        return Distortion(
            id=self.id, code=self.id, name=self.name, explanation=self.explanation, levels=len(self.levels)
        )

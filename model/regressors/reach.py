"""How far a regressor reaches: which photos are like those that it was fitted to, and how far off it is on them.

Both are calibrated on photos that it was not fitted to. Needs no torch.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from exiqa.core.errors import UserError

COVERAGE = 0.90
"""Of the interval: the share of photos like the calibration's whose true score it holds."""
LIKE_ITS_OWN = 0.98
"""The share of the calibration's photos that count as seen; of others like them at least 95 % do, whoever is drawn."""
SHRINKAGE = 0.01
"""Of the mean variance, added to that in every direction: in most directions attributes hardly vary."""
FEWEST = 50
"""Calibration photos below which neither can be said."""
_KEPT = 0.1
"""Directions whose variance is a smaller part of what is added are taken to have none."""
_PREFIX = "reach."


@dataclass(frozen=True)
class Reach:
    """What a regressor has seen, and its interval."""

    center: np.ndarray
    """(A,) float32: mean P(a|I) of the training photos."""
    axes: np.ndarray
    """(A, R) float32: with z = P(a|I) − center, the squared distance is |z|² / floor − |z · axes|² (Mahalanobis with
    the shrunk covariance of the training photos)."""
    floor: float
    """The variance that is added in every direction."""
    limit: float
    """Photos at a larger distance lie outside."""
    half_width: float
    """Of the interval around a score, in units of the score."""

    def distance(self, attributes: np.ndarray) -> np.ndarray:
        """(N, A) P(a|I) -> (N,) distances from the training photos, at least 0."""
        moved = np.asarray(attributes, np.float64) - self.center
        squared = (moved**2).sum(axis=1) / self.floor - ((moved @ self.axes) ** 2).sum(axis=1)
        return np.sqrt(np.maximum(squared, 0))

    def outside(self, attributes: np.ndarray) -> np.ndarray:
        """(N, A) P(a|I) -> (N,) bool: whether a photo lies outside what was seen."""
        return self.distance(attributes) > self.limit

    def tensors(self) -> dict[str, np.ndarray]:
        """What is stored beside a regressor's own tensors."""
        values: dict[str, np.ndarray | float] = {
            "center": self.center,
            "axes": self.axes,
            "floor": self.floor,
            "limit": self.limit,
            "half_width": self.half_width,
        }
        return {
            _PREFIX + name: np.ascontiguousarray(value, np.float32).reshape(np.shape(value) or 1)
            for name, value in values.items()
        }


def fit_reach(attributes: np.ndarray, calibration: np.ndarray, residuals: np.ndarray) -> Reach | None:
    """The reach of a fitted regressor.

    The distance's limit is a quantile over the calibration photos, and the interval's half width the ⌈(n + 1) · .9⌉-th
    smallest amount by which the score was off on them: split conformal prediction (Lei et al., Distribution-free
    predictive inference for regression, JASA 2018).

    Args:
        attributes: (N, A) P(a|I) of the photos that it was fitted to.
        calibration: (n, A) of photos that it was not fitted to.
        residuals: (n,) true minus predicted score of these.

    Returns:
        None where there are fewer than `FEWEST` photos to calibrate on, or two to fit to.
    """
    if len(calibration) < FEWEST or len(attributes) < 2:
        return None
    center = attributes.mean(axis=0, dtype=np.float64).astype(np.float32)  # as stored, so that a file changes nothing
    values, vectors = np.linalg.eigh(np.cov(attributes.T.astype(np.float64)).reshape(len(center), -1))
    values = np.maximum(values, 0)
    floor = _stored(max(SHRINKAGE * float(values.mean()), 1e-12))
    kept = values > _KEPT * floor
    axes = (vectors[:, kept] * np.sqrt(1 / floor - 1 / (values[kept] + floor))).astype(np.float32)
    reach = Reach(center, axes, floor, np.inf, 0.0)
    rank = int(np.ceil((len(residuals) + 1) * COVERAGE))
    return Reach(
        center,
        axes,
        floor,
        limit=_stored(float(np.quantile(reach.distance(calibration), LIKE_ITS_OWN))),
        half_width=_stored(float(np.sort(np.abs(residuals))[min(rank, len(residuals)) - 1])),
    )


def _stored(value: float) -> float:
    """A number as float32 holds it."""
    return float(np.float32(value))


def reach_of(tensors: dict[str, np.ndarray], attributes: int, where: str) -> Reach | None:
    """The reach among a regressor's tensors; None where they have none.

    Args:
        tensors: By name; only those of a reach are looked at.
        attributes: A.
        where: Names the file in messages.

    Raises:
        UserError: They are not whole, or of another number of attributes.
    """
    own = {name.removeprefix(_PREFIX): value for name, value in tensors.items() if name.startswith(_PREFIX)}
    if not own:
        return None
    shapes = {"center": (attributes,), "floor": (1,), "limit": (1,), "half_width": (1,)}
    wrong = [name for name, shape in shapes.items() if name not in own or own[name].shape != shape]
    axes = own.get("axes")
    if wrong or axes is None or axes.ndim != 2 or axes.shape[0] != attributes or not float(own["floor"][0]) > 0:
        raise UserError(f"{where} does not hold how far a regressor of {attributes} attributes reaches; fit it again")
    return Reach(own["center"], axes, *(float(own[name][0]) for name in ("floor", "limit", "half_width")))


def read_reach(path: Path, attributes: int) -> Reach | None:
    """The reach in a regressor's file; None where it has none.

    Raises:
        UserError: The file is no safetensors file, or as `reach_of`.
    """
    from safetensors import SafetensorError, safe_open

    try:
        with safe_open(path, framework="np") as file:
            names = file.keys()
            tensors = {name: file.get_tensor(name) for name in names if name.startswith(_PREFIX)}
    except SafetensorError as error:
        raise UserError(f"{path} is not a safetensors file, or is cut short ({error}); copy it again") from None
    return reach_of(tensors, attributes, str(path))


def is_of_reach(name: str) -> bool:
    """Whether a tensor's name is one of a reach."""
    return name.startswith(_PREFIX)

"""Comparing two predictors of scores on the photos of one split.

Everything here is over photos: it says what another draw of photos would give the same two fitted predictors, not what
another training set would.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from exiqa.bench.metrics.registry import METRICS

SAMPLES = 2000
"""Resamples of the bootstrap, and of the permutation."""
CONFIDENCE = 0.95
EQUIVALENCE_MARGIN = METRICS["srcc"].margin
"""Two SRCCs that differ by less are as good as equal: half of what the field's tables tell methods apart by."""
_POWER = 1.959964 + 0.841621
"""Standard errors from 0 at which a difference is found, two-sided at .05, with a chance of .80."""
_AT_ONCE = 4_000_000
"""Numbers held at once."""

Equivalence = Literal["equivalent", "not shown"]


@dataclass(frozen=True)
class Comparison:
    """The SRCC of one predictor minus that of another, on the same N photos."""

    difference: float
    interval: tuple[float, float]
    """95 % percentile interval by the paired bootstrap over photos."""
    p: float
    """Two-sided, by permutation; not corrected for how many comparisons are made."""
    detectable: float
    """The smallest true difference that a test at .05 finds with a chance of .80."""
    equivalence: Equivalence
    """Whether the 90 % interval lies within ± `EQUIVALENCE_MARGIN`: two one-sided tests at .05 (Schuirmann 1987)."""


def compare_scores(
    first: np.ndarray,
    second: np.ndarray,
    truth: np.ndarray,
    *,
    seed: int = 0,
    samples: int = SAMPLES,
    margin: float = EQUIVALENCE_MARGIN,
) -> Comparison:
    """Two predictors' SRCC with the truth, compared on the same photos.

    The bootstrap draws photos with replacement, the same for both (Efron and Tibshirani 1993, ch. 8). The permutation
    swaps, photo by photo, the ranks that the two predictors give it with a chance of one half: under the hypothesis
    that they are equally good, which is which tells nothing. Ranks, since the two may be on different scales.

    Args:
        first: (N,) predicted scores, higher is better.
        second: (N,) of the other.
        truth: (N,).
        seed: Of the draws.
        samples: How many are drawn, of either kind.
        margin: Of equivalence, in SRCC.

    Raises:
        ValueError: There are fewer than three photos, or a side is constant or not finite.
    """
    sides = [np.asarray(side, np.float64) for side in (first, second, truth)]
    if len({side.shape for side in sides}) > 1 or len(sides[2]) < 3:
        raise ValueError("a comparison needs two predictions and the truth of the same three photos or more")
    if any(np.ptp(side) == 0 or not np.isfinite(side).all() for side in sides):
        raise ValueError("a side is constant or has a value that is not finite")
    rng = np.random.default_rng(seed)
    ranks = [_ranks(side[None])[0] for side in sides]
    observed = _pearson(ranks[0], ranks[2]) - _pearson(ranks[1], ranks[2])
    drawn = _bootstrap(sides, rng, samples)
    low, high = np.quantile(drawn, ((1 - CONFIDENCE) / 2, (1 + CONFIDENCE) / 2))
    one_sided = np.quantile(drawn, (0.05, 0.95))
    equivalent = -margin < one_sided[0] and one_sided[1] < margin
    return Comparison(
        difference=float(observed),
        interval=(float(low), float(high)),
        p=_permutation_p(ranks, float(observed), rng, samples),
        detectable=float(_POWER * drawn.std(ddof=1)),
        equivalence="equivalent" if equivalent else "not shown",
    )


def tie_groups(order: Sequence[int], apart: Callable[[int, int], bool]) -> list[int]:
    """A group for each predictor, in which it is not told apart from the group's best: 1 is the best group.

    The best opens the first group; every following one joins the open group if it is not told apart from the group's
    first, and opens the next if it is. No one is called a winner over what it was not told apart from.

    Args:
        order: The predictors' numbers, the best first.
        apart: (group's first, another) -> whether they are told apart.

    Returns:
        By predictor's number its group, from 1.
    """
    group = [0] * len(order)
    head, number = None, 0
    for one in order:
        if head is None or apart(head, one):
            head, number = one, number + 1
        group[one] = number
    return group


def _bootstrap(sides: Sequence[np.ndarray], rng: np.random.Generator, samples: int) -> np.ndarray:
    """(samples,) differences of SRCC over photos that are drawn with replacement."""
    count = len(sides[0])
    parts = []
    for size in _parts(samples, count):
        rows = rng.integers(0, count, (size, count))
        first, second, truth = (_ranks(side[rows]) for side in sides)
        parts.append(_pearson(first, truth) - _pearson(second, truth))
    drawn = np.concatenate(parts)
    return drawn[np.isfinite(drawn)]  # a resample of one photo alone has no correlation


def _permutation_p(ranks: Sequence[np.ndarray], observed: float, rng: np.random.Generator, samples: int) -> float:
    """The share of random swaps, the observed one among them, whose difference is at least as large by amount."""
    first, second, truth = ranks
    as_large = 1
    for size in _parts(samples, len(truth)):
        swapped = rng.random((size, len(truth))) < 0.5
        one, other = np.where(swapped, second, first), np.where(swapped, first, second)
        differences = _pearson(one, truth) - _pearson(other, truth)
        as_large += int(np.sum(np.abs(differences) >= abs(observed) - 1e-12))
    return as_large / (samples + 1)


def _parts(samples: int, count: int) -> list[int]:
    size = max(1, _AT_ONCE // count)
    return [min(size, samples - start) for start in range(0, samples, size)]


def _ranks(values: np.ndarray) -> np.ndarray:
    """(S, N) -> (S, N) ranks from 1 within each row, ties their mean rank."""
    from scipy.stats import rankdata

    return np.asarray(rankdata(values, axis=1))


def _pearson(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Pearson's correlation along the last axis; NaN where a side is constant."""
    x, y = (side - side.mean(axis=-1, keepdims=True) for side in (x, y))
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray((x * y).sum(axis=-1) / np.sqrt((x * x).sum(axis=-1) * (y * y).sum(axis=-1)))

"""Near-duplicates by sentence cosine, where the polarity agrees: dropped within a distortion, shared across them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from exiqa.bank.phrases.polarity import conflicts

DECIMALS = 4
"""Cosines are rounded before they are compared, so that no decision hangs on the order in which a machine adds."""

_ROWS, _COLUMNS = 1024, 4096
# The blocks of the big matrix product: 16 MiB of float32 at a time, whatever the number of phrases.


@dataclass(frozen=True)
class Match:
    """Another phrase by its number, and the cosine to it."""

    index: int
    cosine: float


def cosines(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """The cosine of every vector of one set to every vector of another.

    Args:
        first: (N, E) unit vectors.
        second: (M, E) unit vectors.

    Returns:
        (N, M) float64 in [-1, 1], rounded to `DECIMALS`.
    """
    return np.round((first @ second.T).astype(np.float64), DECIMALS)


def near_duplicates(vectors: np.ndarray, polarities: np.ndarray, threshold: float) -> list[Match | None]:
    """For each phrase, the best-matching earlier one that it duplicates.

    A phrase is compared with those before it that stayed.

    Args:
        vectors: (N, E) float32 unit vectors, in order of preference.
        polarities: (N, X) uint8, see `exiqa.bank.phrases.polarity`.
        threshold: Cosine in (0, 1] from which two phrases without a conflict of polarity are duplicates.

    Returns:
        N matches; None means that the phrase stays.
    """
    matches: list[Match | None] = []
    kept: list[int] = []
    for index in range(len(vectors)):
        match = None
        if kept:
            near = cosines(vectors[index : index + 1], vectors[kept])[0]
            near[conflicts(polarities[index], polarities[kept])] = -2.0
            best = int(np.argmax(near))
            if near[best] >= threshold:
                match = Match(kept[best], float(near[best]))
        if match is None:
            kept.append(index)
        matches.append(match)
    return matches


def shared_attributes(
    vectors: np.ndarray,
    polarities: np.ndarray,
    existing: int,
    threshold: float,
    allowed: Callable[[int, int], bool],
) -> list[Match | None]:
    """For each phrase, the earlier phrase that it becomes.

    A phrase becomes the nearest attribute with a cosine of at least `threshold`, no conflict of polarity and
    `allowed`; of equally near ones the earliest. Memory: one block of cosines beside the input.

    Args:
        vectors: (N, E) float32 unit vectors.
        polarities: (N, X) uint8, see `exiqa.bank.phrases.polarity`.
        existing: How many of the first phrases are attributes already.
        threshold: Cosine in (0, 1].
        allowed: Called with the numbers of a phrase and an attribute: whether the phrase may become that attribute.

    Returns:
        N matches; None means that the phrase is an attribute itself.
    """
    matches: list[Match | None] = [None] * existing
    packed = np.empty_like(vectors)
    packed[:existing] = vectors[:existing]
    attributes = list(range(existing))
    for start in range(existing, len(vectors), _ROWS):
        rows = vectors[start : start + _ROWS]
        outside = _hits(rows, packed[: len(attributes)], threshold)
        inside = _hits(rows, rows, threshold)
        known = np.array(attributes, dtype=np.int64)
        for offset in range(len(rows)):
            index = start + offset
            near, cosine = outside[offset]
            near = known[near]
            nearby, cosine_nearby = inside[offset]
            earlier = nearby < offset
            near = np.concatenate([near, start + nearby[earlier]])
            cosine = np.concatenate([cosine, cosine_nearby[earlier]])
            match = None
            if len(near):
                near, cosine = _agreeing(polarities, index, near, cosine)
                for target, value in zip(near.tolist(), cosine.tolist(), strict=True):
                    if matches[target] is None and allowed(index, target):
                        match = Match(target, value)
                        break
            matches.append(match)
        new = [index for index in range(start, start + len(rows)) if matches[index] is None]
        packed[len(attributes) : len(attributes) + len(new)] = vectors[new]
        attributes += new
    return matches


def _agreeing(
    polarities: np.ndarray, index: int, near: np.ndarray, cosine: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Those of `near` whose polarity does not conflict with that of phrase `index`, the nearest and earliest first."""
    agrees = ~conflicts(polarities[index], polarities[near])
    near, cosine = near[agrees], cosine[agrees]
    order = np.lexsort((near, -cosine))
    return near[order], cosine[order]


def _hits(rows: np.ndarray, columns: np.ndarray, threshold: float) -> list[tuple[np.ndarray, np.ndarray]]:
    """Per row of (B, E), the numbers of the (M, E) columns with a rounded cosine of at least `threshold`, and the
    cosines."""
    blocks: list[tuple[np.ndarray, np.ndarray, np.ndarray]] = []
    for start in range(0, len(columns), _COLUMNS):
        block = rows @ columns[start : start + _COLUMNS].T
        # Flat, since numpy finds the few True ones of a flat array many times faster.
        row, column = np.divmod(np.flatnonzero(block >= np.float32(threshold - 10.0**-DECIMALS)), block.shape[1])
        cosine = np.round(block[row, column].astype(np.float64), DECIMALS)
        near = cosine >= threshold
        blocks.append((row[near], start + column[near], cosine[near]))
    if not blocks:
        return [(np.zeros(0, dtype=np.int64), np.zeros(0))] * len(rows)
    row, column, cosine = (np.concatenate(part) for part in zip(*blocks, strict=True))
    order = np.argsort(row, kind="stable")
    bounds = np.searchsorted(row[order], np.arange(1, len(rows)))
    return list(zip(np.split(column[order], bounds), np.split(cosine[order], bounds), strict=True))

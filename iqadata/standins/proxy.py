"""The anchored proxy: quality scores for images that nobody has rated.

    score = published mean opinion of (distortion, level) + published spread × content term

The mean says how bad this distortion is at this level; full-reference metrics are poor at that across
distortions. The content term says on which photos it shows more or less, which they do well: it is the image's
full-reference score standardised within its (distortion, level) cell, so it moves scores only inside a cell and
never beyond the lowest and highest published opinion. It is a proxy: no observer has seen these images.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from importlib.metadata import version
from typing import Any

import numpy as np

from exiqa.core.files import canonical_json, sha256_hex
from exiqa.core.parallel import Workers, one_torch_thread, run_parallel
from exiqa.core.progress import progress_bar
from exiqa.core.vector_cache import VectorCache
from exiqa.iqadata.standins.opinions import opinion
from exiqa.iqadata.versions import PIXELS_VERSION, PROXY_VERSION

NAME = "anchored full-reference proxy"
METRICS = ("mdsi", "haarpsi")
"""The full-reference metrics, from piq: MDSI (Nafchi et al., 2016), which sees colour, and HaarPSI (Reisenhofer et al.,
2018). FSIM and VSI agree no better with KADID-10k's mean opinions and take ten and three times as long."""

_REACH = 2.0
"""The content term is bounded to this many standard deviations, so that one odd image cannot set the scale."""
_FLAT = 1e-6
"""Metrics that vary less than this within a cell say nothing about content (levels that change nothing)."""


def fidelity(reference: np.ndarray, distorted: np.ndarray) -> np.ndarray:
    """Full-reference scores of n images.

    Images are first averaged down by round(min(H, W) / 256) where that is over 1, the usual stand-in for viewing
    distance.

    Args:
        reference: (H, W, 3) uint8 sRGB.
        distorted: (n, H, W, 3) uint8.

    Returns:
        (n, len(METRICS)) float64, each higher is better, 1 for no change.
    """
    import piq
    import torch

    def prepare(images: np.ndarray) -> torch.Tensor:
        batch = torch.tensor(images).permute(0, 3, 1, 2).float() / 255
        factor = round(min(images.shape[1:3]) / 256)
        return torch.nn.functional.avg_pool2d(batch, factor) if factor > 1 else batch

    clean, changed = prepare(reference[None]), prepare(distorted)
    scores = np.empty((len(distorted), len(METRICS)))
    with torch.inference_mode():
        for row in range(len(changed)):
            image = changed[row : row + 1]
            scores[row] = 1 - float(piq.mdsi(image, clean)), float(piq.haarpsi(image, clean))
    return scores


def cached_fidelity(
    load: Callable[[int], np.ndarray],
    reference: Callable[[str], np.ndarray],
    references: Sequence[str],
    content: Any,
) -> np.ndarray:
    """`fidelity` of every image of a dataset, computed once and kept in the user's cache.

    Kept values that are not as they were written are computed again. A cache that cannot be used is done without, with
    a `UserNotice`.

    Args:
        load: Row number -> (H, W, 3) uint8 image.
        reference: Name -> its reference, likewise.
        references: (N,) names.
        content: JSON values that say what the pixels are; with the versions of what renders and compares them it is the
            cache's key, so a change of any asks for new values.

    Returns:
        (N, len(METRICS)) float64.
    """
    cache = VectorCache.named("proxy")
    key = sha256_hex(canonical_json([content, METRICS, _versions()]))

    def compute(_: list[int]) -> list[np.ndarray]:
        # Of float64 the bytes are kept, so that kept values are those that were computed.
        return [_all_fidelities(load, reference, np.asarray(references)).astype("<f8").view("<f4")]

    (flat,) = cache.get_or_compute([key], compute)
    return flat.astype("<f4", copy=True).view("<f8").reshape(len(references), len(METRICS))


def _versions() -> dict[str, str]:
    """Versions of what renders and compares the images."""
    import cv2

    versions = {name: version(name) for name in ("numpy", "pillow", "piq", "scikit-image", "scipy", "torch")}
    return versions | {"opencv": cv2.__version__, "pixels": str(PIXELS_VERSION), "fidelity": str(PROXY_VERSION)}


def _all_fidelities(
    load: Callable[[int], np.ndarray], reference: Callable[[str], np.ndarray], references: np.ndarray
) -> np.ndarray:
    names, first = np.unique(references, return_index=True)
    groups = [np.flatnonzero(references == name) for name in names[np.argsort(first)]]

    def score(rows: np.ndarray) -> np.ndarray:
        clean = reference(str(references[rows[0]]))
        return np.concatenate([fidelity(clean, load(int(row))[None]) for row in rows])

    scores = np.empty((len(references), len(METRICS)))
    # Threads suffice: the metrics and most distortions leave Python's lock for nearly all of their time.
    parts = run_parallel(score, groups, Workers(min(len(groups), os.cpu_count() or 1), threads=True), in_order=True)
    # A last digit that hangs on the number of threads would be one in the data set's hash.
    with one_torch_thread(), progress_bar("Proxy scores") as step:
        for done, (rows, part) in enumerate(zip(groups, parts, strict=True), start=1):
            scores[rows] = part
            step(done, len(groups))
    return scores


def content_terms(scores: np.ndarray, cells: np.ndarray) -> np.ndarray:
    """How much better or worse each image fares than its cell.

    Each metric is standardised within the cell and the m values are averaged. A metric that is the same for the whole
    cell counts as 0.

    Args:
        scores: (n, m) full-reference scores, higher is better.
        cells: (n,) labels.

    Returns:
        (n,) float64 in [-2, 2], mean 0 within a cell.
    """
    terms = np.zeros(len(scores))
    for cell in np.unique(cells):
        rows = cells == cell
        centred = scores[rows] - scores[rows].mean(axis=0)
        spread = centred.std(axis=0)
        standard = np.divide(centred, spread, out=np.zeros_like(centred), where=spread > _FLAT)
        terms[rows] = np.clip(standard, -_REACH, _REACH).mean(axis=1)
    return terms


def anchored_scores(
    dataset: str, distortions: np.ndarray, levels: np.ndarray, level_counts: dict[str, int], scores: np.ndarray
) -> np.ndarray:
    """Anchored proxy scores of n images.

    Args:
        dataset: Whose opinions to anchor to.
        distortions: (n,) ids.
        levels: (n,) int from 1.
        level_counts: How many levels each distortion has in `dataset`.
        scores: (n, m) from `fidelity`.

    Returns:
        (n,) float64 in [0, 1], higher is better.

    Raises:
        KeyError: Neither a distortion nor its kin was rated (`exiqa.iqadata.standins.opinions.nearest_rated`).
    """
    keys = np.array([f"{distortion}/{level}" for distortion, level in zip(distortions, levels, strict=True)])
    terms = content_terms(scores, keys)
    anchored = np.empty(len(terms))
    for key in np.unique(keys):
        rows = keys == key
        first = int(np.argmax(rows))
        name = str(distortions[first])
        mean, sd, low, high = opinion(dataset, name, int(levels[first]), level_counts[name])
        anchored[rows] = np.clip(mean + sd * terms[rows], low, high)
    return anchored

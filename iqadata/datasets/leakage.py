"""Content that two datasets share: the same photo, or a crop of it, among the references of both.

A model tuned on one and tested on the other has then seen the test's photos, whatever the table's title says.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import cv2
import numpy as np
from pydantic import BaseModel, ConfigDict

from exiqa.core.documents import read_json
from exiqa.core.files import write_text
from exiqa.core.progress import Step
from exiqa.iqadata.datasets.dataset import Dataset

HASH_DISTANCE = 10
"""Perceptual hashes (64 bits) that differ in at most this many bits may be one frame. Unlike photos differ in 20 or
more (all pairs of 24)."""
THUMBNAIL_CORRELATION = 0.9
"""… and are, where their 32 × 32 grey thumbnails correlate at least so: the hash of a flat picture is chance."""
MIN_INLIERS = 10
"""Local features that one similarity (shift, turn, scale) carries from photo to photo. Unlike photos reach 6 at most
(all ordered pairs of 24); crops of half the width, recompressed, 11 or more."""
FEATURES = 1000
FEATURE_SIDE = 768
"""Features are sought at this length of the longer side, in pixels; smaller photos are left as they are."""
RATIO = 0.8
"""Lowe's test: the best match must be nearer than this share of the second best."""
REPROJECTION = 3.0
"""Pixels that an inlier may lie off."""
MAX_SCALE = 8.0


class SharedPair(BaseModel):
    """One reference of each dataset, with the same content."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    first: str
    second: str
    evidence: tuple[Literal["same frame", "shared part"], ...]
    hash_distance: int
    """Bits in which the perceptual hashes differ, 0 to 64."""
    inliers: int
    """Local features that one similarity carries from the first to the second."""
    scale: float | None
    """Size of the content in the second relative to the first, at `FEATURE_SIDE`; None without such a similarity."""


class ComparedDataset(BaseModel):
    """One of the two datasets."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    dataset: str
    hash: str
    references: int
    compared: Literal["references", "mildest images"]
    """What was looked at: the references themselves, or where they are not at hand each one's least distorted image."""


class Leakage(BaseModel):
    """The content two datasets share, as far as it is found. A JSON file that reports print from."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    schema_version: Literal[1] = 1
    first: ComparedDataset
    second: ComparedDataset
    pairs: tuple[SharedPair, ...]
    min_inliers: int = MIN_INLIERS
    max_hash_distance: int = HASH_DISTANCE

    @property
    def sentence(self) -> str:
        """What is printed under a table of one dataset tested with a model of the other."""
        if not self.pairs:
            return f"No shared content was found between {self.first.dataset} and {self.second.dataset}."
        first = len({pair.first for pair in self.pairs})
        second = len({pair.second for pair in self.pairs})
        return (
            f"{first} of the {self.first.references} references of {self.first.dataset} share content with {second} "
            f"of the {self.second.references} of {self.second.dataset}."
        )

    def save(self, path: Path) -> None:
        """Write the report as JSON, whole or not at all."""
        write_text(path, self.model_dump_json(indent=1) + "\n")

    @staticmethod
    def load(path: Path) -> Leakage:
        """The report in a file.

        Raises:
            UserError: The file is no such report.
        """
        return read_json(path, Leakage, "a leakage report")


@dataclass(frozen=True)
class Fingerprint:
    """What is kept of a photo to recognise its content."""

    bits: np.ndarray
    """(64,) bool, the perceptual hash."""
    thumbnail: np.ndarray
    """(1024,) float32 of mean 0 and norm 1; all 0 for a flat picture."""
    points: np.ndarray
    """(F, 2) float32, x and y of the local features in pixels at `FEATURE_SIDE`."""
    descriptors: np.ndarray
    """(F, 128) float32 of norm 1: RootSIFT."""


def fingerprint(photo: np.ndarray) -> Fingerprint:
    """The fingerprint of (H, W, 3) uint8 RGB pixels.

    Perceptual hash: imagehash's `phash` (the low frequencies of a 32 × 32 cosine transform against their median).
    Local features: SIFT (Lowe, IJCV 2004), compared by Hellinger distance (Arandjelović and Zisserman, CVPR 2012).
    """
    import imagehash
    from PIL import Image

    grey = cv2.cvtColor(photo, cv2.COLOR_RGB2GRAY)
    small = cv2.resize(grey, (32, 32), interpolation=cv2.INTER_AREA).astype(np.float32).ravel()
    small -= small.mean()
    norm = float(np.linalg.norm(small))
    factor = FEATURE_SIDE / max(grey.shape)
    if factor < 1:
        grey = cv2.resize(grey, None, fx=factor, fy=factor, interpolation=cv2.INTER_AREA)
    keypoints, descriptors = cv2.SIFT.create(nfeatures=FEATURES).detectAndCompute(grey, None)
    if descriptors is None:
        descriptors = np.zeros((0, 128), np.float32)
    root = np.sqrt(descriptors / np.maximum(descriptors.sum(axis=1, keepdims=True), 1e-9))
    return Fingerprint(
        bits=imagehash.phash(Image.fromarray(photo)).hash.ravel(),
        thumbnail=small / norm if norm > 32 else np.zeros_like(small),  # a grey level's deviation per thumbnail pixel
        points=np.array([point.pt for point in keypoints], np.float32).reshape(-1, 2),
        descriptors=root.astype(np.float32),
    )


def similarity_inliers(first: Fingerprint, second: Fingerprint) -> tuple[int, float | None]:
    """How many distinct local features one similarity carries from the first photo to the second, and its scale.

    Matches pass Lowe's ratio test; the similarity is found by RANSAC.
    """
    if len(first.points) < 2 or len(second.points) < 2:
        return 0, None
    cosine = first.descriptors @ second.descriptors.T  # (F1, F2)
    rows = np.arange(len(cosine))
    nearest = cosine.argmax(axis=1)
    best = cosine[rows, nearest]
    cosine[rows, nearest] = -1
    # Unit vectors: squared distance = 2 - 2 cos.
    matched = np.flatnonzero(1 - best < RATIO**2 * (1 - cosine.max(axis=1)))
    if len(matched) < MIN_INLIERS:
        return 0, None
    source, target = first.points[matched], second.points[nearest[matched]]
    transform, inlier = cv2.estimateAffinePartial2D(
        source, target, method=cv2.RANSAC, ransacReprojThreshold=REPROJECTION, maxIters=2000, confidence=0.999
    )
    if transform is None:
        return 0, None
    scale = float(np.hypot(transform[0, 0], transform[1, 0]))
    if not 1 / MAX_SCALE <= scale <= MAX_SCALE:
        return 0, None
    # Counted where they land: many features that all land on one spot say nothing.
    landed = np.unique(np.rint(target[inlier.ravel() == 1]), axis=0)
    return len(landed), scale


def compare(first: Fingerprint, second: Fingerprint) -> tuple[tuple[str, ...], int, int, float | None]:
    """The evidence that two photos share content (empty: none), hash distance, inliers and scale."""
    evidence = []
    distance = int((first.bits != second.bits).sum())
    if distance <= HASH_DISTANCE and float(first.thumbnail @ second.thumbnail) >= THUMBNAIL_CORRELATION:
        evidence.append("same frame")
    inliers, scale = similarity_inliers(first, second)
    if inliers >= MIN_INLIERS:
        evidence.append("shared part")
    return tuple(evidence), distance, inliers, scale


def reference_photos(dataset: Dataset) -> Iterator[tuple[str, np.ndarray]]:
    """Each reference's key and pixels, one after the other, in sorted order.

    Where the dataset's loader has no references at hand , its least distorted image stands for it.
    """
    if dataset.has_references:
        for key in dataset.references:
            yield key, dataset.reference(key)
        return
    total = dataset.strengths.sum(axis=1)
    order = np.argsort(total, kind="stable")
    mildest = dataset.table["reference"].iloc[order].drop_duplicates()
    row_of = dict(zip(mildest, mildest.index, strict=True))
    for key in dataset.references:
        yield key, dataset.load(int(row_of[key]))


def find_leakage(first: Dataset, second: Dataset, on_photo: Step | None = None) -> Leakage:
    """All pairs of references of two datasets that share content.

    The smaller set's fingerprints (about 0.5 MB each) are kept in memory; the larger passes by.

    Args:
        first: A dataset.
        second: Another.
        on_photo: Told (done, total) after each photo.

    Raises:
        UserError: A photo cannot be read.
    """
    swapped = len(first.references) > len(second.references)
    kept, passing = (second, first) if swapped else (first, second)
    total = len(kept.references) + len(passing.references)
    done = 0

    def step() -> None:
        nonlocal done
        done += 1
        if on_photo is not None:
            on_photo(done, total)

    prints = []
    for key, photo in reference_photos(kept):
        prints.append((key, fingerprint(photo)))
        step()
    pairs = []
    for key, photo in reference_photos(passing):
        passing_print = fingerprint(photo)
        for other, kept_print in prints:
            # The first dataset's photo always comes first, so that the answer does not depend on the sizes.
            names, prints_in_order = (key, other), (passing_print, kept_print)
            if not swapped:
                names, prints_in_order = names[::-1], prints_in_order[::-1]
            evidence, distance, inliers, scale = compare(*prints_in_order)
            if evidence:
                pair = {"first": names[0], "second": names[1], "evidence": evidence, "hash_distance": distance}
                pairs.append(SharedPair.model_validate({**pair, "inliers": inliers, "scale": scale}))
        step()
    return Leakage(
        first=_side(first), second=_side(second), pairs=tuple(sorted(pairs, key=lambda p: (p.first, p.second)))
    )


def _side(dataset: Dataset) -> ComparedDataset:
    return ComparedDataset(
        dataset=dataset.name,
        hash=dataset.hash,
        references=len(dataset.references),
        compared="references" if dataset.has_references else "mildest images",
    )

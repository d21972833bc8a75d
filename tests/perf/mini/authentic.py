"""Does it see what a camera did? Blur, dark and nothing at all, in photos of BIQ2021 that were sorted by eye."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from exiqa.bank.storage.store import load_bank
from mini.backbone import Measured, strengths_of
from mini.findings import Findings, Headline, Table
from mini.pictures import RatedPhoto, listed, rated_photos

FOUND = 0.3
"""The least strength that counts as found."""
GOOD = 0.85
"""Mean opinion above which an ss03 photo counts as good."""
BLURS = {
    "authentic": ("defocus", "camera_shake", "subject_motion"),
    "kadid10k": ("gaussian_blur", "lens_blur", "motion_blur"),
}
DARK = {"authentic": ("underexposure",), "kadid10k": ("darken",)}
BANKS = ("authentic@2", "kadid10k@3")


def photo_sets(data: Path, weights: Path, quick: bool) -> dict[str, list[RatedPhoto]]:
    """The photos by what is in them: blurred, dark and good."""
    photos = rated_photos(data, weights)
    if quick:
        return {kind: listed("validation", kind, photos) for kind in ("blurred", "dark", "good")}
    sets = {kind: listed("test", kind, photos) for kind in ("blurred", "dark")}
    sets["good"] = [photo for photo in photos.values() if photo.subset == "ss03" and photo.opinion > GOOD]
    return sets


def measure_authentic(measured: Measured, sets: dict[str, list[RatedPhoto]]) -> Findings:
    """Shares of the photos in which a fault of strength `FOUND` or more is found, untuned with each bank.

    Args:
        measured: The backbone.
        sets: As `photo_sets` gives them.
    """
    embeddings = {kind: measured.embeddings([photo.picture for photo in photos], kind) for kind, photos in sets.items()}
    rows: dict[str, list[float | None]] = {}
    faults: dict[str, list[float | None]] = {}
    models = {name: measured.untuned(load_bank(name)) for name in BANKS}
    models[f"{measured.artifact.bank.id}, weights as trained"] = measured.artifact.model
    for name, model in models.items():
        columns, taxonomy = model.bank.distortions, model.bank.taxonomy.id
        found = {kind: strengths_of(model, own) >= FOUND for kind, own in embeddings.items()}
        blurs = [columns.index(fault) for fault in BLURS[taxonomy]]
        dark = [columns.index(fault) for fault in DARK[taxonomy]]
        rows[name] = [
            *(_share(found[kind][:, blurs]) for kind in sets),
            *(_share(found[kind][:, dark]) for kind in sets),
            *(_share(found[kind]) for kind in sets),
        ]
        faults |= {
            f"{name}: {fault}": [_share(found[kind][:, [column]]) for kind in sets]
            for column, fault in enumerate(columns)
            if found["good"][:, column].any()
        }
    headline = dict(zip(_columns(sets), rows[BANKS[0]], strict=True))
    return Findings(
        [
            Headline("blur found in photos blurred to the eye", headline["blur in blurred"], "≥ .95"),
            Headline("blur found in good photos", headline["blur in good"], "≤ .05"),
            Headline("underexposure found in dark photos", headline["dark in dark"], "≥ .85"),
            Headline("any fault found in good photos", headline["any in good"], "≤ .06"),
        ],
        [
            Table(
                "Found in authentic photos: " + ", ".join(f"{len(photos)} {kind}" for kind, photos in sets.items()),
                _columns(sets),
                rows,
                decimals=2,
            ),
            Table("Faults found in good photos", tuple(sets), faults, decimals=2),
        ],
    )


def _columns(sets: dict[str, list[RatedPhoto]]) -> list[str]:
    return [f"{fault} in {kind}" for fault in ("blur", "dark", "any") for kind in sets]


def _share(found: np.ndarray) -> float:
    """(N, F) bool: the share of the N photos in which any of F faults is found."""
    return float(found.any(axis=1).mean())

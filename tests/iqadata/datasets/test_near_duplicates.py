"""Photos that nearly repeat each other are found across a split, and unlike ones are not."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from PIL import Image

from exiqa.iqadata.catalog.loading import load_dataset
from exiqa.iqadata.datasets.near_duplicates import near_duplicates, thumbnail
from exiqa.iqadata.datasets.splits import Split


def _photo(number: int) -> np.ndarray:
    """A smooth picture of its own, (96, 128, 3) uint8."""
    rng = np.random.default_rng(number)
    small = Image.fromarray(rng.integers(0, 256, (6, 8, 3), dtype=np.uint8))
    return np.asarray(small.resize((128, 96), Image.Resampling.BICUBIC))


def test_a_moment_later_is_the_same_photo_and_another_scene_is_not(tmp_path: Path) -> None:
    photos = {f"p{n}.png": _photo(n) for n in range(8)}
    brighter = np.clip(photos["p0.png"].astype(int) + 12, 0, 255).astype(np.uint8)
    photos["p0 again.png"] = np.roll(brighter, 2, axis=1)
    photos["flat.png"] = np.full((96, 128, 3), 90, np.uint8)
    photos["flat too.png"] = np.full((96, 128, 3), 91, np.uint8)
    for name, pixels in photos.items():
        Image.fromarray(pixels).save(tmp_path / name)
    lines = [f"{name},{0.1 * row:.1f}" for row, name in enumerate(photos)]
    (tmp_path / "own.csv").write_text("\n".join(["image,score", *lines]) + "\n")
    dataset = load_dataset(f"table:{tmp_path / 'own.csv'}", tmp_path, scale=(0, 1))
    test = ("p0 again.png", "p7.png", "flat too.png")
    split = Split(
        dataset=dataset.name,
        seed=0,
        ratio="own",
        train=tuple(n for n in photos if n not in test),
        validation=(),
        test=test,
    )
    found = dataset.table["image"].iloc[near_duplicates(dataset, split)]
    assert list(found) == ["p0 again.png"]


def test_a_thumbnail_is_the_mean_of_16_by_16_fields() -> None:
    grey = np.random.default_rng(1).integers(0, 256, (64, 48), dtype=np.uint8)
    fields = grey.reshape(16, 4, 16, 3).mean(axis=(1, 3))
    centred = (fields - fields.mean()).ravel()
    expected = centred / np.linalg.norm(centred)
    found = thumbnail(np.repeat(grey[:, :, None], 3, axis=2))
    assert np.allclose(found, expected, atol=0.01)
    assert not thumbnail(np.full((40, 40, 3), 7, np.uint8)).any()

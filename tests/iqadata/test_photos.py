"""Packaged photos are real colour photos on disk; folders are listed whole."""

from __future__ import annotations

import pickle
import socket
from pathlib import Path

import numpy as np
import pytest

from exiqa.core.errors import UserError
from exiqa.iqadata import packaged_photos
from exiqa.iqadata.photos import PACKAGED_PHOTOS, fit, list_photos
from exiqa.iqadata.standins.specs import STANDINS


@pytest.mark.parametrize("name", PACKAGED_PHOTOS)
def test_packaged_photo_is_in_colour_and_needs_no_network(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise AssertionError("a packaged photo asked the network")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    photo = pickle.loads(pickle.dumps(packaged_photos()[name]))()
    assert photo.dtype == np.uint8 and photo.ndim == 3 and photo.shape[2] == 3
    assert min(photo.shape[:2]) >= 300
    # Not a grey photo in three channels, and not flat.
    assert np.abs(photo[..., 0].astype(int) - photo[..., 2]).mean() > 2
    assert photo.std() > 10
    assert f"{photo.shape[0]}x{photo.shape[1]}" in PACKAGED_PHOTOS[name].subject


def test_every_packaged_photo_is_in_exactly_one_standin() -> None:
    used = [photo for spec in STANDINS.values() for photo in spec.photos]
    assert sorted(used) == sorted(PACKAGED_PHOTOS)


@pytest.mark.parametrize("size", [(192, 256), (256, 192), (700, 700), (33, 64)])
def test_fit_covers_and_keeps_the_aspect(size: tuple[int, int]) -> None:
    # A horizontal and a vertical ramp: after any uniform scaling their slopes stay equal.
    y, x = np.mgrid[0:120, 0:200]
    image = np.stack([y, x, y], axis=2).astype(np.uint8)
    fitted = fit(image, *size).astype(float)
    assert fitted.shape == (*size, 3)
    inner = fitted[4:-4, 4:-4]
    rise = np.diff(inner[..., 0], axis=0).mean()
    run = np.diff(inner[..., 1], axis=1).mean()
    assert rise == pytest.approx(run, rel=0.05)
    assert inner[..., 1].mean() == pytest.approx(99.5, abs=1.5)  # the centre stays the centre


def test_fit_leaves_the_right_size_alone() -> None:
    image = np.random.default_rng(0).integers(0, 256, (40, 60, 3), dtype=np.uint8)
    assert np.array_equal(fit(image, 40, 60), image)


def test_nothing_named_like_a_photo_is_left_out(tmp_path: Path) -> None:
    (tmp_path / "a" / "deep.JPG").mkdir(parents=True)
    for name in ("b.png", "a/c.TIFF", "a/deep.JPG/d.bmp", "notes.txt", ".hidden.png"):
        (tmp_path / name).touch()
    (tmp_path / "loop.webp").symlink_to("loop.webp")
    (tmp_path / "lost.jpg").symlink_to("nowhere")
    (tmp_path / "back").symlink_to(tmp_path)
    elsewhere = tmp_path.parent / f"{tmp_path.name}-linked"
    elsewhere.mkdir()
    (elsewhere / "e.jpeg").touch()
    (tmp_path / "linked").symlink_to(elsewhere)
    assert list_photos(tmp_path) == (
        "a/c.TIFF",
        "a/deep.JPG",
        "a/deep.JPG/d.bmp",
        "b.png",
        "linked/e.jpeg",
        "loop.webp",
        "lost.jpg",
    )


def test_folders_without_photos_are_refused(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="holds no photo"):
        list_photos(tmp_path)
    with pytest.raises(UserError, match="no folder"):
        list_photos(tmp_path / "missing")


def test_missing_packaged_file_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    from dataclasses import replace

    monkeypatch.setitem(PACKAGED_PHOTOS, "coffee", replace(PACKAGED_PHOTOS["coffee"], path="data/none.png"))
    with pytest.raises(UserError, match=r"coffee is missing at .*none\.png; reinstall skimage"):
        packaged_photos()["coffee"]()

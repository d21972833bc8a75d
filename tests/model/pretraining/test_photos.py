"""The list of the photographs for pretraining, and the reading of one."""

from __future__ import annotations

import tomllib
from pathlib import Path, PurePosixPath

import numpy as np
import pytest
from PIL import Image
from pydantic import ValidationError

from exiqa.core.errors import UserError
from exiqa.core.files import sha256_file
from exiqa.model.pretraining.photos import (
    LONGER_SIDE,
    AuthenticPhoto,
    ListedPhoto,
    load_authentic_list,
    load_photo_list,
    read_authentic_photo,
    read_listed_photo,
)

MEASURED_ON = Path(__file__).parents[2] / "perf" / "mini" / "authentic_photos.toml"


def stored(root: Path, pixels: np.ndarray) -> ListedPhoto:
    """A photo of a made-up package, extracted below `root`."""
    path = root / "some-photos" / "usr/share/hill.png"
    path.parent.mkdir(parents=True)
    Image.fromarray(pixels).save(path)
    return ListedPhoto(
        package="some-photos",
        version="1.0-2",
        path="usr/share/hill.png",
        sha256=sha256_file(path),
        licence="CC0-1.0",
        author="A. Person",
        held_out=False,
    )


def test_no_photo_is_listed_twice() -> None:
    photos = load_photo_list()
    assert len(photos) >= 40
    for key in ("name", "sha256"):
        assert len({getattr(photo, key) for photo in photos}) == len(photos)


def test_paths_stay_inside_their_package_and_names_are_plain() -> None:
    for photo in load_photo_list():
        path = PurePosixPath(photo.path)
        assert path.parts[:2] == ("usr", "share") and ".." not in path.parts
        assert photo.name.isascii() and "/" not in photo.name and " " not in photo.name


def test_about_one_photo_in_eight_is_held_out() -> None:
    photos = load_photo_list()
    assert 1 / 10 < sum(photo.held_out for photo in photos) / len(photos) < 1 / 6


def test_a_package_has_one_version() -> None:
    photos = load_photo_list()
    assert len({(photo.package, photo.version) for photo in photos}) == len({photo.package for photo in photos})


def test_an_unknown_key_is_refused() -> None:
    row = load_photo_list()[0].model_dump() | {"colour": "red"}
    with pytest.raises(ValidationError, match="colour"):
        ListedPhoto.model_validate(row)


def test_a_small_photo_is_read_as_it_is(tmp_path: Path) -> None:
    pixels = np.random.default_rng(1).integers(0, 256, (20, 30, 3), np.uint8)
    read = read_listed_photo(stored(tmp_path, pixels), tmp_path)
    assert read.dtype == np.uint8
    np.testing.assert_array_equal(read, pixels)


def test_a_large_photo_is_scaled_down_in_proportion(tmp_path: Path) -> None:
    pixels = np.full((100, 2 * LONGER_SIDE, 3), (10, 120, 200), np.uint8)
    read = read_listed_photo(stored(tmp_path, pixels), tmp_path)
    assert read.shape == (50, LONGER_SIDE, 3)
    assert (read == (10, 120, 200)).all()


def test_an_absent_photo_is_refused_with_the_remedy(tmp_path: Path) -> None:
    photo = stored(tmp_path, np.zeros((4, 4, 3), np.uint8))
    with pytest.raises(UserError, match=r"elsewhere/some-photos/usr/share/hill\.png .*download some-photos=1\.0-2"):
        read_listed_photo(photo, tmp_path / "elsewhere")


def test_an_altered_photo_is_refused_with_the_remedy(tmp_path: Path) -> None:
    photo = stored(tmp_path, np.zeros((4, 4, 3), np.uint8))
    (tmp_path / photo.package / photo.path).write_bytes(b"another file")
    with pytest.raises(UserError, match=r"hill\.png is not the photo of some-photos 1\.0-2; .*dpkg-deb -x"):
        read_listed_photo(photo, tmp_path)


def test_authentic_photos_are_listed_once_and_a_tenth_is_held_out() -> None:
    photos = load_authentic_list()
    assert 500 <= len(photos) <= 1000
    for key in ("name", "sha256"):
        assert len({getattr(photo, key) for photo in photos}) == len(photos)
    assert sum(photo.held_out for photo in photos) == pytest.approx(len(photos) / 10, rel=0.1)


def test_no_photo_is_trained_on_that_the_final_figures_are_measured_on() -> None:
    with MEASURED_ON.open("rb") as file:
        measured = {name for names in tomllib.load(file)["test"].values() for name in names}
    assert len(measured) > 100
    assert not measured & {photo.name for photo in load_authentic_list()}


def test_an_authentic_photo_is_read_or_refused_with_the_remedy(tmp_path: Path) -> None:
    pixels = np.random.default_rng(2).integers(0, 256, (20, 30, 3), np.uint8)
    file = tmp_path / "biq2021" / "Images" / "ss03 (7).jpg"
    file.parent.mkdir(parents=True)
    Image.fromarray(pixels).save(file)
    photo = AuthenticPhoto(name=file.name, sha256=sha256_file(file), held_out=False)
    assert read_authentic_photo(photo, tmp_path).shape == (20, 30, 3)
    file.write_bytes(b"another file")
    with pytest.raises(UserError, match=r"is not the photo of that name in BIQ2021; put BIQ2021"):
        read_authentic_photo(photo, tmp_path)
    with pytest.raises(UserError, match=r"cannot read the photo .*No such file.*; put BIQ2021"):
        read_authentic_photo(photo, tmp_path / "elsewhere")

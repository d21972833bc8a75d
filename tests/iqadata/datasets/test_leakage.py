"""Shared content is found whatever the crop, and unlike photos are never called the same."""

from __future__ import annotations

import json
from collections.abc import Sequence
from itertools import combinations, permutations
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image
from typer.testing import CliRunner

from exiqa.core.errors import UserError
from exiqa.core.image_io import read_photo
from exiqa.iqadata import Leakage, find_leakage, load_dataset, packaged_photos, standin
from exiqa.iqadata.cli import app
from exiqa.iqadata.datasets.leakage import MIN_INLIERS, compare, fingerprint, reference_photos


def crop(photo: np.ndarray, share: float, rng: np.random.Generator) -> np.ndarray:
    """A random part of `share` of the height and width."""
    height, width = (round(side * share) for side in photo.shape[:2])
    top, left = (int(rng.integers(0, a - b + 1)) for a, b in zip(photo.shape, (height, width), strict=False))
    return photo[top : top + height, left : left + width]


def recompressed(photo: np.ndarray, quality: int) -> np.ndarray:
    return cv2.imdecode(cv2.imencode(".jpg", photo, [cv2.IMWRITE_JPEG_QUALITY, quality])[1], cv2.IMREAD_COLOR)


def write(folder: Path, photos: Sequence[tuple[str, np.ndarray]]) -> Path:
    folder.mkdir()
    for name, photo in photos:
        Image.fromarray(photo).save(folder / f"{name}.png")
    return folder


def changed(photos: dict[str, np.ndarray]) -> list[tuple[str, np.ndarray]]:
    """Two thirds of each photo's width and height, scaled a little and recompressed, as the field's sets are made."""
    rng = np.random.default_rng(0)
    parts = []
    for name, photo in photos.items():
        part = cv2.resize(crop(photo, 0.67, rng), None, fx=0.9, fy=0.9, interpolation=cv2.INTER_AREA)
        parts.append((name, recompressed(part, 75)))
    return parts


@pytest.fixture(scope="module")
def packaged() -> dict[str, np.ndarray]:
    """The packaged photos that show a scene, at most 640 pixels wide. (The retina is nearly featureless.)"""
    photos = {name: read() for name, read in packaged_photos().items() if name != "retina"}
    return {name: photo[:, : min(640, photo.shape[1])][:480] for name, photo in photos.items()}


def test_crops_of_packaged_photos(packaged: dict[str, np.ndarray], tmp_path: Path) -> None:
    whole = load_dataset("photos", write(tmp_path / "whole", list(packaged.items())))
    parts = load_dataset("photos", write(tmp_path / "parts", changed(packaged)))
    steps: list[tuple[int, int]] = []
    found = find_leakage(whole, parts, on_photo=lambda done, total: steps.append((done, total)))
    expected = [(f"{name}.png", f"{name}.png") for name in sorted(packaged)]
    assert [(pair.first, pair.second) for pair in found.pairs] == expected
    assert steps[-1] == (2 * len(packaged), 2 * len(packaged))
    assert found.sentence == f"{len(packaged)} of the {len(packaged)} references of photos share content with " + (
        f"{len(packaged)} of the {len(packaged)} of photos."
    )


def test_unlike_photos_share_nothing(packaged: dict[str, np.ndarray]) -> None:
    prints = {name: fingerprint(photo) for name, photo in packaged.items()}
    for one, other in permutations(prints, 2):
        evidence, _, inliers, _ = compare(prints[one], prints[other])
        assert not evidence and inliers < MIN_INLIERS, (one, other)


def test_scale_is_that_of_the_content(packaged: dict[str, np.ndarray]) -> None:
    photo = packaged["coffee"]
    half = cv2.resize(photo, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA)
    evidence, distance, inliers, scale = compare(fingerprint(photo), fingerprint(half))
    assert evidence == ("same frame", "shared part") and distance <= 4 and inliers >= 50
    assert scale == pytest.approx(0.5, rel=0.02)


def test_same_frame_without_features(packaged: dict[str, np.ndarray]) -> None:
    # So small that no local feature is left; the hash and the thumbnail recognise it, also darker and recompressed.
    photo = packaged["coffee"]
    small = cv2.resize(photo, (24, 16), interpolation=cv2.INTER_AREA)
    darker = recompressed((photo * 0.8).astype(np.uint8), 60)
    evidence, distance, inliers, _ = compare(fingerprint(darker), fingerprint(small))
    assert evidence == ("same frame",) and 0 <= distance <= 10 and inliers < MIN_INLIERS
    turned = np.ascontiguousarray(small[::-1])
    assert compare(fingerprint(darker), fingerprint(turned))[0] == ()


def test_flat_pictures_are_not_all_alike() -> None:
    prints = [fingerprint(np.full((64, 64, 3), value, np.uint8)) for value in (10, 128, 250)]
    prints.append(fingerprint(np.zeros((1, 1, 3), np.uint8)))
    for one, other in combinations(prints, 2):
        assert compare(one, other)[0] == ()


def test_sides_do_not_swap_with_their_sizes(packaged: dict[str, np.ndarray], tmp_path: Path) -> None:
    some = dict(list(packaged.items())[:4])
    few = load_dataset("photos", write(tmp_path / "few", [("mine", changed(some)[1][1])]))
    many = load_dataset("photos", write(tmp_path / "many", list(some.items())))
    name = f"{list(some)[1]}.png"
    assert [(p.first, p.second) for p in find_leakage(few, many).pairs] == [("mine.png", name)]
    assert [(p.first, p.second) for p in find_leakage(many, few).pairs] == [(name, "mine.png")]


def test_datasets_without_references_are_compared_by_their_mildest_images(trees: dict[str, Path]) -> None:
    dataset = load_dataset("lvq", trees["lvq"])
    keys, photos = zip(*reference_photos(dataset), strict=True)
    assert keys == dataset.references
    rows = [int(np.flatnonzero((dataset.table["reference"] == key) & (dataset.table["level"] == 1))[0]) for key in keys]
    assert all((photo == dataset.load(row)).all() for photo, row in zip(photos, rows, strict=True))
    side = find_leakage(dataset, load_dataset("photos", trees["photos"])).first
    assert (side.dataset, side.references, side.compared) == ("lvq", 10, "mildest images")


def test_stand_ins_share_nothing() -> None:
    # One packaged photo and scenes each: the promise that no content is in two stand-ins.
    sizes = {"references": 3, "height": 192, "width": 256}
    sets = [standin("mini-csiq", distortions=["jpeg"], **sizes), standin("mini-exiqa", **sizes)]
    found = find_leakage(*sets)
    assert not found.pairs and found.first.compared == "references"
    assert found.sentence == "No shared content was found between mini-csiq and mini-exiqa."


def test_command_and_file(packaged: dict[str, np.ndarray], tmp_path: Path) -> None:
    some = dict(list(packaged.items())[:2])
    whole, parts = write(tmp_path / "whole", list(some.items())), write(tmp_path / "parts", changed(some)[:1])
    out = tmp_path / "reports" / "leakage.json"
    answer = CliRunner().invoke(app, ["leakage", f"photos={whole}", f"photos={parts}", "--out", str(out)])
    assert answer.exit_code == 0
    assert "1 of the 2 references of photos share content with 1 of the 1 of photos." in answer.output
    report = Leakage.load(out)
    assert len(report.pairs) == 1 and report.first.references == 2 and report.first.compared == "references"
    printed = CliRunner().invoke(app, ["leakage", f"photos={whole}", f"photos={parts}", "--json"])
    assert json.loads(printed.output) == json.loads(out.read_text())
    assert CliRunner().invoke(app, ["leakage", "photos", f"photos={parts}"]).exit_code == 1


@pytest.mark.parametrize("content", [b"{}", b"[", b"\xff"])
def test_files_that_are_no_report(content: bytes, tmp_path: Path) -> None:
    (tmp_path / "l.json").write_bytes(content)
    with pytest.raises(UserError, match=r"is not a leakage report|is not UTF-8 text"):
        Leakage.load(tmp_path / "l.json")


def test_kodak_and_crops_of_it(test_data: Path, tmp_path: Path) -> None:
    photos = {path.stem: read_photo(path) for path in sorted((test_data / "kodak").glob("*.png"))}
    assert len(photos) == 24
    whole = load_dataset("photos", test_data / "kodak")
    parts = load_dataset("photos", write(tmp_path / "parts", changed(photos)))
    found = find_leakage(whole, parts)
    expected = [(f"{name}.png", f"{name}.png") for name in photos]
    assert [(pair.first, pair.second) for pair in found.pairs] == expected, "each crop found, no false pair"
    assert min(pair.inliers for pair in found.pairs) >= 2 * MIN_INLIERS, "far from the threshold"

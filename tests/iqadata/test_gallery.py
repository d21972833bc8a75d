"""The gallery and the commands `distort` and `gallery`."""

from __future__ import annotations

import base64
import io
import json
import math
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from typer.testing import CliRunner

from exiqa.core.errors import UserError
from exiqa.core.files import sha256_hex
from exiqa.core.image_io import read_photo, write_photo
from exiqa.iqadata.cli import app
from exiqa.iqadata.distort_file import distort_file
from exiqa.iqadata.distortions.registry import LEVELS, distort
from exiqa.iqadata.gallery import gallery_rows, psnr, write_gallery
from exiqa.iqadata.photos import fit, packaged_photos

RUN = CliRunner()


@pytest.fixture(scope="module")
def photo() -> np.ndarray:
    return fit(packaged_photos()["flower"](), 72, 96)


@pytest.fixture
def photo_file(photo: np.ndarray, tmp_path: Path) -> Path:
    path = tmp_path / "flower.png"
    Image.fromarray(photo).save(path)
    return path


def test_psnr_of_hand_worked_images() -> None:
    black = np.zeros((4, 4, 3), np.uint8)
    assert psnr(black, black) == math.inf
    assert psnr(black, black + 255) == pytest.approx(0)
    assert psnr(black, black + 51) == pytest.approx(20 * math.log10(5))


def test_rows_are_the_datasets_distortions_at_its_levels(photo: np.ndarray) -> None:
    rows = list(gallery_rows(photo, "csiq", seed=4))
    assert [row.spec.id for row in rows] == list(LEVELS["csiq"])
    assert [len(row.cells) for row in rows] == [5, 5, 4, 5, 5, 5]
    assert all(row.approximate for row in rows)
    cell = rows[2].cells[3]
    assert (cell.level, cell.parameter, cell.strength, cell.magnitude) == (4, 0.3, 1, 1)
    np.testing.assert_array_equal(cell.image, distort(photo, "contrast_decrease", 4, "csiq", 4))
    assert cell.psnr == psnr(photo, cell.image)


def test_page_is_whole_and_loads_nothing(photo: np.ndarray, tmp_path: Path) -> None:
    seen: list[tuple[int, int]] = []
    page, *sheets = write_gallery(
        photo,
        ("lvq", "live"),
        tmp_path / "out",
        width=96,
        thumbnail=48,
        step=lambda done, total: seen.append((done, total)),
    )
    assert seen == [(n, 10) for n in range(1, 11)]
    text = page.read_text()
    pictures = re.findall(r'src="([^"]*)"', text)
    assert len(pictures) == 1 + 5 * 4 + 5 * 5
    for picture in pictures:
        head, data = picture.split(",")
        assert head == "data:image/webp;base64"
        with Image.open(io.BytesIO(base64.b64decode(data))) as image:
            assert image.size == (96, 72)
    assert "http" not in text and "<script" not in text
    assert text.count("≈ ") >= 10
    assert [sheet.name for sheet in sheets] == ["lvq.png", "live.png"]
    for sheet, columns in zip(sheets, (4, 5), strict=True):
        assert read_photo(sheet).shape == (6 * (36 + 4) + 4, 190 + columns * 52, 3)


def test_distort_command_writes_what_the_function_makes(photo: np.ndarray, photo_file: Path) -> None:
    out = photo_file.parent / "new" / "noisy.png"
    options = ["--type", "white_noise", "--level", "2", "--dataset", "tid2013", "--seed", "9", "--out", str(out)]
    done = RUN.invoke(app, ["distort", str(photo_file), *options, "--json"])
    assert done.exit_code == 0, done.output
    said = json.loads(done.stdout)
    expected = distort(photo, "white_noise", 2, "tid2013", 9)
    np.testing.assert_array_equal(read_photo(out), expected)
    assert said["parameter"] == 0.001 and said["strength"] == 0.4 and said["approximate"] is True
    assert said["pixels_sha256"] == sha256_hex(expected.tobytes())
    assert said["psnr"] == pytest.approx(30, abs=0.5)


def test_distort_command_names_its_file(photo_file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(photo_file.parent)
    photo = read_photo(photo_file)
    photo[0, 0], photo[0, 1] = 0, 255  # full contrast, which the stretch leaves alone
    write_photo(photo_file, photo)
    done = RUN.invoke(app, ["distort", "flower.png", "--type", "mean_shift", "--level", "3"])
    assert done.exit_code == 0
    assert done.stdout.startswith("flower_mean_shift_3.png: mean_shift, level 3 of kadid10k")
    assert "no pixel changed" in done.stdout
    assert Path("flower_mean_shift_3.png").is_file()


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--type", "blurr", "--level", "1"], "kadid10k has no distortion 'blurr'; choose one of gaussian_blur"),
        (["--type", "jpeg", "--level", "6"], "kadid10k's jpeg has levels 1 to 5, not 6"),
        (["--type", "jpeg", "--level", "1", "--dataset", "koniq"], "no levels for a dataset 'koniq'"),
        (["--type", "jpeg", "--level", "1", "--out", "a.jpg"], "would not keep every pixel"),
        (["--type", "jpeg", "--level", "1", "--out", "flower.png"], "is the photo itself"),
    ],
)
def test_distort_command_refuses_in_one_sentence(
    photo_file: Path, monkeypatch: pytest.MonkeyPatch, options: list[str], said: str
) -> None:
    monkeypatch.chdir(photo_file.parent)
    before = photo_file.read_bytes()
    done = RUN.invoke(app, ["distort", "flower.png", *options])
    assert done.exit_code == 1 and said in done.stderr
    assert photo_file.read_bytes() == before
    assert [path.name for path in photo_file.parent.iterdir()] == ["flower.png"]


def test_a_damaged_photo_is_refused(photo_file: Path) -> None:
    photo_file.write_bytes(photo_file.read_bytes()[:900])
    with pytest.raises(UserError, match="damaged or cut short"):
        distort_file(photo_file, "jpeg", 1, "kadid10k", 0, photo_file.parent / "out.png")


def test_a_disk_that_fills_leaves_the_old_file(photo_file: Path) -> None:
    """A limit on the size of files stands for the full disk: both end a write in the middle."""
    out = photo_file.parent / "out.png"
    out.write_bytes(b"old")
    code = (
        "import resource, sys; from exiqa.iqadata.cli import app\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096))\n"
        f"app(['distort', {str(photo_file)!r}, '--type', 'white_noise', '--level', '5', '--out', {str(out)!r}])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 1 and done.stderr.startswith("Error: File too large"), done.stderr
    assert done.stderr.count("\n") == 1
    assert out.read_bytes() == b"old"
    assert sorted(path.name for path in photo_file.parent.iterdir()) == ["flower.png", "out.png"]


def test_gallery_command(photo_file: Path, tmp_path: Path) -> None:
    out = tmp_path / "gallery"
    done = RUN.invoke(
        app, ["gallery", str(photo_file), "--dataset", "lvq", "--width", "64", "--out", str(out), "--json"]
    )
    assert done.exit_code == 0, done.output
    assert json.loads(done.stdout) == [str(out / "gallery.html"), str(out / "lvq.png")]
    assert sorted(path.name for path in out.iterdir()) == ["gallery.html", "lvq.png"]


def test_gallery_command_refuses_an_unknown_dataset(tmp_path: Path) -> None:
    done = RUN.invoke(app, ["gallery", "--dataset", "koniq", "--out", str(tmp_path / "gallery")])
    assert done.exit_code == 1 and "no levels for a dataset 'koniq'" in done.stderr
    assert not (tmp_path / "gallery").exists()

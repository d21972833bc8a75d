"""KADID-10k's distortions against figures of its authors' own generator."""

from __future__ import annotations

import json
import math
import os
import shutil
from dataclasses import replace
from pathlib import Path

import pytest
from typer.testing import CliRunner

from exiqa.core.errors import UserError
from exiqa.iqadata.certifying.certificate import certificate_page, certificate_table, summary
from exiqa.iqadata.certifying.certify import CertificateRow, certify, read_golden
from exiqa.iqadata.cli import app
from exiqa.iqadata.distortions.registry import LEVELS

CELLS = [(d, level) for d, levels in LEVELS["kadid10k"].items() for level in range(1, 6) if d != "denoise"]

# Bytes are equal. Elsewhere the largest difference of PSNR in dB over the photos, and of the grey figures in grey
# levels: what rounding in single precision leaves, and for the palette what another palette does.
SAME_BYTES = {
    "jpeg", "jpeg2000", "impulse_noise", "darken", "mean_shift", "non_eccentricity_patch", "quantization",
    "color_block",
}  # fmt: skip
TOLERANCES = {
    "color_diffusion": (0.003, 0.045),
    "color_saturation_1": (0.005, 0.015),
    "color_saturation_2": (0.003, 0.045),
    "jitter": (0.001, 0.002),
    "brighten": (0.001, 0.003),
    "contrast_change": (0.008, 0.02),
    "pixelate": (0.001, 0.045),
    "color_quantization": (2.4, 20.0),
}
ROUNDING = (0.0005, 0.001)


@pytest.fixture(scope="session")
def golden() -> Path:
    folder = Path(os.environ.get("EXIQA_TEST_DATA", "")) / "kadid_golden"
    if "EXIQA_TEST_DATA" not in os.environ or not folder.is_dir():
        pytest.skip("the generator's figures are not here; EXIQA_TEST_DATA names their folder")
    return folder


@pytest.fixture(scope="session")
def rows(golden: Path) -> dict[tuple[str, int], CertificateRow]:
    return {(row.distortion, row.level): row for row in certify(golden)}


@pytest.mark.parametrize(("distortion", "level"), CELLS)
def test_every_level_is_the_authors(rows: dict[tuple[str, int], CertificateRow], distortion: str, level: int) -> None:
    row = rows[distortion, level]
    assert row.photos in (3, 8)
    if distortion in SAME_BYTES:
        assert row.same_bytes == row.photos
    decibels, grey = TOLERANCES.get(distortion, ROUNDING)
    assert row.difference <= decibels and row.grey <= grey
    assert row.agrees == (distortion != "color_quantization")
    if row.between is not None:
        assert row.between >= (15 if distortion == "color_quantization" else 70)


def test_the_committed_page_is_what_the_command_prints(rows: dict[tuple[str, int], CertificateRow]) -> None:
    page = (Path(__file__).parents[2] / "docs" / "certificate.md").read_text(encoding="utf-8")
    assert page == certificate_page(list(rows.values()))


def test_the_command_prints_the_table(golden: Path, tmp_path: Path) -> None:
    """On one photo, two types and no pixels: what is missing from images/ is not needed."""
    for name in ("golden.csv", "golden_matched.csv"):
        head, *lines = (golden / name).read_text(encoding="utf-8").splitlines()
        kept = [line for line in lines if line.startswith(("15,18,", "15,23,"))]
        (tmp_path / name).write_text("\n".join([head, *kept]), encoding="utf-8")
    (tmp_path / "crops").mkdir()
    shutil.copy(golden / "crops" / "15.png", tmp_path / "crops")
    shown = CliRunner().invoke(app, ["certify", str(tmp_path), "--json"])
    found = json.loads(shown.stdout)
    assert [(row["type"], row["level"]) for row in found] == [
        (code, level) for code in (18, 23) for level in range(1, 6)
    ]
    assert all(row["agrees"] and row["photos"] == 1 for row in found) and found[2]["ours"] is None
    table = CliRunner().invoke(app, ["certify", str(tmp_path)]).stdout
    assert "10 of 10 levels agree" in table and "mean_shift" in table
    both = CliRunner().invoke(app, ["certify", str(tmp_path), "--json", "--markdown"])
    assert both.exit_code == 1 and both.stderr.startswith("Error: ") and "--markdown" in both.stderr


HEAD = "photo,type,id,level,parameter,random,psnr,mean_r,mean_g,mean_b,std_r,std_g,std_b,mad,sha256"


def test_what_is_missing_is_named(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"there is no .*golden_matched\.csv; give the folder"):
        read_golden(tmp_path)
    (tmp_path / "golden_matched.csv").write_text(HEAD + "\n")
    with pytest.raises(UserError, match=r"there is no .*golden\.csv"):
        read_golden(tmp_path)
    (tmp_path / "golden.csv").write_text("photo,type\n01,1\n")
    with pytest.raises(UserError, match="is not a table of golden figures"):
        read_golden(tmp_path)
    line = "01,1,{},1,0.1,0,inf,1,1,1,1,1,1,0,ab\n"
    (tmp_path / "golden.csv").write_text(HEAD + "\n" + line.format("sparkle"))
    with pytest.raises(UserError, match="kadid10k has no distortion 'sparkle'"):
        read_golden(tmp_path)
    (tmp_path / "golden.csv").write_text(HEAD + "\n" + line.format("gaussian_blur"))
    with pytest.raises(UserError, match=r"photo 01 and no crops/01\.png"):
        certify(tmp_path)


def test_agreement_is_by_bytes_by_pixels_and_by_figures() -> None:
    row = CertificateRow(1, "gaussian_blur", 2, 0.5, 8, 0, 36.9, 36.9, 0.001, 0.01, None)
    assert row.agrees and row.cause == ""
    assert replace(row, between=60.0).agrees and not replace(row, between=59.0).agrees
    assert not replace(row, difference=0.02).agrees and not replace(row, grey=0.1).agrees
    assert replace(row, difference=9.0, same_bytes=8).agrees
    assert replace(row, between=59.0).cause == "unknown"
    assert replace(row, distortion="color_quantization", between=20.0).cause.startswith("the palette")
    assert replace(row, ours=math.inf).to_json()["ours"] is None
    lines = certificate_table([row, replace(row, between=59.0)])
    assert len(lines) == 3 and "≥ 60" in lines[1] and "59.00" in lines[2]
    assert summary([row]).startswith("1 of 1 levels agree")

"""Which levels cannot be told apart at which size."""

from __future__ import annotations

import itertools
import json
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from exiqa.core.errors import UserError
from exiqa.iqadata.certifying.sizes import (
    LEAST_DIFFERENCE,
    SIZES,
    distinguishable,
    distinguishable_levels,
    lost_levels,
    measure_lost,
    nearest_size,
    write_table,
)
from exiqa.iqadata.cli import app
from exiqa.iqadata.distortions.registry import LEVELS, distort
from exiqa.iqadata.photos import fit, packaged_photos
from exiqa.iqadata.standins.standin import standin

CELLS = [(dataset, distortion) for dataset, levels in LEVELS.items() for distortion in levels]


def test_at_the_published_size_only_kadids_own_no_ops_are_lost() -> None:
    lost = {(row.distortion, row.level) for row in lost_levels() if (row.dataset, row.height) == ("kadid10k", 384)}
    assert lost == {("gaussian_blur", 1), ("mean_shift", 3), ("color_saturation_2", 1), ("motion_blur", 1)}


@pytest.mark.parametrize(
    ("dataset", "distortion", "size"),
    [
        ("kadid10k", "gaussian_blur", (128, 192)),
        ("kadid10k", "motion_blur", (96, 128)),
        ("kadid10k", "mean_shift", (128, 192)),
        ("kadid10k", "jpeg2000", (128, 192)),
        ("kadid10k", "contrast_change", (96, 128)),
        ("tid2013", "jpeg_transmission", (128, 192)),
    ],
)
def test_the_committed_table_is_what_is_measured(dataset: str, distortion: str, size: tuple[int, int]) -> None:
    stored = [
        row for row in lost_levels() if (row.dataset, row.distortion, row.height) == (dataset, distortion, size[0])
    ]
    measured = list(measure_lost(dataset, distortion, size))
    assert [(row.level, row.same_as) for row in measured] == [(row.level, row.same_as) for row in stored]
    # Another build of OpenCV or OpenJPEG may round otherwise.
    np.testing.assert_allclose([row.difference for row in measured], [row.difference for row in stored], atol=0.05)


def test_levels_that_stand_differ_on_a_photo_that_was_not_measured() -> None:
    """Between any two of them, and from the reference, on one photo: the table's median holds beyond its photos."""
    photo = fit(packaged_photos()["coffee"]()[::-1], 128, 192)
    for distortion in ("jpeg2000", "lens_blur", "jitter", "color_shift"):
        images = [
            photo,
            *(distort(photo, distortion, n) for n in distinguishable_levels("kadid10k", distortion, 128, 192)),
        ]
        assert len(images) > 3
        for first, second in itertools.combinations(images, 2):
            assert np.sqrt(np.mean((first.astype(float) - second) ** 2)) > LEAST_DIFFERENCE / 2


@pytest.mark.parametrize(("dataset", "distortion"), CELLS)
def test_a_larger_image_loses_no_level_that_a_smaller_one_has(dataset: str, distortion: str) -> None:
    for small, large in itertools.pairwise(SIZES):
        assert set(distinguishable_levels(dataset, distortion, *small)) <= set(
            distinguishable_levels(dataset, distortion, *large)
        )


def test_other_sizes_are_judged_by_the_nearest() -> None:
    assert nearest_size(3000, 4000) == (384, 512) and nearest_size(1, 1) == (96, 128)
    assert nearest_size(512, 384) == (384, 512) and nearest_size(130, 190) == (128, 192)
    assert not distinguishable("kadid10k", "motion_blur", 1) and distinguishable("kadid10k", "motion_blur", 2)
    assert distinguishable_levels("kadid10k", "mean_shift", 3000, 4000) == (1, 2, 4, 5)
    with pytest.raises(UserError, match="levels 1 to 5, not 6"):
        distinguishable("kadid10k", "jpeg", 6)


def test_a_standin_has_no_image_of_a_lost_level() -> None:
    data = standin("mini-kadid10k", references=1, height=96, width=128, distortions=["gaussian_blur", "mean_shift"])
    found = list(zip(data.table["distortion"], data.table["level"], strict=True))
    expected = [
        (distortion, level)
        for distortion in ("gaussian_blur", "mean_shift")
        for level in distinguishable_levels("kadid10k", distortion, 96, 128)
    ]
    assert found == expected and 0 < len(found) < 10
    assert any(
        note.startswith(f"without {10 - len(found)} of 10 levels, which cannot be told apart at 128×96: ")
        for note in data.notes
    )


def test_the_command_prints_the_table() -> None:
    rows = json.loads(CliRunner().invoke(app, ["sizes", "--json"]).stdout)
    assert len(rows) == len(lost_levels()) and {"dataset", "distortion", "level", "same_as"} <= set(rows[0])
    shown = CliRunner().invoke(app, ["sizes"]).stdout
    assert "512×384" in shown and "gaussian_blur" in shown


def test_writing_the_table(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        "exiqa.iqadata.certifying.sizes.LEVELS", {"kadid10k": {"mean_shift": LEVELS["kadid10k"]["mean_shift"]}}
    )
    monkeypatch.setattr("exiqa.iqadata.certifying.sizes.SIZES", ((96, 128),))
    write_table(tmp_path / "table.csv", lambda line: None)
    assert (tmp_path / "table.csv").read_text().splitlines()[1:] == ["kadid10k,mean_shift,3,96,128,0,0.0"]

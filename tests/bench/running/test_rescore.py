"""Figures again from stored predictions alone."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from exiqa.bench.cells.record import Cell, read_records, write_figures, write_record
from exiqa.bench.cli import app
from exiqa.bench.running.evaluate import evaluate
from exiqa.bench.running.rescore import rescore_records
from exiqa.iqadata.datasets.splits import make_split


@pytest.fixture
def runs(dataset, tmp_path: Path) -> Path:
    split = make_split(dataset, seed=3)
    common = {"train": "tiny", "test": "tiny", "split": "70/10/20", "seed": 3}
    noise = np.random.default_rng(0).random((20, 2))
    cell = Cell(protocol="identification", method="prior", **common)
    write_record(tmp_path / "runs", *evaluate(cell, dataset, split, noise, seconds=1))
    cell = Cell(protocol="quality", method="mean_score", **common)
    write_record(tmp_path / "runs", *evaluate(cell, dataset, split, noise[:, 0], seconds=1))
    return tmp_path / "runs"


def test_figures_are_those_of_the_run(runs: Path) -> None:
    assert rescore_records(runs) == (0, 2)


def test_what_was_different_is_computed_anew_and_nothing_else_moves(runs: Path) -> None:
    before = read_records(runs)
    for record in before:
        write_figures(runs, record.model_copy(update={"metrics": {}, "undefined": {}, "intervals": {}}))
    assert rescore_records(runs) == (2, 2)
    assert read_records(runs) == before


def test_without_torch_data_or_models(runs: Path) -> None:
    code = (
        "import sys\nfrom exiqa.bench.cli import app\n"
        f"app(['rescore', {str(runs)!r}], standalone_mode=False)\n"
        "assert not {'torch', 'cv2', 'open_clip'} & set(sys.modules)\n"
    )
    shown = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True).stdout
    assert shown == "2 records, 0 of them with other figures than before\n"


def test_missing_predictions_are_named_and_nothing_is_changed(runs: Path) -> None:
    lost = next(runs.glob("quality*.parquet"))
    lost.unlink()
    result = CliRunner().invoke(app, ["rescore", str(runs)])
    assert result.exit_code == 1
    assert lost.name in result.output.replace("\n", "")

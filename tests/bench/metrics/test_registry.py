"""A metric that another package adds: measured, resampled, and a column of the tables of the protocols it names."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest

from exiqa.bench.cells.record import Cell
from exiqa.bench.metrics import bootstrap
from exiqa.bench.metrics.registry import METRICS
from exiqa.bench.running.evaluate import evaluate
from exiqa.bench.tables.paper_tables import paper_tables
from exiqa.core.errors import UserError
from exiqa.iqadata.datasets.splits import make_split

SOURCE = """
import numpy as np
from exiqa.bench.metrics.metric import SCORES, STRENGTHS, Metric

def worst(predictions):
    return np.abs(predictions.predicted - predictions.truth).max()

METRIC = Metric("Worst", "lower", "the largest error", (*STRENGTHS, *SCORES), worst, same_scale=True)
"""


@pytest.fixture
def added(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Installs a distribution with one entry point, as an installer lays it out; the registry looks once a process."""

    def install(source: str) -> None:
        (tmp_path / "worst_error_of_mine.py").write_text(source)
        info = tmp_path / "worst_error-1.0.dist-info"
        info.mkdir()
        (info / "METADATA").write_text("Metadata-Version: 2.1\nName: worst-error\nVersion: 1.0\n")
        (info / "entry_points.txt").write_text("[exiqa.metrics]\nworst = worst_error_of_mine:METRIC\n")
        monkeypatch.syspath_prepend(tmp_path)
        METRICS.__dict__.pop("_added", None)

    yield install
    monkeypatch.undo()
    METRICS.__dict__.pop("_added", None)
    METRICS._loaded.pop("worst", None)
    sys.modules.pop("worst_error_of_mine", None)


def test_an_added_metric_is_a_column(dataset, added, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bootstrap, "MIN_REFERENCES", 2)
    added(SOURCE)
    split = make_split(dataset, seed=3)
    rows = split.rows(dataset)[2]
    same = {"train": "tiny", "test": "tiny", "split": "70/10/20", "seed": 3}
    noise = np.random.default_rng(0).random((len(rows), 2)).astype(np.float32)
    strengths, _ = evaluate(Cell(protocol="identification", method="exiqa", **same), dataset, split, noise, seconds=1)
    worst = float(np.abs(noise.astype(np.float64) - dataset.strengths[rows]).max())
    assert strengths.metrics["worst"] == worst
    assert set(strengths.per_distortion["blur"]) == set(strengths.metrics)
    low, high = strengths.intervals["worst"]
    assert low <= high == worst  # no resample has a larger error than all images

    scores, _ = evaluate(Cell(protocol="quality", method="exiqa", **same), dataset, split, noise[:, 0], seconds=1)
    other = scores.model_copy(update={"cell": scores.cell.model_copy(update={"train": "other"})})
    named = {table.name: table for table in paper_tables([strengths, scores, other])}
    for name in ("Table II", "Table III b"):
        assert named[name].columns[-1].label == "Worst"
        assert named[name].groups[0].rows[0].entries[-1].median is not None
    assert "(Worst)" in named["Table V, Worst"].title
    assert "Table V" in named


def test_an_added_metric_that_is_none_is_named(added) -> None:
    added("METRIC = 1")
    with pytest.raises(UserError, match=r"the metric 'worst' \(worst_error_of_mine:METRIC\) must be a Metric"):
        METRICS["worst"]

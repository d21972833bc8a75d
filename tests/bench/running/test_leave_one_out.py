"""The protocol `unseen`: each distortion named by a tower that was trained without it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from exiqa.bench.cells.record import read_predictions, read_records
from exiqa.bench.running.leave_one_out import predictions_of, without
from exiqa.bench.running.planning.plan import make_plan
from exiqa.bench.running.run import run_plan, task_of
from exiqa.bench.running.suites.suite import Suite, expand, parse_suite
from exiqa.bench.tables.paper_tables import paper_tables
from exiqa.core.errors import UserError
from exiqa.iqadata.datasets.without import without_distortion
from exiqa.iqadata.standins.standin import standin

SUITE = """
title = "Unseen"
split = "80/20"
k = 2

[tuning]
backbone = "exiqa-mini/random"
mode = "full"
learning_rate = 1e-3
epochs = 1
warmup_epochs = 0
batch_size = 16
preprocessing = "resize"

[datasets.mini-csiq]
options = { references = 4, height = 48, width = 48, distortions = ["gaussian_blur", "jpeg", "white_noise"] }
banks = { own = "csiq@1" }

[methods.frozen]
tuning = { mode = "frozen", prompt_length = 0 }

[[cells]]
protocol = "identification"
test = ["mini-csiq"]
methods = ["frozen"]

[[cells]]
protocol = "unseen"
test = ["mini-csiq"]
methods = ["all_clean", "frozen", "exiqa"]
"""


@pytest.fixture(scope="module")
def suite() -> Suite:
    return parse_suite(SUITE, "unseen")


@pytest.fixture(scope="module")
def runs(suite: Suite, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("runs")
    failed = run_plan(make_plan(expand(suite), folder, {}), folder)
    assert not failed, failed
    return folder


def _predicted(runs: Path, protocol: str, method: str) -> np.ndarray:
    (record,) = (r for r in read_records(runs) if (r.cell.protocol, r.cell.method) == (protocol, method))
    frame = read_predictions(runs, record)
    return frame[[f"predicted:{d}" for d in record.testset.distortions]].to_numpy()


def test_what_is_not_tuned_answers_as_if_nothing_were_left_out(runs: Path) -> None:
    np.testing.assert_array_equal(_predicted(runs, "unseen", "frozen"), _predicted(runs, "identification", "frozen"))


def test_each_column_is_of_a_tower_that_never_met_its_distortion(suite: Suite, runs: Path) -> None:
    job = next(job for job in expand(suite) if (job.cell.protocol, job.cell.method) == ("unseen", "exiqa"))
    task = task_of(job, make_plan([job], runs, {}).locations, runs)
    towers = {without(task, d).train.hash for d in task.test.distortions}
    assert len(towers) == 3
    # What is not tuned is as it is loaded, and kept nowhere.
    assert len(list((runs / "work" / "towers").glob("*/config.json"))) == 3
    for number, distortion in enumerate(task.test.distortions):
        left = without(task, distortion)
        rows = left.train_split.rows(left.train)[0]
        assert distortion not in left.train.distortions and left.train_bank is not None
        assert distortion not in left.train_bank.distortions and len(left.train.distortions) == 2
        assert set(left.train.table["distortion"].iloc[rows]) == set(left.train.distortions)
        assert task.test.distortions[number] == distortion and left.test is task.test
    predicted = _predicted(runs, "unseen", "exiqa")
    assert predicted.shape == (len(task.test_rows), 3)
    np.testing.assert_array_equal(predictions_of(task), predicted)
    assert not np.allclose(predicted, _predicted(runs, "unseen", "frozen"))


def test_records_have_the_metrics_that_compare_no_distortions(runs: Path) -> None:
    records = [record for record in read_records(runs) if record.cell.protocol == "unseen"]
    assert {record.cell.method for record in records} == {"all_clean", "frozen", "exiqa"}
    for record in records:
        assert set(record.metrics) == {"rmse", "map"}
        assert set(record.per_distortion) == {"gaussian_blur", "jpeg", "white_noise"}


def test_the_table_has_a_row_a_method_and_says_what_was_left_out(runs: Path) -> None:
    (table,) = (t for t in paper_tables(read_records(runs)) if t.name == "Unseen distortions")
    assert {column.label for column in table.columns} == {"mAP", "RMSE"}
    (group,) = table.groups
    assert len(group.rows) == 3 and any("tuned without any image that has it" in note for note in table.notes)


def test_a_data_set_without_one_of_its_distortions() -> None:
    whole = standin("mini-csiq", references=2, height=48, width=48, distortions=["gaussian_blur", "jpeg"])
    less = without_distortion(whole, "jpeg")
    assert less.distortions == ("gaussian_blur",) and less.strengths.shape == (len(less), 1)
    kept = np.flatnonzero(whole.table["distortion"] != "jpeg")
    assert list(less.table["image"]) == list(whole.table["image"].iloc[kept]) and 0 < len(less) < len(whole)
    np.testing.assert_array_equal(less.load(len(less) - 1), whole.load(int(kept[-1])))
    np.testing.assert_array_equal(less.reference(less.references[0]), whole.reference(less.references[0]))
    assert len(less.levels) == 1 and less.hash != whole.hash


def test_one_distortion_alone_cannot_be_left_out(tmp_path: Path) -> None:
    text = SUITE.replace('["gaussian_blur", "jpeg", "white_noise"]', '["jpeg"]')
    job = next(job for job in expand(parse_suite(text, "one")) if job.cell.method == "exiqa")
    task = task_of(job, make_plan([job], tmp_path, {}).locations, tmp_path)
    with pytest.raises(UserError, match="has one distortion, and none is left to train on"):
        without(task, "jpeg")

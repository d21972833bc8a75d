"""Predictions from a file: a row like any other, and whatever is wrong with the file is listed in one sentence."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from bench_tiny_suite import TINY, A, B
from typer.testing import CliRunner

from exiqa.bench.cells.record import Record, read_predictions, read_records
from exiqa.bench.cli import app
from exiqa.bench.methods.predictions import read_predictions_of
from exiqa.bench.running.planning.plan import Plan, make_plan
from exiqa.bench.running.suites.suite import expand, load_suite
from exiqa.core.errors import UserError
from exiqa.iqadata.datasets.dataset import Dataset
from exiqa.iqadata.standins.standin import standin

SUITE = (
    TINY[: TINY.index("[[cells]]")].replace('title = "Tiny"', 'title = "Ours and theirs"')
    + f"""
[methods.theirs]
label = "Theirs (2026)"
predictions = {{ {A} = "theirs.csv", {B} = "b.csv" }}

[[cells]]
protocol = "quality"
test = ["{A}"]
methods = ["mean_score", "theirs"]

[[cells]]
protocol = "identification"
test = ["{A}"]
methods = ["all_clean", "prior", "theirs"]
"""
).replace("[datasets.mini-lvq]", '[datasets.mini-lvq]\nlabel = "LVQ, small"')


@pytest.fixture(scope="module")
def lvq() -> Dataset:
    return standin(A, references=4, height=48, width=48, distortions=["smoke", "motion_blur"])


@pytest.fixture
def theirs(lvq: Dataset) -> pd.DataFrame:
    """What somebody predicts: the truth, a little worse."""
    strengths = {name: (0.9 * lvq.strengths[:, column]).round(3) for column, name in enumerate(lvq.distortions)}
    return pd.DataFrame({"image": lvq.table["image"], "score": (0.5 * lvq.scores + 0.1).round(4), **strengths})


@pytest.fixture
def folder(tmp_path: Path, theirs: pd.DataFrame, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A suite beside its file of predictions; commands run somewhere else."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "suite.toml").write_text(SUITE)
    theirs.sample(frac=1, random_state=0).to_csv(tmp_path / "mine" / "theirs.csv", index=False)
    return tmp_path / "mine"


def _run(folder: Path) -> str:
    suite, runs = str(folder / "suite.toml"), str(folder / "runs")
    return CliRunner().invoke(app, ["run", suite, "--out", runs, "--jobs", "1"]).output


def _plan(folder: Path) -> Plan:
    return make_plan(expand(load_suite(str(folder / "suite.toml"))), folder / "runs", {})


def _tables(folder: Path) -> str:
    return CliRunner().invoke(app, ["tables", str(folder / "runs")], env={"COLUMNS": "200"}).output


def _of(folder: Path, protocol: str) -> Record:
    (found,) = (r for r in read_records(folder / "runs") if r.cell.method != "mean_score" and _is(r, protocol))
    return found


def _is(record: Record, protocol: str) -> bool:
    return record.cell.protocol == protocol and record.cell.method == "predictions:theirs"


def test_a_file_is_a_row_with_every_metric(folder: Path, theirs: pd.DataFrame) -> None:
    assert "5 cells: 5 done" in _run(folder)
    quality, strengths = _of(folder, "quality"), _of(folder, "identification")
    assert quality.metrics["plcc"] == pytest.approx(1, abs=1e-4) and quality.metrics["score_rmse"] is not None
    assert strengths.metrics["map"] == pytest.approx(1) and not strengths.undefined
    stored = read_predictions(folder / "runs", strengths).set_index("image")
    expected = theirs.set_index("image").loc[stored.index]
    np.testing.assert_allclose(stored["predicted:smoke"], expected["smoke"], atol=1e-6)
    shown = _tables(folder)
    assert shown.count("Theirs (2026)") >= 2 and "LVQ, small" in shown and "predictions:" not in shown
    assert CliRunner().invoke(
        app, ["report", str(folder / "runs"), "--out", str(folder / "report")]
    ).exit_code == 0  # fmt: skip
    page = (folder / "report" / "report.md").read_text()
    assert page.startswith("# Ours and theirs") and "| Theirs (2026)" in page and "LVQ, small, 2 distortions" in page


def test_another_content_makes_the_row_stale_and_another_label_does_not(folder: Path, theirs: pd.DataFrame) -> None:
    _run(folder)
    before = read_records(folder / "runs")
    text = (folder / "suite.toml").read_text()
    (folder / "suite.toml").write_text(text.replace("Theirs (2026)", "Bob").replace("LVQ, small", "LVQ mini"))
    assert {cell.state for cell in _plan(folder).cells} == {"done"}
    assert "5 cells: 5 done" in _run(folder)
    shown = _tables(folder)
    assert "Bob" in shown and "LVQ mini" in shown and "Theirs" not in shown and "LVQ, small" not in shown
    after = read_records(folder / "runs")
    assert [r.model_copy(update={"labels": b.labels}) for r, b in zip(after, before, strict=True)] == before
    theirs.assign(score=0.5 - theirs["score"]).to_csv(folder / "theirs.csv", index=False)
    stale = {cell.job.cell.method: cell.why for cell in _plan(folder).cells if cell.state == "stale"}
    assert stale == {"predictions:theirs": "the predictions in theirs.csv changed"}


Change = Callable[[pd.DataFrame], pd.DataFrame]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda t: t.iloc[3:], r"3 missing \(.*\); mend the file"),
        (lambda t: t.assign(image=["x.png", *t["image"][1:]]), r"1 missing \(.*\); 1 not in mini-lvq \(x.png\)"),
        (lambda t: pd.concat([t, t.iloc[:2]]), r"2 there more than once \(.*, .*\)"),
        (lambda t: t.assign(score=[np.nan, "much", *t["score"][2:]]), r"2 without a number \(.*, .*\)"),
        (lambda t: t.assign(score=["inf", *t["score"][1:]]), r"1 without a number"),
        (lambda t: t.drop(columns="score"), "scores of mini-lvq need the columns score, which it has not"),
        (lambda t: t.rename(columns={"image": "imag"}), "no column 'imag'; the nearest is 'image'"),
        (lambda t: t.rename(columns={"smoke": "smok"}), "no column 'smok'; the nearest is 'smoke'"),
    ],
)
def test_what_is_wrong_is_listed(
    change: Change, message: str, lvq: Dataset, theirs: pd.DataFrame, tmp_path: Path
) -> None:
    change(theirs).to_csv(tmp_path / "x.csv", index=False)
    with pytest.raises(UserError, match=message) as caught:
        read_predictions_of(tmp_path / "x.csv", lvq, np.arange(len(lvq)), "scores")
    assert str(tmp_path / "x.csv") in str(caught.value)


def test_strengths_stay_in_their_range_and_have_all_columns(lvq: Dataset, theirs: pd.DataFrame, tmp_path: Path) -> None:
    theirs.assign(smoke=[1.2, *theirs["smoke"][1:]]).to_csv(tmp_path / "x.csv", index=False)
    with pytest.raises(UserError, match=r"1 with a strength outside \[0, 1\]"):
        read_predictions_of(tmp_path / "x.csv", lvq, np.arange(3), "strengths")
    theirs.drop(columns="smoke").to_csv(tmp_path / "x.csv", index=False)
    with pytest.raises(UserError, match="strengths of mini-lvq need the columns smoke"):
        read_predictions_of(tmp_path / "x.csv", lvq, np.arange(3), "strengths")


@pytest.mark.parametrize("content", [b"", b"\xff\xfe\x00", b'image,score\n"a', b"a,b\nc,d,e\n1"])
def test_no_csv_at_all(content: bytes, lvq: Dataset, tmp_path: Path) -> None:
    (tmp_path / "x.csv").write_bytes(content)
    with pytest.raises(UserError, match=r"x\.csv"):
        read_predictions_of(tmp_path / "x.csv", lvq, np.arange(3), "scores")


def test_the_plan_says_what_the_run_would(folder: Path, theirs: pd.DataFrame) -> None:
    theirs.iloc[1:].assign(image=lambda t: ["y", *t["image"][1:]]).to_csv(folder / "theirs.csv", index=False)
    missing = [cell for cell in _plan(folder).cells if cell.state == "missing"]
    assert [cell.job.cell.method for cell in missing] == ["predictions:theirs"] * 2
    assert all("1 not in mini-lvq (y)" in cell.why for cell in missing)
    (folder / "theirs.csv").unlink()
    (why,) = {cell.why for cell in _plan(folder).cells if cell.state == "missing"}
    assert why.startswith("there are no predictions at ") and why.endswith("name another in the suite")
    for _ in range(2):  # the second time all that can run has run
        result = CliRunner().invoke(app, ["run", str(folder / "suite.toml"), "--out", "runs", "--jobs", "1"])
        assert result.exit_code == 1
        assert result.stderr.endswith(f"Error: {why}\n") and "5 cells: 3 done, 2 missing" in result.stdout


def test_a_file_that_is_gone_is_said_beside_records_that_are_kept(folder: Path) -> None:
    command = ["run", str(folder / "suite.toml"), "--out", "runs", "--jobs", "1"]
    assert CliRunner().invoke(app, command).exit_code == 0
    (folder / "theirs.csv").unlink()
    result = CliRunner().invoke(app, command)
    assert result.exit_code == 1 and "5 cells: 5 done" in result.stdout
    assert result.stderr.startswith("Error: not compared: there are no predictions at ")


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("[methods.theirs]", "[methods.prior]", "line 31: prior is the name of a method already"),
        ("[methods.theirs]", '[methods."The Irs"]', "call the predictions 'The Irs' by lower-case letters"),
        ("[methods.theirs]", "[methods.theirs]\nk = 3", "line 32: the predictions theirs are read"),
        ('{ mini-lvq = "theirs.csv"', '{ mini-lq = "theirs.csv"', "line 33: there is no data set 'mini-lq'"),
        ('{ mini-lvq = "theirs.csv", ', "{ ", "there are no predictions theirs for mini-lvq; name a file"),
        ('label = "Theirs (2026)"', 'label = "a\\nb"', "label"),
        ('"theirs"]', '"their"]', "there is no method 'their'; the nearest is 'theirs'"),
    ],
)  # fmt: skip
def test_mistakes_in_the_suite(old: str, new: str, message: str, tmp_path: Path) -> None:
    assert old in SUITE
    (tmp_path / "suite.toml").write_text(SUITE.replace(old, new))
    with pytest.raises(UserError, match=message):
        load_suite(str(tmp_path / "suite.toml"))

"""Figures for a model's page on the hub, read again by huggingface_hub's own parser."""

from __future__ import annotations

import statistics
from pathlib import Path

import pytest
import yaml
from huggingface_hub import EvalResultEntry, parse_eval_result_entries
from made_run import made_records
from typer.testing import CliRunner

from exiqa.bench.cells.record import Record, write_record
from exiqa.bench.cli import app


def _opinions(record: Record) -> Record:
    """The same with scores that are opinions."""
    return record.model_copy(update={"testset": record.testset.model_copy(update={"score_is_proxy": False})})


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[Record]]:
    folder, records = tmp_path_factory.mktemp("runs"), []
    for record, predictions in made_records(["kadid10k", "tid2013"], seeds=3):
        records.append(_opinions(record))
        write_record(folder, records[-1], predictions)
    return folder, records


def _publish(folder: Path, out: Path, *words: str) -> tuple[int, str]:
    done = CliRunner().invoke(app, ["publish", str(folder), "--out", str(out), *words])
    return done.exit_code, done.stderr


def test_every_figure_is_the_median_of_its_splits(runs: tuple[Path, list[Record]], tmp_path: Path) -> None:
    folder, records = runs
    source = "https://example.org/report"
    code, complaint = _publish(folder, tmp_path, "--dataset", "kadid10k=user/kadid10k", "--source", source)
    assert code == 0, complaint
    [file] = (tmp_path / ".eval_results").iterdir()
    entries = parse_eval_result_entries(yaml.safe_load(file.read_text()))
    assert file.name == "kadid10k.yaml" and entries
    assert {entry.dataset_id for entry in entries} == {"user/kadid10k"}
    assert {entry.source_url for entry in entries} == {source}
    own = [r for r in records if (r.cell.method, r.cell.test, r.cell.train) == ("exiqa", "kadid10k", "kadid10k")]
    for protocol, metric in (("quality", "srcc"), ("identification", "rmse")):
        values = [r.metrics[metric] for r in own if r.cell.protocol == protocol]
        assert len(values) == 3 and None not in values
        found: list[EvalResultEntry] = [
            entry for entry in entries
            if entry.task_id == f"{protocol}_{metric}" and "trained on" not in (entry.notes or "")
        ]  # fmt: skip
        assert [entry.value for entry in found] == [statistics.median(values)]  # type: ignore[type-var]
        assert "median of 3 splits 70/10/20" in (found[0].notes or "") and "bank demo@1" in (found[0].notes or "")
    assert any("trained on tid2013" in (entry.notes or "") for entry in entries)


def test_what_was_not_measured_is_said(runs: tuple[Path, list[Record]], tmp_path: Path) -> None:
    code, complaint = _publish(runs[0], tmp_path, "--dataset", "csiq=user/csiq")
    assert code == 1 and "no figure of 'exiqa' on csiq" in complaint
    code, complaint = _publish(runs[0], tmp_path, "--dataset", "csiq")
    assert code == 1 and "write NAME=USER/REPO" in complaint
    assert not (tmp_path / ".eval_results").exists()


def test_a_proxy_is_not_published_as_quality(tmp_path: Path) -> None:
    for record, predictions in made_records(["mini-csiq"], seeds=1):
        test = record.testset.model_copy(update={"score_is_proxy": True})
        write_record(tmp_path, record.model_copy(update={"testset": test}), predictions)
    code, _ = _publish(tmp_path, tmp_path / "out", "--dataset", "mini-csiq=user/mini")
    assert code == 0
    [file] = (tmp_path / "out" / ".eval_results").iterdir()
    tasks = {entry.task_id for entry in parse_eval_result_entries(yaml.safe_load(file.read_text()))}
    assert tasks and all(task.startswith("identification_") for task in tasks)

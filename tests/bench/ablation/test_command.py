"""`bench ablate` from the command line to the page: shared, resumed, planned, and mistakes in a sentence."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from bench_tiny_suite import TINY, B
from typer.testing import CliRunner, Result

from exiqa.bench.ablation.ablation import read_ablations
from exiqa.bench.cells.record import read_records, record_files
from exiqa.bench.cli import app

QUALITY = '[[cells]]\nprotocol = "quality"\ntest = ["mini-csiq"]\nmethods = ["mean_score", "exiqa"]\n'
SUITE = TINY[: TINY.index("[[cells]]")] + QUALITY


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "150")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    (tmp_path / "tiny.toml").write_text(SUITE)
    return tmp_path


def bench(*arguments: str) -> Result:
    return CliRunner().invoke(app, list(arguments))


def ablate(*more: str) -> Result:
    return bench(
        "ablate", "tiny.toml", "--on", B, "--k", "1,12", "--banks", "csiq@1,csiq-names@1", "--jobs", "1", *more
    )


def test_an_ablation_runs_what_is_not_done_and_its_value_reaches_the_page(folder: Path) -> None:
    assert bench("run", "tiny.toml", "--jobs", "1").exit_code == 0
    suite = {path: path.stat().st_mtime_ns for path in record_files(folder / "runs")}
    assert len(suite) == 2
    planned = ablate("--plan")
    assert planned.exit_code == 0, planned.output
    lines = [" ".join(line.split()) for line in planned.output.splitlines()]
    assert "done quality mini-csiq ExIQA (ours) seeds 0 base" in lines
    assert "new quality mini-csiq ExIQA (ours) seeds 0 K = 1" in lines
    assert "4 cells: 2 done, 2 new" in planned.output
    assert not (folder / "runs" / "ablations").exists()
    said = json.loads(ablate("--plan", "--json").stdout)
    assert said["plan"]["counts"]["new"] == 2
    assert said["ablation"]["left_out"][0]["changed"] == {"k": 12}

    done = ablate()
    assert done.exit_code == 0, done.output
    assert "left out: K = 12: bank csiq@1 has 10 attributes for gaussian_blur, so K = 12 cannot be taken" in done.output
    assert "2 of 4 cells to run" in done.output
    assert "K = 2 (base)" in done.output
    assert {path: path.stat().st_mtime_ns for path in suite} == suite
    again = ablate("--json")
    assert "4 cells: 4 done" in again.stderr
    (table,) = json.loads(again.stdout)["tables"]
    one = table["groups"][0]["rows"][0]
    assert one["label"] == "K = 1"
    (record,) = (r for r in read_records(folder / "runs") if (r.cell.k, r.cell.bank) == (1, "csiq@1"))
    assert one["entries"][2]["median"] == record.metrics["srcc"]
    assert one["entries"][2]["cells"] == [record.cell.id]

    assert bench("report", "runs", "--out", "page").exit_code == 0
    page = (folder / "page" / "index.html").read_text()
    assert "mini-csiq, quality: SRCC by K." in page
    assert record.cell.id in page
    # A suite's report shows the ablations around its own cells, and no others.
    (folder / "other.toml").write_text(SUITE.replace("learning_rate = 1e-4", "learning_rate = 2e-4"))
    for suite_file, count in (("tiny.toml", 1), ("other.toml", 0)):
        assert bench("report", "runs", "--out", suite_file[:-5], "--suite", suite_file).exit_code == 0
        assert len(list((folder / suite_file[:-5]).glob("ablation-*.csv"))) == count
    # Neither a plan of the suite nor the paper's tables take the arms for strangers or for rows of theirs.
    assert bench("plan", "tiny.toml").output.endswith("2 cells: 2 done\n")
    tables = {table["name"]: table for table in json.loads(bench("tables", "runs", "--json").stdout)["tables"]}
    assert [row["kind"] for row in tables["Table III"]["groups"][0]["rows"]] == ["trivial", "ours"]
    assert "Ablation tiny-mini-csiq-k-banks, quality" in tables


def test_stopped_in_the_middle_the_same_command_goes_on(folder: Path) -> None:
    command = [sys.executable, "-m", "exiqa.bench", "ablate", "tiny.toml", "--on", B, "--k", "1,3,5", "--jobs", "1"]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, start_new_session=True)
    while process.poll() is None and len(record_files(folder / "runs")) < 2:
        time.sleep(0.01)
    assert process.poll() is None, "it was over before it could be killed"
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    stopped = {path: path.stat().st_mtime_ns for path in record_files(folder / "runs")}
    assert 2 <= len(stopped) < 5
    # What is there makes a report, in which the rest is named.
    assert bench("report", "runs", "--out", "page").exit_code == 0
    assert "Not run: not run yet." in (folder / "page" / "report.md").read_text()
    done = bench(*command[3:])
    assert done.exit_code == 0, done.output
    assert f"{5 - len(stopped)} of 5 cells to run" in done.output
    assert {path: path.stat().st_mtime_ns for path in stopped} == stopped
    (ablation,) = read_ablations(folder / "runs")
    assert {record.cell for record in read_records(folder / "runs")} == ablation.cells


@pytest.mark.parametrize(
    ("arguments", "code", "sentence"),
    [
        (("--k", "0"), 2, "Error: --k 0: '0' is no whole number from 1 up"),
        ((), 2, "Error: nothing is varied; give at least one of --k, --prompts"),
        (("--templates", "x"), 2, "Error: --templates x: there is no 'x'; there are paper, none, antonym"),
        (("--k", "1", "--on", "x"), 2, "Error: --on x: the suite has no data set of that name"),
        (
            ("--k", "1", "--protocols", "zero_shot"),
            2,
            "there is no 'zero_shot'; there are identification",
        ),
        (("--banks", "nowhere@1"), 1, "Error: there is no bank 'nowhere'"),
        (("--banks", "lvq@1"), 1, "Error: bank lvq@1 has no attributes for 'gaussian_blur', which mini-csiq has"),
        (("--k", "1", "--jobs", "0"), 1, "Error: --jobs 0 does nothing"),
        (("--k", "1", "--data", "x=y"), 1, "Error: --data x: the suite has no data set of that name"),
    ],
)
def test_mistakes_end_in_one_sentence(folder: Path, arguments: tuple[str, ...], code: int, sentence: str) -> None:
    on = () if "--on" in arguments else ("--on", B)
    result = bench("ablate", "tiny.toml", *on, *arguments)
    assert (result.exit_code, result.stdout) == (code, "")
    (said,) = result.stderr.strip().splitlines()
    assert sentence in said
    assert not (folder / "runs").exists()


def test_a_cell_that_fails_names_its_arm(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from exiqa.bench.methods import ours

    original = ours.tuned

    def broken(task):  # type: ignore[no-untyped-def]
        if task.cell.k == 1:
            raise ValueError("the photo is upside down")
        return original(task)

    monkeypatch.setattr(ours, "tuned", broken)
    result = bench("ablate", "tiny.toml", "--on", B, "--k", "1", "--jobs", "1")
    assert result.exit_code == 1
    why = "ValueError: the photo is upside down"
    assert f"failed: quality mini-csiq, ExIQA (ours), seed 0, K = 1: {why}" in result.stderr
    assert f"Not run: {why}." in result.stdout

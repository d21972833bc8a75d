"""Work on processes, threads and in order; a worker that dies ends in one sentence."""

from __future__ import annotations

import os
import signal
import threading

import pytest

from exiqa.core.errors import UserError
from exiqa.core.parallel import Workers, run_parallel


@pytest.mark.parametrize("workers", [Workers(1), Workers(2), Workers(2, threads=True)])
def test_every_task_is_done_once(workers: Workers) -> None:
    assert sorted(run_parallel(abs, range(-20, 0), workers)) == list(range(1, 21))
    assert list(run_parallel(abs, range(-20, 0), workers, in_order=True)) == list(range(20, 0, -1))
    assert list(run_parallel(abs, (), workers)) == []


def test_threads_share_this_process() -> None:
    lock = threading.Lock()  # cannot be pickled

    def work(task: int) -> int:
        with lock:
            return os.getpid() + task

    assert set(run_parallel(work, [0] * 4, Workers(2, threads=True))) == {os.getpid()}


def _threads(task: int) -> tuple[int, int]:
    import cv2
    import torch

    return cv2.getNumThreads(), torch.get_num_threads()


def test_a_worker_has_one_thread_since_there_is_a_worker_a_core() -> None:
    assert set(run_parallel(_threads, range(4), Workers(2))) == {(1, 1)}


def _die(task: int) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def test_a_killed_worker_is_told() -> None:
    with pytest.raises(UserError, match="a worker process was killed"):
        list(run_parallel(_die, range(4), Workers(2)))


def test_a_scheduler_that_is_not_there_is_told() -> None:
    pytest.importorskip("distributed")
    with pytest.raises(UserError, match="no dask scheduler answers at nowhere"):
        list(run_parallel(abs, [1], Workers(scheduler="nowhere")))

"""Spreading work over this machine's cores, or over the workers of a dask scheduler."""

from __future__ import annotations

import os
import sys
import threading
import warnings
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from typing import TypeVar

from exiqa.core.errors import UserError
from exiqa.core.signals import WATCH, end_with_parent

_Task = TypeVar("_Task")
_Result = TypeVar("_Result")


@dataclass(frozen=True)
class Workers:
    """Where the work is done."""

    jobs: int = -1
    """Processes on this machine; -1 is one a core. With a scheduler, its workers decide."""
    scheduler: str | None = None
    """Address of a dask scheduler (tcp://host:port), whose workers share the folders' paths with this machine."""
    threads: bool = False
    """Threads of this process in place of processes, for work that leaves Python's lock and cannot be pickled."""


def run_parallel(
    work: Callable[[_Task], _Result], tasks: Iterable[_Task], workers: Workers, *, in_order: bool = False
) -> Iterator[_Result]:
    """Do `work` for each task on some worker.

    Args:
        work: Picklable, unless the workers are threads; so are the tasks and the results.
        tasks: Taken up as workers become free.
        workers: Where.
        in_order: Yield the results in the order of the tasks, and not as they come.

    Yields:
        What `work` returns of each task.

    Raises:
        UserError: A worker process was killed, or no worker answers at the scheduler.
    """
    from joblib import Parallel, delayed
    from joblib.externals.loky.process_executor import TerminatedWorkerError

    returned = "generator" if in_order else "generator_unordered"
    own_processes = workers.scheduler is None and not workers.threads and workers.jobs != 1
    call = partial(_in_worker, work, os.getpid()) if own_processes else work
    whole = False
    with _backend(workers), _quiet_tracker(), warnings.catch_warnings():
        # joblib replaces a worker that has grown between two tasks; none of them is lost.
        warnings.filterwarnings("ignore", "A worker stopped while some jobs were given", UserWarning)
        # Whoever breaks off knows it, and the workers are stopped below.
        warnings.filterwarnings("ignore", ".*tasks (have been successfully|which were still)", UserWarning)
        try:
            yield from Parallel(return_as=returned)(delayed(call)(task) for task in tasks)
            whole = True
        except TimeoutError:
            raise UserError(f"no worker has joined the dask scheduler at {workers.scheduler}; start some") from None
        except TerminatedWorkerError:
            raise UserError(
                "a worker process was killed, most likely for want of memory; run again with fewer --jobs to go on"
            ) from None
        finally:
            if own_processes and not whole:
                _stop_workers()


@contextmanager
def one_torch_thread() -> Iterator[None]:
    """One thread for torch's sums here and in threads that are started meanwhile: how many share a sum decides its last
    digit."""
    import torch

    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(threads)


def _in_worker(work: Callable[[_Task], _Result], parent: int, task: _Task) -> _Result:
    """`work`, in a process that ends when the one with the id `parent` has."""
    if os.getppid() == parent and not any(thread.name == WATCH for thread in threading.enumerate()):
        end_with_parent()
    # What joblib sets for OpenMP and BLAS says nothing to OpenCV, whose threads would fight for the cores.
    os.environ["OPENCV_FOR_THREADS_NUM"] = "1"
    if "cv2" in sys.modules:
        sys.modules["cv2"].setNumThreads(1)
    return work(task)


def _stop_workers() -> None:
    """End this process's workers at once: broken off, nobody wants what they are at, and it may take them minutes."""
    from joblib.externals.loky import reusable_executor

    executor = reusable_executor._executor
    if executor is not None:
        executor.shutdown(wait=True, kill_workers=True)


@contextmanager
def _quiet_tracker() -> Iterator[None]:
    """The process that joblib starts to remove what others left says no word of what was gone already.

    Stopped by a signal, this process may have removed a semaphore and not yet said so.
    """
    present = os.environ.get("PYTHONWARNINGS")
    os.environ["PYTHONWARNINGS"] = ",".join(filter(None, (present, "ignore:resource_tracker")))
    try:
        yield
    finally:
        if present is None:
            os.environ.pop("PYTHONWARNINGS", None)
        else:
            os.environ["PYTHONWARNINGS"] = present


@contextmanager
def _backend(workers: Workers) -> Iterator[None]:
    from joblib import parallel_config

    if workers.threads:
        with parallel_config("threading", n_jobs=workers.jobs):
            yield
        return
    if workers.scheduler is None:
        # A process a core is the parallelism; threads within would only contend.
        with parallel_config("loky", n_jobs=workers.jobs, inner_max_num_threads=1):
            yield
        return
    try:
        from distributed import Client
    except ImportError:
        raise UserError("--backend dask needs dask.distributed; install exiqa[cluster]") from None
    try:
        client = Client(workers.scheduler)
    except (OSError, ValueError) as error:
        raise UserError(f"no dask scheduler answers at {workers.scheduler}: {error}") from None
    with client, parallel_config("dask", n_jobs=-1):
        yield

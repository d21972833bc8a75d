"""The bar that a tuning run shows: steps, time left, loss, RMSE on the validation side."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from exiqa.model.training.tune import TuneStep


@contextmanager
def tuning_bar() -> Iterator[Callable[[TuneStep], None]]:
    """Yields what `tune` takes as `on_step`. On stderr; where that is no terminal, a line at each tenth."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    console = Console(stderr=True)
    columns = (
        TextColumn("Tuning"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
        TextColumn("{task.description}"),
    )
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as bar:
        task = bar.add_task("", total=None)

        def show(step: TuneStep) -> None:
            rmse = "–" if step.rmse is None else f"{step.rmse:.4f}"
            tenths = 10 * step.step // step.steps if step.steps else 10
            if not console.is_terminal and tenths > 10 * (step.step - 1) // max(step.steps, 1):
                print(
                    f"step {step.step} of {step.steps}: loss {step.loss:.4f}, RMSE {rmse}", file=sys.stderr, flush=True
                )
            bar.update(task, completed=step.step, total=step.steps, description=f"loss {step.loss:.4f}  RMSE {rmse}")

        yield show

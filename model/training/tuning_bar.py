"""The bar that a tuning run shows: steps, time left, loss, RMSE on the validation side."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from exiqa.model.training.tune import TuneStep


@contextmanager
def tuning_bar() -> Iterator[Callable[[TuneStep], None]]:
    """Yields what `tune` takes as `on_step`. On stderr; nothing is drawn where that is no terminal."""
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
            bar.update(task, completed=step.step, total=step.steps, description=f"loss {step.loss:.4f}  RMSE {rmse}")

        yield show

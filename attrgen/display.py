"""What `exiqa attrgen generate` shows: a progress bar, the phrases with their verdicts, the totals."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn
from rich.table import Table

from exiqa.attrgen.events import Event
from exiqa.attrgen.generation import GenerationResult
from exiqa.bank.phrases.screens import KEPT
from exiqa.core.console import printable

LONGEST_CELL = 120
"""Characters of a table's cell; the transcript and --json have the rest."""


@contextmanager
def generation_progress() -> Iterator[Callable[[Event], None]]:
    """A progress bar on standard error, a round at a time, as a listener for `generate`.

    Yields:
        What `generate` takes as `on_event`. Nothing is drawn where standard error is no terminal.
    """
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[spent]}"),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
    )
    console = Console(stderr=True)
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as bar:
        task = bar.add_task("Loading", total=None, spent="")

        def listen(event: Event) -> None:
            spent = f"{sum(event.tokens)} tokens" + ("" if event.cost is None else f", {event.cost:.4f} USD")
            text = f"Round {event.round}"
            if event.kind == "round":
                bar.reset(task, total=event.total, description=text, spent=spent)
            elif event.kind == "answer":
                bar.update(task, completed=event.done, spent=spent)
            else:
                bar.update(task, description=f"{text}: {event.short} still short")

        yield listen


def print_result(generation: GenerationResult, as_json: bool) -> None:
    """Print what a generation came to, on standard output."""
    if as_json:
        # ASCII with escapes: no control character of an LLM's can reach the terminal.
        print(json.dumps(_document(generation), indent=1))
        return
    console = Console()
    console.print(_table(generation))
    for line in _summary(generation):
        console.print(line, markup=False, highlight=False, soft_wrap=True)


def _table(generation: GenerationResult) -> Table:
    table = Table("Distortion", "Phrase", "Verdict", "Why", title="Phrases read, by distortion")
    order = list(dict.fromkeys(line.distortion for line in generation.verdicts))
    lines = sorted(generation.verdicts, key=lambda line: (order.index(line.distortion), line.verdict != KEPT))
    previous = None
    for line in lines:
        cells = [line.distortion if line.distortion != previous else "", line.phrase or line.written, line.verdict]
        table.add_row(
            *(escape(_one_line(cell)) for cell in (*cells, line.detail)),
            style=None if line.verdict == KEPT else "dim",
        )
        previous = line.distortion
    return table


def _summary(generation: GenerationResult) -> Iterator[str]:
    read = len(generation.verdicts)
    kept = sum(line.verdict == KEPT for line in generation.verdicts)
    cost = "" if generation.cost is None else f", {generation.cost:.4f} USD"
    tokens_in, tokens_out = generation.tokens
    yield f"{kept} of {read} phrases kept in {generation.rounds} round{'' if generation.rounds == 1 else 's'}"
    yield f"{tokens_in} tokens read, {tokens_out} written{cost}"
    if generation.bank is not None:
        yield f"Bank {generation.bank.id}, hash {generation.bank.hash}"
        if generation.replayed is not None:
            same = "the recorded hash" if generation.replayed == generation.bank.hash else "NOT the recorded hash"
            yield f"Replayed: {same} ({generation.replayed})"
    yield f"Transcript {printable(str(generation.transcript))}"


def _document(generation: GenerationResult) -> dict[str, object]:
    return {
        "bank": None if generation.bank is None else {"id": generation.bank.id, "hash": generation.bank.hash},
        "recorded_hash": generation.replayed,
        "short": generation.short,
        "rounds": generation.rounds,
        "tokens_in": generation.tokens[0],
        "tokens_out": generation.tokens[1],
        "cost_usd": generation.cost,
        "transcript": str(generation.transcript),
        "verdicts": [line.model_dump(exclude={"kind"}) for line in generation.verdicts],
    }


def _one_line(text: str) -> str:
    line = printable(" ".join(text.split()))
    return line if len(line) <= LONGEST_CELL else line[: LONGEST_CELL - 1] + "…"

"""A plan in words for the terminal, and as JSON."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from itertools import groupby
from typing import Any

from exiqa.bench.cells.record import Cell
from exiqa.bench.cells.words import datasets_in_words
from exiqa.bench.methods.method import METHODS
from exiqa.bench.running.planning.plan import Plan, PlannedCell, State
from exiqa.core.console import counted

STATES: tuple[State, ...] = ("done", "new", "stale", "failed", "missing")


def plan_lines(plan: Plan, every_row: bool = True, about: Mapping[Cell, str] | None = None) -> list[str]:
    """The plan in lines: its rows, the reasons, counts and time.

    Args:
        plan: The plan.
        every_row: Whether there is a line for the splits of one row that stand alike, and for each data set.
        about: By a cell's variant, words that tell its row from others of the same method.
    """
    lines = []
    if every_row:
        for _, group in groupby(plan.cells, key=lambda planned: _row(planned)):
            cells = list(group)
            words = (about or {}).get(cells[0].job.cell.variant, "")
            lines.append(_row_line(cells) + (f"  {words}" if words else ""))
        lines += [f"{dataset.state:8} {'statistics':14} {dataset.name}" for dataset in plan.datasets]
    for why, state in dict.fromkeys((planned.why, planned.state) for planned in plan.cells if planned.why):
        count = sum((planned.why, planned.state) == (why, state) for planned in plan.cells)
        lines.append(f"{count} {state}: {why}")
    if plan.unrelated:
        lines.append(
            f"{len(plan.unrelated)} records in the folder are of no cell of this suite; tables will show them too: "
            f"{plan.unrelated[0]}.json{' …' if len(plan.unrelated) > 1 else ''}"
        )
    counts = [f"{plan.count(state)} {state}" for state in STATES if plan.count(state)]
    lines.append(f"{counted(len(plan.cells), 'cell')}: {', '.join(counts)}")
    if plan.waiting:
        lines.append(f"{len(plan.waiting)} to run, about {duration(plan.seconds)} one after the other")
    return lines


def plan_json(plan: Plan) -> dict[str, Any]:
    """Every cell with its state; all that `plan_lines` says."""
    return {
        "cells": [
            {
                "id": planned.job.cell.id,
                "file": f"{planned.job.cell.file_stem}.json",
                "cell": planned.job.cell.model_dump(),
                "state": planned.state,
                "why": planned.why,
                "seconds": planned.seconds,
            }
            for planned in plan.cells
        ],
        "datasets": [dataclasses.asdict(dataset) for dataset in plan.datasets],
        "counts": {state: plan.count(state) for state in STATES},
        "seconds": plan.seconds,
        "unrelated": list(plan.unrelated),
    }


def cell_words(cell: Cell) -> str:
    """A cell as one reads it: "quality kadid10k → csiq, ExIQA (ours), seed 3"."""
    method = METHODS[cell.method].label
    return f"{cell.protocol} {datasets_in_words(cell.train, cell.test)}, {method}, seed {cell.seed}"


def duration(seconds: float) -> str:
    """A rough time: "40 s", "12 min", "3.5 h"."""
    if seconds < 90:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 90 * 60 else f"{seconds / 3600:.1f} h"


def _row(planned: PlannedCell) -> tuple[Any, ...]:
    return planned.job.cell.variant.id, planned.state, planned.why


def _row_line(cells: Sequence[PlannedCell]) -> str:
    cell, state = cells[0].job.cell, cells[0].state
    seeds = " ".join(str(planned.job.cell.seed) for planned in cells)
    where = datasets_in_words(cell.train, cell.test)
    method = cells[0].job.labels.method or METHODS[cell.method].label
    return f"{state:8} {cell.protocol:14} {where:32} {method:20} seeds {seeds}"

"""Metrics again from stored predictions: after a metric was mended or added, without data, models or training."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from exiqa.bench.cells.record import Record, read_predictions, read_records, write_figures
from exiqa.bench.running.evaluate import figures_of
from exiqa.bench.running.versions import METRIC, metric_versions


def rescore_records(runs: Path, step: Callable[[int, int], None] = lambda done, total: None) -> tuple[int, int]:
    """Compute every record's figures in `runs` from its predictions; (records whose figures changed, records).

    Only metrics, intervals, breakdowns and the versions of metrics are written anew; predictions, hashes and provenance
    stay. Raises
    UserError where a record's predictions are missing or are not those it was written with, before anything changes.
    """
    records = read_records(runs)
    fresh = []
    for number, record in enumerate(records, 1):
        fresh.append(rescored(runs, record))
        step(number, len(records))
    changed = [(record, old) for record, old in zip(fresh, records, strict=True) if record != old]
    for record, _ in changed:
        write_figures(runs, record)
    return sum(record.model_copy(update={"versions": old.versions}) != old for record, old in changed), len(records)


def rescored(runs: Path, record: Record) -> Record:
    """A record of `runs` with its figures computed from its stored predictions."""
    predictions = read_predictions(runs, record)
    versions = {name: version for name, version in record.versions.items() if not name.startswith(METRIC)}
    versions |= metric_versions(record.cell.protocol)
    figures = figures_of(record, predictions)
    return record.model_copy(update={**figures, "versions": versions})

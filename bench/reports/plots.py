"""What a report draws from records, as plain data: `exiqa.bench.figures` does the drawing."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from exiqa.bench.cells.record import Record, read_predictions
from exiqa.bench.cells.variants import by_variant
from exiqa.bench.cells.words import SETTINGS, labelled_datasets
from exiqa.bench.figures.heat_map import HeatMap
from exiqa.bench.figures.line_plot import LinePlot
from exiqa.bench.figures.scatter import Scatter
from exiqa.bench.figures.shape_functions import Shapes
from exiqa.bench.figures.strength_curves import StrengthCurve, StrengthCurves
from exiqa.bench.methods.method import METHODS, in_row_order
from exiqa.bench.metrics.predictions import nearest_level
from exiqa.bench.metrics.registry import METRICS
from exiqa.bench.probing.store import read_probed
from exiqa.bench.protocol import PROTOCOLS, ProtocolId
from exiqa.bench.reports.attribute_plots import attribute_plots
from exiqa.bench.tables.parts.table import FEW_IMAGES

MAX_POINTS = 1500
"""Points of a scatter; of more images, every n-th in the order of the predictions is drawn."""
MAX_FIGURES = 5
"""Scatters, confusions and strength curves each, in one report: one for each of the paper's data sets."""
MAX_BREAKDOWNS = 12
"""Heat maps by distortion: two a data set."""

MAX_VARIANTS = 6
"""Rows of one method in a heat map by distortion."""


@dataclass(frozen=True)
class Plots:
    """All that is drawn from records."""

    scatters: tuple[Scatter, ...] = ()
    confusions: tuple[HeatMap, ...] = ()
    breakdowns: tuple[HeatMap, ...] = ()
    curves: tuple[StrengthCurves, ...] = ()
    attributes: tuple[LinePlot, ...] = ()
    probed: tuple[LinePlot, ...] = ()
    shapes: tuple[Shapes, ...] = ()
    left_out: int = 0
    """Figures beyond those of each kind that are drawn."""


def plots_of(records: Sequence[Record], folder: Path) -> Plots:
    """Scatters, confusions and strength curves of our own rows, read from the predictions in `folder`, and
    per-distortion heat maps.

    Rows that are tested on the data set that they were trained on come first. Of each row the split with the lowest
    seed is drawn.

    Raises:
        UserError: A record's predictions are missing or changed.
    """
    scored, identified = _that_can_be_drawn(records)
    breakdowns = per_distortion_maps(records)
    drawn = [(record, *_strengths(record, folder)) for record in identified[:MAX_FIGURES]]
    probed = read_probed(folder, {record.cell.id for record in (*scored, *identified)})
    left_out = sum(max(0, len(kind) - MAX_FIGURES) for kind in (scored, identified, identified))
    left_out += max(0, len(breakdowns) - MAX_BREAKDOWNS)
    return Plots(
        scatters=tuple(_scatter(record, folder) for record in scored[:MAX_FIGURES]),
        confusions=tuple(_confusion(*of_record) for of_record in drawn),
        breakdowns=breakdowns[:MAX_BREAKDOWNS],
        curves=tuple(_curves(*of_record) for of_record in drawn),
        attributes=attribute_plots(records),
        probed=tuple(plot for one in probed for plot in one.plots),
        shapes=tuple(shapes for one in probed for shapes in one.shapes),
        left_out=left_out,
    )


def drawn_from(records: Sequence[Record]) -> list[Record]:
    """The records whose predictions `plots_of` reads."""
    return [record for kind in _that_can_be_drawn(records) for record in kind[:MAX_FIGURES]]


def _that_can_be_drawn(records: Sequence[Record]) -> tuple[list[Record], list[Record]]:
    """Of our own rows the split with the lowest seed: those of scores, and those of strengths."""
    ours = [group[0] for group in by_variant(r for r in records if METHODS[r.cell.method].kind == "ours").values()]
    ours.sort(key=lambda record: record.cell.is_across)
    scored = [r for r in ours if PROTOCOLS[r.cell.protocol].predicts == "scores" and r.cell.attributes is None]
    return scored, [record for record in ours if PROTOCOLS[record.cell.protocol].predicts == "strengths"]


def _scatter(record: Record, folder: Path) -> Scatter:
    frame = read_predictions(folder, record)
    step = -(-len(frame) // MAX_POINTS)
    shown = frame[["true", "predicted"]].dropna().iloc[:: max(step, 1)]
    return Scatter(
        title=_title(record),
        score=record.testset.score or "score",
        true=tuple(shown["true"].astype(float)),
        predicted=tuple(shown["predicted"].astype(float)),
        images=len(frame),
        seed=record.cell.seed,
        cell=record.cell.id,
    )


def _strengths(record: Record, folder: Path) -> tuple[np.ndarray, np.ndarray]:
    """(predicted, truth) of a record's images, (N, D) each."""
    frame, ids = read_predictions(folder, record), record.testset.distortions
    predicted, truth = (
        frame[[f"{side}:{name}" for name in ids]].to_numpy(np.float64) for side in ("predicted", "true")
    )
    return predicted, truth


def _confusion(record: Record, predicted: np.ndarray, truth: np.ndarray) -> HeatMap:
    """Mean predicted strength of each distortion over the images that have one distortion and no other."""
    ids = record.testset.distortions
    single = (truth > 0).sum(axis=1) == 1
    values = [
        tuple(predicted[of_distortion].mean(axis=0).tolist())
        if (of_distortion := single & (truth[:, number] > 0)).any()
        else None
        for number in range(len(ids))
    ]
    return HeatMap(
        title=_title(record),
        meaning=f"Mean predicted strength of each distortion (columns) over the held-out images that truly have one "
        f"(rows) and no other; split with seed {record.cell.seed}.",
        stub="True distortion",
        rows=_names(ids),
        columns=_names(ids),
        values=tuple(row or (None,) * len(ids) for row in values),
        low=0.0,
        high=1.0,
        cells=(record.cell.id,),
    )


def _curves(record: Record, predicted: np.ndarray, truth: np.ndarray) -> StrengthCurves:
    """Medians and quartiles of the predicted strength at each true level of each distortion."""
    ids, levels = record.testset.distortions, record.testset.levels
    numbers = nearest_level(truth, levels)
    curves = []
    for column, (name, grid) in enumerate(zip(_names(ids), levels, strict=True)):
        by_level = [predicted[numbers[:, column] == number, column] for number in range(len(grid) + 1)]
        strengths = [(true, of_level) for true, of_level in zip((0.0, *grid), by_level, strict=True) if len(of_level)]
        quartiles = [np.quantile(of_level, (0.25, 0.5, 0.75)).tolist() for _, of_level in strengths]
        low, median, high = zip(*quartiles, strict=True)
        curves.append(StrengthCurve(name, tuple(true for true, _ in strengths), median, low, high))
    return StrengthCurves(
        title=_title(record),
        meaning="Predicted strength by true strength: the median over the held-out images that have the distortion at "
        "that level, at 0 over those that do not have it; a bar joins the quartiles, and on the dashed line a "
        f"prediction is right. Split with seed {record.cell.seed}.",
        curves=tuple(curves),
        cells=(record.cell.id,),
    )


def per_distortion_maps(records: Iterable[Record]) -> tuple[HeatMap, ...]:
    """One map per data set and protocol where that is tested on the data set trained on: methods × distortions.

    A figure is the median over the splits of the metric over that distortion alone: mAP (there the average precision)
    for identification, SRCC for quality. It is None where it is undefined on any of the splits.
    """
    groups: dict[tuple[ProtocolId, str], dict[str, list[Record]]] = {}
    for record in records:
        cell = record.cell
        if not cell.is_across and record.per_distortion:
            groups.setdefault((cell.protocol, cell.test), {}).setdefault(_row_label(record), []).append(record)
    maps = []
    for (protocol, _), unordered in groups.items():
        order = in_row_order(group[0].cell.method for group in unordered.values())
        labels_by_method = [(order.index(group[0].cell.method), label) for label, group in unordered.items()]
        chosen = [
            label
            for method in range(len(order))
            for label in [label for number, label in labels_by_method if number == method][:MAX_VARIANTS]
        ]
        rows = {label: unordered[label] for label in chosen}
        metric = PROTOCOLS[protocol].headline[0]
        distortions = tuple(dict.fromkeys(d for group in rows.values() for r in group for d in r.testset.distortions))
        values = [tuple(_median(group, distortion, metric) for distortion in distortions) for group in rows.values()]
        shown = [(label, row) for label, row in zip(rows, values, strict=True) if any(v is not None for v in row)]
        if not shown:
            continue
        measured = "Average precision of finding the images that have a distortion"
        if metric != "map":
            each = min(r.testset.images // len(r.testset.distortions) for group in rows.values() for r in group)
            few = f", about n = {each} a split" if each < FEW_IMAGES else ""
            measured = f"{METRICS['srcc'].meaning} over the images of one distortion{few}"
        maps.append(
            HeatMap(
                title=f"{next(iter(rows.values()))[0].test_label}, {'AP' if metric == 'map' else 'SRCC'} by distortion",
                meaning=f"{measured}, median over the splits; higher is better.",
                stub="Method",
                rows=tuple(label for label, _ in shown),
                columns=_names(distortions),
                values=tuple(row for _, row in shown),
                low=0.0,
                high=1.0,
                cells=tuple(r.cell.id for group in rows.values() for r in group),
            )
        )
    return tuple(maps)


def _median(group: Sequence[Record], distortion: str, metric: str) -> float | None:
    assert metric in METRICS
    values = [record.per_distortion.get(distortion, {}).get(metric) for record in group]
    numbers = [value for value in values if value is not None]
    return float(np.median(numbers)) if numbers and len(numbers) == len(values) else None


def _names(distortions: Sequence[str]) -> tuple[str, ...]:
    return tuple(distortion.replace("_", " ") for distortion in distortions)


def _title(record: Record) -> str:
    carried = ", nothing fitted" if PROTOCOLS[record.cell.protocol].regressor == "train" else ""
    return f"{labelled_datasets(record)}{carried}: {_row_label(record)}"


def _row_label(record: Record) -> str:
    values = {field: getattr(record.cell, field) for field in ("bank", "k", "template", "regressor")}
    settings = [SETTINGS[field].say(value) for field, value in values.items() if value is not None]
    return ", ".join([record.method_label, *settings])

"""A cell's fitted score, probed: with the model at hand, right after its cell has run."""

from __future__ import annotations

import numpy as np

from exiqa.bench.cells.record import Record
from exiqa.bench.figures.line_plot import Line, LinePlot
from exiqa.bench.figures.shape_functions import Shapes
from exiqa.bench.methods import ours
from exiqa.bench.methods.prediction_task import PredictionTask
from exiqa.bench.probing.curves import deletion_curve, insertion_curve, intervention_curve
from exiqa.bench.probing.shapes import shapes_of
from exiqa.bench.probing.store import Probed
from exiqa.core.errors import UserError
from exiqa.model.assessing.breakdown import break_down
from exiqa.model.regressors.regressor import Regressor

COUNTS = (0, 1, 2, 3, 5, 10, 20, 50)
PHOTOS = 40
"""Test images that deletion and insertion are taken over, evenly spread: each needs a break-down of its score."""


def probe(task: PredictionTask, record: Record) -> Probed:
    """What the fitted score of a cell of ours does when its attributes are changed.

    Args:
        task: The cell, tuned and fitted already.
        record: Its record, for the words.

    Raises:
        UserError: As `exiqa.bench.methods.exiqa.predict`.
    """
    artifact = ours.tuned(task)
    regressor = ours.regressor(task)
    bank = artifact.bank
    where = f"{record.test_label}, {record.cell.regressor or record.method_label}"
    rows = task.test_rows
    attributes = ours.attributes(task, artifact, task.test, rows)
    plots = [_explained(regressor, attributes, [a.phrase for a in bank.attributes], where, record)]
    if task.test.has_references and task.test.distortions:
        from exiqa.iqadata.grounding.attribute_truth import attribute_truth

        truth = attribute_truth(bank, task.test, rows)
        scores = task.test.scores[rows]
        curve = intervention_curve(regressor.predict, attributes, truth.values, truth.linked, scores, COUNTS)
        points = tuple(
            (str(n), None if np.isnan(y) else float(y), None, None) for n, y in zip(COUNTS, curve, strict=True)
        )
        plots.append(
            LinePlot(
                title=f"{where}: attributes set to their truth",
                x_label="Most wrong attributes set, a photo",
                y_label="SRCC, higher is better",
                lines=(Line("set to what is seen beside the reference", points),),
                meaning=f"SRCC over {len(rows)} held-out images; the most wrong lie furthest from their truth.",
                cells=(record.cell.id,),
            )
        )
    shapes: tuple[Shapes, ...] = ()
    if regressor.kind == "additive" and regressor.by_attribute:
        shapes = (shapes_of(regressor, [a.phrase for a in bank.attributes], where, record.cell.id),)
    return Probed(cell=record.cell.id, plots=tuple(plots), shapes=shapes)


def _explained(
    regressor: Regressor, attributes: np.ndarray, phrases: list[str], where: str, record: Record
) -> LinePlot:
    """Deletion and insertion by the break-down's order, and by a random one."""
    chosen = np.unique(np.linspace(0, len(attributes) - 1, min(PHOTOS, len(attributes))).round().astype(int))
    photos = attributes[chosen]
    column = {phrase: number for number, phrase in enumerate(phrases)}
    if len(column) < len(phrases):
        raise UserError("two attributes of the bank have one phrase, so that a break-down cannot be put in order")
    explained = np.array([[column[p.phrase] for p in break_down(regressor, photo, phrases).parts] for photo in photos])
    chance = np.random.default_rng(0).permuted(np.tile(np.arange(len(phrases)), (len(photos), 1)), axis=1)
    typical = regressor.typical.numpy().astype(np.float32)
    counts = [count for count in COUNTS if count < len(phrases)] + [len(phrases)]
    lines = []
    for name, curve in (("deletion", deletion_curve), ("insertion", insertion_curve)):
        for words, order in (("by the break-down", explained), ("at random", chance)):
            values = curve(regressor.predict, photos, typical, order, counts)
            points = tuple((str(n), float(y), None, None) for n, y in zip(counts, values, strict=True))
            lines.append(Line(f"{name} {words}", points))
    return LinePlot(
        title=f"{where}: deletion and insertion",
        x_label="Attributes changed, a photo",
        y_label="share of what sets the score apart",
        lines=tuple(lines),
        meaning=f"Over {len(photos)} held-out images. Deletion makes a photo's attributes typical, insertion gives a "
        "typical photo the photo's own; the faster the break-down's line is, the more faithful it is.",
        cells=(record.cell.id,),
    )

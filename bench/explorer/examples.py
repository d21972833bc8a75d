"""The images that the report's attribute explorer shows, read out while the model that answers is at hand."""

from __future__ import annotations

import numpy as np

from exiqa.bench.explorer.explorer import ExplorerImage, explore
from exiqa.bench.methods.ours import scored
from exiqa.bench.methods.prediction_task import PredictionTask
from exiqa.model.assessing.assessor import Assessor


def examples(task: PredictionTask, count: int) -> tuple[ExplorerImage, ...]:
    """`count` test images of a quality cell of ours on one data set, evenly spread over its test rows, explained.

    Raises:
        UserError: As tuning and fitting do; both are done already where the cell has run.
    """
    assessor = Assessor.of(scored(task))
    rows = task.test_rows
    chosen = rows[np.unique(np.linspace(0, len(rows) - 1, min(count, len(rows))).round().astype(int))]
    return tuple(explore(assessor, task.test, int(row), task.cell.id) for row in chosen)

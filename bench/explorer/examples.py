"""The images that the report's attribute explorer shows, read out while the model that answers is at hand."""

from __future__ import annotations

import numpy as np

from exiqa.bench.cells.prediction_task import PredictionTask
from exiqa.bench.explorer.explorer import ExplorerImage, explore
from exiqa.bench.methods import ours
from exiqa.model.artifacts.artifact import Artifact
from exiqa.model.assessing.assessor import Assessor
from exiqa.model.regressors.score_origin import ScoreOrigin


def examples(task: PredictionTask, count: int) -> tuple[ExplorerImage, ...]:
    """`count` test images of a quality cell of ours on one data set, evenly spread over its test rows, explained.

    Raises what tuning and fitting raise; both are there already where the cell has run.
    """
    artifact, regressor = ours.tuned(task), ours.regressor(task)
    assert task.test.score_info is not None
    regressor.origin = ScoreOrigin(
        dataset=task.test.name,
        dataset_hash=task.test.hash,
        split_hash=task.test_split.hash,
        score=task.test.score_info,
    )
    scored = Artifact(artifact.model, artifact.preprocessing, {"own": regressor}, artifact.training)
    assessor = Assessor.of(scored)
    rows = task.test_split.rows(task.test)[2]
    chosen = rows[np.unique(np.linspace(0, len(rows) - 1, min(count, len(rows))).round().astype(int))]
    return tuple(explore(assessor, task.test, int(row), task.cell.id) for row in chosen)

"""A tuned model's own score, as it is: nothing is fitted to the set that is tested on."""

from __future__ import annotations

import numpy as np

from exiqa.bench.methods.method import SCORES, Method
from exiqa.bench.methods.prediction_task import PredictionTask
from exiqa.core.errors import UserError

REGRESSOR = "regressor"
"""The setting that names one of the model's regressors."""


def predict(task: PredictionTask) -> np.ndarray:
    """(T,) float32 scores, higher is better, by a regressor of the model that the cell names.

    Raises:
        UserError: The cell names no model, or the model has no such regressor, or fitted it to this very data set.
    """
    from exiqa.bench.methods import ours
    from exiqa.model.artifacts.artifact import Artifact

    if task.cell.model is None:
        raise UserError("the method given_score needs a tuned model; name one: model = ... in [methods.given_score]")
    artifact = Artifact.from_pretrained(task.cell.model)
    regressor = artifact.regressor(task.settings.get(REGRESSOR))
    if regressor.origin is not None and task.test.hash in regressor.origin.dataset_hash.split("+"):
        raise UserError(
            f"the regressor of {task.cell.model} was fitted to {task.test.name} itself; name another in settings"
        )
    return regressor.predict(ours.attributes(task, artifact, task.test, task.test_rows))


METHOD = Method(
    label="Score as it ships",
    meaning="a tuned model's own score; nothing is fitted to the data set",
    protocols=SCORES,
    predict=predict,
    kind="ours",
)

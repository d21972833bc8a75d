"""Ours, as a row: towers and their attributes are in `exiqa.bench.methods.ours`, which a table need not import."""

from __future__ import annotations

from typing import TYPE_CHECKING

from exiqa.bench.methods.method import ATTRIBUTES, EVERY_PROTOCOL, RATINGS, UNSEEN, Method

if TYPE_CHECKING:
    import numpy as np

    from exiqa.bench.methods.prediction_task import PredictionTask


def predict(task: PredictionTask) -> np.ndarray:
    """(T, D) strengths, (T,) scores, (T, A) attributes or (T, R) ratings, whichever the cell's protocol predicts.

    identification: the tower tuned on the training set, read out with the cell's bank. quality: its attributes by
    the bank it was tuned on, and a regressor fitted to the test set's own training split. zero_shot: the same, but
    the regressor is the training set's: nothing is fitted to the test set. validity: as identification, P(a|I)
    itself. unseen: as identification; the task has a training set without one of the distortions. attributes: what
    those attributes that are linked to what was rated say of it.

    Raises:
        UserError: As `exiqa.model.training.tune.tune` and `exiqa.model.regressors.regressor.fit_regressor`.
    """
    from exiqa.bench.methods import ours
    from exiqa.bench.methods.ratings import rating_answers
    from exiqa.model.inference import predict_strengths

    artifact = ours.tuned(task)
    if task.protocol.predicts == "scores":
        return ours.score_with(task, artifact)
    assert task.bank is not None
    if task.bank.hash != artifact.bank.hash:
        artifact = artifact.with_bank(task.bank)
    of_images = ours.attributes(task, artifact, task.test, task.test_rows)
    if task.protocol.predicts == "ratings":
        assert task.test.ratings is not None  # a cell on a set without ratings is not run
        return rating_answers(of_images, artifact.bank, list(task.test.ratings.columns))
    # The model answers in its bank's order; the task's bank and its data set have their own.
    if task.protocol.predicts == "attributes":
        order = {attribute.id: column for column, attribute in enumerate(artifact.bank.attributes)}
        return of_images[:, [order[attribute.id] for attribute in task.bank.attributes]]
    strengths = predict_strengths(artifact.model, of_images)
    return strengths[:, [artifact.bank.distortions.index(d) for d in task.test.distortions]]


METHOD = Method(
    label="ExIQA (ours)",
    meaning="CLIP tuned on the attribute bank; scores regressed from attributes alone",
    protocols=(*EVERY_PROTOCOL, *UNSEEN, *ATTRIBUTES, *RATINGS),
    predict=predict,
    version=2,
    kind="ours",
    uses="bank",
)

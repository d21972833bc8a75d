"""Giving an artifact a quality score: a regressor (Eq. 9) fitted on its attributes of a dataset."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from pydantic import BaseModel

from exiqa.core.errors import UserError
from exiqa.iqadata.datasets.dataset import Dataset
from exiqa.iqadata.datasets.splits import Split
from exiqa.model.artifacts.artifact import Artifact
from exiqa.model.artifacts.locate import locate_artifact
from exiqa.model.regressors.features import FEATURES
from exiqa.model.regressors.kind import KINDS
from exiqa.model.regressors.reach import fit_reach
from exiqa.model.regressors.regressor import fit_regressor
from exiqa.model.regressors.score_origin import ScoreOrigin
from exiqa.model.shipped import SHIPPED_FOLDER
from exiqa.model.training.features import extract_features

FEW_TESTED = 100
"""Test images below which a figure says little by itself."""


@dataclass(frozen=True)
class Regression:
    """An artifact with one regressor more, and how that one does on photos it never saw."""

    artifact: Artifact
    name: str
    images: int
    """Training images."""
    tested: int
    """Images of the test side, which the figures are over."""
    rmse: float
    """Root of the mean squared error on the test side, in units of the score."""
    mean_rmse: float
    """The same of a constant, the training side's mean score: what a regressor that learned something beats."""
    srcc: float
    """Spearman correlation with the true scores on the test side, with its sign; NaN where one side is constant."""
    coverage: float | None
    """Share of the test side whose true score lies in the interval; None where too few images validate to state one."""
    outside: float | None
    """Share of the test side that counts as outside what was seen; None likewise."""

    @property
    def learned(self) -> bool:
        """Whether it predicts the test side better than a constant does."""
        return self.rmse < self.mean_rmse

    @property
    def srcc_interval(self) -> tuple[float, float] | None:
        """95 % interval of the SRCC over other test sides of this size; None where there is none.

        Source: D. G. Bonett, T. A. Wright, Sample size requirements for estimating Pearson, Kendall and Spearman
        correlations, Psychometrika 65 (2000): Fisher's z with the variance (1 + r² / 2) / (n − 3).
        """
        if math.isnan(self.srcc) or self.tested < 4 or abs(self.srcc) >= 1:
            return None
        reach = 1.959964 * math.sqrt((1 + self.srcc**2 / 2) / (self.tested - 3))
        middle = math.atanh(self.srcc)
        return math.tanh(middle - reach), math.tanh(middle + reach)

    def to_json(self) -> dict[str, Any]:
        """Name and figures; null for an SRCC that is undefined, and for its interval."""
        return {
            "regressor": self.name,
            "images": self.images,
            "tested": self.tested,
            "rmse": self.rmse,
            "mean_rmse": self.mean_rmse,
            "learned": self.learned,
            "srcc": None if math.isnan(self.srcc) else self.srcc,
            "srcc_interval": self.srcc_interval,
            "coverage": self.coverage,
            "outside": self.outside,
        }

    def save(self, folder: Path) -> None:
        """Write the regressor into the folder of its artifact; where that is none yet, the model with this score alone.

        Raises:
            UserError: The folder holds another model.
        """
        artifact = self.artifact
        alone = {self.name: artifact.regressors[self.name]}
        Artifact(artifact.model, artifact.preprocessing, alone, artifact.training).save_regressor(folder, self.name)


def regressor_folder(artifact: Path | str, out: Path | None) -> Path:
    """Where an artifact's new regressor goes: its own folder, or the one that is given.

    Raises:
        UserError: None is given, and the artifact is the one that ships or lies on the hub.
    """
    if out is not None:
        return out
    folder = locate_artifact(artifact)
    if folder == SHIPPED_FOLDER or folder != Path(artifact):
        raise UserError(f"{artifact} stays as it is; say with --out DIR where the model with its new score goes")
    return folder


def regress(
    artifact: Artifact,
    dataset: Dataset,
    split: Split,
    config: BaseModel | None = None,
    name: str | None = None,
    on_image: Callable[[int], None] | None = None,
    kind: str = "mlp",
    features: str = "probability",
) -> Regression:
    """Fit a regressor on the training side of a split, what it leaves open chosen on the validation side.

    Attributes are extracted once and cached by content.

    Args:
        artifact: Left as it is.
        dataset: With quality scores.
        split: Of that dataset.
        config: The kind's settings; None takes its defaults.
        name: The regressor's, and its file's; the dataset's by default. One of that name is replaced.
        on_image: Called with the number of images read.
        kind: Of `exiqa.model.regressors.kind.KINDS`; mlp is the paper's.
        features: Of `exiqa.model.regressors.features.FEATURES`; probability is the paper's.

    Raises:
        UserError: There is no such kind or feature, the dataset has no scores or one score for all training images, the
            split does not fit it, or the artifact was tuned on the same dataset by another split, whose training photos
            would then be among the test photos here.
    """
    if dataset.score_info is None:
        raise UserError(f"{dataset.name} has no quality scores, so no regressor can be fitted to it")
    if name is not None and name != _file_name(name):
        raise UserError(f"{name!r} is no name for a regressor; use letters, digits, dots, dashes and underscores")
    training = artifact.training
    if training.get("dataset_hash") == dataset.hash and training.get("split_hash") != split.hash:
        raise UserError(
            f"the model was tuned on another split of {dataset.name}, so it has seen photos that this split tests on; "
            "give the split it was tuned on (--split, or the same --seed)"
        )
    if kind not in KINDS or features not in FEATURES:
        raise UserError(
            f"there is no regressor of the kind {kind!r} on {features!r}; there are the kinds "
            f"{', '.join(KINDS.names())}, on {', '.join(FEATURES)}"
        )
    train, validation, test = split.rows(dataset)
    if missing := int(np.isnan(dataset.scores[test]).sum()):
        raise UserError(f"{missing} of the {len(test)} test images have no score; leave them out of the data set")
    scores = dataset.scores
    if len(train) > 1 and np.ptp(scores[train]) == 0:
        raise UserError(f"all {len(train)} training images of {dataset.name} have one score; there is nothing to learn")
    attributes = extract_features(artifact, dataset, np.arange(len(dataset)), on_image)
    weights = artifact.model.head.weights().detach().cpu().numpy() if features == "strengths" else None
    regressor = fit_regressor(
        attributes[train], scores[train], attributes[validation], scores[validation], config, kind, features, weights
    )
    regressor.origin = ScoreOrigin(
        dataset=dataset.name,
        dataset_hash=dataset.hash,
        split_hash=split.hash,
        score=dataset.score_info,
        images=len(train),
    )
    held = attributes[validation]
    off = scores[validation] - regressor.predict(held) if len(validation) else np.empty(0)
    regressor.reach = reach = fit_reach(attributes[train], held, off)
    chosen = name or _file_name(dataset.name)
    predicted = regressor.predict(attributes[test])
    return Regression(
        artifact=Artifact(
            artifact.model, artifact.preprocessing, {**artifact.regressors, chosen: regressor}, artifact.training
        ),
        name=chosen,
        images=len(train),
        tested=len(test),
        rmse=_rmse(predicted, scores[test]),
        mean_rmse=_rmse(scores[train].mean(), scores[test]),
        srcc=_spearman(predicted, scores[test]),
        coverage=None if reach is None else float(np.mean(np.abs(scores[test] - predicted) <= reach.half_width)),
        outside=None if reach is None else float(np.mean(reach.outside(attributes[test]))),
    )


def _rmse(predicted: np.ndarray | np.floating, true: np.ndarray) -> float:
    return float(np.sqrt(np.mean((predicted - true) ** 2)))


def _spearman(predicted: np.ndarray, true: np.ndarray) -> float:
    from scipy.stats import spearmanr

    if np.ptp(predicted) == 0 or np.ptp(true) == 0:
        return float("nan")
    return float(spearmanr(predicted, true).statistic)


def _file_name(dataset: str) -> str:
    """A regressor's name is a file's name too: `table:own` becomes `table-own`."""
    return "".join(c if c.isascii() and (c.isalnum() or c in "._-") else "-" for c in dataset)

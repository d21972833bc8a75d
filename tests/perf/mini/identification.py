"""Does it name KADID-10k's distortions, and how strong are they? One at a time, and one to three at once."""

from __future__ import annotations

import numpy as np
import torch
from sklearn.metrics import average_precision_score

from exiqa.bank.storage.store import load_bank
from exiqa.bench.metrics.strengths.mean_average_precision import METRIC as MAP
from exiqa.bench.metrics.strengths.rmse import METRIC as RMSE
from exiqa.bench.metrics.strengths.top1 import METRIC as TOP1
from exiqa.model.attribute_model import AttributeModel
from mini.backbone import Measured, strengths_of
from mini.findings import Findings, Headline, Table
from mini.pictures import STRONG, Distorted

UNTUNED = "kadid10k@3"
AIMED = {"one at a time": ("≥ .78", "≥ .85", "≤ .55"), "one to three": ("", "", "≤ .65")}


def by_distortion(measured: Measured, distorted: Distorted, embeddings: list[torch.Tensor]) -> tuple[np.ndarray, Table]:
    """With the trained weights: (N, D) predicted strengths, columns as in the dataset, and a row for each distortion.

    Args:
        measured: The backbone.
        distorted: One distortion a picture.
        embeddings: Of the pictures.
    """
    model, truth = measured.artifact.model, distorted.dataset.strengths
    predicted = _predicted(model, distorted, embeddings)
    strong, right = truth.max(axis=1) >= STRONG - 1e-6, predicted.argmax(axis=1) == truth.argmax(axis=1)
    rows = {
        model.bank.taxonomy[distortion].name: [
            float(average_precision_score(truth[:, column] > 0, predicted[:, column])),
            float(right[strong & (truth[:, column] > 0)].mean()),
        ]
        for column, distortion in enumerate(distorted.dataset.distortions)
    }
    return predicted, Table("Distortion by distortion, weights as trained", ("AP", "top-1, levels 3 to 5"), rows)


def measure_identification(measured: Measured, sets: dict[str, tuple[Distorted, list[torch.Tensor]]]) -> Findings:
    """Both ways of reading out: with the trained weights of Eq. 7 and its own bank, and untuned.

    Args:
        measured: The backbone.
        sets: Name, one of `AIMED` -> the pictures and their embeddings.
    """
    own, untuned = measured.artifact.model, measured.untuned(load_bank(UNTUNED))
    findings = Findings()
    rows: dict[str, list[float | None]] = {}
    for name, (distorted, embeddings) in sets.items():
        truth = distorted.dataset.strengths
        for title, model in ((f"{own.bank.id}, weights as trained", own), (f"{UNTUNED}, untuned", untuned)):
            rows[f"{name}, {title}"] = _figures(_predicted(model, distorted, embeddings), truth)
        precision, top1, ratio = rows[f"{name}, {own.bank.id}, weights as trained"]
        for label, value, target in zip(("mAP", "top-1, levels 3 to 5", "RMSE × the better constant"),
                                        (precision, top1, ratio), AIMED[name], strict=True):  # fmt: skip
            if target:
                findings.headlines.append(Headline(f"{label}, {name}", value, target))
    findings.tables.append(Table("KADID-10k's distortions", ("mAP", "top-1", "RMSE ×"), rows))
    return findings


def _predicted(model: AttributeModel, distorted: Distorted, embeddings: list[torch.Tensor]) -> np.ndarray:
    """(N, D) strengths, columns as in the dataset."""
    order = [model.bank.distortions.index(distortion) for distortion in distorted.dataset.distortions]
    return strengths_of(model, embeddings)[:, order]


def _figures(predicted: np.ndarray, truth: np.ndarray) -> list[float | None]:
    """Mean average precision, top-1 (of one distortion a picture), RMSE over the better constant's."""
    prior = np.broadcast_to(truth.mean(axis=0), truth.shape)
    constant = min(RMSE(np.zeros_like(truth), truth), RMSE(prior, truth))
    strong = truth.max(axis=1) >= STRONG - 1e-6
    alone = bool(((truth > 0).sum(axis=1) <= 1).all())
    return [
        float(MAP(predicted, truth)),
        float(TOP1(predicted[strong], truth[strong])) if alone else None,
        float(RMSE(predicted, truth) / constant),
    ]

"""Do its attributes know what people think? Regressors refitted on opinions of BIQ2021's authentic photos.

Ten splits of 70/10/20, drawn within each subset; the median over them of SRCC on the test side, over all photos and
within each subset. Beside them stand what needs no words: as many Gaussian directions in place of the bank's, and
ridge regression on the crops' embeddings. Photos that the backbone was trained on are on no side.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import torch
from scipy.stats import spearmanr

from exiqa.bank.storage.store import load_bank
from exiqa.core.progress import progress_bar
from exiqa.model.head import photo_attributes
from exiqa.model.regressors.kind import FitData
from exiqa.model.regressors.regressor import fit_regressor
from exiqa.model.regressors.ridge import RidgeConfig
from exiqa.model.regressors.ridge import fit as fit_ridge
from mini.backbone import Measured, attributes_of
from mini.findings import Findings, Headline, Table
from mini.pictures import RatedPhoto

SPLITS = 10
SHARES = (0.7, 0.1)
"""Of the photos, to fit on and to choose on; the rest is for testing."""
BANKS = ("kadid10k@3", "authentic@2")
KINDS = {"ridge": "ridge", "monotone": "additive", "ten attributes": "sparse"}
"""Row -> the kind of regressor, on the logits of P(a|I)."""

Sides = tuple[np.ndarray, np.ndarray, np.ndarray]
Predict = Callable[[Sides, int], np.ndarray]
"""(rows to fit on, to choose on and to test on, the split's number) -> the test side's scores."""


def splits(subsets: np.ndarray) -> list[Sides]:
    """Row numbers of each split's three sides, every subset in the same shares.

    Args:
        subsets: (N,) each photo's subset.
    """
    drawn = []
    for seed in range(SPLITS):
        generator = np.random.default_rng(seed)
        sides: list[list[np.ndarray]] = [[], [], []]
        for subset in np.unique(subsets):
            rows = generator.permutation(np.flatnonzero(subsets == subset))
            ends = np.cumsum([round(share * len(rows)) for share in SHARES])
            for side, part in zip(sides, np.split(rows, ends), strict=True):
                side.append(part)
        train, validation, test = (np.concatenate(side) for side in sides)
        drawn.append((train, validation, test))
    return drawn


def measure_opinions(measured: Measured, photos: Sequence[RatedPhoto]) -> Findings:
    """Every kind of regressor on every bank, Gaussian directions and embeddings."""
    embeddings = measured.embeddings([photo.picture for photo in photos], "Authentic photos")
    scores = np.array([photo.opinion for photo in photos], np.float32)
    subsets = np.array([photo.subset for photo in photos])
    drawn = splits(subsets)
    ways: dict[str, Predict] = {"embedding, ridge": _on_embeddings(embeddings, scores)}
    for name in BANKS:
        model = measured.untuned(load_bank(name))
        attributes = attributes_of(model, embeddings)
        for row, kind in KINDS.items():
            ways[f"{name}, {row}"] = _on_attributes(attributes, scores, kind)
        length = float(model.directions().norm(dim=1).mean())
        ways[f"{name}, as many Gaussian directions, ridge"] = _on_gaussian(
            embeddings, scores, len(model.bank.attributes), length, float(model.head.logit_scale)
        )
    rows: dict[str, list[float | None]] = {}
    with progress_bar("Regressors") as step:
        for number, (row, predict) in enumerate(ways.items(), start=1):
            found = [
                _correlations(predict(sides, split), scores[sides[2]], subsets[sides[2]])
                for split, sides in enumerate(drawn)
            ]
            rows[row] = [float(value) for value in np.median(found, axis=0)]
            step(number, len(ways))

    def best(row: str) -> float:
        return max(rows[f"{name}, {row}"][0] or 0 for name in BANKS)

    lead = max(
        (rows[f"{name}, ridge"][0] or 0) - (rows[f"{name}, as many Gaussian directions, ridge"][0] or 0)
        for name in BANKS
    )
    columns = ("all", *np.unique(subsets))
    return Findings(
        [
            Headline("opinions: any fit on attributes", max(best(row) for row in KINDS), "≥ .70"),
            Headline("opinions: monotone", best("monotone"), "≥ .58"),
            Headline("opinions: lead over Gaussian directions", lead, "≥ .04"),
            Headline("opinions: ten attributes", best("ten attributes"), "≥ .60"),
        ],
        [Table(f"SRCC with opinions, {len(photos)} photos, median of {SPLITS} splits", columns, rows)],
    )


def _correlations(predicted: np.ndarray, truth: np.ndarray, subsets: np.ndarray) -> list[float]:
    """SRCC over all photos and within each subset."""
    parts = [np.ones(len(truth), bool), *(subsets == subset for subset in np.unique(subsets))]
    return [float(spearmanr(predicted[part], truth[part]).statistic) for part in parts]


def _on_attributes(attributes: np.ndarray, scores: np.ndarray, kind: str) -> Predict:
    def predict(sides: Sides, split: int) -> np.ndarray:
        train, validation, test = sides
        regressor = fit_regressor(
            attributes[train], scores[train], attributes[validation], scores[validation], None, kind, "logit"
        )
        return regressor.predict(attributes[test])

    return predict


def _on_gaussian(
    embeddings: list[torch.Tensor], scores: np.ndarray, count: int, length: float, logit_scale: float
) -> Predict:
    """`count` directions of a bank's mean length, drawn anew for each split."""

    def predict(sides: Sides, split: int) -> np.ndarray:
        generator = torch.Generator().manual_seed(split)
        drawn = torch.randn(count, embeddings[0].shape[1], generator=generator)
        directions = length * torch.nn.functional.normalize(drawn, dim=1)
        attributes = torch.stack([photo_attributes(views, directions, logit_scale) for views in embeddings]).numpy()
        return _on_attributes(attributes, scores, "ridge")(sides, split)

    return predict


def _on_embeddings(embeddings: list[torch.Tensor], scores: np.ndarray) -> Predict:
    """Mean and deviation over a photo's crops of the embedding, of unit length."""
    unit = [torch.nn.functional.normalize(views, dim=1) for views in embeddings]
    features = torch.stack([torch.cat([one.mean(dim=0), one.std(dim=0, correction=0)]) for one in unit]).numpy()

    def predict(sides: Sides, split: int) -> np.ndarray:
        train, validation, test = sides
        mean, deviation = features[train].mean(axis=0), features[train].std(axis=0) + 1e-6
        x = (features - mean) / deviation
        layer = fit_ridge(FitData(x[train], scores[train], (x[validation], scores[validation])), RidgeConfig())
        with torch.no_grad():
            return layer(torch.from_numpy(x[test]))[:, 0].numpy()

    return predict

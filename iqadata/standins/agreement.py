"""How far proxy scores agree with KADID-10k's published opinions, over its cells of (distortion, level)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from exiqa.iqadata.standins.opinions import opinions
from exiqa.iqadata.standins.proxy import METRICS
from exiqa.iqadata.standins.standin import StandinPixels, standin


@dataclass(frozen=True)
class Agreement:
    """One Spearman correlation between means over cells."""

    what: str
    cells: int
    spearman: float
    circular: bool
    """The left side was made from the right side, so the figure is a check, not evidence."""


def kadid_agreement(references: int = 10, height: int = 192, width: int = 256) -> tuple[Agreement, ...]:
    """Agreement with KADID-10k's mean opinions of full-reference metrics alone, of other sets' opinions, and of the
    anchored proxy, on the stand-in `mini-kadid10k`.

    Each metric is averaged over the stand-in's references within a cell; "ranks averaged" orders the cells by the
    mean of their ranks under the metrics. The images differ from KADID-10k's own, which cannot be had freely.
    The anchored proxy takes its means from the very table it is compared with: its figure is circular. What opinions
    can carry where they are not circular is shown by TID2013's and CSIQ's over the distortions they share with
    KADID-10k, at the same share of the scale though at other parameters, beside the metrics over the same cells.
    """
    dataset = standin("mini-kadid10k", references=references, height=height, width=width)
    assert isinstance(dataset.load, StandinPixels)
    fidelity, scores = dataset.load.fidelity(), dataset.scores
    ids, levels = dataset.table["distortion"].to_numpy(), dataset.table["level"].to_numpy()
    table = opinions()
    kadid = table[table["dataset"] == "kadid10k"].set_index(["distortion", "level"])["mean"]
    kadid = kadid[kadid.index.isin(list(zip(ids, levels, strict=True)))]
    rows = [(ids == distortion) & (levels == level) for distortion, level in kadid.index]
    metrics = np.stack([fidelity[row].mean(axis=0) for row in rows])
    proxy = np.array([scores[row].mean() for row in rows])
    truth = kadid.to_numpy(float)
    fused = np.stack([_ranks(column) for column in metrics.T]).mean(axis=0)

    figures = [
        Agreement(f"{name} alone", len(truth), _spearman(metrics[:, column], truth), False)
        for column, name in enumerate(METRICS)
    ]
    figures.append(Agreement("metrics, ranks averaged", len(truth), _spearman(fused, truth), False))
    figures.append(Agreement("anchored proxy", len(truth), _spearman(proxy, truth), True))
    for other in ("tid2013", "csiq"):
        theirs = table[table["dataset"] == other].set_index(["distortion", "level"])["mean"]
        shared = kadid.index.isin(theirs.index)
        anchor = theirs.reindex(kadid.index[shared]).to_numpy(float)
        figures.append(Agreement(f"{other}'s opinions", len(anchor), _spearman(anchor, truth[shared]), False))
        figures.append(Agreement("metrics, same cells", len(anchor), _spearman(fused[shared], truth[shared]), False))
    return tuple(figures)


def _ranks(values: np.ndarray) -> np.ndarray:
    from scipy.stats import rankdata

    return np.asarray(rankdata(values))


def _spearman(first: np.ndarray, second: np.ndarray) -> float:
    from scipy.stats import spearmanr

    return float(spearmanr(first, second).statistic)

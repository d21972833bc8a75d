"""From predictions on the held-out rows of a split to a record and the table of predictions beside it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from exiqa.bank.schema import Bank
from exiqa.bench.cells.provenance import git_commit, package_versions, peak_memory_mib, this_machine
from exiqa.bench.cells.record import Cell, Hashes, Record, Statistics, TestSet
from exiqa.bench.cells.sources import sources_hash
from exiqa.bench.methods.registry import METHODS
from exiqa.bench.metrics.bootstrap import bootstrap_interval
from exiqa.bench.metrics.metric import SCORE_METRICS, STRENGTH_METRICS, Levels, measure
from exiqa.bench.metrics.per_distortion import scores_per_distortion, strengths_per_distortion
from exiqa.iqadata.datasets.dataset import Dataset
from exiqa.iqadata.datasets.splits import Split


@dataclass(frozen=True)
class Trained:
    """What a method was trained on, where that is another data set than the one tested on."""

    dataset: Dataset
    split: Split
    bank: Bank | None
    """What was tuned on, as it is saved; None without one."""
    shared_references: int | None
    """Test references whose content is among this data set's; None where that was not looked at."""


def evaluate_strengths(
    cell: Cell,
    dataset: Dataset,
    split: Split,
    predicted: np.ndarray,
    *,
    seconds: float,
    bank: Bank | None = None,
    trained: Trained | None = None,
) -> tuple[Record, pd.DataFrame]:
    """A record of the protocol "identification" and its predictions.

    `predicted`: (N, D) strengths in [0, 1] for the split's test rows, `split.rows(dataset)[2]`, in that order, and
    the data set's distortions in theirs. The predictions' columns: image, reference, distortion, and per distortion
    `true:<id>` and `predicted:<id>`.
    `bank`: the cell's, as it is saved. `trained`: where the cell is trained on another data set.
    Raises ValueError where the cell does not describe what it is given with.
    """
    rows = split.rows(dataset)[2]
    truth = dataset.strengths[rows]
    predicted = np.asarray(predicted, dtype=np.float32)  # as stored, so that rescoring gives the same figures
    columns = {}
    for number, distortion in enumerate(dataset.distortions):
        columns[f"true:{distortion}"] = truth[:, number]
        columns[f"predicted:{distortion}"] = predicted[:, number]
    frame = _keys(dataset, rows).assign(**columns)
    record = _record(("identification",), cell, dataset, split, rows, seconds, bank, trained)
    return record.model_copy(update=score_strengths(frame, dataset.distortions, dataset.levels, cell.seed)), frame


def evaluate_scores(
    cell: Cell,
    dataset: Dataset,
    split: Split,
    predicted: np.ndarray,
    *,
    seconds: float,
    bank: Bank | None = None,
    trained: Trained | None = None,
) -> tuple[Record, pd.DataFrame]:
    """A record of the protocol "quality" or "zero_shot" and its predictions.

    `predicted`: (N,) scores, higher is better, for the split's test rows, `split.rows(dataset)[2]`, in that order.
    The predictions' columns: image, reference, distortion, true, predicted.
    `bank`: the cell's, as it is saved. `trained`: where the cell is trained on another data set.
    Raises ValueError where the cell does not describe what it is given with.
    """
    rows = split.rows(dataset)[2]
    predicted = np.asarray(predicted, dtype=np.float32)  # as stored, so that rescoring gives the same figures
    frame = _keys(dataset, rows).assign(true=dataset.scores[rows], predicted=predicted)
    record = _record(("quality", "zero_shot"), cell, dataset, split, rows, seconds, bank, trained)
    return record.model_copy(update=score_scores(frame, dataset.distortions, cell)), frame


def score_strengths(frame: pd.DataFrame, distortions: tuple[str, ...], levels: Levels, seed: int) -> dict[str, object]:
    """The parts of a record that are computed from stored predictions, of the protocol "identification".

    `seed`: of the bootstrap's draws.
    """
    predicted = frame[[f"predicted:{d}" for d in distortions]].to_numpy()
    truth = frame[[f"true:{d}" for d in distortions]].to_numpy()
    values, undefined = measure(STRENGTH_METRICS, predicted, truth, levels)
    references = frame["reference"].to_numpy()
    return {
        "metrics": values,
        "undefined": undefined,
        "intervals": {
            name: bootstrap_interval(name, predicted, truth, references, levels, seed=seed) for name in values
        },
        "per_distortion": strengths_per_distortion(predicted, truth, distortions, levels),
    }


def score_scores(frame: pd.DataFrame, distortions: tuple[str, ...], cell: Cell) -> dict[str, object]:
    """The same of the protocols "quality" and "zero_shot".

    Where the cell's method predicts on a scale of its own, the RMSE is undefined: correlations are all there is.
    """
    predicted, truth = frame["predicted"].to_numpy(), frame["true"].to_numpy()
    values, undefined = measure(SCORE_METRICS, predicted, truth)
    breakdown = scores_per_distortion(predicted, truth, frame["distortion"].to_numpy(), distortions)
    if METHODS[cell.method].own_scale:
        undefined["score_rmse"] = "the predicted scores are on the metric's own scale, not on the data set's"
        for figures in (values, *breakdown.values()):
            figures["score_rmse"] = None
    references = frame["reference"].to_numpy()
    return {
        "metrics": values,
        "undefined": undefined,
        "intervals": {
            name: None
            if name in undefined
            else bootstrap_interval(name, predicted, truth, references, None, seed=cell.seed)
            for name in values
        },
        "per_distortion": breakdown,
    }


def evaluate_statistics(
    cell: Cell, dataset: Dataset, statistics: Statistics, counts: pd.DataFrame, *, seconds: float
) -> tuple[Record, pd.DataFrame]:
    """A record of the protocol "statistics"; `counts` is stored beside it in place of predictions.

    Raises ValueError where the cell does not describe the data set.
    """
    record = _record(("statistics",), cell, dataset, None, np.arange(len(dataset)), seconds, None, None, statistics)
    return record, counts


def _keys(dataset: Dataset, rows: np.ndarray) -> pd.DataFrame:
    return dataset.table.iloc[rows][["image", "reference", "distortion"]].reset_index(drop=True)


def _record(
    protocols: tuple[str, ...],
    cell: Cell,
    dataset: Dataset,
    split: Split | None,
    rows: np.ndarray,
    seconds: float,
    bank: Bank | None,
    trained: Trained | None,
    statistics: Statistics | None = None,
) -> Record:
    """The record without its figures."""
    # Statistics have no split of their own.
    ratio, seed = (split.ratio, split.seed) if split else (cell.split, cell.seed)
    said = (cell.train, cell.test, cell.bank, cell.strength_map, cell.split, cell.seed)
    given = (trained.dataset.name if trained else dataset.name, dataset.name, bank.id if bank else None,
             dataset.strength_map, ratio, seed)  # fmt: skip
    if said != given or cell.protocol not in protocols:
        raise ValueError(f"the cell says {(cell.protocol, *said)}, but it is evaluated on {(protocols, *given)}")
    info = dataset.score_info
    train_bank = trained.bank if trained else None
    return Record(
        cell=cell,
        metrics={},
        undefined={},
        statistics=statistics,
        testset=TestSet(
            name=dataset.name,
            images=len(rows),
            references=int(dataset.table["reference"].iloc[rows].nunique()),
            distortions=dataset.distortions,
            levels=dataset.levels,
            score=info.name if info else None,
            score_is_proxy=bool(info and info.proxy),
            notes=dataset.notes,
        ),
        shared_references=trained.shared_references if trained else None,
        hashes=Hashes(
            dataset=dataset.hash,
            split=split.hash if split else None,
            bank=bank.hash if bank else None,
            train_dataset=trained.dataset.hash if trained else None,
            train_split=trained.split.hash if trained else None,
            train_bank=train_bank.hash if train_bank else None,
            predictions="",
        ),
        sources=sources_hash(cell.method),
        commit=git_commit(),
        packages=package_versions(),
        machine=this_machine(),
        seconds=seconds,
        peak_memory_mib=peak_memory_mib(),
    )

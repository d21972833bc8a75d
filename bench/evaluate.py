"""From predictions on the held-out rows of a split to a record and the table of predictions beside it."""

from __future__ import annotations

import numpy as np
import pandas as pd

from bank.schema import Bank
from bench.metrics import SCORE_METRICS, STRENGTH_METRICS, measure
from bench.provenance import git_commit, package_versions, peak_memory_mib, this_machine
from bench.record import Cell, Hashes, Record, TestSet
from iqadata.dataset import Dataset
from iqadata.splits import Split


def evaluate_strengths(
    cell: Cell, dataset: Dataset, split: Split, predicted: np.ndarray, *, seconds: float, bank: Bank | None = None
) -> tuple[Record, pd.DataFrame]:
    """A record of the protocol "identification" and its predictions.

    `predicted`: (N, D) strengths in [0, 1] for the split's test rows, `split.rows(dataset)[2]`, in that order, and
    the data set's distortions in theirs. The predictions' columns: image, reference, and per distortion
    `true:<id>` and `predicted:<id>`.
    Raises ValueError where the cell does not describe the data set, split and bank it is given with.
    """
    rows = split.rows(dataset)[2]
    truth = dataset.strengths[rows]
    predicted = np.asarray(predicted, dtype=np.float32)  # as stored, so that rescoring gives the same figures
    values, undefined = measure(STRENGTH_METRICS, predicted, truth, dataset.levels)
    columns = {}
    for number, distortion in enumerate(dataset.distortions):
        columns[f"true:{distortion}"] = truth[:, number]
        columns[f"predicted:{distortion}"] = predicted[:, number]
    record = _record("identification", cell, dataset, split, rows, values, undefined, seconds, bank)
    return record, _keys(dataset, rows).assign(**columns)


def evaluate_scores(
    cell: Cell, dataset: Dataset, split: Split, predicted: np.ndarray, *, seconds: float, bank: Bank | None = None
) -> tuple[Record, pd.DataFrame]:
    """A record of the protocol "quality" and its predictions.

    `predicted`: (N,) scores, higher is better, for the split's test rows, `split.rows(dataset)[2]`, in that order.
    The predictions' columns: image, reference, true, predicted.
    Raises ValueError where the cell does not describe the data set, split and bank it is given with.
    """
    rows = split.rows(dataset)[2]
    truth = dataset.scores[rows]
    predicted = np.asarray(predicted, dtype=np.float32)  # as stored, so that rescoring gives the same figures
    values, undefined = measure(SCORE_METRICS, predicted, truth)
    record = _record("quality", cell, dataset, split, rows, values, undefined, seconds, bank)
    return record, _keys(dataset, rows).assign(true=truth, predicted=predicted)


def _keys(dataset: Dataset, rows: np.ndarray) -> pd.DataFrame:
    return dataset.table.iloc[rows][["image", "reference"]].reset_index(drop=True)


def _record(
    protocol: str,
    cell: Cell,
    dataset: Dataset,
    split: Split,
    rows: np.ndarray,
    values: dict[str, float | None],
    undefined: dict[str, str],
    seconds: float,
    bank: Bank | None,
) -> Record:
    said = (cell.protocol, cell.test, cell.split, cell.seed, cell.bank, cell.strength_map)
    given = (protocol, dataset.name, split.ratio, split.seed, bank.id if bank else None, dataset.strength_map)
    if said != given:
        raise ValueError(f"the cell says {said}, but it is evaluated on {given}")
    info = dataset.score_info
    return Record(
        cell=cell,
        metrics=values,
        undefined=undefined,
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
        hashes=Hashes(dataset=dataset.hash, split=split.hash, bank=bank.hash if bank else None, predictions=""),
        commit=git_commit(),
        packages=package_versions(),
        machine=this_machine(),
        seconds=seconds,
        peak_memory_mib=peak_memory_mib(),
    )

"""From predictions on the held-out rows of a split to a record and the table of predictions beside it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass
from statistics import median
from typing import Any

import numpy as np
import pandas as pd

from exiqa.bank.schema import Bank
from exiqa.bench.cells.parts import Draw, Hashes, JudgedAttribute, Pretraining, SubsetFigures, TestSet
from exiqa.bench.cells.provenance import git_commit, package_versions, peak_memory_mib, this_machine
from exiqa.bench.cells.rated import of_what_was_rated
from exiqa.bench.cells.record import Cell, Record
from exiqa.bench.methods.method import METHODS
from exiqa.bench.metrics.bootstrap import bootstrap_interval
from exiqa.bench.metrics.metric import Metric, measure
from exiqa.bench.metrics.per_distortion import Breakdown, scores_per_distortion, strengths_per_distortion
from exiqa.bench.metrics.predictions import AttributeColumns, Predictions
from exiqa.bench.metrics.ratings import rating_correlations
from exiqa.bench.protocol import PROTOCOLS
from exiqa.bench.running.versions import cell_versions
from exiqa.iqadata.datasets.dataset import Dataset
from exiqa.iqadata.datasets.splits import Split


@dataclass(frozen=True)
class TrainedOn:
    """What a method was trained on, where that is another data set than the one tested on."""

    dataset: Dataset
    split: Split
    bank: Bank | None
    """What was tuned on, as it is saved; None without one."""
    shared_references: int | None
    """Test references whose content is among this data set's; None where that was not looked at."""


def evaluate(
    cell: Cell,
    dataset: Dataset,
    split: Split,
    predicted: np.ndarray,
    *,
    seconds: float,
    versions: Mapping[str, int] | None = None,
    bank: Bank | None = None,
    trained: TrainedOn | None = None,
    near_duplicates: int | None = None,
    pretraining: Pretraining | None = None,
    settings: Mapping[str, Any] | None = None,
) -> tuple[Record, pd.DataFrame]:
    """A cell's record and its predictions, as they are stored beside it.

    The predictions' columns: image, reference, distortion, and per distortion `true:<id>` and `predicted:<id>`, of
    scores true and predicted (and subset and rated, where the data set has `Dataset.subsets` and `Dataset.rated`), or
    of attributes `strength:<id>` per distortion, and per attribute `true:<id>` (empty
    where it is not linked to an effect) and `predicted:<id>`. Of a method that draws banks there are as many columns
    `predicted <n>`, or `predicted <n>:<id>`, as banks.

    Args:
        cell: What was computed.
        dataset: The data set tested on.
        split: Its split.
        predicted: For the split's test rows, `split.rows(dataset)[2]`, in that order, what the cell's protocol
            predicts: (N, D) strengths in [0, 1], the data set's distortions in their order, (N,) scores, higher is
            better, or (N, A) attributes in [0, 1], in the order of the bank cut to the cell's K; of a method that draws
            banks with an axis of them in front.
        seconds: Wall-clock time of the cell.
        versions: Of all that the figures follow from (`exiqa.bench.running.versions.cell_versions`); by default those
            that the cell tells by itself, without its data sets'.
        bank: The cell's, as it is saved.
        trained: Where the cell is trained on another data set, that one.
        near_duplicates: As `Record.near_duplicates`; likewise `pretraining` and `settings`.

    Raises:
        ValueError: The cell does not describe what it is given with, or the predictions have another shape.
        UserError: Attributes are asked for, and their truth cannot be had (`attribute_truth`).
    """
    rows = split.rows(dataset)[2]
    record = _record(cell, dataset, split, rows, versions or cell_versions(cell), seconds, bank, trained)
    protocol = PROTOCOLS[cell.protocol]
    read_out = None
    if protocol.predicts == "attributes" and bank is not None and cell.k is not None:
        read_out = bank.select(dataset.distortions).top(cell.k)
    predicted = np.asarray(predicted, dtype=np.float32)  # as stored, so that rescoring gives the same figures
    ratings = [] if dataset.ratings is None else list(dataset.ratings.columns)
    attributes = len(read_out.attributes) if read_out else 0
    expected = protocol.shape(len(rows), len(dataset.distortions), attributes, len(ratings))
    draws = METHODS[cell.method].draws
    if (predicted.shape[1:] if draws else predicted.shape) != expected:
        raise ValueError(
            f"the cell says {protocol.id}, whose predictions have the shape {expected}, not {predicted.shape}"
        )
    frame = dataset.table.iloc[rows][["image", "reference", "distortion"]].reset_index(drop=True)
    answers = (
        {f"predicted {number}": one for number, one in enumerate(predicted)} if draws else {"predicted": predicted}
    )
    if protocol.predicts == "strengths":
        of_truth = zip(dataset.distortions, dataset.strengths[rows].T, strict=True)
        of_each = {
            f"{side}:{name}": column
            for side, answer in answers.items()
            for name, column in zip(dataset.distortions, answer.T, strict=True)
        }
        frame = pd.concat(
            [frame, pd.DataFrame({f"true:{name}": column for name, column in of_truth} | of_each)], axis=1
        )
    elif protocol.predicts == "scores":
        frame = frame.assign(true=dataset.scores[rows], **answers)
        if dataset.subsets is not None:
            frame = frame.assign(subset=dataset.subsets[rows])
        if dataset.rated is not None:
            frame = frame.assign(rated=dataset.rated[rows])
    elif protocol.predicts == "ratings":
        assert dataset.ratings is not None
        truth = dataset.ratings.to_numpy(np.float64)[rows]
        for number, rating in enumerate(ratings):
            frame[f"true:{rating}"] = truth[:, number]
            frame[f"predicted:{rating}"] = predicted[:, number]
        # Half of a set may be rated: of the others nothing is asked.
        frame = frame[np.isfinite(truth).all(axis=1)].reset_index(drop=True)
        record = _linked(record)
    else:
        assert read_out is not None
        record, frame = _with_truth(record, frame, read_out, dataset, rows, predicted)
    told = {"near_duplicates": near_duplicates, "pretraining": pretraining, "settings": dict(settings or {})}
    return record.model_copy(update={**figures_of(record, frame), **told}), frame


def _with_truth(
    record: Record, frame: pd.DataFrame, bank: Bank, dataset: Dataset, rows: np.ndarray, predicted: np.ndarray
) -> tuple[Record, pd.DataFrame]:
    """The record with what links attributes to their truth, the frame with the columns of attributes (`evaluate`)."""
    # Rescoring, which measures no image, imports none of this.
    from exiqa.bank.linking.linker import linker_hash
    from exiqa.bank.phrases.encoder import load_encoder
    from exiqa.iqadata.grounding.attribute_truth import attribute_truth

    encoder = load_encoder()
    truth = attribute_truth(bank, dataset, rows)
    judged = tuple(
        JudgedAttribute(
            id=attribute.id,
            phrase=attribute.phrase,
            distortions=bank.distortions_by_attribute[attribute.id],
            linked=bool(linked),
        )
        for attribute, linked in zip(bank.attributes, truth.linked, strict=True)
    )
    columns = {f"strength:{d}": dataset.strengths[rows, number] for number, d in enumerate(dataset.distortions)}
    for number, attribute in enumerate(judged):
        columns[f"true:{attribute.id}"] = np.where(attribute.linked, truth.values[:, number], np.float32(np.nan))
        columns[f"predicted:{attribute.id}"] = predicted[:, number]
    hashes = record.hashes.model_copy(update={"linker": linker_hash(encoder)})
    return record.model_copy(update={"attributes": judged, "hashes": hashes}), pd.concat(
        [frame, pd.DataFrame(columns)], axis=1
    )


def _linked(record: Record) -> Record:
    """The record with what links attributes to effects, which its answers follow from."""
    from exiqa.bank.linking.linker import linker_hash
    from exiqa.bank.phrases.encoder import load_encoder

    hashes = record.hashes.model_copy(update={"linker": linker_hash(load_encoder())})
    return record.model_copy(update={"hashes": hashes})


def figures_of(record: Record, predictions: pd.DataFrame) -> dict[str, object]:
    """The parts of a record that are computed from its stored predictions (their columns: `evaluate`).

    Of a method that draws banks each figure is the median over them, which has neither interval nor breakdown.
    """
    names = map(str, predictions.columns)
    sides = dict.fromkeys(name.partition(":")[0] for name in names if name.startswith("predicted "))
    if not sides:
        return _figures_of_one(record, predictions, "predicted")
    figures = [_figures_of_one(record, predictions, side, in_detail=False) for side in sides]
    parts = [figure["per_subset"] for figure in figures]
    subsets = {
        name: SubsetFigures.model_validate(
            {"images": parts[0][name].images, "intervals": {}}
            | _median_of([(part[name].metrics, part[name].undefined) for part in parts])
        )
        for name in parts[0]
    }
    return {
        **_median_of([(figure["metrics"], figure["undefined"]) for figure in figures]),
        "intervals": {},
        "per_distortion": {},
        "per_subset": subsets,
        "draws": tuple(Draw(metrics=figure["metrics"]) for figure in figures),
    }


def _median_of(draws: Sequence[tuple[dict[str, float | None], dict[str, str]]]) -> dict[str, Any]:
    """The metrics and undefined of several draws: never a median over those on which a metric is defined."""
    undefined = {name: why for _, of_one in draws for name, why in of_one.items()}
    metrics = {
        name: None if name in undefined else median(v for of_one, _ in draws if (v := of_one[name]) is not None)
        for name in draws[0][0]
    }
    return {"metrics": metrics, "undefined": undefined}


def _figures_of_one(record: Record, predictions: pd.DataFrame, side: str, *, in_detail: bool = True) -> dict[str, Any]:
    """`figures_of` of the predictions in the columns that begin with `side`.

    Where the cell's method predicts scores on a scale of its own, what needs the data set's scale (their RMSE) is
    undefined: correlations are all there is. The bootstrap draws by the cell's seed.
    """
    cell, testset = record.cell, record.testset
    metrics = PROTOCOLS[cell.protocol].metrics
    distortions = testset.distortions
    predictions = of_what_was_rated(predictions)
    references = predictions["reference"].to_numpy()
    breakdown: Breakdown = {}
    per_rating: dict[str, float | None] = {}
    if PROTOCOLS[cell.protocol].predicts == "strengths":
        answers = Predictions(
            _columns(predictions, side, distortions), _columns(predictions, "true", distortions), testset.levels
        )
        if in_detail:
            breakdown = strengths_per_distortion(metrics, answers, distortions)
    elif PROTOCOLS[cell.protocol].predicts == "scores":
        answers = Predictions(predictions[side].to_numpy(), predictions["true"].to_numpy())
        if in_detail:
            breakdown = scores_per_distortion(metrics, answers, predictions["distortion"].to_numpy(), distortions)
    elif PROTOCOLS[cell.protocol].predicts == "ratings":
        ratings = [name.removeprefix("true:") for name in predictions.columns if name.startswith("true:")]
        answers = Predictions(_columns(predictions, "predicted", ratings), _columns(predictions, "true", ratings))
        found = rating_correlations(answers.predicted, answers.truth)
        per_rating = dict(zip(ratings, found, strict=True))
    else:
        answers = _attributes(record.attributes, distortions, predictions)
    other_scale = {name for name, metric in metrics.items() if metric.same_scale and METHODS[cell.method].own_scale}
    for figures in breakdown.values():
        figures.update(dict.fromkeys(other_scale))
        # Six digits are more than is ever printed of them, and they are most of what a record's file holds.
        figures.update({name: float(f"{value:.6g}") for name, value in figures.items() if value is not None})
    seed = cell.seed if in_detail else None
    whole = _measured(metrics, answers, references, other_scale, seed)
    per_subset = {}
    if "subset" in predictions:
        subset = predictions["subset"].to_numpy()
        for name in sorted(set(subset)):
            of_it = subset == name
            figures_there = _measured(metrics, answers.images(of_it), references[of_it], other_scale, seed)
            per_subset[name] = SubsetFigures.model_validate({"images": int(of_it.sum()), **figures_there})
    return {**whole, "per_distortion": breakdown, "per_subset": per_subset, "per_rating": per_rating}


def _measured(
    metrics: Mapping[str, Metric],
    answers: Predictions,
    references: np.ndarray,
    other_scale: Set[str],
    seed: int | None,
) -> dict[str, Any]:
    """The metrics, undefined and intervals of a record; those of `other_scale` are undefined. No seed: no intervals."""
    values, undefined = measure(metrics, answers)
    for name in other_scale:
        undefined[name] = "the predicted scores are on the metric's own scale, not on the data set's"
        values[name] = None
    intervals = {
        name: None if name in undefined else bootstrap_interval(metric, answers, references, seed=seed)
        for name, metric in metrics.items()
        if seed is not None
    }
    return {"metrics": values, "undefined": undefined, "intervals": intervals}


def _columns(predictions: pd.DataFrame, side: str, ids: Iterable[str]) -> np.ndarray:
    """(N, …) the columns of one side, in the order of the ids."""
    return predictions[[f"{side}:{id}" for id in ids]].to_numpy()


def _attributes(
    judged: Sequence[JudgedAttribute], distortions: Sequence[str], predictions: pd.DataFrame
) -> Predictions:
    """The attributes of stored predictions, beside their truth and what they belong to."""
    ids = [attribute.id for attribute in judged]
    linked = np.array([attribute.linked for attribute in judged], bool)
    columns = AttributeColumns(
        linked=linked,
        membership=np.array([[d in attribute.distortions for d in distortions] for attribute in judged], bool),
        distorted=_columns(predictions, "strength", distortions) > 0,
        group=np.unique(predictions["reference"].to_numpy(), return_inverse=True)[1],
    )
    truth = np.where(linked, _columns(predictions, "true", ids), 0)
    return Predictions(_columns(predictions, "predicted", ids), truth, attributes=columns)


def _record(
    cell: Cell,
    dataset: Dataset,
    split: Split,
    rows: np.ndarray,
    versions: Mapping[str, int],
    seconds: float,
    bank: Bank | None,
    trained: TrainedOn | None,
) -> Record:
    """The record without its figures."""
    expected = (cell.train, cell.test, cell.bank, cell.strength_map, cell.split, cell.seed)
    given = (trained.dataset.name if trained else dataset.name, dataset.name, bank.id if bank else None,
             dataset.strength_map, split.ratio, split.seed)  # fmt: skip
    if expected != given:
        raise ValueError(f"the cell says {expected}, but it is evaluated on {given}")
    info = dataset.score_info
    train_bank = trained.bank if trained else None
    return Record(
        cell=cell,
        metrics={},
        undefined={},
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
            split=split.hash,
            bank=bank.hash if bank else None,
            train_dataset=trained.dataset.hash if trained else None,
            train_split=trained.split.hash if trained else None,
            train_bank=train_bank.hash if train_bank else None,
            predictions="",
        ),
        versions=dict(versions),
        commit=git_commit(),
        packages=package_versions(),
        machine=this_machine(),
        seconds=seconds,
        peak_memory_mib=peak_memory_mib(),
    )

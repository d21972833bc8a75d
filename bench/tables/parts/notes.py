"""What stands under a table: protocol, proxies, content shared across data sets, what was not run, and the words."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from exiqa.bench.cells.dataset_record import DatasetRecord
from exiqa.bench.cells.record import FailedCell, Record, TestSet
from exiqa.bench.cells.words import labelled_datasets
from exiqa.bench.methods.method import METHODS, in_row_order
from exiqa.bench.metrics.bootstrap import MIN_REFERENCES
from exiqa.bench.metrics.metric import Metric
from exiqa.bench.protocol import PROTOCOLS
from exiqa.bench.tables.parts.published import published_source
from exiqa.bench.tables.parts.rows import dataset_order, dataset_pair, dataset_pair_order, why_not_run
from exiqa.bench.tables.parts.significance import SIGNIFICANCE, significance_notes
from exiqa.bench.tables.parts.table import RULES, RowGroup, Term

GAIN = Term(
    "Gain",
    "the lead of our median over the better trivial row's, taken before rounding, in points where the column is in "
    "percent; positive is better in every column",
)


def published_term() -> Term:
    """What a published row is, and the rule by which it is shown."""
    return Term(
        "Published",
        f"printed in the paper ({published_source()}) and not measured here: the paper states neither its split's "
        "ratio nor the number of its splits, nor how it aggregates them. Its figures are shown with the paper's own "
        "decimals, and are never marked as best or second: only what was measured here, on the same splits, is ranked",
    )


def protocol_notes(records: Sequence[Record]) -> list[str]:
    """Of the data sets tested on: splits, held-out images, strength map; then proxies, the data sets' own remarks, and
    whether the backbone has met distortions.

    What is the same for several data sets is said once, behind their names.
    """
    splits: dict[str, list[str]] = {}
    remarks: dict[str, list[str]] = {}
    by_name: dict[str, list[Record]] = {}
    for record in records:
        by_name.setdefault(record.testset.name, []).append(record)
    held_out = []
    for name in sorted(by_name, key=dataset_order):
        of_dataset = by_name[name]
        cell, testset = of_dataset[0].cell, of_dataset[0].testset
        seeds = sorted({record.cell.seed for record in of_dataset})
        by = "reference" if testset.distortions else "photo"  # a photo as it was taken is its own reference
        split_note = (
            f"one split by {by} ({cell.split}, seed {seeds[0]})"
            if len(seeds) == 1
            else f"median over {len(seeds)} splits by {by} ({cell.split}, seeds {', '.join(map(str, seeds))}), "
            "with the interquartile range"
        )
        predicts = PROTOCOLS[cell.protocol].predicts
        if predicts == "strengths":
            split_note += f"; true strengths by the map “{cell.strength_map}”"
        label = of_dataset[0].test_label
        splits.setdefault(f"{split_note}.", []).append(label)
        images = span(record.testset.images for record in of_dataset)
        held_out.append(
            f"{label} {images} of {testset.references} references" if testset.distortions else f"{label} {images}"
        )
        for remark in dataset_remarks(testset, with_proxy=predicts == "scores"):
            remarks.setdefault(remark, []).append(label)
    images_note = [f"Held-out images a split: {', '.join(held_out)}."] if held_out else []
    notes = [*shared(splits), *images_note, *without_intervals(records), *repetition(records), *shared(remarks)]
    return [*notes, *pretrained(records)]


def pretrained(records: Iterable[Record]) -> list[str]:
    """Which backbones had met distortions before anything here tuned them, by their cards."""
    met = {
        record.cell.backbone: record.pretraining.datasets
        for record in records
        if record.pretraining is not None and record.pretraining.datasets
    }
    return [
        f"{backbone} was pretrained on the distortions of {', '.join(datasets)}: untuned it already knows them, and "
        "the lead over the frozen row is what tuning adds to that."
        for backbone, datasets in met.items()
    ]


def without_intervals(records: Iterable[Record]) -> list[str]:
    """Of which data sets no figure has an interval, since a split has too few test references."""
    few = {record.test_label: None for record in records if record.testset.references < MIN_REFERENCES}
    if not few:
        return []
    return [
        f"{', '.join(few)}: no 95 % intervals. A bootstrap over fewer than {MIN_REFERENCES} test references covers "
        "less than it says (50 % of two, 81 % of five)."
    ]


def dataset_remarks(dataset: TestSet | DatasetRecord, with_proxy: bool) -> list[str]:
    """What a reader must know of a data set: that its scores are a proxy, and its own notes."""
    proxy = f"the scores are a proxy ({dataset.score}), not the opinions of observers."
    notes = [note.removeprefix(f"{dataset.name} is ") for note in dataset.notes]  # said behind the name
    return [proxy] * (dataset.score_is_proxy and with_proxy) + notes


def shared(remarks: Mapping[str, Sequence[str]]) -> list[str]:
    """Each remark once, behind the names that it is about."""
    return [f"{', '.join(names)}: {remark}" for remark, names in remarks.items()]


def absence_notes(records: Iterable[Record], failures: Iterable[FailedCell]) -> list[str]:
    """Why a data set, or a pair of them, has no figures at all."""
    evaluated = {dataset_pair(record.cell) for record in records}
    not_evaluated: dict[tuple[str, str], list[FailedCell]] = {}
    for failed in failures:
        if dataset_pair(failed.cell) not in evaluated:
            not_evaluated.setdefault(dataset_pair(failed.cell), []).append(failed)
    notes = []
    for train, test in sorted(not_evaluated, key=dataset_pair_order):
        of_pair = not_evaluated[train, test]
        notes.append(f"{labelled_datasets(of_pair[0])}: not evaluated. {' '.join(why_not_run(of_pair))}")
    return notes


def leakage(records: Sequence[Record]) -> str:
    """The footnote for test references whose content is among the training data set's.

    "" where there are none, and for a trivial row, which looks at no image.
    """
    records = [record for record in records if METHODS[record.cell.method].kind != "trivial"]
    counts = [record.shared_references for record in records if record.shared_references is not None]
    if not any(counts):
        return ""
    train, test = records[0].train_label, records[0].test_label
    return (
        f"Content leakage: {span(counts)} of the {span(r.testset.references for r in records)} test references a split "
        f"of {test} show what references of {train} show: what learned from {train} has seen part of the test."
    )


def repetition(records: Iterable[Record]) -> list[str]:
    """That test photos nearly repeat training photos, for each data set where some do."""
    counts: dict[str, list[int]] = {}
    images: dict[str, list[int]] = {}
    for record in records:
        if record.near_duplicates is not None:
            counts.setdefault(record.test_label, []).append(record.near_duplicates)
            images.setdefault(record.test_label, []).append(record.testset.images)
    return [
        f"{label}: {span(found)} of the {span(images[label])} test photos a split nearly repeat a training photo (16 × "
        "16 grey thumbnails that correlate above .95): on these, having learned a scene looks like having learned "
        "quality."
        for label, found in counts.items()
        if any(found)
    ]


def unchecked_notes(records: Iterable[Record]) -> list[str]:
    """Between which data sets shared content was not looked for."""
    pairs = {
        dataset_pair(record.cell): labelled_datasets(record)
        for record in records
        if record.cell.is_across and record.shared_references is None
    }
    listed = ", ".join(pairs[pair] for pair in sorted(pairs, key=dataset_pair_order))
    return [f"Not looked at: whether these share photos: {listed}."] if listed else []


def metric_terms(metrics: Iterable[Metric]) -> tuple[Term, ...]:
    """A table's metrics in words."""
    return tuple(Term(metric.label, f"{metric.meaning}; {metric.direction} is better") for metric in metrics)


def method_terms(records: Iterable[Record], failures: Iterable[FailedCell] = ()) -> tuple[Term, ...]:
    """The methods of a table in words, in the order of its rows."""
    used: dict[str, set[str]] = {}
    for outcome in (*failures, *records):
        used.setdefault(outcome.cell.method, set()).add(outcome.method_label)
    # Of a method whose rows have several labels, it is the method that has a meaning.
    return tuple(
        Term(min(used[name]) if len(used[name]) == 1 else METHODS[name].label, METHODS[name].meaning)
        for name in in_row_order(used)
    )


def closing_words(groups: Sequence[RowGroup]) -> tuple[tuple[str, ...], tuple[Term, ...]]:
    """(notes, end of the legend) of a table of ranked rows: on its tests and published rows, on rounding and marks."""
    rows = [row for group in groups for row in group.rows]
    marks = {entry.significance for row in rows for entry in row.entries}
    tested = (SIGNIFICANCE,) if marks & {"better", "worse", "equal", "equivalent"} else ()
    published = (published_term(),) if any(row.kind == "published" for row in rows) else ()
    return significance_notes(marks), (*tested, *published, *RULES)


def span(numbers: Iterable[int]) -> str:
    """ "5" where all are 5, else "3–5"."""
    different = sorted(set(numbers))
    return str(different[0]) if len(different) == 1 else f"{different[0]}–{different[-1]}"

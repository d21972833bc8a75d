"""Table I: what is in the data sets, counted in them, beside what the paper says."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from exiqa.bench.cells.dataset_record import DatasetRecord, FailedDataset
from exiqa.bench.tables.parts.notes import dataset_remarks, published_term, shared, span
from exiqa.bench.tables.parts.published import PublishedRow, is_standin, published_datasets, published_rows, real_name
from exiqa.bench.tables.parts.rows import (
    Footnotes,
    dataset_order,
    published_entry,
    published_label,
    standin_footnotes,
    why_not_run,
)
from exiqa.bench.tables.parts.table import UNRANKED_RULES, Column, Entry, Row, RowGroup, Table, Term

COLUMNS = (
    Column("Type", "none", 0),
    Column("Distortions", "none", 0),
    Column("Levels", "none", 0),
    Column("References", "none", 0),
    Column("Images", "none", 0),
    Column("Width × height", "none", 0),
    Column("Scores", "none", 0),
    Column("Lowest", "none", 2, group="Raw scores"),
    Column("Highest", "none", 2, group="Raw scores"),
)
COUNTS = {"distortions": "distortions", "references": "reference images", "images": "distorted images"}
"""The counts that the paper prints too, by field of `exiqa.bench.cells.dataset_record.Statistics`, in words."""
LEGEND = (
    Term(
        "Type",
        "single-distortion where each image has one distortion, multi-distortion where some have several, authentic "
        "where they are photos as people took them, without references",
    ),
    Term("Levels", "how many levels of strength a distortion has; the least and the most where they differ"),
    Term("Width × height", "in pixels, of one image a reference; the least and the most where they differ"),
    Term("Lowest and highest", "as distributed: what is in the data here, the ends of the scale in a published row"),
)


def table_one(datasets: Iterable[DatasetRecord], failures: Iterable[FailedDataset] = ()) -> Table:
    """Table I: a row per data set and, below it, the paper's, with footnotes where the two differ.

    Of a stand-in no differences are noted: it is smaller by design, and its published row says that it is of the real
    data set.
    """
    datasets = sorted(datasets, key=lambda dataset: dataset_order(dataset.name))
    failures = sorted(failures, key=lambda failed: dataset_order(failed.name))
    footnotes = Footnotes()
    rows: list[Row] = []
    for dataset in datasets:
        figures = {f.metric: f for f in published_rows("I") if f.dataset == real_name(dataset.name)}
        rows.append(_counted(dataset, {} if is_standin(dataset.name) else figures, footnotes))
        if figures:
            rows.append(_published(dataset.name, figures, footnotes))
    remarks: dict[str, list[str]] = {}
    for dataset in datasets:
        for remark in dataset_remarks(dataset, with_proxy=True):
            remarks.setdefault(remark, []).append(dataset.shown)
    return Table(
        name="Table I",
        title="The data sets",
        columns=COLUMNS,
        groups=(RowGroup("", tuple(rows)),) if rows else (),
        footnotes=footnotes.texts,
        notes=(
            *shared(remarks),
            *(f"{failed.shown}: not evaluated. {' '.join(why_not_run([failed]))}" for failed in failures),
        ),
        legend=(*LEGEND, *([published_term()] if any(r.kind == "published" for r in rows) else []), *UNRANKED_RULES),
        stub="Data set",
    )


def _counted(dataset: DatasetRecord, figures: Mapping[str, PublishedRow], footnotes: Footnotes) -> Row:
    statistics, cells = dataset.statistics, (dataset.id,)

    def words(text: str) -> Entry:
        return Entry(splits=1, cells=cells, text=text)

    def count(name: str, number: int) -> Entry:
        figure = figures.get(name)
        differs = figure is not None and figure.value != number
        text = f"The paper counts {figure.printed} {COUNTS[name]}, not the {number} here." if differs and figure else ""
        return Entry(number, splits=1, cells=cells, footnotes=(footnotes.number(text),) if text else ())

    def limit(name: str, value: float | None, beyond: bool) -> Entry:
        figure = figures.get(name)
        text = f"Beyond the {figure.printed} that the paper gives as the scale's end." if beyond and figure else ""
        return Entry(value, splits=1, cells=cells, footnotes=(footnotes.number(text),) if text else ())

    low, high = statistics.score_low, statistics.score_high
    direction = "higher is better" if statistics.higher_is_better else "lower is better"
    least, most = (figures[name].value if name in figures else None for name in ("score_low", "score_high"))
    if statistics.distortions:
        kind = "single-distortion" if statistics.distortions_per_image[1] <= 1 else "multi-distortion"
        of_references = (
            count("distortions", statistics.distortions),
            words(span(statistics.levels)),
            count("references", statistics.references),
        )
    else:
        kind, of_references = "authentic", (Entry(), Entry(), Entry())
    entries = (
        words(kind),
        *of_references,
        count("images", statistics.images),
        words(f"{span(statistics.width)} × {span(statistics.height)}"),
        words(f"{statistics.score_name}, {direction}") if statistics.score_name else Entry(splits=1, cells=cells),
        limit("score_low", low, low is not None and least is not None and low < least),
        limit("score_high", high, high is not None and most is not None and high > most),
    )
    return Row(dataset.shown, "trivial", entries)


def _published(dataset: str, figures: Mapping[str, PublishedRow], footnotes: Footnotes) -> Row:
    missing = Entry()
    entries = (
        Entry(text=figures["distortions"].detail),
        published_entry(figures["distortions"], footnotes),
        missing,
        published_entry(figures["references"], footnotes),
        published_entry(figures["images"], footnotes),
        missing,
        missing,
        published_entry(figures["score_low"], footnotes),
        published_entry(figures["score_high"], footnotes),
    )
    label = published_label(published_datasets()[real_name(dataset)])
    return Row(label, "published", entries, footnotes=standin_footnotes([dataset], footnotes))

"""The table object that every renderer prints: columns, rows, marks, and the rules of rounding and ties."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import ROUND_HALF_UP, Decimal
from functools import lru_cache
from typing import Literal

MISSING = "–"
ARROWS = {"higher": "↑", "lower": "↓", "none": ""}
"""The sign of a column's direction."""
UNRANKED = ("gain", "published")
"""Kinds of rows that take no part in the ranking: differences, and figures that were not measured here."""
UNMARKED = (*UNRANKED, "trivial")
"""Kinds of rows without marks: beside those, what looks at no image."""

FEW_IMAGES = 50
"""A figure that rests on fewer test images says so."""

Significance = Literal["", "better", "worse", "equal", "equivalent", "few"]
"""What a paired test says of a figure beside the one it is tested against; "" where there is none to test against,
"few" where there are too few splits for a test. "equal": not told apart, which may be for want of data. "equivalent":
shown to differ by less than the metric's margin."""
SIGNIFICANCE_SIGNS: Mapping[Significance, str] = {
    "": "", "better": "▲", "worse": "▼", "equal": "≈", "equivalent": "≡", "few": "",
}  # fmt: skip
"""What is printed after the figure."""
SIGNIFICANCE_WORDS: Mapping[Significance, str] = {
    "": "", "better": "better beyond the noise", "worse": "worse beyond the noise", "equal": "within the noise",
    "equivalent": "equivalent within the margin", "few": "",
}  # fmt: skip
"""The same in words, for those who hear the table."""


@dataclass(frozen=True)
class Term:
    """A word of a table and what it means."""

    name: str
    meaning: str


UNRANKED_RULES = (
    Term("Rounding", "half up; an interquartile range that prints as its median is left out"),
    Term("–", "not run, not defined or not published; an average over a row with a – is –"),
)
"""How `format_value` decides: the rules of a table in which nothing is marked."""
RULES = (
    UNRANKED_RULES[0],
    Term(
        "Best and second",
        "bold and underlined, decided on the printed figures: equal figures share a mark, and a column in which all "
        "rows print the same has none. A trivial row is never marked, and neither is what is no better than one",
    ),
    UNRANKED_RULES[1],
    Term("n", f"test images a split, beside every figure that rests on fewer than {FEW_IMAGES}"),
)
"""How `mark_best` and `format_value` decide."""


@dataclass(frozen=True)
class Column:
    """One column of figures."""

    label: str
    direction: Literal["higher", "lower", "none"]
    """Which figures are better; "none" for a column that is not ranked (a count)."""
    decimals: int
    percent: bool = False
    """Printed times 100."""
    group: str = ""
    """A header over all neighbouring columns that have the same."""


@dataclass(frozen=True)
class Entry:
    """One figure: a median over splits, as a fraction where its column prints percent."""

    median: float | None = None
    quartiles: tuple[float, float] | None = None
    """First and third quartile over the splits; None below two splits."""
    splits: int = 0
    footnotes: tuple[int, ...] = ()
    """Numbers (from 1) of the table's footnotes that belong to this figure."""
    mark: Literal["", "best", "second"] = ""
    cells: tuple[str, ...] = ()
    """Ids of the cells whose records the figure was taken from."""
    significance: Significance = ""
    """Against the best other row (`exiqa.bench.tables.parts.significance`); of a "gain", against the rows it is the
    difference of."""
    text: str = ""
    """Printed as it stands instead of the median: words, or a published figure with the decimals it was given."""
    interval: tuple[float, float] | None = None
    """95 % bootstrap interval over references, (low, high): over several splits the median of either end. None where
    a split has none."""
    images: int | None = None
    """Test images that it rests on, of a split; the fewest of several."""


@dataclass(frozen=True)
class Row:
    """One row. A "gain" is a signed difference, a "published" row was not measured here: neither is ranked."""

    label: str
    kind: Literal["ours", "trivial", "control", "peer", "published", "gain"]
    entries: tuple[Entry, ...]
    """One a column."""
    detail: str = ""
    """What tells this row from others with its label: bank, backbone, tuning."""
    footnotes: tuple[int, ...] = ()
    """Numbers (from 1) of the table's footnotes that belong to the whole row, printed after its label."""
    settings: tuple[tuple[str, str], ...] = ()
    """What `detail` is made of, where it is of a cell's settings: (field of `exiqa.bench.cells.record.Cell`, the
    same in words)."""


@dataclass(frozen=True)
class RowGroup:
    """Rows that are ranked against each other."""

    label: str
    """"" for a table with one group that needs no heading."""
    rows: tuple[Row, ...]


@dataclass(frozen=True)
class Table:
    """A table, with all that is printed under it."""

    name: str
    """"Table II"."""
    title: str
    columns: tuple[Column, ...]
    groups: tuple[RowGroup, ...]
    footnotes: tuple[str, ...]
    """Numbered from 1, referred to by entries."""
    notes: tuple[str, ...]
    """What a reader must know before the figures: protocol, proxies, the data set's own remarks."""
    legend: tuple[Term, ...]
    """The words and the rules."""
    stub: str = "Method"
    """The header over the rows' labels."""

    @property
    def column_groups(self) -> tuple[tuple[str, int], ...]:
        """(header, number of columns under it), left to right; one ("", all) where there are no grouped headers."""
        runs: list[tuple[str, int]] = []
        for column in self.columns:
            if runs and runs[-1][0] == column.group:
                runs[-1] = (column.group, runs[-1][1] + 1)
            else:
                runs.append((column.group, 1))
        return tuple(runs)


def join_settings(settings: Iterable[tuple[str, str]]) -> str:
    """A row's settings as its detail."""
    return ", ".join(words for _, words in settings)


def rounded_value(value: float, column: Column) -> Decimal:
    """A figure rounded half up to the column's decimals, times 100 in a column of percentages.

    Half up of the shortest decimal that reads back as the same float, so .00125 gives .0013 as a reader expects.
    """
    return _rounded(float(value), column.decimals, column.percent)


@lru_cache(maxsize=2**16)  # ranked, and then printed in four forms
def _rounded(value: float, decimals: int, percent: bool) -> Decimal:
    exact = Decimal(repr(value)) * (100 if percent else 1)
    return exact.quantize(Decimal(1).scaleb(-decimals), rounding=ROUND_HALF_UP)


def format_value(value: float | None, column: Column, *, signed: bool = False) -> str:
    """A figure as printed: its `rounded_value` with a real minus sign, "–" for None."""
    if value is None:
        return MISSING
    rounded = rounded_value(value, column)
    sign = "−" if rounded < 0 else "+" if signed and rounded > 0 else ""
    return f"{sign}{abs(rounded)}"


def format_entry(entry: Entry, column: Column, *, signed: bool = False) -> str:
    """The figure of an entry as printed, without its quartiles, mark and footnotes."""
    if entry.text:
        return entry.text
    return format_value(entry.median, column, signed=signed)


def format_quartiles(entry: Entry, column: Column) -> str:
    """The interquartile range as printed ("0.091–0.094"); "" where there is none or it prints as the median."""
    if entry.median is None or entry.quartiles is None:
        return ""
    low, high = (format_value(quartile, column) for quartile in entry.quartiles)
    return "" if low == high == format_entry(entry, column) else f"{low}–{high}"


def format_interval(entry: Entry, column: Column) -> str:
    """The bootstrap interval as printed ("0.088 to 0.097": an end may be negative); "" where there is none."""
    return " to ".join(format_value(end, column) for end in entry.interval or ())


def format_images(entry: Entry) -> str:
    """ "n = 24" of a figure that rests on fewer than `FEW_IMAGES` images, else ""."""
    few = entry.median is not None and entry.images is not None and entry.images < FEW_IMAGES
    return f"n = {entry.images}" if few else ""


def mark_best(rows: Sequence[Row], columns: Sequence[Column]) -> tuple[Row, ...]:
    """The rows with their best and second entries marked, column by column (see `RULES`)."""
    ranked = [row for row in rows if row.kind not in UNMARKED]
    trivial = [row for row in rows if row.kind == "trivial"]
    marks = [
        _marks([row.entries[at].median for row in ranked], column, [row.entries[at].median for row in trivial])
        for at, column in enumerate(columns)
    ]
    return tuple(
        row
        if row.kind in UNMARKED
        else replace(
            row,
            entries=tuple(
                replace(entry, mark=mark)
                if entry.median is not None and (mark := of.get(rounded_value(entry.median, column)))
                else entry
                for entry, column, of in zip(row.entries, columns, marks, strict=True)
            ),
        )
        for row in rows
    )


def _marks(
    values: Iterable[float | None], column: Column, constants: Iterable[float | None]
) -> Mapping[Decimal, Literal["best", "second"]]:
    """The marks of a column by its rounded figures: none where it is not ranked, or all its figures round alike, nor of
    what is no better than one of the constants."""
    rounded = {rounded_value(value, column) for value in values if value is not None}
    to_beat = {rounded_value(value, column) for value in constants if value is not None}
    higher = column.direction == "higher"
    if column.direction == "none" or len(rounded | to_beat) < 2:
        return {}
    marks: tuple[Literal["best", "second"], ...] = ("best", "second")
    best_two = zip(sorted(rounded, reverse=higher), marks, strict=False)
    return {figure: mark for figure, mark in best_two if all((figure > c) if higher else (figure < c) for c in to_beat)}

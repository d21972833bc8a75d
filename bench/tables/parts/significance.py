"""Paired tests between the rows of a table, over the splits that they share.

The training sets of different splits overlap, so the differences on them are no independent draws and the ordinary
paired t-test finds differences that are not there. The corrected resampled t-test widens the variance for that.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from statistics import median

import numpy as np
from scipy.special import stdtr

from exiqa.bench.cells.record import Record
from exiqa.bench.methods.method import METHODS
from exiqa.bench.metrics.registry import METRICS
from exiqa.bench.tables.parts.table import SIGNIFICANCE_SIGNS, Significance, Term
from exiqa.iqadata.datasets.splits import RATIOS

MIN_SPLITS = 10
"""From how many common splits on two rows are tested."""
LEVEL = 0.05
"""Of significance, after Holm's correction over the rows of a column."""

EQUIVALENCE = (
    "Equivalent: shown to differ by less than the metric's margin, which was stated before any figure was seen (.02 of "
    "a correlation or a rate, .01 of an RMSE or of the accuracy), by two one-sided tests (Schuirmann, 1987) of the "
    "same statistic; not told apart alone says nothing of a difference"
)
"""What the sign of equivalence says."""

SIGNIFICANCE = Term(
    " ".join(SIGNIFICANCE_SIGNS[mark] for mark in ("better", "worse", "equal", "equivalent")),
    f"better than, worse than, not told apart from, equivalent to the best other measured row that is not trivial (a "
    f"gain: to the row that it is the lead over), by the corrected resampled t-test (Nadeau and Bengio, 2003) on their "
    f"common splits, two-sided, at {LEVEL:g} after Holm's correction over the rows of the column; tested from "
    f"{MIN_SPLITS} common splits on. {EQUIVALENCE}",
)
"""The legend of a table whose figures carry `Entry.significance`."""

_OPPOSITE: Mapping[Significance, Significance] = {
    "": "", "better": "worse", "worse": "better", "equal": "equal", "equivalent": "equivalent", "few": "few",
}  # fmt: skip


def corrected_resampled_t(differences: np.ndarray, test_to_train: float) -> tuple[float, float]:
    """The corrected resampled t-test of paired differences having the mean 0 over splits of the same data.

    t = d̄ / √((1/J + n_test/n_train) s²), s² with J − 1, against Student's t with J − 1 degrees of freedom.
    Source: C. Nadeau, Y. Bengio, Inference for the generalization error, Machine Learning 52 (2003), section 4.

    Args:
        differences: (J,), one a split.
        test_to_train: n_test/n_train.

    Returns:
        (t, two-sided p). Where all differences are the same, t is 0 (p = 1) if they are 0, else infinite (p = 0).

    Raises:
        ValueError: There are fewer than two differences, or one is not finite.
    """
    differences = np.asarray(differences, dtype=np.float64)
    if differences.ndim != 1 or len(differences) < 2 or not np.isfinite(differences).all():
        raise ValueError("a paired test needs two or more finite differences")
    count, mean, variance = len(differences), float(np.mean(differences)), float(np.var(differences, ddof=1))
    # A spread of rounding noise alone is none.
    if variance <= (1e-13 * float(np.max(np.abs(differences)))) ** 2:
        return (0.0, 1.0) if mean == 0 else (float(np.copysign(np.inf, mean)), 0.0)
    t = mean / np.sqrt((1 / count + test_to_train) * variance)
    # A report has thousands of tests, for which scipy.stats.t is slow.
    return float(t), float(2 * stdtr(count - 1, -abs(t)))


def equivalence_p(differences: np.ndarray, test_to_train: float, margin: float) -> float:
    """The p-value of two one-sided tests: of a mean difference that is −`margin` or less, and `margin` or more.

    The statistic is that of `corrected_resampled_t`; the larger of the two p-values counts, and below .05 the two rows
    are equivalent within the margin. Source: D. J. Schuirmann, A comparison of the two one-sided tests procedure and
    the power approach, J. Pharmacokinet. Biopharm. 15 (1987).

    Args:
        differences: (J,), one a split.
        test_to_train: n_test/n_train.
        margin: In the unit of the differences, above 0.

    Raises:
        ValueError: As `corrected_resampled_t`.
    """
    sides = [corrected_resampled_t(side, test_to_train) for side in (margin - differences, margin + differences)]
    # Each asks whether the mean of what is left of the margin is above 0; half of the two-sided p says so.
    return max(p / 2 if t > 0 else 1 - p / 2 for t, p in sides)


def holm(p_values: Sequence[float]) -> tuple[float, ...]:
    """Holm's adjusted p-values, in the order given: the i-th smallest of m times m − i + 1, running maximum, ≤ 1.

    Rejecting where the adjusted value is below α keeps the chance of any false rejection below α.
    Source: S. Holm, A simple sequentially rejective multiple test procedure, Scand. J. Statist. 6 (1979).
    """
    order = sorted(range(len(p_values)), key=lambda number: p_values[number])
    adjusted = [0.0] * len(p_values)
    highest = 0.0
    for rank, number in enumerate(order):
        highest = max(highest, min(1.0, (len(p_values) - rank) * p_values[number]))
        adjusted[number] = highest
    return tuple(adjusted)


def ratio_of_test_to_train(ratio: str) -> float | None:
    """n_test/n_train of a split ratio such as "70/10/20"; images that validate count on neither side.

    None of a published split: it has one test side, whatever the seed, so that no variance between splits can be told.
    """
    if ratio not in RATIOS:
        return None
    train, _, test = RATIOS[ratio]
    return test / train


def paired_values(first: Iterable[Record], second: Iterable[Record], metric: str) -> tuple[np.ndarray, np.ndarray]:
    """A metric's values, (J,) each, on the J splits on which both rows have it, in the same order.

    Splits are the same where their hashes are.

    Raises:
        ValueError: A row has two records of one split.
    """
    first_by_split, second_by_split = _by_split(first, metric), _by_split(second, metric)
    common = [split for split in first_by_split if split in second_by_split]
    return np.array([first_by_split[split] for split in common]), np.array([second_by_split[split] for split in common])


def lead(first: np.ndarray, second: np.ndarray, metric: str) -> np.ndarray:
    """By how much the first values are better than the second, elementwise: positive is better for every metric."""
    lower = METRICS[metric].direction == "lower"
    return np.asarray(second - first if lower else first - second)


def mark_pairs(pairs: Sequence[tuple[Sequence[Record], Sequence[Record]]], metric: str) -> tuple[Significance, ...]:
    """Whether the first row of each pair is better or worse than its second, tested as one family (`holm`).

    Args:
        pairs: The records of the two rows.
        metric: Its id.

    Returns:
        A mark a pair: "few" below `MIN_SPLITS` common splits, "" where one of the two rows is empty or the metric is
        not defined on one of its splits; what is not told apart is "equivalent" where `equivalence_p` shows it.
    """
    marks: list[Significance] = []
    tested: list[tuple[int, float, float, float]] = []
    for number, (first, second) in enumerate(pairs):
        defined = bool(first and second) and all(r.metrics.get(metric) is not None for r in (*first, *second))
        first_values, second_values = paired_values(first, second, metric)
        ratio = ratio_of_test_to_train(first[0].cell.split) if defined else None
        testable = ratio is not None and len(first_values) >= MIN_SPLITS
        marks.append("equal" if testable else "few" if defined else "")
        if ratio is not None and testable:
            leads = lead(first_values, second_values, metric)
            same = equivalence_p(leads, ratio, METRICS[metric].margin)
            tested.append((number, *corrected_resampled_t(leads, ratio), same))
    differ, alike = (holm([one[at] for one in tested]) for at in (2, 3))
    for (number, t, _, _), p, same in zip(tested, differ, alike, strict=True):
        if p < LEVEL:
            marks[number] = "better" if t > 0 else "worse"
        elif same < LEVEL:
            marks[number] = "equivalent"
    return tuple(marks)


def mark_significance(rows: Sequence[Sequence[Record]], metric: str) -> tuple[Significance, ...]:
    """`Entry.significance` of one column: each row against the best other row (see `SIGNIFICANCE`).

    The best row is the one with the best median, the first of equals; the others are tested against it, and it against
    the best of them. That pair is one test, so R rows that can be tested are a family of R − 1. A trivial row has no
    mark, and takes no part.

    Args:
        rows: The records of each row on one data set; empty for a row that was not measured here.
        metric: Its id.
    """
    marks: list[Significance] = [""] * len(rows)
    medians = {
        number: median(values)
        for number, records in enumerate(rows)
        if not (records and METHODS[records[0].cell.method].kind == "trivial")
        and (values := [value for record in records if (value := record.metrics.get(metric)) is not None])
        and len(values) == len(records)
    }
    if len(medians) < 2:
        return tuple(marks)
    lower = METRICS[metric].direction == "lower"
    ranked = sorted(medians, key=lambda number: medians[number] if lower else -medians[number])
    best, others = ranked[0], ranked[1:]
    tested = mark_pairs([(rows[number], rows[best]) for number in others], metric)
    for number, mark in zip(others, tested, strict=True):
        marks[number] = mark
    marks[best] = _OPPOSITE[tested[0]]
    return tuple(marks)


def significance_notes(marks: Iterable[Significance]) -> tuple[str, ...]:
    """What a table says under its figures about tests that were not made; () where there is nothing to say."""
    if "few" not in marks:
        return ()
    return (f"Where no sign follows a figure, there are too few splits for a paired test (fewer than {MIN_SPLITS}).",)


def _by_split(records: Iterable[Record], metric: str) -> dict[str | None, float]:
    values: dict[str | None, float] = {}
    seen = set()
    for record in records:
        split = record.hashes.split
        if split in seen:
            raise ValueError(f"two records of one row are of the same split: {record.cell.file_stem}")
        seen.add(split)
        value = record.metrics.get(metric)
        if value is not None:
            values[split] = value
    return values

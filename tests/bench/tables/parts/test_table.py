"""The table object: rounding, ties, marks."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exiqa.bench.tables.parts.table import (
    Column,
    Entry,
    Row,
    Table,
    format_images,
    format_interval,
    format_quartiles,
    format_value,
    mark_best,
)

RMSE = Column("RMSE", "lower", 4)
PERCENT = Column("Accuracy", "higher", 2, percent=True)


@pytest.mark.parametrize(
    ("value", "column", "printed"),
    [
        (0.00125, Column("x", "lower", 4), "0.0013"),  # the float is below .00125: printf would say 0.0012
        (0.12345, RMSE, "0.1235"),
        (0.12344999, RMSE, "0.1234"),
        (2.5, Column("x", "lower", 0), "3"),
        (1.005, Column("x", "lower", 2), "1.01"),
        (0.97654, PERCENT, "97.65"),
        (0.976545, PERCENT, "97.65"),
        (-0.5, RMSE, "−0.5000"),
        (-0.00001, RMSE, "0.0000"),
        (1e-9, RMSE, "0.0000"),
        (1, PERCENT, "100.00"),
        (None, RMSE, "–"),
    ],
)
def test_rounding_is_half_up_of_what_a_reader_sees(value, column, printed):
    assert format_value(value, column) == printed


def test_a_signed_figure_shows_its_plus_and_a_zero_has_none():
    assert format_value(0.25, RMSE, signed=True) == "+0.2500"
    assert format_value(-0.25, RMSE, signed=True) == "−0.2500"
    assert format_value(0.0, RMSE, signed=True) == "0.0000"


def test_quartiles_are_printed_only_beside_a_median():
    assert format_quartiles(Entry(0.2, (0.1, 0.3), 3), RMSE) == "0.1000–0.3000"
    assert format_quartiles(Entry(0.2, None, 1), RMSE) == ""
    assert format_quartiles(Entry(0.2, (0.19999, 0.20001), 3), RMSE) == ""
    assert format_quartiles(Entry(None, (0.1, 0.3), 3), RMSE) == ""


def test_an_interval_is_printed_as_its_column_is():
    assert format_interval(Entry(0.5, interval=(-0.12, 1)), RMSE) == "−0.1200 to 1.0000"
    assert format_interval(Entry(0.5), RMSE) == ""


def _marks(column, *values, kinds=None):
    rows = [
        Row(str(n), (kinds or {}).get(n, "ours"), (Entry(value),))  # type: ignore[arg-type]
        for n, value in enumerate(values)
    ]
    return [row.entries[0].mark for row in mark_best(rows, [column])]


def test_best_and_second_follow_the_columns_direction():
    assert _marks(RMSE, 0.3, 0.1, 0.2) == ["", "best", "second"]
    assert _marks(PERCENT, 0.3, 0.1, 0.2) == ["best", "", "second"]


def test_what_prints_the_same_shares_its_mark():
    assert _marks(RMSE, 0.10001, 0.10002, 0.2, 0.20001, 0.3) == ["best", "best", "second", "second", ""]
    assert _marks(RMSE, 0.1, 0.10001) == ["", ""]


def test_marks_go_by_the_figure_after_rounding():
    """The rule under the tables: rounded half up, in percent where the column is, and a zero has no sign."""
    assert _marks(RMSE, 0.00125, 0.0013, 0.5) == ["best", "best", "second"]  # .00125 rounds up to .0013
    assert _marks(RMSE, -0.00001, 0.00001, 0.5) == ["best", "best", "second"]
    assert _marks(PERCENT, 0.97655, 0.97654, 0.97656) == ["best", "second", "best"]  # 97.66, 97.65 and 97.66
    assert _marks(Column("x", "higher", 0), 9.6, 10.4, 9.4) == ["best", "best", "second"]  # 10 before 9, not after


def test_figures_beyond_nine_are_ranked_as_numbers_and_not_as_text():
    assert _marks(Column("x", "lower", 2), 10.0, 9.0, 1e6) == ["second", "best", ""]


@given(st.lists(st.one_of(st.none(), st.floats(-2, 2)), max_size=8), st.sampled_from([RMSE, PERCENT]))
def test_marks_are_those_of_the_printed_figures(values, column):
    """The oracle reads the figures back from the page, as a reader does."""
    printed = [float(format_value(v, column).replace("−", "-")) if v is not None else None for v in values]
    distinct = sorted({p for p in printed if p is not None}, reverse=column.direction == "higher")
    expected = dict(zip(distinct, ["best", "second"], strict=False)) if len(distinct) > 1 else {}
    assert _marks(column, *values) == [expected.get(p, "") for p in printed]


def test_negative_figures_are_ranked_as_numbers():
    assert _marks(PERCENT, -0.5, -0.1, -0.2) == ["", "best", "second"]


def test_missing_figures_and_gains_take_no_part():
    assert _marks(RMSE, None, 0.2, 0.1) == ["", "second", "best"]
    assert _marks(RMSE, None, 0.2) == ["", ""]
    assert _marks(RMSE, 0.05, 0.2, 0.1, kinds={0: "gain"}) == ["", "second", "best"]


def test_a_constant_has_no_mark_and_neither_has_what_is_no_better():
    assert _marks(RMSE, 0.2, 0.1, 0.3, 0.4, kinds={0: "trivial"}) == ["", "best", "", ""]
    assert _marks(RMSE, 0.1, 0.2, 0.3, kinds={0: "trivial"}) == ["", "", ""]
    assert _marks(RMSE, 0.10001, 0.1, kinds={0: "trivial"}) == ["", ""]  # both print as 0.1000
    assert _marks(RMSE, 0.3, 0.1, kinds={0: "trivial"}) == ["", "best"]
    assert _marks(PERCENT, 0.9, 0.95, 0.92, 0.8, kinds={0: "trivial", 1: "trivial"}) == [""] * 4


def test_the_number_of_images_stands_beside_what_rests_on_few():
    assert format_images(Entry(0.5, images=49)) == "n = 49"
    assert format_images(Entry(0.5, images=50)) == format_images(Entry(0.5)) == format_images(Entry(images=3)) == ""


def test_neighbouring_columns_share_a_header():
    columns = tuple(Column("x", "lower", 1, group=group) for group in ("A", "A", "B", "A"))
    assert Table("t", "t", columns, (), (), (), ()).column_groups == (("A", 2), ("B", 1), ("A", 1))

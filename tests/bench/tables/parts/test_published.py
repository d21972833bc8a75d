"""The paper's own figures: read a second time as sums, and checked against what the paper and its metrics imply."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal

import pytest

from exiqa.bench.cells.dataset_record import Statistics
from exiqa.bench.metrics.registry import metrics_of
from exiqa.bench.tables.parts.published import AVERAGE, is_standin, published_datasets, published_rows, real_name


def _one(table, **fields):
    (row,) = [row for row in published_rows(table) if all(getattr(row, name) == is_ for name, is_ in fields.items())]
    return row


def test_every_figure_is_there_once():
    counts = {table: len(published_rows(table)) for table in ("I", "II", "III", "IV", "V")}
    assert counts == {"I": 6 * 5, "II": 6 * 2, "III": 12 * 12, "IV": 13 * 2, "V": 13 * 5}
    for table in counts:
        keys = [(row.method, row.train, row.dataset, row.metric) for row in published_rows(table)]
        assert len(set(keys)) == len(keys)


def test_every_field_is_one_that_the_tables_know():
    metrics = {"I": set(Statistics.model_fields), "III": set(metrics_of("quality")), "V": {"srcc"}}
    for table in ("I", "II", "III", "IV", "V"):
        for row in published_rows(table):
            assert row.metric in metrics.get(table, set(metrics_of("identification")))
            assert {row.train, row.dataset} <= {*published_datasets(), AVERAGE}


@pytest.mark.parametrize(
    ("table", "column", "total"),
    [
        # Added up from the paper's pages, not from the file.
        ("I", {"metric": "images"}, "165990"),
        ("I", {"metric": "references"}, "12726"),
        ("II", {"metric": "accuracy"}, "547.68"),
        ("II", {"metric": "rmse"}, "0.4072"),
        ("III", {"dataset": "kadid10k", "metric": "plcc"}, "9.373"),
        ("III", {"dataset": "kadid10k", "metric": "srcc"}, "9.181"),
        ("III", {"dataset": "tid2013", "metric": "plcc"}, "9.669"),
        ("III", {"dataset": "tid2013", "metric": "srcc"}, "9.146"),
        ("III", {"dataset": "csiq", "metric": "plcc"}, "10.771"),
        ("III", {"dataset": "csiq", "metric": "srcc"}, "10.335"),
        ("III", {"dataset": "lvq", "metric": "plcc"}, "9.712"),
        ("III", {"dataset": "lvq", "metric": "srcc"}, "9.486"),
        ("III", {"dataset": "live", "metric": "plcc"}, "11.461"),
        ("III", {"dataset": "live", "metric": "srcc"}, "11.477"),
        ("IV", {"metric": "accuracy"}, "1039.47"),
        ("IV", {"metric": "rmse"}, "17.0393"),
        ("V", {"method": "HyperIQA"}, "6.287"),
        ("V", {"method": "CONTRIQUE"}, "6.400"),
        ("V", {"method": "Re-IQA"}, "6.759"),
        ("V", {"method": "ARNIQA"}, "6.854"),
        ("V", {"method": "ExIQA"}, "11.7653"),
    ],
)
def test_the_columns_add_up_to_those_of_the_paper(table, column, total):
    printed = [
        Decimal(row.printed)
        for row in published_rows(table)
        if row.printed != "-" and all(getattr(row, name) == is_ for name, is_ in column.items())
    ]
    assert sum(printed) == Decimal(total)


def test_an_average_is_flagged_exactly_where_it_is_not_the_mean_of_its_columns():
    wrong = []
    for average in (row for row in published_rows("III") if row.dataset == AVERAGE):
        columns = [
            Decimal(row.printed)
            for row in published_rows("III")
            if (row.method, row.metric) == (average.method, average.metric) and row.dataset != AVERAGE
        ]
        assert len(columns) == 5
        mean = (sum(columns, Decimal()) / 5).quantize(Decimal("0.001"), ROUND_HALF_UP)
        assert bool(average.flag) == (mean != Decimal(average.printed))
        if average.flag:
            wrong.append((average.method, average.metric, average.printed, str(mean)))
    assert wrong == [("TReS", "srcc", "0.907", "0.906")]


def test_the_means_that_the_papers_text_states_are_those_of_table_two():
    for metric, stated, decimals in (("accuracy", "95.77", "0.01"), ("rmse", "0.0502", "0.0001")):
        printed = [Decimal(r.printed) for r in published_rows("II") if r.metric == metric and r.dataset != "exiqa"]
        assert (sum(printed, Decimal()) / 5).quantize(Decimal(decimals), ROUND_HALF_UP) == Decimal(stated)


def test_values_are_in_the_metrics_own_unit():
    assert _one("II", dataset="kadid10k", metric="accuracy").value == 0.9765
    assert _one("IV", train="kadid10k", dataset="lvq", metric="accuracy").printed == "84"
    assert _one("V", method="ARNIQA", train="exiqa", dataset="live").value is None
    ranges = {"accuracy": (0, 1), "rmse": (0, 1), "plcc": (-1, 1), "srcc": (-1, 1)}
    for table in ("II", "III", "IV", "V"):
        for row in published_rows(table):
            low, high = ranges[row.metric]
            inside = row.value is None or low <= row.value <= high
            assert inside != ("impossible" in row.flag)


def test_the_impossible_rmse_is_kept_and_flagged():
    assert _one("IV", train="tid2013", dataset="kadid10k", metric="rmse").printed == "14.49"


def test_all_clean_beats_ten_of_table_fours_thirteen_rows():
    distortions = {row.dataset: row.value for row in published_rows("I") if row.metric == "distortions"}
    beaten = 0
    for row in published_rows("IV"):
        if row.metric == "accuracy":
            # With one distortion an image, all but one of its D pairs are clean.
            all_clean = 100 * (1 - 1 / distortions[row.dataset])
            below = 100 * row.value < all_clean
            assert (f"below the {all_clean:.2f} of predicting no distortion at all" in row.flag) == below
            beaten += below
    assert beaten == 10


def test_decimals_that_differ_from_the_rest_of_table_five_are_flagged():
    for row in published_rows("V"):
        assert ("four decimals" in row.flag) == (len(row.printed) == len("0.9154"))


def test_ties_in_lives_columns_are_flagged():
    for metric in ("plcc", "srcc"):
        rows = [row for row in published_rows("III") if row.dataset == "live" and row.metric == metric]
        first, second = sorted({row.value for row in rows}, reverse=True)[:2]
        for place in (first, second):
            tied = [row for row in rows if row.value == place]
            assert all(("tie for" in row.flag) == (len(tied) > 1) for row in tied)


def test_a_standin_stands_for_its_data_set():
    assert real_name("mini-kadid10k") == real_name("kadid10k") == "kadid10k"
    assert is_standin("mini-kadid10k")
    assert not is_standin("kadid10k")
    assert not is_standin("mini-something")

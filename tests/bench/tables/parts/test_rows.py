"""What the tables share: which cells make a row, what was not run, tests between rows."""

from __future__ import annotations

import pytest

from exiqa.bench.cells.record import FailedCell, Labels
from exiqa.bench.tables.paper.table_three import table_three, table_three_further
from exiqa.bench.tables.paper.table_two import table_two
from exiqa.bench.tables.paper_tables import paper_tables
from exiqa.bench.tables.parts.rows import by_dataset_pair, row_outcomes

SCORES = {"plcc": 0.8, "srcc": 0.75, "krcc": 0.6, "plcc_logistic": 0.82, "score_rmse": 0.12}
STRENGTHS = {"accuracy": 0.9, "rmse": 0.1, "active_accuracy": 0.5, "map": 0.7, "f1": 0.6, "top1": 0.8}


@pytest.fixture
def make_failure(make_record):
    def make(method, error, **cell):
        return FailedCell(cell=make_record(method, {}, **cell).cell, error=error, kind="UserError", seconds=0.1)

    return make


def _rows(cells):
    return [(row.method, sorted((record.cell.test, record.cell.k) for record in row.records)) for row in cells]


def test_one_variant_a_data_set_is_one_row_however_it_differs_between_them(make_record):
    records = [
        make_record("exiqa", STRENGTHS, test="a", bank="a@1", k=5, prompt_length=100, tuning="shallow"),
        make_record("exiqa", STRENGTHS, test="b", bank="b@1", k=4, tuning="full"),
    ]
    assert _rows(row_outcomes(records)) == [("exiqa", [("a", 5), ("b", 4)])]


def test_settings_make_rows_across_data_sets_and_banks_rows_of_their_own(make_record):
    by_k = [make_record("exiqa", STRENGTHS, test=t, bank=f"{t}@1", k=k) for t in ("a", "b") for k in (10, 3)]
    assert _rows(row_outcomes(by_k)) == [("exiqa", [("a", 3), ("b", 3)]), ("exiqa", [("a", 10), ("b", 10)])]
    by_bank = [make_record("exiqa", STRENGTHS, test="a", bank=bank, k=5) for bank in ("b@2", "b@1")]
    assert [row.records[0].cell.bank for row in row_outcomes(by_bank)] == ["b@1", "b@2"]


def test_two_labels_of_one_method_are_two_rows_though_only_one_data_set_has_both(make_record):
    labelled = {"a@1": "Curated", "b@1": "Curated", "b-llm@1": "Written by a model"}
    records = [
        make_record("frozen", STRENGTHS, test=bank[0], bank=bank, k=5).model_copy(
            update={"labels": Labels(method=label, train=bank[0], test=bank[0])}
        )
        for bank, label in labelled.items()
    ]
    assert [[record.cell.bank for record in row.records] for row in row_outcomes(records)] == [
        ["a@1", "b@1"],
        ["b-llm@1"],
    ]


def test_a_metric_of_pyiqa_has_a_row_behind_the_others(make_record):
    records = [make_record(m, SCORES, protocol="quality") for m in ("pyiqa:musiq", "exiqa", "mean_score")]
    assert [row.label for row in table_three(records).groups[0].rows] == ["Mean score", "ExIQA (ours)", "musiq (pyiqa)"]


def test_places_are_in_the_papers_order_and_others_behind(make_record):
    names = ["zoo", "live", "mini-tid2013", "kadid10k", "aaa", "lvq", "csiq"]
    places = by_dataset_pair(make_record("prior", {}, test=name) for name in names)
    assert [test for _, test in places] == ["kadid10k", "mini-tid2013", "csiq", "live", "lvq", "aaa", "zoo"]


def test_what_is_the_same_for_several_data_sets_is_noted_once(make_record):
    records = [
        make_record("exiqa", SCORES, protocol="quality", test=test, seed=seed, notes=("a remark",))
        for test, seeds in (("b", 2), ("a", 2), ("c", 1))
        for seed in range(seeds)
    ]
    assert table_three(records).notes == (
        "a, b: median over 2 splits by reference (70/10/20, seeds 0, 1), with the interquartile range.",
        "c: one split by reference (70/10/20, seed 0).",
        "Held-out images a split: a 200 of 20 references, b 200 of 20 references, c 200 of 20 references.",
        "a, b, c: the scores are a proxy (FSIM proxy), not the opinions of observers.",
        "a, b, c: a remark",
    )


def test_a_method_that_could_not_run_has_a_row_that_says_why(make_record, make_failure):
    needs = "needs the package x: pip install x"
    records = [make_record("prior", STRENGTHS, seed=seed) for seed in (0, 1)]
    table = table_two(records, [make_failure("exiqa", needs, seed=seed, k=5) for seed in (0, 1)])
    row = next(row for row in table.groups[0].rows if row.kind == "ours")
    assert row.detail == "K = 5"
    assert {entry.median for entry in row.entries} == {None}
    assert [table.footnotes[number - 1] for number in row.footnotes] == [f"Not run: {needs}."]
    assert {entry.footnotes for entry in row.entries} == {()}
    assert "ExIQA (ours)" in [term.name for term in table.legend]


def test_a_row_with_some_cells_says_why_the_others_are_wanting(make_record, make_failure):
    records = [make_record(m, STRENGTHS, seed=seed) for m, seed in (("prior", 0), ("prior", 1), ("exiqa", 0))]
    table = table_two(records, [make_failure("exiqa", "The disk is full.", seed=1)])
    (row,) = [row for row in table.groups[0].rows if row.kind == "ours"]
    assert row.footnotes == ()
    assert [table.footnotes[number - 1] for number in row.entries[0].footnotes] == [
        "Over 1 of 2 splits.", "Not run: The disk is full.",
    ]  # fmt: skip


def test_a_failed_data_set_leaves_the_average_out(make_record, make_failure):
    records = [make_record(m, SCORES, protocol="quality", test=t) for m, t in (("exiqa", "a"), ("mean_score", "b"))]
    table = table_three(records, [make_failure("exiqa", "no", protocol="quality", test="b")])
    (ours,) = [row for row in table.groups[0].rows if row.kind == "ours"]
    assert [entry.median for entry in ours.entries] == [0.8, 0.75, 0.12, *[None] * 6]
    assert table.footnotes == ("Not run: no.",)


def test_the_papers_averages_stand_only_beside_the_five_that_they_are_over(make_record):
    names = ["kadid10k", "tid2013", "csiq", "live", "lvq"]
    records = [make_record("exiqa", SCORES, protocol="quality", test=name) for name in names]
    table = table_three(records)
    assert [group for group, _ in table.column_groups] == [*names, "Average"]
    tres = next(row for row in table.groups[1].rows if row.label == "TReS, published")
    assert [entry.text for entry in tres.entries] == [
        "0.858", "0.859", "", "0.883", "0.863", "", "0.942", "0.922", "", "0.968", "0.969", "", "0.928", "0.918", "",
        "0.916", "0.907", "",
    ]  # fmt: skip
    assert [table.footnotes[number - 1] for number in tres.entries[16].footnotes] == [
        "Printed as 0.907 where the five columns average 0.906."
    ]
    assert {row.kind for row in table.groups[1].rows} == {"published"}
    assert {entry.mark for row in table.groups[1].rows for entry in row.entries} == {""}
    less = table_three(records[:4])
    exiqa = less.groups[1].rows[-1]
    assert [entry.text for entry in exiqa.entries[-3:]] == ["", "", ""]


def test_further_metrics_stand_in_a_table_of_their_own_without_published_rows(make_record):
    table = table_three_further([make_record("exiqa", SCORES, protocol="quality", test="kadid10k")])
    assert [column.label for column in table.columns] == ["PLCC (logistic)", "KRCC"]
    assert [len(group.rows) for group in table.groups] == [1]


def test_rows_are_tested_against_each_other_from_ten_splits_on(make_record):
    records = []
    for seed in range(10):
        low = {name: value * 0.5 + seed / 1000 for name, value in STRENGTHS.items()}
        records += [
            make_record("prior", low, seed=seed),
            make_record("all_clean", low | {"rmse": 0.5}, seed=seed),
            make_record("names", low, seed=seed),
            make_record("exiqa", STRENGTHS | {"accuracy": 0.9 + seed % 3 / 1000}, seed=seed),
        ]
    table = table_two(records)
    signs = {row.label: row.entries[0].significance for row in table.groups[0].rows}
    assert signs == {
        "All clean": "", "Prior": "", "Names only": "worse", "ExIQA (ours)": "better",
        "Gain over the better trivial row": "better",
    }  # fmt: skip
    few = table_two([record for record in records if record.cell.seed < 9])
    assert few.groups[0].rows[2].entries[0].significance == "few"
    assert any("too few splits" in note for note in few.notes)


def test_all_tables_are_made_where_there_is_something_to_say(make_record, make_failure):
    assert paper_tables([]) == ()
    records = [make_record("prior", STRENGTHS), make_record("exiqa", SCORES, protocol="quality")]
    failed = make_failure("exiqa", "no", protocol="zero_shot", train="a", test="b")
    assert [table.name for table in paper_tables(records, [failed])] == [
        "Table II", "Table III", "Table III b", "Zero-shot",
    ]  # fmt: skip

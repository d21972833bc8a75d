"""Tables IV and V and the true zero-shot, across data sets."""

from __future__ import annotations

import pytest

from exiqa.bench.cells.record import FailedCell
from exiqa.bench.tables.paper.table_five import table_five
from exiqa.bench.tables.paper.table_four import table_four
from exiqa.bench.tables.paper.table_two import table_two
from exiqa.bench.tables.paper.table_zero_shot import table_zero_shot
from exiqa.bench.tables.parts.table import Row, Table, format_entry
from exiqa.bench.tables.prior_verdict import prior_verdicts

CLEAN = {"accuracy": 0.85, "rmse": 0.3, "active_accuracy": 0.0, "map": 0.5}
PRIOR = {"accuracy": 0.8, "rmse": 0.25, "active_accuracy": 0.1, "map": 0.5}
GAIN = "Gain over the better trivial row"


def _row(table: Table, label: str, group: int = 0) -> Row:
    (row,) = [row for row in table.groups[group].rows if row.label == label]
    return row


def _printed(table: Table, label: str, group: int = 0) -> list[str]:
    row = _row(table, label, group)
    return [format_entry(e, c, signed=row.kind == "gain") for e, c in zip(row.entries, table.columns, strict=True)]


def _said(table: Table, numbers: tuple[int, ...]) -> list[str]:
    return [table.footnotes[number - 1] for number in numbers]


@pytest.fixture
def crossed(make_record):
    """Three splits of a → b, with the trivial rows of b on the same splits and one more."""
    records = []
    for seed, (accuracy, rmse) in enumerate(((0.9, 0.2), (0.7, 0.3), (0.86, 0.24))):
        metrics = {"accuracy": accuracy, "rmse": rmse, "active_accuracy": 0.4, "map": 0.6}
        ours = make_record("exiqa", metrics, seed=seed, train="a", test="b", bank="b@1", k=5)
        records.append(ours.model_copy(update={"shared_references": seed % 2}))
    for seed in range(4):
        records += [
            make_record("all_clean", CLEAN | {"accuracy": 0.85 if seed < 3 else 0.1}, seed=seed, test="b"),
            make_record("prior", PRIOR, seed=seed, test="b"),
            make_record("exiqa", CLEAN, seed=seed, test="b", bank="b@1", k=5),
        ]
    return records


def test_table_four_sets_the_trivial_rows_of_the_tested_set_beside_ours(crossed):
    table = table_four(crossed)
    assert [group.label for group in table.groups] == ["a → b, 2 distortions"]
    assert [row.label for row in table.groups[0].rows] == ["All clean", "Prior", "ExIQA (ours)", GAIN]
    assert [column.label for column in table.columns] == ["Accuracy", "RMSE", "Active acc.", "mAP"]
    # The medians of .9 .7 .86 and of .2 .3 .24; the better trivial rows: .85 (all-clean) and .25 (prior).
    assert _printed(table, "ExIQA (ours)") == ["86.00", "0.2400", "40.00", "0.600"]
    assert _printed(table, GAIN) == ["+1.00", "+0.0100", "+30.00", "+0.100"]
    assert _printed(table, "All clean")[0] == "85.00"
    assert {entry.splits for entry in _row(table, "All clean").entries} == {3}
    assert [row.entries[1].mark for row in table.groups[0].rows] == ["", "", "best", ""]
    assert any("median over 3 splits" in note for note in table.notes)
    assert any(note.startswith("A → B: the image tower tuned on A") for note in table.notes)


def test_trivial_rows_that_were_run_for_the_pair_are_taken_instead_and_leak_nothing(crossed, make_record):
    for seed in range(3):
        record = make_record("prior", PRIOR | {"rmse": 0.28}, seed=seed, train="a", test="b")
        crossed.append(record.model_copy(update={"shared_references": 1}))
    table = table_four(crossed)
    assert [row.label for row in table.groups[0].rows] == ["All clean", "Prior", "ExIQA (ours)", GAIN]
    assert _printed(table, "Prior")[1] == "0.2800"
    assert _row(table, "Prior").footnotes == ()


def test_table_two_and_its_verdict_leave_the_pairs_of_data_sets_to_table_four(crossed):
    assert [group.label for group in table_two(crossed).groups] == ["b, 2 distortions"]
    assert [verdict.testset for verdict in prior_verdicts(crossed)] == ["b"]
    assert prior_verdicts(crossed)[0].rmse.splits == 4


def test_shared_content_is_counted_under_the_row_that_has_it(crossed):
    table = table_four(crossed)
    assert _said(table, _row(table, "ExIQA (ours)").footnotes) == [
        "Content leakage: 0–1 of the 20 test references a split of b show what references of a show: what learned "
        "from a has seen part of the test."
    ]
    assert _row(table, "All clean").footnotes == ()
    assert not any("Not looked at" in note for note in table.notes)


def test_content_that_nobody_looked_for_is_said(make_record):
    record = make_record("exiqa", CLEAN, train="a", test="b")
    table = table_four([record])
    assert "Not looked at: whether these share photos: a → b." in table.notes
    assert table_four([record.model_copy(update={"shared_references": 0})]).footnotes == ()


def test_published_figures_are_shown_as_printed_flagged_and_never_ranked(make_record):
    table = table_four([make_record("exiqa", PRIOR | {"accuracy": 0.1}, train="tid2013", test="kadid10k")])
    published = _row(table, "ExIQA, published")
    assert published.kind == "published"
    assert _printed(table, "ExIQA, published") == ["88.51", "14.49", "–", "–"]
    assert published.entries[0].median == 0.8851
    assert [_said(table, entry.footnotes) for entry in published.entries[:2]] == [
        ["Below the 96.00 of predicting no distortion at all."],
        ["Impossible: strengths lie in [0, 1], and so does their RMSE."],
    ]
    assert {entry.mark for row in table.groups[0].rows for entry in row.entries} == {""}
    assert published.footnotes == ()
    assert "Published" in [term.name for term in table.legend]


def test_beside_standins_the_published_row_says_that_it_is_of_other_data(make_record):
    table = table_four([make_record("exiqa", PRIOR, train="mini-kadid10k", test="mini-lvq")])
    assert _printed(table, "ExIQA, published") == ["84", "0.2710", "–", "–"]
    (footnote,) = _said(table, _row(table, "ExIQA, published").footnotes)
    assert footnote.startswith("Published on the real data set. One whose name begins with “mini-” is a stand-in")


def test_pairs_are_in_the_papers_order(make_record):
    pairs = [("mine", "live"), ("tid2013", "kadid10k"), ("kadid10k", "live"), ("kadid10k", "csiq")]
    table = table_four([make_record("exiqa", PRIOR, train=train, test=test) for train, test in pairs])
    assert [group.label.split(",")[0] for group in table.groups] == [
        "kadid10k → csiq", "kadid10k → live", "tid2013 → kadid10k", "mine → live",
    ]  # fmt: skip


@pytest.fixture
def quality(make_record):
    def make(srcc, train, test, *, shared=0, **more):
        record = make_record("exiqa", {"srcc": srcc}, train=train, test=test, **({"protocol": "quality"} | more))
        return record.model_copy(update={"shared_references": shared})

    return make


def test_table_five_has_a_column_per_pair_under_the_data_set_tuned_on(quality):
    records = [
        *(quality(srcc, "kadid10k", "csiq", seed=seed) for seed, srcc in enumerate((0.5, 0.9, 0.7))),
        quality(0.6, "kadid10k", "live"),
        quality(0.4, "tid2013", "kadid10k", shared=2),
        quality(0.1, "tid2013", "tid2013"),
        quality(0.2, "tid2013", "csiq", protocol="zero_shot"),
    ]
    table = table_five(records)
    assert table.column_groups == (("Trained on kadid10k", 2), ("Trained on tid2013", 1))
    assert [column.label for column in table.columns] == ["csiq", "live", "kadid10k"]
    assert _printed(table, "ExIQA (ours)") == ["0.700", "0.600", "0.400"]
    assert [_said(table, entry.footnotes) for entry in _row(table, "ExIQA (ours)").entries] == [
        [], [],
        ["Content leakage: 2 of the 20 test references a split of kadid10k show what references of tid2013 show: "
         "what learned from tid2013 has seen part of the test."],
    ]  # fmt: skip
    assert any("a regressor fitted again on B's training split" in note for note in table.notes)


def test_table_five_has_the_papers_rows_in_a_group_of_their_own(quality):
    table = table_five([quality(0.99, "tid2013", "csiq"), quality(0.9, "exiqa", "kadid10k")])
    assert [group.label for group in table.groups] == ["Measured here", "Published in the paper, not measured here"]
    assert [row.label for row in table.groups[1].rows] == [
        f"{name}, published" for name in ("HyperIQA", "CONTRIQUE", "Re-IQA", "ARNIQA", "ExIQA")
    ]
    assert _printed(table, "ExIQA, published", 1) == ["0.9154", "0.931"]
    assert _printed(table, "ARNIQA, published", 1) == ["0.866", "–"]
    four, dash = _row(table, "ExIQA, published", 1).entries[0], _row(table, "ARNIQA, published", 1).entries[1]
    assert _said(table, four.footnotes) == ["Printed with four decimals where the rest of the table has three."]
    assert _said(table, dash.footnotes) == ["The paper: “the dataset can not be evaluated”."]


def test_the_true_zero_shot_is_a_table_of_its_own(quality):
    records = [quality(0.3, "kadid10k", "csiq", protocol="zero_shot"), quality(0.9, "kadid10k", "csiq")]
    table = table_zero_shot(records)
    assert table.name == "Zero-shot"
    assert [group.label for group in table.groups] == [""]
    assert _printed(table, "ExIQA (ours)") == ["0.300"]
    assert any("nothing fitted to B" in note for note in table.notes)
    assert _printed(table_five(records), "ExIQA (ours)") == ["0.900"]


def test_a_pair_that_could_not_be_evaluated_says_why(quality):
    failed = FailedCell(
        cell=quality(0.3, "exiqa", "live").cell, error="live: no folder is given", kind="UserError", seconds=0
    )
    table = table_five([quality(0.9, "kadid10k", "csiq")], [failed])
    assert [column.label for column in table.columns] == ["csiq"]
    assert "exiqa → live: not evaluated. Not run: live: no folder is given." in table.notes


def test_no_records_give_empty_tables():
    for table in (table_four([]), table_five([]), table_zero_shot([])):
        assert table.groups == table.notes == ()

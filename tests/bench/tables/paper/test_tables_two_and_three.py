"""Tables II and III from records."""

from __future__ import annotations

import numpy as np
import pytest

from exiqa.bench.tables.paper.table_three import table_three
from exiqa.bench.tables.paper.table_two import table_two
from exiqa.bench.tables.parts.rows import average_entry, median_entry
from exiqa.bench.tables.parts.table import Row, Table, format_entry
from exiqa.bench.tables.prior_verdict import prior_verdicts

STRENGTHS = {"accuracy": 0.9, "rmse": 0.1, "active_accuracy": 0.5, "map": 0.7, "f1": 0.6, "top1": 0.8}
CLEAN = {"accuracy": 0.85, "rmse": 0.3, "active_accuracy": 0.0, "map": 0.5, "f1": 0.0, "top1": 0.5}
PRIOR = {"accuracy": 0.8, "rmse": 0.25, "active_accuracy": 0.1, "map": 0.5, "f1": 0.2, "top1": 0.5}
SCORES = {"plcc": 0.8, "srcc": 0.75, "krcc": 0.6, "score_rmse": 0.12}


def _printed(table: Table, label: str) -> list[str]:
    row = _row(table, label)
    return [format_entry(e, c, signed=row.kind == "gain") for e, c in zip(row.entries, table.columns, strict=True)]


def _row(table: Table, label: str) -> Row:
    (row,) = [row for group in table.groups for row in group.rows if row.label == label]
    return row


@pytest.fixture
def three_splits(make_record):
    records = []
    for seed, shift in enumerate((0.0, 0.02, -0.01)):
        records += [
            make_record("exiqa", STRENGTHS | {"rmse": 0.1 + shift}, seed=seed, bank="demo@1", k=5, tuning="full"),
            make_record("prior", PRIOR | {"rmse": 0.25 + shift}, seed=seed),
            make_record("all_clean", CLEAN, seed=seed),
        ]
    return records


def test_table_two_has_medians_quartiles_and_the_gain_over_the_better_trivial_row(three_splits):
    table = table_two(three_splits)
    assert [row.label for row in table.groups[0].rows] == [
        "All clean", "Prior", "ExIQA (ours)", "Gain over the better trivial row",
    ]  # fmt: skip
    assert _printed(table, "ExIQA (ours)") == ["90.00", "0.1000", "50.00", "0.700", "0.600", "80.00"]
    # Accuracy's better trivial row is all-clean (.85), RMSE's is the prior (.25).
    assert _printed(table, "Gain over the better trivial row") == [
        "+5.00", "+0.1500", "+40.00", "+0.200", "+0.400", "+30.00",
    ]  # fmt: skip
    rmse = _row(table, "ExIQA (ours)").entries[1]
    assert rmse.quartiles == pytest.approx(tuple(np.quantile([0.1, 0.12, 0.09], (0.25, 0.75))))
    assert rmse.splits == 3
    assert set(rmse.cells) == {r.cell.id for r in three_splits if r.cell.method == "exiqa"}
    assert rmse.mark == "best"
    assert _row(table, "Prior").entries[1].mark == ""
    assert _row(table, "ExIQA (ours)").detail == "demo@1, K = 5, full tuning"
    assert table.groups[0].label == "tiny, 2 distortions"
    assert any("median over 3 splits by reference (70/10/20, seeds 0, 1, 2)" in note for note in table.notes)


def test_the_order_of_the_records_changes_nothing(three_splits):
    assert table_two(three_splits[::-1]) == table_two(three_splits)


def test_a_loss_against_a_trivial_row_is_shown_as_one(make_record):
    worse = make_record("exiqa", STRENGTHS | {"rmse": 0.26})
    table = table_two([worse, make_record("prior", PRIOR), make_record("all_clean", CLEAN)])
    assert _printed(table, "Gain over the better trivial row")[1] == "−0.0100"
    # A constant is never marked, and neither is what is no better than it.
    assert [row.entries[1].mark for row in table.groups[0].rows] == ["", "", "", ""]
    assert [row.entries[0].mark for row in table.groups[0].rows] == ["", "", "best", ""]


def test_without_both_trivial_rows_there_is_no_gain(make_record):
    table = table_two([make_record("exiqa", STRENGTHS), make_record("prior", PRIOR)])
    assert set(_printed(table, "Gain over the better trivial row")) == {"–"}


def test_an_undefined_split_is_never_left_out_of_the_median(make_record):
    reason = "1 of 2 distortions occur in no image"
    records = [
        make_record("exiqa", STRENGTHS, seed=0),
        make_record("exiqa", STRENGTHS | {"map": None}, seed=1, undefined={"map": reason}),
    ]
    table = table_two(records)
    entry = _row(table, "ExIQA (ours)").entries[3]
    assert entry.median is None
    assert [table.footnotes[number - 1] for number in entry.footnotes] == [f"Not defined: {reason}."]


def test_a_row_with_fewer_splits_says_so(three_splits):
    table = table_two([r for r in three_splits if (r.cell.method, r.cell.seed) != ("prior", 2)])
    entry = _row(table, "Prior").entries[0]
    assert [table.footnotes[number - 1] for number in entry.footnotes] == ["Over 2 of 3 splits."]
    assert _row(table, "All clean").entries[0].footnotes == ()


def test_data_sets_are_ranked_apart(make_record):
    table = table_two(
        [make_record(m, f, test=t) for t in ("a", "b") for m, f in (("prior", PRIOR), ("exiqa", STRENGTHS))]
    )
    assert [group.label for group in table.groups] == ["a, 2 distortions", "b, 2 distortions"]
    assert [[row.entries[1].mark for row in group.rows] for group in table.groups] == [["", "best", ""]] * 2


def test_variants_of_a_method_on_one_data_set_are_rows_of_their_own(make_record):
    table = table_two([make_record("exiqa", STRENGTHS, k=k, bank="demo@1") for k in (3, 5)])
    assert [row.detail for row in table.groups[0].rows if row.kind == "ours"] == ["demo@1, K = 3", "demo@1, K = 5"]


def test_table_three_explains_the_constant_row_and_names_the_proxy(make_record):
    why = "every predicted score is the same, and a constant has no correlation with anything"
    none = {"plcc": None, "srcc": None, "krcc": None, "score_rmse": 0.2}
    records = [
        make_record("mean_score", none, protocol="quality", undefined=dict.fromkeys(("plcc", "srcc", "krcc"), why)),
        make_record("exiqa", SCORES, protocol="quality"),
        make_record("exiqa", STRENGTHS),
    ]
    table = table_three(records)
    assert [column.label for column in table.columns] == ["PLCC", "SRCC", "RMSE"]
    assert _printed(table, "Mean score") == ["–", "–", "0.2000"]
    assert _printed(table, "ExIQA (ours)") == ["0.800", "0.750", "0.1200"]
    assert table.footnotes == (f"Not defined: {why}.",)
    assert [entry.footnotes for entry in _row(table, "Mean score").entries] == [(1,), (1,), ()]
    assert "tiny: the scores are a proxy (FSIM proxy), not the opinions of observers." in table.notes


def test_table_three_averages_only_whole_rows(make_record):
    records = [
        make_record("exiqa", SCORES, protocol="quality", test="a", bank="a@1"),
        make_record("exiqa", SCORES | {"srcc": 0.95}, protocol="quality", test="b", bank="b@1"),
        make_record("mean_score", SCORES, protocol="quality", test="a"),
    ]
    table = table_three(records)
    assert table.column_groups == (("a", 3), ("b", 3), ("Average", 3))
    assert _printed(table, "ExIQA (ours)")[6:] == ["0.800", "0.850", "0.1200"]
    assert _printed(table, "Mean score")[3:] == ["–"] * 6


def test_no_records_give_an_empty_table():
    assert table_two([]).groups == ()
    assert table_three([]).groups == ()


def test_median_and_average_entries(make_record):
    records = [make_record("exiqa", {"rmse": value}, seed=seed) for seed, value in enumerate((3.0, 1.0, 2.0, 10.0))]
    assert median_entry(records, "rmse").median == 2.5
    assert median_entry(records[:1], "rmse").quartiles is None
    assert median_entry([], "rmse").median is None
    entry = median_entry(records, "rmse")
    assert average_entry([entry, entry]).median == 2.5
    assert average_entry([entry, median_entry([], "rmse")]).median is None


def test_the_verdict_is_yes_with_its_figures(three_splits):
    (verdict,) = prior_verdicts(three_splits)
    assert verdict.holds
    assert verdict.sentence == (
        "tiny, held-out photos: Yes: RMSE 0.1000 against the prior row's 0.2500, 0.40 times it, better on 3 of 3 "
        "splits. Yes: Accuracy 90.00 % against the all clean row's 85.00 %, better on 3 of 3 splits (medians)."
    )


def test_the_verdict_is_no_where_ours_is_worse_the_same_or_undefined(make_record):
    prior = make_record("prior", PRIOR)
    for value in (0.25, 0.3):
        (verdict,) = prior_verdicts([prior, make_record("exiqa", STRENGTHS | {"rmse": value})])
        assert not verdict.holds
        assert "No: RMSE" in verdict.sentence and "better on 0 of 1 splits. Yes: Accuracy" in verdict.sentence
    (verdict,) = prior_verdicts([prior, make_record("exiqa", STRENGTHS | {"rmse": None})])
    assert not verdict.holds
    assert "No verdict: RMSE is not defined on every split" in verdict.sentence
    (verdict,) = prior_verdicts([make_record("exiqa", STRENGTHS)])
    assert not verdict.holds
    assert prior_verdicts([prior]) == ()


def test_a_lead_below_the_margin_or_not_on_every_split_is_no_difference(make_record):
    def verdict(ours, prior=(0.25, 0.25), accuracy=0.9, images=200):
        records = [make_record("prior", PRIOR | {"rmse": value}, seed=seed) for seed, value in enumerate(prior)]
        records += [
            make_record("exiqa", STRENGTHS | {"rmse": value, "accuracy": accuracy}, seed=seed)
            for seed, value in enumerate(ours)
        ]
        testset = records[0].testset.model_copy(update={"images": images})
        return prior_verdicts([record.model_copy(update={"testset": testset}) for record in records])[0]

    assert verdict((0.2475, 0.2475)).rmse.answer == "No difference"  # 0.99 times it, on two splits
    assert verdict((0.24, 0.24)).rmse.answer == "Yes"  # the margin itself: .01
    assert verdict((0.1, 0.26, 0.1), (0.25,) * 3).rmse.answer == "No difference"
    # The RMSE alone is not the headline: the accuracy stands beside it, and says No.
    assert verdict((0.1, 0.1), accuracy=0.8).accuracy.answer == "No"
    assert not verdict((0.1, 0.1), accuracy=0.8).holds
    assert "photos, n = 24: Yes" in verdict((0.1, 0.1), images=24).sentence
    # From ten splits on a test decides: five of ten far ahead and five a little behind are noise.
    tried = verdict((0.1, 0.251) * 5, (0.25,) * 10)
    assert (tried.rmse.splits_ahead, tried.rmse.borne_out) == (5, False)


def test_the_verdict_names_the_variant_where_there_are_several(make_record):
    # By what tells it from the others: all are tuned alike.
    alike = {"tuning": "full", "template": "paper"}
    ours = [make_record("exiqa", STRENGTHS, bank=bank, k=k, **alike) for bank, k in (("demo@1", 3), ("demo@2", 5))]
    undefined = make_record("exiqa", STRENGTHS | {"rmse": None}, bank="demo@2", k=7, **alike)
    elsewhere = make_record("exiqa", STRENGTHS, test="other", bank="other@1", k=5)
    priors = [make_record("prior", PRIOR, test=test) for test in ("tiny", "other")]
    alone, first, second, third = (v.sentence for v in prior_verdicts([*priors, *ours, undefined, elsewhere]))
    assert first.startswith("tiny (demo@1, K = 3), held-out photos: Yes: RMSE 0.1000")
    assert second.startswith("tiny (demo@2, K = 5), held-out photos: Yes: RMSE 0.1000")
    assert third.startswith("tiny (demo@2, K = 7), held-out photos: No verdict: RMSE is not defined")
    assert alone.startswith("other, held-out photos: Yes: RMSE 0.1000")


def test_an_interval_over_splits_is_the_median_of_either_end_and_missing_where_one_is(make_record):
    ends = [(0.1, 0.2), (0.12, 0.3), (0.05, 0.24)]
    records = [
        make_record("exiqa", STRENGTHS, seed=seed).model_copy(update={"intervals": {"rmse": interval}})
        for seed, interval in enumerate(ends)
    ]
    assert median_entry(records, "rmse").interval == (0.1, 0.24)
    assert median_entry(records[:1], "rmse").interval == (0.1, 0.2)
    assert median_entry(records, "map").interval is None
    without = records[2].model_copy(update={"intervals": {"rmse": None}})
    assert median_entry([*records[:2], without], "rmse").interval is None

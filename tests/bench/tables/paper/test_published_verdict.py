"""Ours against the paper's figures: which meet, within which tolerance, and what gets no verdict."""

from __future__ import annotations

import pytest

from exiqa.bench.tables.paper.published_verdict import (
    OURS,
    PublishedVerdict,
    published_verdict_table,
    published_verdicts,
    tolerance_of,
)
from exiqa.bench.tables.parts.published import published_rows
from exiqa.bench.tables.parts.table import format_entry


def _figure(table, metric, **where):
    (figure,) = [
        f
        for f in published_rows(table)
        if f.method == OURS and f.metric == metric and all(getattr(f, k) == v for k, v in where.items())
    ]
    return figure


@pytest.fixture
def kadid(make_record):
    """Ours on KADID-10k, an SRCC a split, with intervals of ± `width`; published: .939."""

    def make(values, width=0.01, **cell):
        return [
            make_record("exiqa", {"srcc": value}, protocol="quality", seed=seed,
                        **{"test": "kadid10k", **cell}).model_copy(
                update={"intervals": {"srcc": width and (value - width, value + width)}}
            )
            for seed, value in enumerate(values)
        ]  # fmt: skip

    return make


SRCC = _figure("III", "srcc", dataset="kadid10k")


def test_the_tolerance_is_the_margin_and_rounding_and_no_noise_of_ours():
    assert SRCC.printed == "0.939"
    # .02 of a correlation was stated beforehand; .0005 is half of the last decimal.
    assert tolerance_of(SRCC) == pytest.approx(0.0205)
    accuracy = _figure("II", "accuracy", dataset="kadid10k")
    assert accuracy.printed == "97.65"
    assert tolerance_of(accuracy) == pytest.approx(0.01 + 0.00005)
    assert tolerance_of(_figure("II", "rmse", dataset="kadid10k")) == pytest.approx(0.01 + 0.00005)


@pytest.mark.parametrize(
    ("ours", "outcome", "said"),
    [
        (0.9185, "reproduced", "reproduced by our 0.919"),
        (0.9595, "reproduced", "reproduced by our 0.960"),
        (0.918, "worse", "not reached by our 0.918"),
        (0.96, "better", "exceeded by our 0.960"),
    ],
)
def test_the_verdict(kadid, ours, outcome, said):
    (verdict,) = [v for v in published_verdicts(kadid([ours])) if v.published.metric == "srcc"]
    assert verdict.outcome == outcome
    assert verdict.sentence == f"Table III, kadid10k, SRCC: published 0.939, {said} (tolerance ±0.021)."


def test_lower_is_better_where_the_metric_says_so():
    rmse = _figure("II", "rmse", dataset="kadid10k")
    assert rmse.value == 0.0347
    assert PublishedVerdict(rmse, 0.02, 0.001).outcome == "better"
    assert PublishedVerdict(rmse, 0.05, 0.001).outcome == "worse"


def test_what_gets_no_verdict_says_why(kadid):
    impossible = _figure("IV", "rmse", train="tid2013", dataset="kadid10k")
    assert impossible.value == 14.49
    verdict = PublishedVerdict(impossible, 0.14, 0.01)
    assert verdict.outcome == "none"
    assert verdict.sentence == (
        "Table IV, tid2013 → kadid10k, RMSE: published 14.49, no verdict: the published figure is impossible."
    )
    assert "not defined on every split" in PublishedVerdict(SRCC, None, 0.02).sentence
    # The records have no PLCC: its figure is met, and left without a verdict.
    assert [v.outcome for v in published_verdicts(kadid([0.94])) if v.published.metric == "plcc"] == ["none"]


def test_only_the_same_data_sets_protocol_and_method_meet(kadid, make_record):
    assert published_verdicts(kadid([0.9], test="mini-kadid10k")) == ()
    assert published_verdicts([make_record("prior", {"rmse": 0.1}, test="kadid10k")]) == ()
    across = published_verdicts(kadid([0.8], train="kadid10k", test="tid2013"))
    assert [(v.published.table, v.published.printed) for v in across] == [("V", "0.817")]
    # The true zero-shot is another test than the paper's Table V.
    zero = make_record("exiqa", {"srcc": 0.8}, protocol="zero_shot", train="kadid10k", test="tid2013")
    assert published_verdicts([zero]) == ()


def test_each_variant_of_ours_has_its_own(kadid):
    verdicts = published_verdicts([*kadid([0.939], k=5), *kadid([0.5], k=1)])
    assert [v.outcome for v in verdicts if v.published.metric == "srcc"] == ["reproduced", "worse"]


def test_the_table(kadid):
    table = published_verdict_table(kadid([0.92, 0.97, 0.97]))
    (group,) = table.groups
    assert group.label == "Table III, kadid10k"
    assert [row.label for row in group.rows] == [
        "ExIQA, published", "ExIQA (ours)", "Gain over the published figure", "Tolerance",
    ]  # fmt: skip
    srcc = [format_entry(row.entries[3], table.columns[3], signed=row.kind == "gain") for row in group.rows]
    assert srcc == ["0.939", "0.970", "+0.031", "±0.021"]
    assert group.rows[2].entries[3].significance == "better"
    # A figure that only the paper has is printed, and has no gain.
    assert [format_entry(row.entries[2], table.columns[2]) for row in group.rows] == ["0.943", "–", "–", "–"]
    assert [row.entries[0].median for row in group.rows] == [None] * 4
    assert published_verdict_table([]).groups == ()


def test_a_published_figure_keeps_its_flag(make_record):
    record = make_record("exiqa", {"rmse": 0.14, "accuracy": 0.9}, train="tid2013", test="kadid10k")
    table = published_verdict_table([record])
    assert any("Impossible" in footnote for footnote in table.footnotes)
    assert table.groups[0].rows[0].entries[1].footnotes
    assert table.groups[0].rows[2].entries[1].significance == ""
    assert table.groups[0].label == "Table IV, tid2013 → kadid10k"

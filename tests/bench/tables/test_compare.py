"""Two runs side by side: figures, gains, and what counts as noise."""

from __future__ import annotations

import numpy as np
import pytest

from exiqa.bench.cells.record import Labels
from exiqa.bench.reports.renderers.markdown import markdown_page
from exiqa.bench.reports.report import Report
from exiqa.bench.tables.compare import beyond_intervals, compare_runs
from exiqa.bench.tables.parts.table import SIGNIFICANCE_SIGNS, format_entry
from exiqa.core.errors import UserError

NAMES = ("before", "after")


@pytest.fixture
def run(make_record):
    """A run of ours on one data set: an RMSE a split, with intervals of ± `width` around them."""

    def make(values, *, width=0.01, metric="rmse", start=0, **cell):
        return [
            make_record("exiqa", {metric: value}, seed=start + n, **cell).model_copy(
                update={"intervals": {metric: (value - width, value + width)}}
            )
            for n, value in enumerate(values)
        ]

    return make


def _printed(table, group=0):
    return [
        [format_entry(row.entries[1], table.columns[1], signed=row.kind == "gain"), row.entries[1].significance]
        for row in table.groups[group].rows
    ]


def test_figures_gain_and_verdict_stand_below_each_other(run):
    (table,) = compare_runs(run([0.30, 0.31, 0.32]), run([0.20, 0.21, 0.22], bank="demo@2"), NAMES)
    assert table.name == "Identification compared"
    assert [row.label for row in table.groups[0].rows] == ["before", "after", "Gain of after"]
    # RMSE is better when lower: a fall of .1 is a gain.
    assert _printed(table) == [["0.3100", ""], ["0.2100", ""], ["+0.1000", "better"]]
    assert table.groups[0].label == "tiny, ExIQA (ours): bank none → demo@2"
    gain = table.groups[0].rows[2].entries[1]
    assert gain.splits == 3
    assert len(gain.cells) == 6
    # Metrics that the records do not have are missing, not 0.
    assert format_entry(table.groups[0].rows[2].entries[0], table.columns[0]) == "–"


def test_below_ten_splits_intervals_that_touch_are_noise(run):
    base = run([0.3, 0.3])
    assert _verdict(base, run([0.33, 0.33])) == "worse"
    assert _verdict(base, run([0.33, 0.31])) == "equal"
    assert _verdict(base, run([0.33, 0.25])) == "equal"  # apart, but to different sides
    assert _verdict(base, base) == "equal"
    assert _verdict(base, [r.model_copy(update={"intervals": {}}) for r in run([0.9, 0.9])]) == "few"
    higher = [run([value], metric="srcc", protocol="quality") for value in (0.7, 0.8)]
    assert beyond_intervals(*higher, "srcc") == "better"
    assert beyond_intervals((), (), "srcc") == "few"


def _verdict(base, other):
    (table,) = compare_runs(base, other, NAMES)
    return table.groups[0].rows[2].entries[1].significance


def test_from_ten_splits_on_the_paired_test_decides(run):
    level = np.linspace(0.2, 0.4, 10)
    wobble = np.tile([-0.001, 0.001], 5)
    # Intervals far wider than the gain: splits differ more than the runs do on each of them.
    base, better = run(level, width=0.1), run(level - 0.01 + wobble, width=0.1)
    assert _verdict(base, better) == "better"
    assert _verdict(base, run(level + 0.01 + wobble, width=0.1)) == "worse"
    assert _verdict(base, run(level + 10 * wobble, width=0.1)) == "equal"
    assert _verdict(base[:9], better[:9]) == "equal"


def test_only_common_splits_count_and_the_table_says_so(run):
    (table,) = compare_runs(run([0.1, 0.3, 0.5]), run([0.2, 0.4], start=1), NAMES)
    assert [text for text, _ in _printed(table)] == ["0.4000", "0.3000", "+0.1000"]
    assert table.footnotes[-1] == "Over the 2 splits in common, of 3 and 2."
    assert table.groups[0].rows[2].footnotes == (len(table.footnotes),)
    (table,) = compare_runs(run([0.1]), run([0.2], start=1), NAMES)
    assert [text for text, _ in _printed(table)] == ["–", "–", "–"]
    assert "No split is in common." in table.footnotes


def test_other_data_are_shown_and_not_tested(run):
    other = [
        r.model_copy(update={"hashes": r.hashes.model_copy(update={"dataset": "f" * 64})}) for r in run([0.9] * 10)
    ]
    (table,) = compare_runs(run([0.1] * 10), other, NAMES)
    assert _printed(table)[2] == ["−0.8000", ""]
    assert table.groups[0].label.endswith("other data")
    assert any("not tested on the same images" in footnote for footnote in table.footnotes)


def test_an_undefined_figure_has_no_gain(run):
    (undefined,) = run([0.2], start=1)
    empty = {"metrics": {"rmse": None}, "undefined": {"rmse": "a reason"}, "intervals": {}}
    (table,) = compare_runs(run([0.1, 0.2]), [*run([0.1]), undefined.model_copy(update=empty)], NAMES)
    assert [text for text, _ in _printed(table)] == ["0.1500", "–", "–"]
    assert "Not defined: a reason." in table.footnotes


def test_each_protocol_has_its_table_and_what_is_alone_is_listed(run, make_record):
    quality = [make_record("mean_score", {"score_rmse": 0.2}, protocol="quality")]
    tables = compare_runs([*run([0.1]), *quality], [*run([0.1]), *quality, *run([0.3], test="b")], NAMES)
    assert [table.name for table in tables] == ["Identification compared", "Quality compared"]
    assert tables[0].notes == ("Only in after: identification on b, ExIQA (ours), strength map level.",)
    assert tables[1].notes == ()


def test_runs_with_nothing_in_common_are_an_error(run):
    with pytest.raises(UserError, match="before and after have no cells to compare"):
        compare_runs(run([0.1]), run([0.1], test="b"), NAMES)


def test_a_report_prints_it_whatever_the_runs_are_called(run):
    tables = compare_runs(run([0.30]), run([0.20], bank="demo@2"), ("*a*", "<b>"))
    page = markdown_page(Report("t", (), (), tables))
    assert "<b>" not in page
    assert r"\*a\*" in page
    assert any(sign in term.name for term in tables[0].legend for sign in SIGNIFICANCE_SIGNS.values() if sign)


def test_things_are_called_by_their_labels_of_the_second_run(run):
    def labelled(records, method):
        labels = Labels(method=method, train="Set A", test="Set A")
        return [record.model_copy(update={"labels": labels}) for record in records]

    base, other = labelled(run([0.3]), "Before"), labelled([*run([0.2]), *run([0.2], k=9)], "Ours (2026)")
    (table,) = compare_runs(base, other, NAMES)
    assert table.groups[0].label.startswith("Set A, Ours (2026): ")
    assert any("Only in after: identification on Set A, Ours (2026)" in note for note in table.notes)

"""An ablation's tables and plots from constructed records: hand-worked medians, tests, gaps, and hostile names."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from exiqa.bench.ablation.ablation import Ablation, Arm, LeftOut, write_ablation
from exiqa.bench.ablation.plots import ablation_plots
from exiqa.bench.ablation.table import ablation_tables
from exiqa.bench.ablation.verdict import verdict_of
from exiqa.bench.cells.record import FailedCell, Labels, Record, write_record
from exiqa.bench.figures.line_plot import Line, LinePlot, draw_line_plot
from exiqa.bench.reports.renderers.files import render_report
from exiqa.bench.reports.renderers.terminal import print_table
from exiqa.bench.reports.report import report_of
from exiqa.bench.reports.results import read_results
from exiqa.bench.tables.parts.table import Row, Table, format_entry

SCORES = {"plcc": 0.8, "srcc": 0.7, "krcc": 0.6, "plcc_logistic": 0.8, "score_rmse": 0.1}
OURS = {"protocol": "quality", "bank": "csiq@1", "k": 5, "template": "paper", "tuning": "full", "prompt_length": 0}
EVIL = "<script>alert(1)</script>{{ 7 * 7 }}|_x_\x1b[31m\u202e"


def _arm(make_record, changed, follows=(), **cell) -> Arm:
    return Arm(changed=changed, follows=follows, cells=(make_record("exiqa", SCORES, **{**OURS, **cell}).cell,))


@pytest.fixture
def ablation(make_record) -> Ablation:
    """K = 5 of csiq@1 against K = 1 and 10, and against csiq-names@1, on three splits."""
    return Ablation(
        name="one", suite="s", dataset="tiny", grid="one", protocols=("quality",), seeds=(0, 1, 2),
        factors={"k": (1, 5, 10, 20), "banks": ("csiq@1", "csiq-names@1")},
        base=_arm(make_record, {}),
        arms=(
            _arm(make_record, {"k": 1}, k=1),
            _arm(make_record, {"k": 10}, k=10),
            _arm(make_record, {"banks": "csiq-names@1"}, ("It has no more.",), bank="csiq-names@1", k=1),
        ),
        left_out=(LeftOut(changed={"k": 20}, why="the bank has 10"),),
        baselines=(make_record("mean_score", {}, protocol="quality").cell,),
    )  # fmt: skip


@pytest.fixture
def records(make_record) -> list[Record]:
    """SRCC of the base .70 .72 .74, of K = 1 .60 .61 .68; of K = 10 one split is missing; the names were not run."""
    return [
        make_record("exiqa", SCORES | {"srcc": srcc}, seed=seed, **{**OURS, "k": k})
        for k, values in ((5, (0.70, 0.74, 0.72)), (1, (0.61, 0.60, 0.68)), (10, (0.80, 0.79)))
        for seed, srcc in enumerate(values)
    ] + [make_record("mean_score", SCORES | {"srcc": 0.0}, protocol="quality", seed=seed) for seed in range(3)]


def _rows(table: Table) -> dict[tuple[str, str], Row]:
    return {(group.label, row.label): row for group in table.groups for row in group.rows}


def _footnotes(table: Table, numbers: tuple[int, ...]) -> list[str]:
    return [table.footnotes[number - 1] for number in numbers]


def test_a_table_has_medians_quartiles_and_what_is_missing(ablation, records):
    (table,) = ablation_tables(ablation, records)
    rows, at = _rows(table), [column.label for column in table.columns].index("SRCC")
    assert list(rows) == [
        ("K", "K = 1"), ("K", "K = 5 (base)"), ("K", "K = 10"),
        ("Bank", "csiq@1 (base)"), ("Bank", "csiq-names@1"), ("Trivial", "Mean score"),
    ]  # fmt: skip
    one, base, ten = (rows["K", label].entries[at] for label in ("K = 1", "K = 5 (base)", "K = 10"))
    assert (one.median, base.median) == (0.61, 0.72)
    assert one.quartiles == pytest.approx((0.605, 0.645))
    assert base.quartiles == pytest.approx((0.71, 0.73))
    assert ten.median == pytest.approx(0.795)
    assert _footnotes(table, ten.footnotes) == ["Over 2 of 3 splits.", "Not run: not run yet."]
    assert (one.mark, base.mark, ten.mark) == ("", "second", "best")
    assert rows["Bank", "csiq@1 (base)"].entries[at].cells == base.cells
    names = rows["Bank", "csiq-names@1"]
    assert {format_entry(entry, table.columns[at]) for entry in names.entries} == {"–"}
    assert _footnotes(table, names.footnotes) == ["It has no more.", "Not run: not run yet."]
    assert rows["Trivial", "Mean score"].entries[at].median == 0.0
    assert table.notes[0] == "The base: csiq@1, K = 5, full tuning, template paper."
    assert "Left out, K = 20: the bank has 10." in table.notes
    assert any("too few splits for a paired test (fewer than 10)" in note for note in table.notes)


def test_a_failure_is_the_reason_and_records_of_other_seeds_stay_out(ablation, records, make_record):
    names = ablation.arms[2].cells[0]
    failures = [FailedCell(cell=names, error="the disk is full", kind="OSError", seconds=1.0)]
    other = make_record("exiqa", SCORES | {"srcc": 0.0}, seed=3, **OURS)
    (table,) = ablation_tables(ablation, [*records, other], failures)
    (before,) = ablation_tables(ablation, records)
    rows = _rows(table)
    assert "Not run: the disk is full." in _footnotes(table, rows["Bank", "csiq-names@1"].footnotes)
    assert rows["K", "K = 5 (base)"] == _rows(before)["K", "K = 5 (base)"]


def test_from_ten_splits_on_each_setting_is_tested_against_the_base(ablation, make_record):
    noise = np.random.default_rng(0).normal(0, 0.004, (3, 10))
    records = [
        make_record("exiqa", SCORES | {"srcc": 0.7 + shift + noise[row, seed]}, seed=seed, **{**OURS, "k": k})
        for row, (k, shift) in enumerate(((5, 0.0), (1, -0.1), (10, 0.0)))
        for seed in range(10)
    ]
    (table,) = ablation_tables(ablation.model_copy(update={"seeds": tuple(range(10))}), records)
    at = [column.label for column in table.columns].index("SRCC")
    marks = {label: row.entries[at].significance for (_, label), row in _rows(table).items()}
    assert marks == {
        "K = 1": "worse", "K = 5 (base)": "", "K = 10": "equivalent", "csiq@1 (base)": "", "csiq-names@1": "",
    }  # fmt: skip
    assert any("not told apart from the base" in term.meaning for term in table.legend)
    one, ten = (next(note for note in table.notes if note.startswith(f"K = {k}: ")) for k in (1, 10))
    figures = f"{np.median(0.6 + noise[1]):.3f} against {np.median(0.7 + noise[0]):.3f}"
    assert one == f"K = 1: worse than the base in SRCC ({figures}); equivalent in PLCC, PLCC (logistic), KRCC and RMSE."
    assert ten.startswith("K = 10: equivalent in ") and "against" not in ten
    assert not any(note.startswith("csiq-names@1: ") for note in table.notes)


def test_below_ten_splits_nothing_is_said_of_a_setting(ablation, records):
    (table,) = ablation_tables(ablation, records)
    assert not any(note.startswith("K = 1: ") for note in table.notes)


@pytest.mark.parametrize(
    ("marks", "said"),
    [
        ({"accuracy": "better", "map": "equal"}, "x: better than the base in Accuracy (60.00 against 50.00 %); not "
         "told apart in mAP."),
        ({"map": "worse", "f1": "worse", "rmse": "equivalent"}, "x: worse than the base in mAP (0.400 against 0.500) "
         "and F1 (0.100 against 0.200); equivalent in RMSE."),
        ({"active_accuracy": "equal"}, "x: not told apart in Active acc."),
        ({"map": "few", "rmse": ""}, None),
    ],
)  # fmt: skip
def test_a_setting_in_words(make_record, marks, said):
    of_setting = make_record("exiqa", {"accuracy": 0.6, "active_accuracy": 0.3, "map": 0.4, "f1": 0.1, "rmse": 0.1})
    base = make_record("exiqa", {"accuracy": 0.5, "active_accuracy": 0.3, "map": 0.5, "f1": 0.2, "rmse": 0.1})
    assert verdict_of("x", marks, [of_setting], [base]) == said


def test_plots_have_the_tables_medians_and_quartiles_and_a_gap_where_there_is_none(ablation, records):
    plots = {plot.title: plot for plot in ablation_plots(ablation, records)}
    assert list(plots) == [
        "tiny, quality: SRCC by K", "tiny, quality: SRCC by Bank",
        "tiny, quality: RMSE by K", "tiny, quality: RMSE by Bank",
    ]  # fmt: skip
    plot = plots["tiny, quality: SRCC by K"]
    (line,) = plot.lines
    assert (line.label, plot.x_label, plot.y_label) == ("ExIQA (ours)", "K", "SRCC, higher is better")
    assert [point[0] for point in line.points] == ["1", "5 (base)", "10", "20"]
    assert line.points[0][1:] == pytest.approx((0.61, 0.605, 0.645))
    assert line.points[3] == ("20", None, None, None)
    assert plot.meaning == "Medians over 3 splits; a bar is the interquartile range over them."
    assert set(plot.cells) == {record.cell.id for record in records if record.cell.method == "exiqa"}
    assert plots["tiny, quality: SRCC by Bank"].lines[0].points[1] == ("csiq-names@1", None, None, None)


def test_of_a_single_split_a_plot_has_the_bootstrap_interval(ablation, records):
    single = [r.model_copy(update={"intervals": {"srcc": (0.5, 0.9)}}) for r in records if r.cell.seed == 0]
    plot, *_ = ablation_plots(ablation.model_copy(update={"seeds": (0,)}), single)
    assert plot.lines[0].points[1] == ("5 (base)", 0.70, 0.5, 0.9)
    assert "95 % bootstrap interval over references" in plot.meaning


def test_a_full_grid_has_a_line_for_each_value_of_the_second_factor(make_record):
    combos = [(k, template, bank) for k in (1, 5) for template in ("paper", "none") for bank in ("a@1", "b@1")]
    base = {**OURS, "bank": "a@1"}
    ablation = Ablation(
        name="full", suite="s", dataset="tiny", grid="full", protocols=("quality",), seeds=(0,),
        factors={"k": (1, 5), "banks": ("a@1", "b@1"), "templates": ("paper", "none")},
        base=_arm(make_record, {}, **base),
        arms=tuple(
            _arm(make_record, {"k": k, "banks": bank, "templates": t}, **{**base, "k": k, "template": t, "bank": bank})
            for k, t, bank in combos
            if (k, t, bank) != (5, "paper", "a@1")
        ),
    )  # fmt: skip
    records = [
        make_record("exiqa", SCORES | {"srcc": k / 10 + (bank == "b@1") / 100}, **{**base, "k": k, "template": t,
                    "bank": bank})
        for k, t, bank in combos
    ]  # fmt: skip
    first, second, *_ = ablation_plots(ablation, records)
    assert (first.title, second.title) == (
        "tiny, quality: SRCC by K, template paper", "tiny, quality: SRCC by K, template none",
    )  # fmt: skip
    assert [line.label for line in first.lines] == ["a@1", "b@1"]
    assert [point[:2] for point in first.lines[1].points] == [("1", 0.11), ("5", 0.51)]
    (table,) = ablation_tables(ablation, records)
    assert [group.label for group in table.groups] == [
        "a@1, template paper", "a@1, template none", "b@1, template paper", "b@1, template none",
    ]  # fmt: skip
    assert [row.label for row in table.groups[0].rows] == ["K = 1", "K = 5 (base)"]
    outside, *_ = ablation_tables(ablation.model_copy(update={"factors": {**ablation.factors, "k": (1,)}}), records)
    assert (outside.groups[0].label, outside.groups[0].rows[0].label) == ("Base", "Base")


def test_a_report_finds_ablations_and_keeps_their_arms_out_of_the_papers_tables(ablation, records, tmp_path):
    frame = pd.DataFrame({"image": ["a", "b"], "distortion": ["blur"] * 2, "true": [0.1, 0.9], "predicted": [0.2, 0.8]})
    for record in records:
        write_record(tmp_path / "runs", record, frame)
    before = report_of(read_results(tmp_path / "runs"), "T")
    write_ablation(tmp_path / "runs", ablation)
    report = report_of(read_results(tmp_path / "runs"), "T")
    (three,) = (table for table in report.tables if table.name == "Table III")
    assert len([row for row in three.groups[0].rows if row.kind == "ours"]) == 1
    (own,) = (table for table in report.tables if table.name == "Ablation one, quality")
    assert all(report.trace.runs_of(entry.cells) for entry in _rows(own)["K", "K = 1"].entries)
    assert len(report.ablation_plots) == 4 and not before.ablation_plots
    assert report.provenance == before.provenance
    page = render_report(report, tmp_path / "out")[1].read_text()
    plots = page[page.index('<section id="plots"') :]
    assert plots.count('<svg class="plot"') >= 4
    assert re.search(r'SRCC by K\.</b> Medians over 3 splits; .*? <a href="#c\d+">3 records</a>', plots)
    csv = (tmp_path / "out" / "ablation-one-quality.csv").read_text()
    assert re.search(r"K = 1,.*,SRCC,higher,0.610,0.61,0.605,0.645,", csv)
    assert r"K = 5 (base)" in (tmp_path / "out" / "ablation-one-quality.tex").read_text()
    assert "| K = 5 (base) |" in (tmp_path / "out" / "report.md").read_text()


def test_hostile_names_are_shown_as_text(ablation, records, make_record, tmp_path, capsys):
    frame = pd.DataFrame({"image": ["a", "b"], "distortion": ["blur"] * 2, "true": [0.1, 0.9], "predicted": [0.2, 0.8]})
    evil = make_record("exiqa", SCORES, **{**OURS, "bank": EVIL})
    for record in (*records, evil):
        write_record(tmp_path / "runs", record, frame)
    arm = Arm(changed={"banks": EVIL}, follows=(EVIL,), cells=(evil.cell,))
    hostile = ablation.model_copy(
        update={
            "arms": (*ablation.arms, arm),
            "dataset": EVIL,
            "factors": {**ablation.factors, "banks": ("csiq@1", EVIL)},
            "left_out": (LeftOut(changed={"banks": EVIL}, why=EVIL),),
        }
    )
    write_ablation(tmp_path / "runs", hostile)
    report = report_of(read_results(tmp_path / "runs"), "T")
    for path in filter(Path.is_file, render_report(report, tmp_path / "out")):
        assert not {"\x1b", "\u202e"} & set(path.read_text()), path
    page = (tmp_path / "out" / "index.html").read_text()
    assert "<script>alert(1)" not in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt;{{ 7 * 7 }}" in page
    assert "<script" not in (tmp_path / "out" / "report.md").read_text()
    print_table(report.tables[-1])
    assert "\x1b[31m" not in capsys.readouterr().out


def _ticks(*labels: str) -> list[str]:
    line = Line("a", tuple((label, 0.5, None, None) for label in labels))
    (axes,) = draw_line_plot(LinePlot("t", "Bank", "y", (line,))).axes
    return [label.get_text() for label in axes.get_xticklabels()]


def test_labels_that_are_too_long_for_the_axis_take_two_lines():
    long = ("kadid10k@1 (base)", "kadid10k-names@1", "kadid10k-random@1", "kadid10k-shuffled@1")
    assert _ticks(*long) == ["kadid10k@1\n(base)", "kadid10k-\nnames@1", "kadid10k-\nrandom@1", "kadid10k-\nshuffled@1"]
    assert _ticks("1", "5 (base)") == ["1", "5 (base)"]


def test_labels_that_do_not_fit_two_lines_keep_their_ends():
    for name in ("averyveryverylongnameofabank", "a-very-long-name-of-one-and-the-same-bank-of-mine"):
        shown = _ticks(*(f"{name}@{version}" for version in range(1, 5)))
        assert [label[-2:] for label in shown] == ["@1", "@2", "@3", "@4"]
        assert all("…" in label and len(line) <= 12 for label in shown for line in label.split("\n"))


def test_without_records_a_table_says_why(ablation: Ablation, tmp_path: Path):
    (table,) = ablation_tables(ablation, [])
    assert {entry.median for row in _rows(table).values() for entry in row.entries} == {None}
    assert "Not run: not run yet." in table.footnotes
    assert all(y is None for plot in ablation_plots(ablation, []) for _, y, _, _ in plot.lines[0].points)


def test_titles_call_things_by_the_labels_of_the_records(ablation, records):
    labels = Labels(method="Ours (2026)", train="Set A", test="Set A")
    labelled = [record.model_copy(update={"labels": labels}) for record in records]
    assert ablation_tables(ablation, labelled)[0].title.startswith("Ours (2026) on Set A: ")
    assert {plot.title.partition(",")[0] for plot in ablation_plots(ablation, labelled)} == {"Set A"}
    assert ablation_tables(ablation, [])[0].title.startswith("ExIQA (ours) on tiny: ")

"""What the rows of a table share is said once; what tells them apart stays, and CSV keeps all."""

from __future__ import annotations

import csv
import io

from exiqa.bench.cells.record import Cell, Record
from exiqa.bench.reports.renderers.csv import csv_table
from exiqa.bench.tables.paper.table_two import table_two
from exiqa.bench.tables.parts.shared_settings import note_shared_settings
from exiqa.bench.tables.parts.table import Row, RowGroup, Table, join_settings


def _row(label: str, *settings: tuple[str, str]) -> Row:
    return Row(label, "ours", (), join_settings(settings), settings=settings)


def _said(*groups: tuple[Row, ...]) -> tuple[list[str], tuple[str, ...]]:
    """The details of the rows, group by group, and the notes, of which the table had one."""
    table = note_shared_settings(Table("T", "t", (), tuple(RowGroup("", rows) for rows in groups), (), ("First.",), ()))
    return [row.detail for group in table.groups for row in group.rows], table.notes


BACKBONE = ("backbone", "mini")
FIRST, SECOND = ("hyperparameters", "settings 1"), ("hyperparameters", "settings 2")


def test_what_all_rows_share_is_in_a_note_and_rows_without_it_do_not_count():
    details, notes = _said((Row("All clean", "trivial", ()), _row("names", ("k", "K = 1"), BACKBONE)),
                           (_row("ours", ("k", "K = 5"), BACKBONE, ("tuning", "full tuning")),))  # fmt: skip
    assert details == ["", "K = 1", "K = 5, full tuning"]
    assert notes == ("The same in all rows that have it: mini.", "First.")


def test_what_tells_two_rows_of_one_method_apart_stays_though_only_one_of_them_has_it():
    ridge = ("regressor", "ridge")
    assert _said((_row("frozen", BACKBONE, ridge), _row("ours", BACKBONE), _row("ours", BACKBONE, ridge))) == (
        ["ridge", "", "ridge"],
        ("The same in all rows that have it: mini.", "First."),
    )
    # Of different methods it is in the note as before.
    rows = (_row("frozen", BACKBONE, ridge), _row("ours", BACKBONE), _row("names", BACKBONE, ridge))
    assert _said(rows)[0] == ["", "", ""]


def test_a_single_rows_settings_stay_with_it():
    assert _said((_row("ours", BACKBONE), Row("x", "published", (), "8 prompts"))) == (
        ["mini", "8 prompts"],
        ("First.",),
    )


def test_a_hash_stays_only_where_nothing_else_tells_rows_apart():
    other = _row("ours", ("k", "K = 3"), FIRST)
    assert _said((other, _row("ours", ("k", "K = 5"), SECOND)))[0] == ["K = 3", "K = 5"]
    # The same row in two groups is no question.
    assert _said((other,), (other, _row("ours", ("k", "K = 5"), SECOND)))[0] == ["K = 3", "K = 3", "K = 5"]
    details, notes = _said((other, _row("ours", ("k", "K = 3"), SECOND)))
    assert details == ["settings 1", "settings 2"]
    assert "K = 3." in notes[0]


def test_csv_has_each_rows_settings_whole(make_record):
    figures = dict.fromkeys(("accuracy", "rmse", "active_accuracy", "map", "f1", "top1"), 0.5)
    settings = {"backbone": "mini", "tuning": "full", "hyperparameters": "a" * 64}
    records: list[Record] = [make_record("exiqa", figures, k=k, **settings) for k in (3, 5)]
    table = note_shared_settings(table_two(records))
    assert [row.detail for row in table.groups[0].rows if row.kind == "ours"] == ["K = 3", "K = 5"]
    details = {line["detail"] for line in csv.DictReader(io.StringIO(csv_table(table))) if line["kind"] == "ours"}
    assert details == {f"K = {k}, mini, full tuning, settings aaaaaaaa" for k in (3, 5)}
    assert Cell.model_fields.keys() >= {field for row in table.groups[0].rows for field, _ in row.settings}

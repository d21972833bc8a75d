"""The terminal: what comes from outside neither colours nor moves anything."""

from __future__ import annotations

import pytest

from exiqa.bench.reports.renderers.terminal import print_table
from exiqa.bench.tables.parts.table import Column, Entry, Row, RowGroup, Table, Term

EVIL = "[red]x[/]\x1b[31m\u202e\x07"


def test_hostile_text_is_printed_as_text(capsys, monkeypatch):
    monkeypatch.setenv("COLUMNS", "200")
    row = Row(EVIL, "ours", (Entry(0.5, footnotes=(1,), text=EVIL),), EVIL, (1,))
    table = Table(EVIL, EVIL, (Column(EVIL, "higher", 3, group=EVIL),), (RowGroup(EVIL, (row,)),), (EVIL,), (EVIL,),
                  (Term(EVIL, EVIL),), stub=EVIL)  # fmt: skip
    print_table(table)
    shown = capsys.readouterr().out
    assert not {"\x1b", "\u202e", "\x07"} & set(shown)
    assert shown.count(r"[red]x[/]\x1b[31m\u202e\x07") >= 9


COLUMNS = tuple(
    Column(label, "none", 2, group=group)
    for group, labels in (("", ("Distortions", "References")), ("Raw scores", ("Lowest", "Highest", "Unanswered")))
    for label in labels
)
ROWS = tuple(Row(f"set-{n}", "ours", tuple(Entry(n + 0.25) for _ in COLUMNS), f"bank {n}, a detail") for n in range(2))


@pytest.mark.parametrize("width", [40, 60, 80, 120, 200])
def test_no_word_and_no_figure_is_cut_however_narrow(capsys, monkeypatch, width):
    monkeypatch.setenv("COLUMNS", str(width))
    print_table(Table("Table I", "Sets", COLUMNS, (RowGroup("", ROWS),), (), (), ()))
    shown = capsys.readouterr().out
    assert "…" not in shown
    assert max(map(len, shown.splitlines())) <= width
    for word in ("Distortions", "References", "Lowest", "Highest", "Unanswered"):
        assert shown.count(word) == 1
    assert shown.count("0.25") == shown.count("1.25") == len(COLUMNS)


def test_columns_under_one_header_stay_together_and_details_are_said_once(capsys, monkeypatch):
    monkeypatch.setenv("COLUMNS", "80")
    print_table(Table("Table I", "Sets", COLUMNS, (RowGroup("", ROWS),), (), (), ()))
    shown = capsys.readouterr().out
    first, second = shown.split("Table I. Sets (continued)")
    assert "References" in first and "Raw scores" not in first
    assert all(word in second for word in ("Lowest", "Highest", "Unanswered"))
    assert first.count("a detail") == 2 and "a detail" not in second


def test_details_are_repeated_where_only_they_tell_rows_apart(capsys, monkeypatch):
    monkeypatch.setenv("COLUMNS", "60")
    rows = tuple(Row("ours", row.kind, row.entries, row.detail) for row in ROWS)
    print_table(Table("Table I", "Sets", COLUMNS, (RowGroup("", rows),), (), (), ()))
    assert capsys.readouterr().out.count("bank 1") == 2

"""The terminal: what comes from outside neither colours nor moves anything."""

from __future__ import annotations

from bench.render_terminal import print_table
from bench.table import Column, Entry, Row, RowGroup, Table, Term

EVIL = "[bold red]x[/] \x1b[31m\u202e\x07"


def test_hostile_text_is_printed_as_text(capsys, monkeypatch):
    monkeypatch.setenv("COLUMNS", "200")
    row = Row(EVIL, "ours", (Entry(0.5, footnotes=(1,), text=EVIL),), EVIL, (1,))
    table = Table(EVIL, EVIL, (Column(EVIL, "higher", 3, group=EVIL),), (RowGroup(EVIL, (row,)),), (EVIL,), (EVIL,),
                  (Term(EVIL, EVIL),), stub=EVIL)  # fmt: skip
    print_table(table)
    shown = capsys.readouterr().out
    assert not {"\x1b", "\u202e", "\x07"} & set(shown)
    assert shown.count(r"[bold red]x[/] \x1b[31m\u202e\x07") >= 9

"""CSV: the figures read back as they are, and nothing in a cell is run by a spreadsheet."""

from __future__ import annotations

import csv
import io
import re

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from exiqa.bench.reports.renderers.csv import HEADER, csv_table
from exiqa.bench.tables.parts.table import Column, Entry, Row, RowGroup, Table
from exiqa.core.console import safe_cell

RMSE, ACCURACY = Column("RMSE", "lower", 4, group="kadid10k"), Column("Accuracy", "higher", 2, percent=True)


def _table(text: str = "") -> Table:
    ours = (
        Entry(0.123456789, (0.1, 0.2), 3, (1,), "best", ("c1", "c2"), interval=(-0.0625, 0.1875)),
        Entry(None, splits=3),
    )
    gain = (Entry(-0.5), Entry(0.0373))
    rows = (
        Row(f"{text}ours", "ours", ours, detail=f"{text}demo@1, K = 5"),
        Row("Gain", "gain", gain),
        Row(f"{text}published", "published", (Entry(0.1, text=f"{text}.10"), Entry())),
    )
    group = RowGroup(f"{text}group", rows)
    return Table(f"{text}Table II", "t", (RMSE, ACCURACY), (group,), (f"{text}over 2 of 3",), (), ())


def test_unrounded_figures_stand_beside_printed_ones():
    frame = pd.read_csv(io.StringIO(csv_table(_table())), dtype={"printed": str, "cells": str})
    assert tuple(frame.columns) == HEADER
    first, second = frame.iloc[0], frame.iloc[1]
    assert (first["printed"], first["value"]) == ("0.1235", 0.123456789)
    assert (first["first_quartile"], first["third_quartile"], first["splits"], first["mark"]) == (0.1, 0.2, 3, "best")
    assert (first["interval_low"], first["interval_high"]) == (-0.0625, 0.1875)
    assert pd.isna(second["interval_low"])
    assert pd.isna(second["interval_high"])
    assert (first["footnotes"], first["cells"]) == ("over 2 of 3", "c1 c2")
    assert (first["column_group"], second["column"]) == ("kadid10k", "Accuracy %")
    assert second["printed"] == "–"
    assert pd.isna(second["value"])
    assert list(frame["printed"][2:4]) == ["−0.5000", "+3.73"]
    assert list(frame["value"][2:4]) == [-0.5, 0.0373]


@pytest.mark.parametrize("text", ["=1+1", "+cmd|' /C calc'!A0", "-2+3", "@SUM(A1)", "\t=1", "\r\n=1", " =1", "＝1"])
def test_a_formula_becomes_text(text):
    rows = list(csv.reader(io.StringIO(csv_table(_table(text)))))
    assert len({len(row) for row in rows}) == 1
    cells = [cell for row in rows[1:] for cell in row]
    assert sum(text.strip() in cell for cell in cells) >= 10
    for cell in cells:
        # What starts like a formula is a plain number.
        assert not cell.startswith(("=", "+", "-", "@", "＝")) or re.fullmatch(r"[+-][\d.]+(e-?\d+)?", cell)


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=30))
def test_any_text_stays_in_one_harmless_cell(text):
    cell = safe_cell(text)
    assert not cell.startswith(("=", "+", "-", "@", "\t", "\r", "\n", " "))
    assert cell.isprintable()

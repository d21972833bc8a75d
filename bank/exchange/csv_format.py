"""A bank as CSV: a row an attribute, with the columns distortion, rank, phrase and antonym."""

from __future__ import annotations

import csv
import io

from exiqa.bank.attribute import Attribute, Ranked
from exiqa.bank.schema import Bank
from exiqa.core.console import safe_cell, unsafe_cell
from exiqa.core.errors import UserError

COLUMNS = ("distortion", "rank", "phrase", "antonym")


def write_csv(bank: Bank) -> str:
    """The bank's attributes as CSV text with a header; what a spreadsheet would run is marked as text (`safe_cell`)."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(COLUMNS)
    for distortion in bank.distortions:
        for rank, attribute in enumerate(bank.ranked[distortion], start=1):
            writer.writerow([distortion, rank, safe_cell(attribute.phrase), safe_cell(attribute.antonym or "")])
    return out.getvalue()


def read_csv(text: str, where: str) -> Ranked:
    """The attributes that a CSV text lists, by the names it gives the distortions.

    The columns rank and antonym may be left out; without ranks the order of the lines counts.

    Args:
        text: The file's text.
        where: Names the source in errors.

    Raises:
        UserError: A column or a phrase is missing, a rank is no whole number, or the text is no CSV.
    """
    reader = csv.DictReader(io.StringIO(text), strict=True)
    rows: dict[str, list[tuple[float, Attribute]]] = {}
    try:
        columns = reader.fieldnames or ()
        if "distortion" not in columns or "phrase" not in columns:
            raise UserError(f"{where}: a CSV bank has the columns distortion and phrase, and may have rank and antonym")
        for row in reader:
            place = f"{where}, line {reader.line_num}"
            if None in row or row["phrase"] is None or not row["phrase"].strip():
                raise UserError(f"{place}: there is no phrase, or more cells than columns; put commas into quotes")
            attribute = Attribute(
                phrase=unsafe_cell(row["phrase"]), antonym=unsafe_cell(row.get("antonym") or "") or None
            )
            rows.setdefault(row["distortion"], []).append((_rank(row.get("rank"), place), attribute))
    except csv.Error as error:
        raise UserError(f"{where}, line {reader.line_num}: not valid CSV: {error}") from None
    # Python's sort is stable: rows of equal rank, or without any, stay in the order of the lines.
    return {
        distortion: tuple(attribute for _, attribute in sorted(attributes, key=lambda pair: pair[0]))
        for distortion, attributes in rows.items()
    }


def _rank(text: str | None, where: str) -> int:
    if not text:
        return 0
    try:
        return int(text)
    except ValueError:
        raise UserError(f"{where}: the rank {text!r} is no whole number") from None

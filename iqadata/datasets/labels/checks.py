"""Checks that any label table must pass."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import numpy as np
import pandas as pd

from exiqa.core.documents import read_bytes
from exiqa.core.errors import UserError
from exiqa.iqadata.datasets.spec import DatasetProblem


def label_problems(
    table: pd.DataFrame,
    label_file: str,
    rows: int | None = None,
    references: int | None = None,
    limits: tuple[float, float] | None = None,
) -> list[DatasetProblem]:
    """What is wrong with a table of image, reference and raw_score: counts, duplicates, scores that are none.

    Args:
        table: N rows of image, reference and raw_score.
        label_file: Its name in messages.
        rows: How many images the published labels list.
        references: How many references they name.
        limits: The lowest and highest raw score that they stay within: a score outside means another scale.
    """
    problems = []
    if rows is not None and len(table) != rows:
        problems.append(
            DatasetProblem("count", f"{label_file} lists {len(table)} images; as published it lists {rows}")
        )
    named = table["reference"].nunique()
    if references is not None and named != references:
        problems.append(
            DatasetProblem("count", f"{label_file} names {named} reference images; as published it names {references}")
        )
    problems += [
        DatasetProblem("label", f"{label_file} lists {image} twice")
        for image in table["image"][table["image"].duplicated()].unique()
    ]
    return problems + score_problems(table, label_file, limits) if limits else problems


def score_problems(table: pd.DataFrame, label_file: str, limits: tuple[float, float]) -> list[DatasetProblem]:
    """A problem for each raw_score that is no number or lies outside the limits."""
    raw = table["raw_score"].to_numpy(np.float64)
    image = table["image"].to_numpy()
    low, high = limits
    return [
        DatasetProblem("label", f"{label_file} gives {image[row]} the score {raw[row]:g}, outside [{low:g}, {high:g}]")
        for row in np.flatnonzero(~((raw >= low) & (raw <= high)))
    ]


def read_csv(path: Path, columns: tuple[str, ...], title: str) -> pd.DataFrame:
    """A CSV file as text columns; nothing is guessed.

    Args:
        path: The file.
        columns: Those that it needs.
        title: The dataset's name in messages.

    Raises:
        UserError: The file is no CSV, or a column is missing.
    """
    table = read_lines(path, title)
    missing = [column for column in columns if column not in table.columns]
    if missing:
        raise UserError(f"{title}: {path} has no column {missing[0]!r}; it needs {','.join(columns)}")
    return table.reset_index(drop=True)


def read_lines(path: Path, title: str) -> pd.DataFrame:
    """A CSV file as text columns, each row indexed by the number of its line, so that a problem can name it.

    Lines without a character and columns without a name are left out.

    Args:
        path: The file.
        title: The dataset's name in messages.

    Raises:
        UserError: The file is no CSV, a line has more or fewer fields than the first, or two columns have one name.
    """
    rows: list[list[str]] = []
    lines = []
    try:
        text = read_bytes(path).decode("utf-8-sig")
        reader = csv.reader(io.StringIO(text, newline=""), skipinitialspace=True, strict=True)
        line = 1
        for row in reader:
            if row:
                rows.append(row)
                lines.append(line)
            line = reader.line_num + 1
    except (csv.Error, UnicodeDecodeError) as error:
        raise UserError(f"{title}: {path} cannot be read as a CSV file: {str(error).strip()}") from None
    if not rows:
        raise UserError(f"{title}: {path} cannot be read as a CSV file: it is empty")
    head = [name.strip() for name in rows[0]]
    for line, row in zip(lines, rows, strict=True):
        if len(row) != len(head):
            raise UserError(f"{title}: {path} line {line} has {len(row)} fields, and its first line {len(head)}")
    twice = [name for number, name in enumerate(head) if name and name in head[:number]]
    if twice:
        raise UserError(f"{title}: {path} has two columns {twice[0]!r}")
    index = pd.Index(lines[1:], name="line", dtype=int)
    table = {name: [row[place] for row in rows[1:]] for place, name in enumerate(head) if name}
    return pd.DataFrame(table, index=index, dtype=object)


def numbers(table: pd.DataFrame, column: str) -> np.ndarray:
    """A text column as (N,) float64; NaN where it is no number (`label_problems` reports it)."""
    return pd.to_numeric(table[column].str.strip(), errors="coerce").to_numpy(np.float64)

"""Checks that any label table must pass."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

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
    try:
        table = pd.read_csv(path, dtype=str, keep_default_na=False, skipinitialspace=True)
    except (pd.errors.ParserError, pd.errors.EmptyDataError, UnicodeDecodeError) as error:
        raise UserError(f"{title}: {path} cannot be read as a CSV file: {str(error).strip()}") from None
    missing = [column for column in columns if column not in table.columns]
    if missing:
        raise UserError(f"{title}: {path} has no column {missing[0]!r}; it needs {','.join(columns)}")
    return table


def numbers(table: pd.DataFrame, column: str) -> np.ndarray:
    """A text column as (N,) float64; NaN where it is no number (`label_problems` reports it)."""
    return pd.to_numeric(table[column].str.strip(), errors="coerce").to_numpy(np.float64)

"""The figures that the ExIQA paper itself prints, as rows that tables set beside what was measured here."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from importlib import resources
from typing import Literal

from pydantic import BaseModel, ConfigDict

from exiqa.bench.metrics.registry import METRICS

TableNumber = Literal["I", "II", "III", "IV", "V"]

AVERAGE = "average"
"""What stands for the data set in the columns of Table III that average the five."""
STANDIN_PREFIX = "mini-"
"""A stand-in of a data set has its name behind this."""


@dataclass(frozen=True)
class PublishedRow:
    """One figure of the paper."""

    table: TableNumber
    method: str
    """As printed: "NIQE", "ExIQA"; "data" in Table I."""
    train: str
    """The data set trained on, by this project's name ("kadid10k"); the one tested on in Tables I to III."""
    dataset: str
    """The data set tested on; `AVERAGE` for Table III's averages."""
    metric: str
    """Id of a metric (`exiqa.bench.metrics.registry`) or, in Table I, the name of a field of
    `exiqa.bench.cells.dataset_record.Statistics`."""
    printed: str
    """As printed, decimals included: "97.65", "0.0347"; "-" where the paper has a dash."""
    value: float | None
    """In the metric's own unit: accuracies as fractions in [0, 1]. None for a dash."""
    detail: str
    """What else the paper says of the row, such as the tuning; mostly ""."""
    flag: str
    """What is wrong or remarkable about the figure, one clause; mostly ""."""


class _PrintedTable(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    index: tuple[str, ...]
    columns: tuple[dict[str, str], ...]
    common: dict[str, str] = {}
    rows: tuple[tuple[str, ...], ...]


class _Flag(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    where: dict[str, str]
    text: str


class _PublishedFile(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    source: str
    datasets: dict[str, str]
    tables: dict[TableNumber, _PrintedTable]
    flags: tuple[_Flag, ...]


def published_rows(table: TableNumber) -> tuple[PublishedRow, ...]:
    """All figures of one of the paper's tables, in the order in which it prints them, flags included."""
    return _all_rows()[table]


def published_source() -> str:
    """Authors and title of the paper."""
    return _read().source


def published_datasets() -> dict[str, str]:
    """The paper's data sets: this project's name -> the name as printed, in the order of the rows here."""
    return dict(_read().datasets)


def real_name(dataset: str) -> str:
    """The data set that a name stands for: "kadid10k" for itself and for its stand-in "mini-kadid10k"."""
    return dataset.removeprefix(STANDIN_PREFIX)


def is_standin(dataset: str) -> bool:
    """Whether a data set is the stand-in of one that the paper has."""
    return dataset.startswith(STANDIN_PREFIX) and real_name(dataset) in _read().datasets


@cache
def _read() -> _PublishedFile:
    text = (resources.files("exiqa.bench.tables.parts") / "published.toml").read_text(encoding="utf-8")
    return _PublishedFile.model_validate(tomllib.loads(text))


@cache
def _all_rows() -> dict[TableNumber, tuple[PublishedRow, ...]]:
    content = _read()
    return {
        number: tuple(
            _figure(number, fields | column, value, content.flags)
            for row in table.rows
            for fields in [table.common | dict(zip(table.index, row, strict=False))]
            for column, value in zip(table.columns, row[len(table.index) :], strict=True)
        )
        for number, table in content.tables.items()
    }


def _figure(number: TableNumber, fields: dict[str, str], printed: str, flags: tuple[_Flag, ...]) -> PublishedRow:
    row = {"train": fields["dataset"], "detail": "", **fields, "table": number}
    # Table I counts: its figures are no metrics.
    scale = 100 if row["metric"] in METRICS and METRICS[row["metric"]].percent else 1
    return PublishedRow(
        table=number,
        method=row["method"],
        train=row["train"],
        dataset=row["dataset"],
        metric=row["metric"],
        printed=printed,
        value=None if printed == "-" else float(Decimal(printed) / scale),
        detail=row["detail"],
        flag="; ".join(flag.text for flag in flags if flag.where.items() <= row.items()),
    )

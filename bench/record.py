"""A cell (one number-producing job) and its record: the only thing that tables are made of.

On disk a record is one JSON file, with its per-image predictions in a Parquet file of the same name beside it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Literal

import pandas as pd
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from bank.errors import UserError
from bank.files import atomic_path, canonical_json, sha256_file, sha256_hex, write_text
from bench.methods import METHODS
from bench.provenance import Machine

Protocol = Literal["identification", "quality"]
"""identification: Table II, strengths of a data set's own distortions. quality: Table III, its scores."""


class Cell(BaseModel):
    """One number-producing job. Fields that a method does not have (a bank, for the prior) are None."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    protocol: Protocol
    method: str
    """A key of `bench.methods.METHODS`."""
    train: str
    """Name of the data set trained on."""
    test: str
    """Name of the data set tested on."""
    split: str
    """The split's ratio: "70/10/20"."""
    seed: int
    """The split's seed, and the method's own."""
    bank: str | None = None
    """`name@version`."""
    k: int | None = None
    """Attributes per distortion."""
    template: str | None = None
    backbone: str | None = None
    tuning: str | None = None
    prompt_length: int | None = None
    strength_map: str = "level"
    preprocessing: str | None = None
    hyperparameters: str | None = None
    """A hash of all the rest that was set."""

    @field_validator("method")
    @classmethod
    def _is_known(cls, method: str) -> str:
        if method not in METHODS:
            raise ValueError(f"there is no method {method!r}; there are {', '.join(METHODS)}")
        return method

    @property
    def id(self) -> str:
        """First 16 hex digits of the SHA-256 of everything the cell says."""
        return sha256_hex(canonical_json(self.model_dump()))[:16]

    @property
    def variant(self) -> Cell:
        """The cell with its seed taken out: what the splits of one table row have in common."""
        return self.model_copy(update={"seed": 0})

    @property
    def file_stem(self) -> str:
        """A file name without its suffix: readable in front, unique by the id at its end."""
        words = f"{self.protocol}-{self.test}-{self.method}-{self.seed}"
        return f"{re.sub(r'[^a-z0-9]+', '-', words.casefold()).strip('-')[:80]}-{self.id}"


class TestSet(BaseModel):
    """What was tested on, as far as a table says it."""

    __test__ = False  # not a test case, whatever pytest makes of the name
    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    images: int = Field(ge=0)
    """Images in the test split."""
    references: int = Field(ge=0)
    """Reference images in the test split."""
    distortions: tuple[str, ...]
    levels: tuple[tuple[float, ...], ...]
    """Per distortion, its grid of true strengths besides 0."""
    score: str | None
    """Name of the scores, such as "MOS"; None without scores."""
    score_is_proxy: bool
    notes: tuple[str, ...]
    """Footnotes that every table over this data set prints."""


class Hashes(BaseModel):
    """SHA-256 of what went in, 64 hex digits each."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    dataset: str
    split: str
    bank: str | None
    predictions: str
    """Of the Parquet file beside the record."""


class Record(BaseModel):
    """What a cell gave, on what, with what."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    schema_version: Literal[1] = 1
    cell: Cell
    metrics: dict[str, float | None]
    """By metric id (`bench.metrics`); None where the metric is not defined."""
    undefined: dict[str, str]
    """Per metric that is None, why."""
    testset: TestSet
    hashes: Hashes
    commit: str | None
    packages: dict[str, str]
    machine: Machine
    seconds: float = Field(ge=0)
    """Wall-clock time of the cell."""
    peak_memory_mib: int | None
    """The largest memory of the process up to the cell's end."""

    @model_validator(mode="after")
    def _is_consistent(self) -> Record:
        missing = {name for name, value in self.metrics.items() if value is None}
        if missing != set(self.undefined):
            raise ValueError("`undefined` must explain exactly the metrics that are null")
        if (self.cell.bank is None) != (self.hashes.bank is None):
            raise ValueError("a cell with a bank needs the bank's hash, and only such a cell has one")
        return self


def write_record(folder: Path, record: Record, predictions: pd.DataFrame) -> Path:
    """Write a record and its predictions into `folder` (created if need be); the JSON file's path.

    The predictions' hash is filled in here. The JSON is written last, so a record that is there is complete.
    """
    table = folder / f"{record.cell.file_stem}.parquet"
    with atomic_path(table) as temporary:
        predictions.to_parquet(temporary, index=False)
    hashes = record.hashes.model_copy(update={"predictions": sha256_file(table)})
    complete = record.model_copy(update={"hashes": hashes})
    path = table.with_suffix(".json")
    # Through canonical_json's checks (no NaN), but indented: records are read by people as well.
    text = json.dumps(complete.model_dump(mode="json"), indent=1, sort_keys=True, ensure_ascii=False, allow_nan=False)
    write_text(path, text + "\n")
    return path


def read_records(folder: Path) -> list[Record]:
    """All records of a folder, sorted by file name.

    Raises UserError where the folder has none, a file is not a record, or two files hold the same cell.
    """
    paths = sorted(folder.glob("*.json"))
    if not paths:
        raise UserError(f"{folder} holds no benchmark records (*.json); give the folder that a run wrote them to")
    records: dict[Cell, Path] = {}
    found = []
    for path in paths:
        record = _read_record(path)
        if record.cell in records:
            raise UserError(f"{path} and {records[record.cell]} are records of the same cell; remove one of them")
        records[record.cell] = path
        found.append(record)
    return found


def _read_record(path: Path) -> Record:
    try:
        return Record.model_validate_json(path.read_text(encoding="utf-8"))
    except UnicodeDecodeError:
        raise UserError(f"{path} is not a benchmark record: it is not UTF-8 text") from None
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"]) or "the file"
        raise UserError(f"{path} is not a benchmark record: {place}: {first['msg']}") from None


def read_predictions(folder: Path, record: Record) -> pd.DataFrame:
    """The per-image predictions of a record from `folder` (columns: `bench.evaluate`).

    Raises UserError where the file is missing or is not the one the record was written with.
    """
    path = folder / f"{record.cell.file_stem}.parquet"
    if not path.is_file():
        raise UserError(f"{path}, the predictions of a record in {folder}, is missing; run the cell again")
    if sha256_file(path) != record.hashes.predictions:
        raise UserError(f"{path} is not the file its record was written with; run the cell again")
    return pd.read_parquet(path)


def by_variant(records: Iterable[Record]) -> dict[Cell, list[Record]]:
    """The records grouped by what they share besides the seed, in order of first appearance, seeds ascending."""
    groups: dict[Cell, list[Record]] = {}
    for record in records:
        groups.setdefault(record.cell.variant, []).append(record)
    return {variant: sorted(group, key=lambda record: record.cell.seed) for variant, group in groups.items()}

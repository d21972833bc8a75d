"""A cell (one number-producing job) and its record: the only thing that tables are made of.

On disk a record is one JSON file, with its per-image predictions in a Parquet file of the same name beside it. What
failed is a JSON file in the folder `failures` beside them.
"""

from __future__ import annotations

import gc
import json
import re
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from exiqa.bench.cells.parts import Draw, Figure, Hashes, JudgedAttribute, Pretraining, SubsetFigures, TestSet
from exiqa.bench.cells.provenance import Machine
from exiqa.bench.methods.method import METHODS
from exiqa.bench.protocol import PROTOCOLS, ProtocolId, TableName
from exiqa.core.documents import json_value, of_schema, read_json, read_text
from exiqa.core.errors import UserError
from exiqa.core.files import atomic_path, canonical_json, sha256_file, sha256_hex, write_text

if TYPE_CHECKING:
    import pandas as pd

FAILURES = "failures"
"""The folder beside the records that holds the cells that failed."""

DATASETS = "datasets"
"""The folder beside the records that holds the statistics of data sets (`exiqa.bench.cells.dataset_record`)."""


class Cell(BaseModel):
    """One number-producing job. Fields that a method does not have (a bank, for the prior) are None."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    protocol: ProtocolId
    """A key of `exiqa.bench.protocol.PROTOCOLS`."""
    method: str
    """A key of `exiqa.bench.methods.method.METHODS`."""
    train: str
    """Name of the data set trained on."""
    test: str
    """Name of the data set tested on."""
    split: str
    """The split's ratio: "70/10/20". It is the test set's, and where the method is tuned on another data set that
    one's as well."""
    seed: int
    """The split's seed, and the method's own."""
    bank: str | None = None
    """`name@version` of the bank that is read out: the test set's for identification, the training set's else."""
    k: int | None = None
    """Attributes per distortion."""
    template: str | None = None
    backbone: str | None = None
    tuning: str | None = None
    prompt_length: int | None = None
    strength_map: str = "level"
    preprocessing: str | None = None
    model: str | None = None
    """The tuned model that is read out, where the cell tunes none: a name, a folder, or a repository."""
    regressor: str | None = None
    """What scores, where the suite names it: "ridge on logit of P(a|I)"; None is the paper's, or no scores."""
    attributes: int | None = None
    """At most so many of the bank's attributes have a part in the score; None for all."""
    hyperparameters: str | None = None
    """A hash of all the rest that was set."""

    @model_validator(mode="after")
    def _fits_its_protocol(self) -> Cell:
        try:
            method = METHODS[self.method]
        except UserError as error:
            raise ValueError(str(error)) from None
        if self.protocol not in method.protocols:
            raise ValueError(f"the method {self.method!r} has no protocol {self.protocol!r}")
        if self.table is None:
            raise ValueError(f"{self.protocol} is between two data sets")
        return self

    @property
    def id(self) -> str:
        """First 16 hex digits of the SHA-256 of everything the cell says."""
        return _id_of(self)

    @property
    def is_across(self) -> bool:
        """Whether what is tested was trained on another data set."""
        return self.train != self.test

    @property
    def table(self) -> TableName | None:
        """The table that its figures belong to; None for a protocol that does not fit its data sets."""
        protocol = PROTOCOLS[self.protocol]
        return protocol.across_table if self.is_across else protocol.table

    @property
    def variant(self) -> Cell:
        """The cell with its seed taken out: what the splits of one table row have in common."""
        return self.model_copy(update={"seed": 0})

    @property
    def file_stem(self) -> str:
        """A file name without its suffix: readable in front, unique by the id at its end."""
        names = f"{self.train}-{self.test}" if self.is_across else self.test
        return file_name(f"{self.protocol}-{names}-{self.method}-{self.seed}", self.id)


@lru_cache(maxsize=2**16)  # a report asks for the same ids over and over
def _id_of(cell: Cell) -> str:
    return sha256_hex(canonical_json(cell.model_dump()))[:16]


def file_name(words: str, identity: str) -> str:
    """A file name without its suffix: what one reads in front, what tells it apart at its end."""
    return f"{re.sub(r'[^a-z0-9]+', '-', words.casefold()).strip('-')[:80]}-{identity}"


class Labels(BaseModel):
    """What a suite calls things in tables; "" for what goes by its own name."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    method: str = ""
    train: str = ""
    """Of the data set trained on; likewise `test`."""
    test: str = ""
    suite: str = ""
    """Of the suite itself: its title."""


class Outcome(BaseModel):
    """What became of a cell: a record, or a failure."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    cell: Cell
    labels: Labels = Labels()
    """They may change without the cell being run again."""

    @property
    def method_label(self) -> str:
        """What a table calls the method; likewise `train_label` and `test_label` the data sets."""
        return self.labels.method or METHODS[self.cell.method].label

    @property
    def train_label(self) -> str:
        return self.labels.train or self.cell.train

    @property
    def test_label(self) -> str:
        return self.labels.test or self.cell.test


class RecordHead(Outcome):
    """What of a record says whether it is still true: a plan of thousands of cells reads no more."""

    model_config = ConfigDict(extra="ignore")

    schema_version: Literal[5] = 5
    hashes: Hashes
    versions: dict[str, int]
    """Of all that the figures follow from, by name (`exiqa.bench.running.versions`)."""
    seconds: float = Field(ge=0)
    """Wall-clock time of the cell."""


class Record(RecordHead):
    """What a cell gave, on what, with what."""

    model_config = ConfigDict(allow_inf_nan=False, extra="forbid")

    settings: dict[str, Any] = {}
    """All that the method was told, whole: `Cell.hyperparameters` is a hash of it."""
    metrics: dict[str, Figure | None]
    """By metric id (`exiqa.bench.metrics.registry`); None where the metric is not defined. Of a method that draws banks
    the median over them."""
    draws: tuple[Draw, ...] = ()
    """Of a method that draws banks, each one's figures in the order of their numbers."""
    undefined: dict[str, str]
    """Per metric that is None, why."""
    intervals: dict[str, tuple[Figure, Figure] | None] = {}
    """By metric id, its 95 % bootstrap interval over references; None where it is not defined."""
    per_distortion: dict[str, dict[str, Figure | None]] = {}
    """By distortion id, then metric id; empty where the images cannot be told apart by distortion."""
    per_subset: dict[str, SubsetFigures] = {}
    """By part of the data set (`Dataset.subsets`); empty where it has none, or no scores are predicted."""
    per_rating: dict[str, Figure | None] = {}
    """By what people rated beside quality, SRCC with the attributes' answer; None where it is not defined. Empty where
    the protocol does not ask for it."""
    attributes: tuple[JudgedAttribute, ...] = ()
    """What was predicted, where the protocol asks for attributes, in the order of the bank's."""
    testset: TestSet
    pretraining: Pretraining | None = None
    """None where there is no backbone, or it has no card."""
    shared_references: int | None = None
    """Test references whose content is among the references of the data set trained on; None where that is the one
    tested on, or was not looked at."""
    near_duplicates: int | None = None
    """Test photos that resemble one of the training side (`exiqa.iqadata.datasets.near_duplicates`); None where the
    images are not photos each by itself."""
    commit: str | None
    """Says where the code is to be found; a record does not go stale by it."""
    packages: dict[str, str]
    machine: Machine
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


class FailedCell(Outcome):
    """A cell that gave no record, and why."""

    schema_version: Literal[1] = 1
    error: str
    """One sentence."""
    kind: str
    """The exception's name: "UserError" for what the user can mend."""
    traceback: str = ""
    """Of what only a programmer can mend; else empty."""
    seconds: float = Field(ge=0)


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
    write_model(path, complete)
    (folder / FAILURES / path.name).unlink(missing_ok=True)
    return path


def write_figures(folder: Path, record: Record) -> None:
    """Write a record again whose figures were computed anew; its predictions stay as they are."""
    write_model(folder / f"{record.cell.file_stem}.json", record)


def write_failure(folder: Path, failed: FailedCell) -> Path:
    """Write a failed cell into `folder`/failures; the file's path. A record of the same cell goes, being outdated."""
    stem = failed.cell.file_stem
    for suffix in (".json", ".parquet"):
        (folder / f"{stem}{suffix}").unlink(missing_ok=True)
    path = folder / FAILURES / f"{stem}.json"
    write_model(path, failed)
    return path


def write_model(path: Path, content: BaseModel) -> None:
    """Write a file of a folder of records atomically."""
    # Through canonical_json's checks (no NaN), but indented: records are read by people as well.
    text = json.dumps(content.model_dump(mode="json"), indent=1, sort_keys=True, ensure_ascii=False, allow_nan=False)
    write_text(path, text + "\n")


def record_files(folder: Path) -> list[Path]:
    """The JSON files of a folder, sorted; none where there is no folder. Without what a killed writer left behind."""
    return sorted(path for path in folder.glob("*.json") if not path.name.startswith("."))


def sweep(folder: Path) -> None:
    """Remove the unfinished files that a killed run left in a folder of records."""
    for records in (folder, folder / DATASETS):
        for subfolder in (records, records / FAILURES):
            for suffix in (".json", ".parquet"):
                for unfinished in subfolder.glob(f".*{suffix}"):
                    unfinished.unlink(missing_ok=True)


def read_records(folder: Path) -> list[Record]:
    """All records of a folder, sorted by file name.

    Raises:
        UserError: The folder has none, a file is not a record, or two files hold the same cell.
    """
    paths = record_files(folder)
    if not paths:
        raise UserError(f"{folder} holds no benchmark records (*.json); give the folder that a run wrote them to")
    files: dict[Cell, Path] = {}
    records = []
    # Thousands of records hold no cycles, and Python would look for some again and again.
    collects = gc.isenabled()
    gc.disable()
    try:
        for path in paths:
            record = read_record(path)
            if record.cell in files:
                raise UserError(f"{path} and {files[record.cell]} are records of the same cell; remove one of them")
            files[record.cell] = path
            records.append(record)
    finally:
        if collects:
            gc.enable()
    return records


def read_record(path: Path) -> Record:
    """The record in a file.

    Raises:
        UserError: The file is none.
    """
    return _read(path, Record)


def read_head(path: Path) -> RecordHead:
    """The head of the record in a file, whose figures are not looked at.

    Raises:
        UserError: The file is none.
    """
    return _read(path, RecordHead)


_Head = TypeVar("_Head", bound=RecordHead)


def _read(path: Path, kind: type[_Head]) -> _Head:
    text = read_text(path)
    if "NaN" not in text and "Infinity" not in text:
        try:
            return kind.model_validate_json(text)  # in a fifth of the time, and a run has thousands
        except ValidationError:
            pass  # what follows says what is wrong with it, in our words
    return of_schema(json_value(text, str(path), _RECORD), kind, str(path), _RECORD)


def read_failure(path: Path) -> FailedCell:
    """The failed cell in a file.

    Raises:
        UserError: The file is none.
    """
    return read_model(path, FailedCell, "the record of a failed cell")


def read_failures(folder: Path) -> list[FailedCell]:
    """The failed cells of a run, sorted by file name; none where nothing failed.

    Raises:
        UserError: A file is not the record of a failed cell.
    """
    return [read_failure(path) for path in record_files(folder / FAILURES)]


_RECORD = "a benchmark record"

_Content = TypeVar("_Content", bound=BaseModel)


def read_model(path: Path, kind: type[_Content], description: str) -> _Content:
    """The content of a JSON file.

    Args:
        path: The file.
        kind: What the file is to hold.
        description: The same in words, for the error: "a benchmark record".

    Raises:
        UserError: The file does not hold one.
    """
    return read_json(path, kind, description)


def read_predictions(folder: Path, record: Record) -> pd.DataFrame:
    """The per-image predictions of a record from `folder` (columns: `exiqa.bench.running.evaluate`).

    Raises:
        UserError: The file is missing, or is not the one that the record was written with.
    """
    import pandas as pd

    path = folder / f"{record.cell.file_stem}.parquet"
    if not path.is_file():
        raise UserError(f"{path}, the predictions of a record in {folder}, is missing; run the cell again")
    if sha256_file(path) != record.hashes.predictions:
        raise UserError(f"{path} is not the file its record was written with; run the cell again")
    return pd.read_parquet(path)

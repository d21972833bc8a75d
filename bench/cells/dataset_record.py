"""What a data set has, counted: a row of Table I, in a file of its own beside the records of a run."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from exiqa.bench.cells.provenance import Machine
from exiqa.bench.cells.record import DATASETS, FAILURES, file_name, read_model, record_files, write_model
from exiqa.core.files import sha256_hex


class Statistics(BaseModel):
    """Counts and ranges of a data set."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    images: int = Field(ge=0)
    references: int = Field(ge=0)
    distortions: int = Field(ge=0)
    levels: tuple[int, int]
    """The least and the most levels that a distortion has; 0 in a data set without distortions."""
    distortions_per_image: tuple[int, int]
    """The fewest and the most distortions that an image has."""
    height: tuple[int, int]
    """The least and the most pixels over the images looked at: the first of each reference."""
    width: tuple[int, int]
    score_name: str | None
    """None without scores, as are the three that follow."""
    score_low: float | None
    """The lowest and highest score as distributed."""
    score_high: float | None
    higher_is_better: bool | None
    """Whether that is so of the scores as distributed."""


class _OfDataset(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    schema_version: Literal[2] = 2
    name: str
    """Its name in the cells of the run."""
    label: str = ""
    """What the suite calls it in tables; "" for its name."""
    seconds: float = Field(ge=0)
    """Wall-clock time of the count."""

    @property
    def shown(self) -> str:
        """What a table calls it."""
        return self.label or self.name

    @property
    def id(self) -> str:
        """First 16 hex digits of the SHA-256 of the name: what ends the file's name."""
        return sha256_hex(self.name)[:16]

    @property
    def file_stem(self) -> str:
        """Its file's name without the suffix."""
        return file_name(self.name, self.id)


class DatasetRecord(_OfDataset):
    """The statistics of a data set, and what they were counted with."""

    statistics: Statistics
    score_is_proxy: bool
    notes: tuple[str, ...]
    """Footnotes that every table over this data set prints."""
    hash: str
    """SHA-256 of the data set."""
    versions: dict[str, int]
    """Of all that the statistics follow from, by name (`exiqa.bench.running.versions`)."""
    commit: str | None
    packages: dict[str, str]
    machine: Machine
    peak_memory_mib: int | None

    @property
    def score(self) -> str | None:
        """Name of the scores, such as "MOS"; None without scores."""
        return self.statistics.score_name


class FailedDataset(_OfDataset):
    """A data set that could not be counted, and why."""

    error: str
    """One sentence."""
    kind: str
    """The exception's name: "UserError" for what the user can mend."""
    traceback: str = ""
    """Of what only a programmer can mend; else empty."""


def write_dataset_record(runs: Path, record: DatasetRecord) -> None:
    """Write a data set's record into the folder of a run's records, in place of an earlier failure."""
    path = runs / DATASETS / f"{record.file_stem}.json"
    write_model(path, record)
    (path.parent / FAILURES / path.name).unlink(missing_ok=True)


def write_failed_dataset(runs: Path, failed: FailedDataset) -> None:
    """Write a failure into the folder of a run's records, in place of an outdated record."""
    path = runs / DATASETS / FAILURES / f"{failed.file_stem}.json"
    (runs / DATASETS / path.name).unlink(missing_ok=True)
    write_model(path, failed)


def read_dataset_records(runs: Path) -> list[DatasetRecord]:
    """The data sets' records in a folder of records, by file name; none where nothing was counted.

    Raises:
        UserError: A file is no such record.
    """
    return [read_model(path, DatasetRecord, "a data set's record") for path in record_files(runs / DATASETS)]


def read_failed_datasets(runs: Path) -> list[FailedDataset]:
    """The data sets that could not be counted, likewise."""
    files = record_files(runs / DATASETS / FAILURES)
    return [read_model(path, FailedDataset, "the record of a data set that could not be counted") for path in files]

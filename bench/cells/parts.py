"""What a record is made of, besides its cell and its figures."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

Figure = Annotated[float, Field(ge=-1e9, le=1e9)]
"""A metric's value; none of them has a scale on which more could be meant."""


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
    """Of the data set tested on."""
    split: str
    bank: str | None
    """Of the cell's bank as it is saved, of which the first K attributes are used."""
    train_dataset: str | None = None
    """Of the data set trained on, where it is another; likewise its split and, where one was tuned on, its bank."""
    train_split: str | None = None
    train_bank: str | None = None
    linker: str | None = None
    """Of what links attributes to effects (`exiqa.bank.linking.linker.linker_hash`), where attributes are judged."""
    file: str | None = None
    """Of the file that the predictions were read from, where that is the method."""
    predictions: str
    """Of the Parquet file beside the record."""


class Pretraining(BaseModel):
    """What a cell's backbone had met before anything here tuned it, by its card
    (`exiqa.model.backbones.card.PretrainingCard`)."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    datasets: tuple[str, ...]
    """The data sets whose distortions it was shown."""
    distortions: int = Field(ge=0)
    """How many of the test set's distortions are among those."""
    attributes: int = Field(ge=0)
    """How many of the attributes that the cell reads out it had learned."""
    of_attributes: int = Field(ge=0)
    """How many it reads out; 0 without a bank."""
    free_text: bool
    """Whether it learned text about anything, and not only sentences about distortions."""


class Draw(BaseModel):
    """The figures of one of the banks that were drawn for a cell."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    metrics: dict[str, Figure | None]


class JudgedAttribute(BaseModel):
    """An attribute whose P(a|I) was held against its truth."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str
    phrase: str
    distortions: tuple[str, ...]
    """The ids of those of the bank's distortions that have it."""
    linked: bool
    """Whether it is linked to an effect, so that its truth is known."""


class SubsetFigures(BaseModel):
    """The figures over the test images of one part of a data set."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    images: int = Field(ge=0)
    metrics: dict[str, Figure | None]
    """As `Record.metrics`; likewise the others."""
    undefined: dict[str, str]
    intervals: dict[str, tuple[Figure, Figure] | None]

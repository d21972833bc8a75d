"""What a suite says of a data set and of a method."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, field_validator

from exiqa.bench.protocol import ProtocolId


class SuitePart(BaseModel):
    """A table of a suite's file."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


_ONE_LINE = StringConstraints(strip_whitespace=True, min_length=1, max_length=80, pattern=r"^[^\x00-\x1f]*$")
Label = Annotated[str, _ONE_LINE]
"""What a table calls something: one line."""


class DatasetChoice(SuitePart):
    """A data set of a suite. Its name in the suite is its name in all cells."""

    label: Label | None = None
    """What tables call it; its name without one."""

    data: str = ""
    """What `iqadata` calls it: "kadid10k", "mini-live", "table:FILE.csv"; the name in the suite where this is empty."""
    options: dict[str, Any] = {}
    """Of `iqadata.datasets.load_dataset`: frame_stride, references, height, width, …"""
    strength_map: str | None = None
    """In place of the suite's: LIVE has "score" alone."""
    banks: dict[str, str] = {}
    """Attribute banks, `name@version`, by their role (`MethodChoice.bank`); ours takes "own"."""
    recipe: str | None = None
    """The named tuning recipe of `model` that towers tuned on this set start from."""
    tuning: dict[str, Any] = {}
    """Changes to `exiqa.model.config.TuneConfig`, over the suite's."""

    @field_validator("options")
    @classmethod
    def _are_options(cls, options: dict[str, Any]) -> dict[str, Any]:
        for name in ("name", "root", "strength_map"):
            if name in options:
                raise ValueError(f"{name!r} is no option; `data`, --data and `strength_map` say that")
        return options


class RegressorChoice(SuitePart):
    """A regressor of scores, where it is not the paper's."""

    kind: str = "mlp"
    """Of `exiqa.model.regressors.kind.KINDS`."""
    features: str = "probability"
    """Of `exiqa.model.regressors.features.FEATURES`."""
    settings: dict[str, Any] = {}
    """The kind's own: attributes, of the kind sparse."""


class MethodChoice(SuitePart):
    """How a suite runs a method, where that is not as everywhere; or predictions that are a row of their own."""

    label: Label | None = None
    """What tables call it; without one, what the method calls itself."""
    method: str | None = None
    """The method that the row is a variant of, where the table's name is another."""
    model: str | None = None
    """A tuned model (a folder, organisation/name on the hub, or the one that ships) that is read out as it is: no cell
    of the row tunes one. Its bank is taken where the data set names none for the row."""
    regressor: RegressorChoice | None = None
    """What scores; None takes the paper's, with the suite's settings."""
    predictions: str | dict[str, str] | None = None
    """A CSV file (`exiqa.bench.methods.predictions`), or one for each data set by its name in the suite: the name of
    this table is then a row made of them. Relative to the suite's file."""

    bank: str = "own"
    """Which of the data set's `banks`."""
    k: int | None = Field(default=None, ge=1)
    tuning: dict[str, Any] = {}
    """Changes to `TuneConfig`, over the suite's and the data set's."""
    settings: dict[str, Any] = {}
    """For methods that are not tuned: what their function reads in `PredictionTask.settings`."""
    splits: int | None = Field(default=None, ge=1)
    """Only so many of the suite's seeds, the first ones: for what is slow, or is there to be named only."""
    seconds: float | None = Field(default=None, ge=0)
    """An estimate of the time of one cell, for as long as there are no records of it."""


class CellBlock(SuitePart):
    """The cells of one table."""

    protocol: ProtocolId
    test: tuple[str, ...]
    train: tuple[str, ...] = ()
    """Every pair of a training and another test set; empty: each test set is its own training set."""
    methods: tuple[str, ...] = Field(min_length=1)
    splits: int | None = Field(default=None, ge=1)
    """As `MethodChoice.splits`, for all of them; the fewer count."""

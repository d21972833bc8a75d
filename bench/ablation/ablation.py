"""An ablation: our method around one base with single settings changed, as data that lies beside the records."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from exiqa.bank.schema import NAME_PATTERN
from exiqa.bench.cells.record import (
    FAILURES,
    Cell,
    FailedCell,
    Record,
    read_failure,
    read_model,
    read_record,
    record_files,
    write_model,
)
from exiqa.bench.cells.words import SETTINGS
from exiqa.bench.protocol import PROTOCOLS, ProtocolId

FOLDER = "ablations"
"""The folder beside the records that holds the definitions."""

METHOD = "exiqa"
"""The method that is ablated."""

ABLATED: tuple[ProtocolId, ...] = tuple(protocol.id for protocol in PROTOCOLS.values() if protocol.table)
"""What it is ablated by: the protocols that are tested on the data set trained on."""

FactorName = Literal["k", "prompts", "banks", "templates", "tuning"]
Value = int | str
GridName = Literal["one", "full"]
"""one: each factor by itself around the base. full: every combination of the factors' values."""


@dataclass(frozen=True)
class Factor:
    """A setting that can be varied."""

    label: str
    field: str
    """Of `Cell`."""

    def in_words(self, value: Value) -> str:
        """ "K = 3"."""
        return SETTINGS[self.field].say(value)


FACTORS: Mapping[FactorName, Factor] = {
    "k": Factor("K", "k"),
    "prompts": Factor("Prompts", "prompt_length"),
    "banks": Factor("Bank", "bank"),
    "templates": Factor("Template set", "template"),
    "tuning": Factor("Tuning", "tuning"),
}
"""By the name of its option. In a full grid the first that is varied runs along the axis of the plots."""

Choice = dict[FactorName, Value]
"""The values of some factors."""


def choice_in_words(choice: Mapping[FactorName, Value]) -> str:
    """A choice in words: "K = 3, template none"."""
    return ", ".join(factor.in_words(choice[name]) for name, factor in FACTORS.items() if name in choice)


def all_in_words(words: Sequence[str]) -> str:
    """One or more words as a sentence lists them: "a, b and c"."""
    return " and ".join(filter(None, (", ".join(words[:-1]), words[-1])))


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Arm(_Part):
    """One setting of an ablation."""

    changed: Choice
    """What was set; empty for the base. In a full grid the value of every factor."""
    follows: tuple[str, ...] = ()
    """What else differs from the base because it must, a sentence each: full tuning has no prompts."""
    cells: tuple[Cell, ...]
    """One a protocol of the ablation, in their order, of seed 0."""


class LeftOut(_Part):
    """A combination of settings that is not valid, and the reason."""

    changed: Choice
    why: str


class Ablation(_Part):
    """What is compared with what. It has no figures: those are in the records of its cells."""

    schema_version: Literal[1] = 1
    name: str = Field(pattern=NAME_PATTERN)
    suite: str
    dataset: str
    grid: GridName
    protocols: tuple[ProtocolId, ...] = Field(min_length=1)
    seeds: tuple[int, ...] = Field(min_length=1)
    factors: dict[FactorName, tuple[Value, ...]] = Field(min_length=1)
    """The values in the order they are shown in. Of one factor at a time the base's own is among them."""
    base: Arm
    arms: tuple[Arm, ...]
    """Without the base."""
    left_out: tuple[LeftOut, ...] = ()
    baselines: tuple[Cell, ...] = ()
    """The trivial rows of the same data set, of seed 0."""

    @field_validator("factors")
    @classmethod
    def _in_order(cls, factors: dict[FactorName, tuple[Value, ...]]) -> dict[FactorName, tuple[Value, ...]]:
        # JSON objects are written with sorted keys.
        return {name: factors[name] for name in FACTORS if name in factors}

    @model_validator(mode="after")
    def _is_consistent(self) -> Ablation:
        for arm in (self.base, *self.arms):
            if tuple(cell.protocol for cell in arm.cells) != self.protocols:
                raise ValueError(f"every setting needs one cell for each of {', '.join(self.protocols)}")
            for factor in arm.changed:
                if factor not in self.factors:
                    raise ValueError(f"a setting changes {factor}, which is none of the factors")
        return self

    def cell(self, arm: Arm, protocol: ProtocolId) -> Cell:
        """An arm's cell of seed 0."""
        return arm.cells[self.protocols.index(protocol)]

    def over_seeds(self, cells: Iterable[Cell]) -> tuple[Cell, ...]:
        """Cells at each of the seeds, cell by cell."""
        return tuple(cell.model_copy(update={"seed": seed}) for cell in cells for seed in self.seeds)

    @property
    def cells_of_settings(self) -> frozenset[Cell]:
        """The cells of the base and of the arms, at each of the seeds."""
        return frozenset(self.over_seeds(cell for arm in (self.base, *self.arms) for cell in arm.cells))

    @property
    def cells(self) -> frozenset[Cell]:
        """All its cells, at each of the seeds."""
        return self.cells_of_settings | frozenset(self.over_seeds(self.baselines))

    def find(self, choice: Mapping[FactorName, Value]) -> Arm | None:
        """The arm of a choice, maybe the base; None where it was left out."""
        if all(getattr(self.base.cells[0], FACTORS[factor].field) == value for factor, value in choice.items()):
            return self.base
        return next((arm for arm in self.arms if arm.changed == choice), None)

    @property
    def arms_in_words(self) -> dict[Cell, str]:
        """By an arm's cell of seed 0, what the arm is in words; "base" for the base."""
        return {cell: choice_in_words(arm.changed) or "base" for arm in (self.base, *self.arms) for cell in arm.cells}


@dataclass(frozen=True)
class Series:
    """The arms along one factor, all else being equal: a group of rows, a line of a plot."""

    along: FactorName
    fixed: Choice
    """The other factors' values, of a full grid."""
    arms: tuple[tuple[Value, Arm | None], ...]
    """None for a value that was left out."""


def series_of(ablation: Ablation) -> tuple[Series, ...]:
    """One series a factor; of a full grid one for each combination of all factors but the first, along that."""
    factors = ablation.factors
    if ablation.grid == "one":
        return tuple(
            Series(factor, {}, tuple((value, ablation.find({factor: value})) for value in values))
            for factor, values in factors.items()
        )
    along, *others = factors
    return tuple(
        Series(along, fixed, tuple((value, ablation.find({along: value, **fixed})) for value in factors[along]))
        for fixed in combinations({factor: factors[factor] for factor in others})
    )


def combinations(factors: Mapping[FactorName, Iterable[Value]]) -> list[Choice]:
    """Every combination of values, the last factor's changing fastest; of no factors the empty one."""
    return [dict(zip(factors, values, strict=True)) for values in product(*factors.values())]


def write_ablation(runs: Path, ablation: Ablation) -> Path:
    """Write a definition into the folder of its records, in place of an earlier one of its name; the file's path."""
    path = runs / FOLDER / f"{ablation.name}.json"
    write_model(path, ablation)
    return path


def read_ablations(runs: Path) -> tuple[Ablation, ...]:
    """The ablations of a folder of records, by name; () where there are none.

    Raises:
        UserError: A file is damaged.
    """
    return tuple(read_model(path, Ablation, "an ablation's definition") for path in record_files(runs / FOLDER))


def read_ablation_results(runs: Path, ablation: Ablation) -> tuple[list[Record], list[FailedCell]]:
    """The records and the failures that a folder holds of an ablation's cells, by file name."""
    names = sorted(f"{cell.file_stem}.json" for cell in ablation.cells)
    records = [read_record(runs / name) for name in names if (runs / name).is_file()]
    failures = [read_failure(runs / FAILURES / name) for name in names if (runs / FAILURES / name).is_file()]
    return records, failures


def ablation_only_cells(ablations: Iterable[Ablation]) -> frozenset[Cell]:
    """The cells that ablations add to a folder of records, at each seed: of their arms, without any base."""
    ablations = tuple(ablations)
    bases = {cell for ablation in ablations for cell in ablation.over_seeds(ablation.base.cells)}
    arms = {cell for a in ablations for cell in a.over_seeds(cell for arm in a.arms for cell in arm.cells)}
    return frozenset(arms - bases)

"""From the values of some factors to an ablation's arms and their jobs, and to what cannot be combined."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from exiqa.bank.schema import NAME_PATTERN, Bank
from exiqa.bank.sentences import sentence_pairs
from exiqa.bank.storage.store import find_bank, load_bank
from exiqa.bench.ablation.ablation import (
    ABLATED,
    FACTORS,
    METHOD,
    Ablation,
    Arm,
    Choice,
    FactorName,
    GridName,
    LeftOut,
    Value,
    combinations,
)
from exiqa.bench.cells.record import Cell
from exiqa.bench.methods.method import METHODS
from exiqa.bench.protocol import ProtocolId
from exiqa.bench.running.datasets import dataset_facts, dataset_locations
from exiqa.bench.running.suites.choices import MethodChoice
from exiqa.bench.running.suites.suite import Job, Suite, make_job, make_jobs
from exiqa.core.errors import UsageError, UserError
from exiqa.model.tuning_modes import TUNING_MODES

WITHOUT_PROMPTS = tuple(name for name, mode in TUNING_MODES.items() if not mode.has_prompts)
"""Tuning modes that have no prompts."""


def make_ablation(
    suite: Suite,
    suite_name: str,
    factors: Mapping[FactorName, Sequence[Value]],
    *,
    dataset: str | None = None,
    protocols: Sequence[ProtocolId] = (),
    base: Mapping[FactorName, Value] | None = None,
    grid: GridName = "one",
    seeds: Sequence[int] = (),
    name: str | None = None,
    folders: Mapping[str, Path] | None = None,
    bank_store: Path | None = None,
) -> tuple[Ablation, tuple[Job, ...]]:
    """An ablation around a suite's own setting of `METHOD`, and its cells, the trivial rows' among them, each once.

    What cannot be combined is in `Ablation.left_out`, each with its reason. A setting that is not itself varied
    follows as far as it must: full tuning takes the prompts away, a bank of names K to 1; `Arm.follows` says so.

    Args:
        suite: What the base is taken from.
        suite_name: The suite's name or file.
        factors: The settings that are varied, and their values.
        dataset: One of the suite's, the first by default.
        protocols: By default those that the suite tests the method by on that data set.
        base: What the base has otherwise than the suite.
        grid: One factor at a time, or every combination of their values.
        seeds: Of the splits; by default those on which the suite runs the method.
        name: The ablation's; by default made of the suite's, the data set's and the factors'.
        folders: As `exiqa.bench.running.planning.plan.make_plan` takes them.
        bank_store: Likewise.

    Raises:
        UsageError: The suite has no such data set, or does not test the method on it.
        UserError: There is no such bank, it has no attributes for the data set, or nothing is left to compare.
    """
    dataset = dataset if dataset is not None else next(iter(suite.datasets), "")
    if dataset not in suite.datasets:
        raise UsageError(
            f"--on {dataset}: the suite has no data set of that name; it has {', '.join(suite.datasets) or 'none'}"
        )
    protocols = tuple(protocols) or _own_protocols(suite, dataset)
    method = suite.methods.get(METHOD, MethodChoice())
    own_seeds = tuple(seeds) or suite.seeds[: method.splits]
    methods = {**suite.methods, METHOD: method.model_copy(update={"splits": None})}
    suite = suite.model_copy(update={"seeds": own_seeds, "methods": methods})
    name = name if name is not None else _name(suite_name, dataset, base or {}, factors, grid)
    if not re.fullmatch(NAME_PATTERN, name):
        raise UsageError(f"--name {name}: use 1 to 64 lower-case letters, digits, dots, dashes and underscores")
    base_rows = _rows(suite, protocols, dataset)
    layout = _Layout(
        suite, dataset, protocols, base_rows[0][0], _distortions(base_rows[0][0], folders or {}), bank_store
    )
    if base:
        base_values = {factor: values[0] for factor, values in layout.resolved(_each(base)).items()}
        base_rows = _rows(layout.changed(base_values)[0], protocols, dataset)
        layout = replace(layout, base=base_rows[0][0], base_values=base_values)
    layout.check({}, base_rows[0][0].cell)
    factors = layout.resolved(factors, with_base=grid == "one")
    jobs = [job for row in base_rows for job in row]
    arms, left_out = [], []
    for choice in _choices(factors, grid):
        if layout.is_base(choice):
            continue
        try:
            arm, rows = layout.arm(choice)
        except _InvalidSetting as error:
            left_out.append(LeftOut(changed=choice, why=str(error)))
            continue
        arms.append(arm)
        jobs += [job for row in rows for job in row]
    if not arms:
        why = f": {left_out[0].why}" if left_out else "; give values that differ from it"
        raise UserError(f"nothing is left to compare with the base{why}")
    trivial = [
        list(make_jobs(suite, protocol, method, dataset, dataset))
        for protocol in protocols
        for method in METHODS.own
        if METHODS[method].kind == "trivial"
        and protocol in METHODS[method].protocols
        and not METHODS[method].of_subsets  # what has banks to ablate is made of references
    ]
    ablation = Ablation(
        name=name,
        suite=suite_name,
        dataset=dataset,
        grid=grid,
        protocols=protocols,
        seeds=suite.seeds,
        factors={factor: tuple(values) for factor, values in factors.items()},
        base=Arm(changed={}, cells=tuple(row[0].cell.variant for row in base_rows)),
        arms=tuple(arms),
        left_out=tuple(left_out),
        baselines=tuple(row[0].cell.variant for row in trivial),
    )
    return ablation, tuple({job.cell: job for job in (*jobs, *(job for row in trivial for job in row))}.values())


class _InvalidSetting(Exception):
    """A combination of settings that is not valid; its text says why, in one clause."""


@dataclass
class _Layout:
    """What the arms of one ablation are made from."""

    suite: Suite
    dataset: str
    protocols: Sequence[ProtocolId]
    base: Job
    distortions: tuple[str, ...] | None
    """The data set's; None where it is not at hand."""
    bank_store: Path | None
    base_values: Choice = field(default_factory=dict)
    """What the base has otherwise than the suite."""
    _banks: dict[str, Bank] = field(default_factory=dict)

    def is_base(self, choice: Choice) -> bool:
        return all(_base_value(self.base.cell, factor) == value for factor, value in choice.items())

    def resolved(
        self, factors: Mapping[FactorName, Sequence[Value]], with_base: bool = False
    ) -> dict[FactorName, tuple[Value, ...]]:
        """The factors with versions of banks filled in, each value once, the base's among them if asked."""
        resolved: dict[FactorName, tuple[Value, ...]] = {}
        for factor, values in factors.items():
            base_value = _base_value(self.base.cell, factor)
            if factor == "banks":
                latest = find_bank(str(base_value), self.bank_store).id
                ids = [find_bank(str(value), self.bank_store).id for value in values]
                # The base's cells are called as the suite calls its bank.
                values = [base_value if spec == latest else spec for spec in ids]
            if with_base and base_value not in values:
                values = [base_value, *values]
            numbers = all(isinstance(value, int) for value in values)
            resolved[factor] = tuple(sorted(set(values), key=int) if numbers else dict.fromkeys(values))
        return resolved

    def arm(self, choice: Choice) -> tuple[Arm, list[list[Job]]]:
        """An arm, and its jobs by protocol.

        Raises:
            _InvalidSetting: The choice cannot be run.
        """
        suite, follows = self.changed(choice)
        try:
            rows = _rows(suite, self.protocols, self.dataset)
        except UserError as error:
            raise _InvalidSetting(str(error).removeprefix(f"tuning on {self.dataset}: ")) from None
        self.check(choice, rows[0][0].cell)
        follows = (*follows, *self._tuning_follows(choice, rows[0][0]))
        return Arm(changed=choice, follows=follows, cells=tuple(row[0].cell.variant for row in rows)), rows

    def changed(self, choice: Choice) -> tuple[Suite, tuple[str, ...]]:
        """The suite with other settings of the method, and in words where K had to follow a bank.

        The explorer stays with the base: it shows a suite's own model.
        """
        suite_cell = make_job(self.suite, self.protocols[0], METHOD, self.dataset, self.dataset).cell
        merged, tuning = {**self.base_values, **choice}, dict[str, Any]()
        mode = str(merged.get("tuning", suite_cell.tuning))
        if mode != suite_cell.tuning:
            tuning = {**self.suite.modes.get(mode, {}), "mode": mode}
        if mode in WITHOUT_PROMPTS:
            tuning["prompt_length"] = choice.get("prompts", 0)
        elif "prompts" in merged:
            tuning["prompt_length"] = merged["prompts"]
        if "templates" in merged:
            tuning["template"] = merged["templates"]
        bank = str(merged.get("banks", suite_cell.bank))
        k, follows = self._k(choice, bank)
        method = self.suite.methods.get(METHOD, MethodChoice())
        dataset = self.suite.datasets[self.dataset]
        method = method.model_copy(update={"k": k, "tuning": {**method.tuning, **tuning}})
        dataset = dataset.model_copy(update={"banks": {**dataset.banks, method.bank: bank}})
        changed = {
            "explore": 0,
            "methods": {**self.suite.methods, METHOD: method},
            "datasets": {**self.suite.datasets, self.dataset: dataset},
        }
        return self.suite.model_copy(update=changed), follows

    def check(self, choice: Choice, cell: Cell) -> None:
        """Check that a cell's bank can be read out as the cell says.

        Raises:
            UserError: The base's cannot.
            _InvalidSetting: Another's cannot.
        """
        assert cell.bank is not None and cell.k is not None and cell.template is not None
        bank = self._bank(cell.bank)
        try:
            sentence_pairs(bank.top(cell.k).attributes, cell.template)
        except UserError as error:
            if not choice:
                raise
            raise _InvalidSetting(str(error)) from None

    def _bank(self, spec: str) -> Bank:
        """A bank's attributes for the data set.

        Raises:
            UserError: There is no such bank, or it has none.
        """
        if spec not in self._banks:
            bank = load_bank(spec, self.bank_store)
            try:
                self._banks[spec] = bank if self.distortions is None else bank.select(self.distortions)
            except UserError as error:
                raise UserError(f"{error}, which {self.dataset} has; choose a bank of the data set's own") from None
        return self._banks[spec]

    def _k(self, choice: Choice, spec: str) -> tuple[int, tuple[str, ...]]:
        """K of a choice, and in words where it had to follow the bank."""
        if "k" in choice:
            return int(choice["k"]), ()
        base_k = self.base.cell.k
        assert base_k is not None
        largest_k = min(len(attributes) for attributes in self._bank(spec).ranked.values())
        if base_k <= largest_k:
            return base_k, ()
        return largest_k, (f"{spec} has no more than K = {largest_k} (the base: {base_k}).",)

    def _tuning_follows(self, choice: Choice, job: Job) -> list[str]:
        """In words, what else of the tuning differs from the base's than what was chosen."""
        chosen = {FACTORS[factor].field for factor in choice} | {"mode"}
        before, after = self.base.settings["tuning"], job.settings["tuning"]
        mode = job.cell.tuning
        return [
            f"{mode} tuning has no prompts (the base: {before[name]})."
            if name == "prompt_length" and mode in WITHOUT_PROMPTS
            else f"With {mode} tuning the suite sets {name} = {after[name]} (the base: {before[name]})."
            for name in after
            if name not in chosen and after[name] != before[name]
        ]


def _rows(suite: Suite, protocols: Sequence[ProtocolId], dataset: str) -> list[list[Job]]:
    """The method's jobs on a data set, over the suite's seeds, by protocol."""
    return [list(make_jobs(suite, protocol, METHOD, dataset, dataset)) for protocol in protocols]


def _each(choice: Mapping[FactorName, Value]) -> dict[FactorName, tuple[Value, ...]]:
    return {factor: (value,) for factor, value in choice.items()}


def _base_value(cell: Cell, factor: FactorName) -> Value:
    value: Value = getattr(cell, FACTORS[factor].field)
    return value


def _choices(factors: Mapping[FactorName, Sequence[Value]], grid: GridName) -> list[Choice]:
    if grid == "full":
        return combinations(factors)
    return [{factor: value} for factor, values in factors.items() for value in values]


def _own_protocols(suite: Suite, dataset: str) -> tuple[ProtocolId, ...]:
    tested = {
        block.protocol
        for block in suite.cells
        if METHOD in block.methods and not block.train and dataset in block.test and block.protocol in ABLATED
    }
    if not tested:
        raise UsageError(
            f"--on {dataset}: the suite does not test {METHOD} on it alone; choose --protocols or another data set"
        )
    return tuple(protocol for protocol in ABLATED if protocol in tested)


def _distortions(job: Job, folders: Mapping[str, Path]) -> tuple[str, ...] | None:
    """The distortions of a job's data set; None where it cannot be opened, which the plan then gives the reason of."""
    (location,) = dataset_locations({job.cell.test: job.test}, folders).values()
    try:
        return dataset_facts(location, ()).distortions
    except (UserError, OSError):
        return None


def _name(
    suite_name: str,
    dataset: str,
    base: Mapping[FactorName, Value],
    factors: Mapping[FactorName, Sequence[Value]],
    grid: GridName,
) -> str:
    words = "-".join(
        [Path(suite_name).stem, dataset, *map(str, base.values()), *factors, *(["full"] * (grid == "full"))]
    )
    return re.sub(r"[^a-z0-9]+", "-", words.casefold()).strip("-")[:64].strip("-")

"""What cells depend on, as it is now: data, splits, banks, versions. A record of anything else is stale."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from exiqa.bank.schema import Bank
from exiqa.bank.storage.store import load_bank
from exiqa.bench.cells.protocol import PROTOCOLS
from exiqa.bench.cells.record import Record
from exiqa.bench.cells.words import version_changes
from exiqa.bench.methods.method import METHODS
from exiqa.bench.running.datasets import DatasetFacts, DatasetLocation, dataset_facts
from exiqa.bench.running.suite import Job
from exiqa.bench.running.versions import cell_versions
from exiqa.core.errors import UserError


@dataclass
class CurrentInputs:
    """Data sets, banks and methods as they are now; each is looked up once."""

    locations: Mapping[str, DatasetLocation]
    bank_store: Path | None
    splits: Mapping[str, set[tuple[str, int]]]
    """Per data set, the (ratio, seed) of the splits that are asked for."""
    _facts: dict[str, DatasetFacts | str] = field(default_factory=dict)
    _banks: dict[str, Bank | str] = field(default_factory=dict)
    _needs: dict[str, str] = field(default_factory=dict)

    def why_missing(self, job: Job) -> str:
        """Why a cell has not all data and banks here; "" where it has."""
        cell = job.cell
        for name in dict.fromkeys((cell.train, cell.test)):
            facts = self.facts(name)
            if isinstance(facts, str):
                return facts
        for spec in dict.fromkeys((job.train_bank, job.bank)):
            if spec is not None and isinstance(bank := self.bank(spec), str):
                return bank
        regressor = PROTOCOLS[cell.protocol].regressor
        if regressor is not None:
            for name in dict.fromkeys((cell.train if regressor == "train" else cell.test, cell.test)):
                facts = self.facts(name)
                if not isinstance(facts, str) and not facts.has_scores:
                    return f"{name} has no quality scores"
        return ""

    def changes(self, job: Job, record: Record) -> list[str]:
        """What has changed of all that a record depends on, in words; the cell must not be missing anything."""
        cell, hashes = job.cell, record.hashes
        test, train = self.facts(cell.test), self.facts(cell.train)
        assert isinstance(test, DatasetFacts) and isinstance(train, DatasetFacts)
        split = f"{cell.split} {cell.seed}"
        same = {
            f"the data of {cell.test} changed": hashes.dataset == test.hash,
            f"the split of {cell.test} changed": hashes.split == test.splits[split],
        }
        if job.bank is not None:
            same[f"the bank {job.bank} changed"] = hashes.bank == self._bank_hash(job.bank)
        if cell.is_across:
            same[f"the data of {cell.train} changed"] = hashes.train_dataset == train.hash
            same[f"the split of {cell.train} changed"] = hashes.train_split == train.splits[split]
            if job.train_bank is not None:
                same[f"the bank {job.train_bank} changed"] = hashes.train_bank == self._bank_hash(job.train_bank)
        changes = [what for what, is_same in same.items() if not is_same]
        return changes + version_changes(record.versions, cell_versions(cell, job.train, job.test))

    def facts(self, name: str) -> DatasetFacts | str:
        """The facts of a data set, or why there are none."""
        if name not in self._facts:
            try:
                self._facts[name] = dataset_facts(self.locations[name], sorted(self.splits[name]))
            except (UserError, OSError) as error:
                self._facts[name] = str(error)
        return self._facts[name]

    def bank(self, spec: str) -> Bank | str:
        """The bank of a spec, or why there is none."""
        if spec not in self._banks:
            try:
                self._banks[spec] = load_bank(spec, self.bank_store)
            except UserError as error:
                self._banks[spec] = str(error)
        return self._banks[spec]

    def needs(self, method: str) -> str:
        """What a method lacks here, in words; "" where it lacks nothing."""
        if method not in self._needs:
            lacking = METHODS[method].needs()
            self._needs[method] = f"needs {lacking}" if lacking else ""
        return self._needs[method]

    def _bank_hash(self, spec: str) -> str | None:
        bank = self.bank(spec)
        return bank.hash if isinstance(bank, Bank) else None

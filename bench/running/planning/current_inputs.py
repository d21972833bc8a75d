"""What cells depend on, as it is now: data, splits, banks, versions. A record of anything else is stale."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from exiqa.bank.schema import Bank
from exiqa.bank.sentences import sentence_pairs
from exiqa.bank.storage.store import load_bank
from exiqa.bench.cells.record import RecordHead
from exiqa.bench.cells.words import version_changes
from exiqa.bench.methods.method import METHODS
from exiqa.bench.methods.predictions import read_predictions_of
from exiqa.bench.protocol import PROTOCOLS
from exiqa.bench.running.cell_bank import bank_of_cell
from exiqa.bench.running.datasets import DatasetFacts, DatasetLocation, cached_dataset, dataset_facts
from exiqa.bench.running.suites.suite import Job
from exiqa.bench.running.versions import cell_versions
from exiqa.core.errors import UserError
from exiqa.core.files import sha256_file


@dataclass(frozen=True)
class _Linker:
    """What links attributes to effects: its hash, or why there is none."""

    hash: str | None = None
    missing: str = ""


@dataclass
class CurrentInputs:
    """Data sets, banks and methods as they are now; each is looked up once."""

    locations: Mapping[str, DatasetLocation]
    bank_store: Path | None
    splits: Mapping[str, set[tuple[str, int]]]
    """Per data set, the (ratio, seed) of the splits that are asked for."""
    _facts: dict[str, DatasetFacts | str] = field(default_factory=dict)
    _banks: dict[str, Bank | str] = field(default_factory=dict)
    _obstacles: dict[Hashable, str] = field(default_factory=dict)

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
        tested = self.facts(cell.test)
        if PROTOCOLS[cell.protocol].predicts == "strengths" and not isinstance(tested, str) and not tested.distortions:
            return f"{cell.test} has no distortion labels, so no distortion can be identified in it"
        regressor = PROTOCOLS[cell.protocol].regressor
        if regressor is not None:
            for name in dict.fromkeys((cell.train if regressor == "train" else cell.test, cell.test)):
                facts = self.facts(name)
                if not isinstance(facts, str) and not facts.has_scores:
                    return f"{name} has no quality scores"
        tested = self.facts(cell.test)
        if PROTOCOLS[cell.protocol].predicts == "attributes" and isinstance(tested, DatasetFacts):
            if not tested.has_references:
                return f"{cell.test} has no references at hand, beside which attributes are judged"
            if self._linker.missing:
                return self._linker.missing
        if PROTOCOLS[cell.protocol].predicts == "ratings" and isinstance(tested, DatasetFacts):
            if not tested.ratings:
                return f"nobody rated anything in {cell.test} beside its quality"
            if self._linker.missing:
                return self._linker.missing
        if job.file is not None and not job.file.is_file():
            return f"there are no predictions at {job.file}; write the file, or name another in the suite"
        return ""

    def obstacle(self, job: Job) -> str:
        """Why a cell would fail although its data and banks are here, as its run would say; "" where it would not."""
        asked = (
            job.cell.protocol, job.cell.method, job.cell.backbone, job.cell.k, job.cell.template,
            job.bank, job.train_bank,
            job.cell.train, job.cell.test, job.file, (job.cell.split, job.cell.seed) if job.file else None,
        )  # fmt: skip
        if asked not in self._obstacles:
            try:
                self._check(job)
                self._obstacles[asked] = ""
            except UserError as error:
                self._obstacles[asked] = str(error)
        return self._obstacles[asked]

    def _check(self, job: Job) -> None:
        """What a run of a cell would stop at before it has computed anything."""
        cell, protocol = job.cell, PROTOCOLS[job.cell.protocol]
        if lacking := METHODS[cell.method].needs():
            raise UserError(f"needs {lacking}")
        if cell.backbone is not None:
            from exiqa.model.backbones.families import check_backbone

            check_backbone(cell.backbone)
        if cell.k is not None and cell.template is not None:
            read_out_of = cell.test if protocol.bank == "test" else cell.train
            for spec, name in dict.fromkeys(((job.train_bank, cell.train), (job.bank, read_out_of))):
                bank, facts = self.bank(str(spec)), self.facts(name)
                assert isinstance(bank, Bank) and isinstance(facts, DatasetFacts)
                read_out = bank_of_cell(cell, bank, facts.distortions)
                assert read_out is not None
                sentence_pairs(read_out.attributes, cell.template)
        if job.file is not None:
            from exiqa.iqadata.datasets.splits import make_split

            test = cached_dataset(self.locations[cell.test])
            rows = make_split(test, cell.seed, cell.split).rows(test)[2]
            read_predictions_of(job.file, test, rows, protocol.predicts)

    def changes(self, job: Job, record: RecordHead) -> list[str]:
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
        if job.file is not None:
            same[f"the predictions in {job.file.name} changed"] = hashes.file == sha256_file(job.file)
        if PROTOCOLS[cell.protocol].predicts in ("attributes", "ratings"):
            same["what links attributes to effects changed"] = hashes.linker == self._linker.hash
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

    @cached_property
    def _linker(self) -> _Linker:
        from exiqa.bank.linking.linker import linker_hash
        from exiqa.bank.phrases.encoder import load_encoder

        try:
            return _Linker(linker_hash(load_encoder()))
        except UserError as error:
            return _Linker(missing=str(error))

    def _bank_hash(self, spec: str) -> str | None:
        bank = self.bank(spec)
        return bank.hash if isinstance(bank, Bank) else None

"""A suite: which cells a run consists of, as a declarative TOML file, and their expansion."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from importlib import resources
from itertools import islice
from pathlib import Path
from typing import Any

from pydantic import BaseModel, Field, field_validator

from exiqa.bench.cells.record import Cell, Labels
from exiqa.bench.methods.method import METHODS, NAME_PATTERN
from exiqa.bench.methods.predictions import FILE, PREFIX
from exiqa.bench.protocol import PROTOCOLS, ProtocolId
from exiqa.bench.running.suites.choices import CellBlock, DatasetChoice, MethodChoice, SuitePart
from exiqa.bench.running.suites.given_model import GivenModel, given_model, regressor_in_words, regressor_settings
from exiqa.bench.running.suites.suite_checks import suite_problems
from exiqa.core.documents import of_toml_schema, read_text, toml_value
from exiqa.core.errors import UsageError, UserError
from exiqa.core.files import canonical_json, sha256_hex
from exiqa.core.toml_lines import locate
from exiqa.iqadata.versions import EFFECTS_VERSION, TRUTH_VERSION
from exiqa.model.config import LARGEST_SEED, RegressorConfig, TuneConfig, load_recipe, make_config

# What the cell says by itself, and what changes how fast a run is but not what it computes.
_NOT_HASHED = {"backbone", "mode", "prompt_length", "template", "preprocessing", "seed", "device", "compile", "workers",
               "cache_gb", "checkpoint_every"}  # fmt: skip


class Suite(BaseModel):
    """A whole benchmark."""

    model_config = SuitePart.model_config

    title: str
    cells: tuple[CellBlock, ...]
    datasets: dict[str, DatasetChoice]
    methods: dict[str, MethodChoice] = {}
    split: str = "70/10/20"
    seeds: tuple[int, ...] = (0,)
    """One split, and one run of each method, per seed."""
    k: int = Field(default=5, ge=1)
    strength_map: str = "level"
    tuning: dict[str, Any] = {}
    """Changes to `TuneConfig` (backbone, template, preprocessing, …) for all data sets."""
    regressor: RegressorConfig = RegressorConfig()
    seconds: float = Field(default=10.0, ge=0)
    """An estimate of the time of a cell whose method states none."""
    modes: dict[str, dict[str, Any]] = {}
    """What an ablation changes in `TuneConfig` together with the tuning mode, where another mode than its base's
    needs it: a whole CLIP wants a lower learning rate than prompts do."""
    explore: int = Field(default=0, ge=0)
    """Test images of each data set with scores, of the first seed, that the report's attribute explorer shows."""
    probe: bool = False
    """Whether it is measured, for the first seed of our scores, what they do when attributes are changed
    (`exiqa.bench.probing`)."""

    @field_validator("seeds")
    @classmethod
    def _are_distinct(cls, seeds: tuple[int, ...]) -> tuple[int, ...]:
        if not seeds or len(set(seeds)) < len(seeds) or min(seeds) < 0 or max(seeds) > LARGEST_SEED:
            raise ValueError(f"give at least one seed, each once, from 0 to {LARGEST_SEED}")
        return seeds

    @field_validator("methods")
    @classmethod
    def _can_be_file_names(cls, methods: dict[str, MethodChoice]) -> dict[str, MethodChoice]:
        for name, choice in methods.items():
            if choice.predictions is not None and not re.fullmatch(NAME_PATTERN, name):
                raise ValueError(f"call the predictions {name!r} by lower-case letters, digits and _ . + - instead")
        return methods

    def method_id(self, name: str) -> str:
        """What records call a method that the suite calls `name`."""
        choice = self.methods.get(name)
        if choice is None:
            return name
        return choice.method or name if choice.predictions is None else PREFIX + name


@dataclass(frozen=True)
class Job:
    """A cell with all that is needed to run it, besides what lies in the user's folders. Picklable."""

    cell: Cell
    train: DatasetChoice
    test: DatasetChoice
    bank: str | None
    """The cell's bank, as the suite names it; likewise the bank that is tuned on."""
    train_bank: str | None
    settings: dict[str, Any]
    seconds: float
    """The suite's estimate."""
    explore: int = 0
    """Test images kept for the attribute explorer."""
    probe: bool = False
    """Whether the cell's score is probed (`exiqa.bench.probing`)."""
    labels: Labels = field(default_factory=Labels)

    @property
    def file(self) -> Path | None:
        """The file that the cell's predictions are read from, where that is its method."""
        return Path(self.settings[FILE]) if self.cell.method.startswith(PREFIX) else None


def load_suite(name_or_path: str) -> Suite:
    """A suite in a TOML file, or a shipped one by its name.

    Raises:
        UserError: An unknown name, a file that is no TOML, or settings that do not fit.
    """
    path = Path(name_or_path)
    if name_or_path in suite_names():
        text = (resources.files("exiqa.bench.running.suites") / f"{name_or_path}.toml").read_text(encoding="utf-8")
        return parse_suite(text, f"suite {name_or_path}")
    if not path.is_file():
        what = "file" if path.suffix == ".toml" else "suite"
        raise UserError(
            f"there is no {what} {name_or_path!r}; give a TOML file, or one of the shipped: {', '.join(suite_names())}"
        )
    return parse_suite(read_text(path), str(path), path.parent)


def suite_names() -> tuple[str, ...]:
    """The suites in the package."""
    folder = resources.files("exiqa.bench.running.suites")
    return tuple(sorted(file.name.removesuffix(".toml") for file in folder.iterdir() if file.name.endswith(".toml")))


def parse_suite(text: str, where: str, folder: Path = Path()) -> Suite:
    """A suite from TOML text.

    Args:
        text: The TOML.
        where: Names the source in errors.
        folder: What the files of predictions are relative to.

    Raises:
        UserError: As `load_suite`.
    """
    suite = of_toml_schema(toml_value(text, where), Suite, where, text)
    for place, problem in suite_problems(suite):
        raise UserError(f"{locate(where, text, place)}: {problem}")
    suite = _with_files_in(suite, folder)
    try:
        # Settings that do not fit are found before anything runs; no seed makes them fit.
        expand(suite.model_copy(update={"seeds": suite.seeds[:1]}))
    except UserError as error:
        raise UserError(f"{where}: {error}") from None
    return suite


def _with_files_in(suite: Suite, folder: Path) -> Suite:
    """The suite with whole paths to its files of predictions."""

    def whole(choice: MethodChoice) -> MethodChoice:
        files = choice.predictions
        if isinstance(files, Mapping):
            return choice.model_copy(update={"predictions": {name: str(folder / file) for name, file in files.items()}})
        return choice if files is None else choice.model_copy(update={"predictions": str(folder / files)})

    return suite.model_copy(update={"methods": {name: whole(choice) for name, choice in suite.methods.items()}})


def expand(suite: Suite) -> tuple[Job, ...]:
    """All cells of a suite, each once, in the order of its blocks, then training set, test set, method, seed.

    Raises:
        UserError: A data set lacks a bank that a method names, or settings do not fit.
    """
    jobs: dict[Cell, Job] = {}
    for block in suite.cells:
        for train, test in _pairs(block):
            for method in block.methods:
                splits = block.splits or len(suite.seeds)
                for job in islice(make_jobs(suite, block.protocol, method, train, test), splits):
                    jobs.setdefault(job.cell, job)
    return tuple(jobs.values())


def make_jobs(suite: Suite, protocol: ProtocolId, method: str, train: str, test: str) -> Iterator[Job]:
    """The cells of one row of a suite in one place, one for each of its seeds, or as many as the method has splits.

    Raises:
        UserError: As `expand`.
    """
    first = make_job(suite, protocol, method, train, test)
    for seed in suite.seeds[: suite.methods.get(method, MethodChoice()).splits]:
        settings = first.settings
        if first.train_bank is not None:
            seeded = {part: {**settings[part], "seed": seed} for part in ("tuning", "regressor")}
            settings = {**settings, **seeded}
        job = replace(first, cell=first.cell.model_copy(update={"seed": seed}), settings=settings)
        explored = _is_explored(job.cell) and seed == suite.seeds[0]
        probed = explored and suite.probe and job.cell.bank is not None and job.cell.attributes is None
        yield replace(job, explore=suite.explore, probe=probed) if explored else job


def make_job(suite: Suite, protocol: ProtocolId, method: str, train: str, test: str) -> Job:
    """One cell of a suite, of seed 0, and what it runs with.

    Raises:
        UserError: As `expand`.
    """
    choice = suite.methods.get(method, MethodChoice())
    trained_on, tested_on = suite.datasets[train], suite.datasets[test]
    cell: dict[str, Any] = {
        "protocol": protocol,
        "method": suite.method_id(method),
        "train": train,
        "test": test,
        "split": suite.split,
        "seed": 0,
        "strength_map": tested_on.strength_map or suite.strength_map,
    }
    uses = METHODS[suite.method_id(method)].uses
    settings, bank, train_bank = choice.settings, None, None
    given = given_model(choice.model) if choice.model is not None else None
    if given is not None:
        cell["model"] = choice.model
    if uses == "backbone":
        cell["backbone"] = given.backbone if given else _tuning(suite, trained_on, choice, train).backbone
    if uses == "bank":
        config = _tuning(suite, trained_on, choice, train)
        if given is not None:
            config = config.model_copy(update=given.tuning)
        train_bank = _bank(trained_on, choice.bank, train, method, given)
        bank = _bank(tested_on, choice.bank, test, method, given) if PROTOCOLS[protocol].bank == "test" else train_bank
        settings = {"tuning": config.model_dump(), **_regressor(suite, choice, method), **choice.settings}
        cell |= {
            "bank": bank,
            "k": choice.k or suite.k,
            "template": config.template,
            "backbone": config.backbone,
            "tuning": config.mode,
            "prompt_length": config.prompt_length,
            "preprocessing": config.preprocessing,
        }
        if choice.regressor is not None and PROTOCOLS[protocol].regressor is not None:
            cell["regressor"] = regressor_in_words(choice.regressor.kind, choice.regressor.features)
            cell["attributes"] = settings["regressor"].get("attributes")
    if given is not None:
        settings = {**settings, "model": choice.model, "model_hash": given.hash}
    hashed = _hashed(settings, protocol) if uses == "bank" else settings
    if choice.predictions is not None:
        settings = {FILE: _file(choice, test, method)}  # not hashed: what the file says counts, not where it lies
    if bank != train_bank:
        hashed = {**hashed, "train_bank": train_bank}
    if hashed:
        cell["hyperparameters"] = sha256_hex(canonical_json(hashed))[:16]
    return Job(
        cell=Cell.model_validate(cell),
        train=_named(trained_on, train, suite),
        test=_named(tested_on, test, suite),
        bank=bank,
        train_bank=train_bank,
        settings=settings,
        labels=Labels(
            method=choice.label or "",
            train=trained_on.label or "",
            test=tested_on.label or "",
            suite=suite.title,
        ),
        seconds=suite.seconds if choice.seconds is None else choice.seconds,
    )


def _is_explored(cell: Cell) -> bool:
    return METHODS[cell.method].kind == "ours" and cell.table == "III"


def _pairs(block: CellBlock) -> Iterator[tuple[str, str]]:
    if not block.train:
        yield from ((name, name) for name in block.test)
    yield from ((train, test) for train in block.train for test in block.test if train != test)


def _tuning(suite: Suite, dataset: DatasetChoice, choice: MethodChoice, name: str) -> TuneConfig:
    changes = {**suite.tuning, **dataset.tuning, **choice.tuning}
    if dataset.recipe is not None:
        return load_recipe(dataset.recipe, **changes)
    return make_config(changes, where=f"tuning on {name}")


def _hashed(settings: Mapping[str, Any], protocol: ProtocolId) -> dict[str, Any]:
    """What of ours' settings tells cells apart that agree in all that they say."""
    hashed = {"tuning": {name: value for name, value in settings["tuning"].items() if name not in _NOT_HASHED}}
    hashed |= {name: value for name, value in settings.items() if name not in ("tuning", "regressor", "model")}
    if settings["tuning"]["attribute_truth"]:
        hashed["truth"] = {"effects": EFFECTS_VERSION, "truth": TRUTH_VERSION}
    if PROTOCOLS[protocol].regressor is None:
        return hashed
    return {**hashed, "regressor": {name: value for name, value in settings["regressor"].items() if name != "seed"}}


def _regressor(suite: Suite, choice: MethodChoice, method: str) -> dict[str, Any]:
    """The settings of a method's regressor: `regressor` has those of its kind, and `kind` and `features` are there
    where it is not the paper's with the suite's settings."""
    if choice.regressor is None:
        return {"regressor": suite.regressor.model_dump()}
    kind, features = choice.regressor.kind, choice.regressor.features
    of_suite = suite.regressor.model_dump() if kind == "mlp" else {}
    settings = {**of_suite, **choice.regressor.settings}
    return {"regressor": regressor_settings(kind, features, settings, method), "kind": kind, "features": features}


def _bank(dataset: DatasetChoice, role: str, name: str, method: str, given: GivenModel | None = None) -> str:
    if role not in dataset.banks and given is not None:
        return given.bank
    if role not in dataset.banks:
        raise UserError(
            f"the method {method} needs a bank {role!r} of the data set {name}; name one in [datasets.{name}.banks]"
        )
    return dataset.banks[role]


def _named(choice: DatasetChoice, name: str, suite: Suite) -> DatasetChoice:
    """The choice with its defaults filled in: it then stands without its suite."""
    return choice.model_copy(
        update={"data": choice.data or name, "strength_map": choice.strength_map or suite.strength_map}
    )


def _file(choice: MethodChoice, test: str, method: str) -> str:
    if not isinstance(choice.predictions, Mapping):
        return str(choice.predictions)
    if test not in choice.predictions:
        raise UserError(f"there are no predictions {method} for {test}; name a file in [methods.{method}.predictions]")
    return choice.predictions[test]


def datasets_of(jobs: Sequence[Job]) -> dict[str, DatasetChoice]:
    """The data sets that jobs need, by name, in order of first need."""
    return {name: choice for job in jobs for name, choice in ((job.cell.train, job.train), (job.cell.test, job.test))}


def parse_folders(given: Sequence[str]) -> dict[str, Path]:
    """What `--data NAME=DIR …` says.

    Raises:
        UsageError: A text has another form, or a name is given twice.
    """
    folders: dict[str, Path] = {}
    for text in given:
        name, equals, folder = text.partition("=")
        if not (name and equals and folder):
            raise UsageError(f"--data {text}: write NAME=DIR, the data set's name in the suite and its folder")
        if name in folders:
            raise UsageError(f"--data {name} is given twice")
        folders[name] = Path(folder)
    return folders

"""What of a suite its schema cannot check: that the names in it are of something, and the settings of tuning."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from difflib import get_close_matches
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import TypeAdapter, ValidationError

from exiqa.bench.methods.method import METHODS
from exiqa.bench.protocol import PROTOCOLS
from exiqa.core.errors import UserError
from exiqa.core.toml_lines import Place
from exiqa.model.config import TuneConfig
from exiqa.model.tuning_modes import TUNING_MODES

if TYPE_CHECKING:
    from exiqa.bench.running.suites.suite import Suite

NOT_OF_PREDICTIONS = ("bank", "k", "tuning", "settings")
"""What a method that is read from a file is not told."""


def suite_problems(suite: Suite) -> Iterator[tuple[Place, str]]:
    """What is wrong with a suite: the place in its file, and a sentence."""
    yield from _methods(suite)
    yield from _names_in_cells(suite)
    yield from _tuning(suite.tuning, ("tuning",))
    for name, dataset in suite.datasets.items():
        yield from _tuning(dataset.tuning, ("datasets", name, "tuning"))
    for name, method in suite.methods.items():
        yield from _tuning(method.tuning, ("methods", name, "tuning"))
    for mode, settings in suite.modes.items():
        if mode not in TUNING_MODES:
            yield ("modes", mode), unknown("tuning mode", mode, TUNING_MODES)
        yield from _tuning(settings, ("modes", mode))


def unknown(noun: str, name: str, known: Iterable[str]) -> str:
    """A name that is of nothing, with the nearest that is."""
    known = list(known)
    nearest = get_close_matches(name, known, n=1)
    hint = f"the nearest is {nearest[0]!r}" if nearest else f"there are {', '.join(known) or 'none'}"
    return f"there is no {noun} {name!r}; {hint}"


def _methods(suite: Suite) -> Iterator[tuple[Place, str]]:
    for name, choice in suite.methods.items():
        place: Place = ("methods", name)
        if choice.predictions is None:
            if problem := _unknown_method(suite, name):
                yield place, problem
            continue
        if name in METHODS:
            yield place, f"{name} is the name of a method already; give the predictions one of their own"
        told = [field for field in NOT_OF_PREDICTIONS if field in choice.model_fields_set]
        if told:
            yield (*place, told[0]), f"the predictions {name} are read from a file, which {told[0]} does not change"
        files = choice.predictions if isinstance(choice.predictions, Mapping) else {}
        for dataset in files:
            if dataset not in suite.datasets:
                yield (*place, "predictions", dataset), unknown("data set", dataset, suite.datasets)


def _names_in_cells(suite: Suite) -> Iterator[tuple[Place, str]]:
    for number, block in enumerate(suite.cells):
        place: Place = ("cells", number)
        for field in ("train", "test"):
            for at, name in enumerate(getattr(block, field)):
                if name not in suite.datasets:
                    yield (*place, field, at), unknown("data set", name, suite.datasets)
        for at, name in enumerate(block.methods):
            if problem := _unknown_method(suite, name):
                yield (*place, "methods", at), problem
            elif block.protocol not in METHODS[suite.method_id(name)].protocols:
                yield (*place, "methods", at), f"the method {name!r} has no protocol {block.protocol!r}"
        if PROTOCOLS[block.protocol].table is None and not block.train:
            yield place, f"{block.protocol} cells need `train`: they are between two data sets"


def _unknown_method(suite: Suite, name: str) -> str:
    """Why a suite has no such method; "" where it has."""
    method = suite.method_id(name)
    if method not in METHODS:
        from_files = [label for label, choice in suite.methods.items() if choice.predictions is not None]
        return unknown("method", method, [*METHODS.names(), *from_files])
    try:
        METHODS[method]
    except UserError as error:
        return str(error)
    return ""


def _tuning(settings: Mapping[str, Any], place: Place) -> Iterator[tuple[Place, str]]:
    """Settings that no tuning run has, or of a value that it cannot have."""
    fields = TuneConfig.model_fields
    annotated: Any = Annotated
    for name, value in settings.items():
        if name not in fields:
            yield (*place, name), unknown("setting of tuning", name, fields)
            continue
        field = fields[name]
        try:
            TypeAdapter(annotated[field.annotation, field]).validate_python(value)
        except ValidationError as error:
            yield (*place, name), f"{name}: {error.errors()[0]['msg']}"

"""A cell in words: its data sets and its settings, said the same way wherever they are printed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from exiqa.bench.cells.record import Cell, Outcome


@dataclass(frozen=True)
class Setting:
    """The words for one field of a `Cell`."""

    name: str
    """In front of a value: "K 5", "prompts 8"."""
    phrase: str
    """A value by itself, to be formatted with it: "K = 5", "8 prompts"."""

    def say(self, value: object) -> str:
        """`phrase` with the value in it: "K = 5"."""
        return self.phrase.format(value)


SETTINGS: Mapping[str, Setting] = {
    "bank": Setting("bank", "{}"),
    "k": Setting("K", "K = {}"),
    "template": Setting("template", "template {}"),
    "backbone": Setting("backbone", "{}"),
    "tuning": Setting("tuning", "{} tuning"),
    "prompt_length": Setting("prompts", "{} prompts"),
    "strength_map": Setting("strength map", "strengths by {}"),
    "preprocessing": Setting("preprocessing", "{}"),
    "model": Setting("model", "model {}"),
    "regressor": Setting("regressor", "{}"),
    "attributes": Setting("attributes", "at most {} attributes"),
    "hyperparameters": Setting("settings", "settings {:.8}"),
}
"""By the field of a cell: all that may differ between two cells of one protocol, method, data sets and split."""


def datasets_in_words(train: str, test: str) -> str:
    """ "kadid10k" for a data set that is both trained and tested on, "kadid10k → csiq" for two."""
    return test if train == test else f"{train} → {test}"


def labelled_datasets(outcome: Outcome) -> str:
    """`datasets_in_words` by the names that tables call them by."""
    return datasets_in_words(outcome.train_label, outcome.test_label)


def settings_in_words(cell: Cell) -> str:
    """All settings that a cell has, by name: "bank kadid10k@1, K 5, template paper"."""
    values = {setting.name: getattr(cell, field) for field, setting in SETTINGS.items()}
    return ", ".join(f"{name} {value}" for name, value in values.items() if value is not None)


def version_changes(recorded: Mapping[str, int], current: Mapping[str, int]) -> list[str]:
    """What is of another version than it was: "method exiqa: version 1 → version 2"."""
    changes = []
    for name in dict.fromkeys((*recorded, *current)):
        old, new = recorded.get(name), current.get(name)
        if old != new:
            words = [f"version {version}" if version is not None else "none" for version in (old, new)]
            changes.append(f"{name}: {words[0]} → {words[1]}")
    return changes

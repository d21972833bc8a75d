"""What every row was told, and where that differs from what the paper says of its own runs."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from exiqa.bench.cells.record import Record
from exiqa.bench.methods.method import METHODS
from exiqa.bench.protocol import PROTOCOLS
from exiqa.bench.tables.parts.published import is_standin, real_name
from exiqa.bench.tables.parts.table import Column, Entry, Row, RowGroup, Table
from exiqa.model.config import RegressorConfig, Tuning, load_recipe, recipe_names
from exiqa.model.tuning_modes import TUNING_MODES

NOT_TOLD = ("seed", "device", "workers", "cache_gb", "checkpoint_every", "compile", "accumulation", "model_hash")
"""Settings that change how fast a run is or are said elsewhere; records have them too."""
OF_UNTUNED = (*Tuning.model_fields, "backbone", "preprocessing")
"""All that counts of the settings of tuning where nothing is tuned."""
PAPERS = {"mode": "Tuning", "prompt_length": "Prompts", "epochs": "Epochs", "warmup_epochs": "Epochs of warm-up",
          "learning_rate": "Peak learning rate"}  # fmt: skip
"""By setting, what the paper states of its tuning."""
UNSTATED = {
    "backbone": "CLIP variant", "preprocessing": "Crops", "batch_size": "Batch size", "weight_decay": "Weight decay",
    "clip_norm": "Gradient clipping", "patience": "Validations without a gain before it stops",
    "validate_every": "Epochs between validations", "template": "Sentences", "attribute_truth": "Attributes' own truth",
    "start_at_prior": "Starts at the prior",
}  # fmt: skip
"""By setting, what it leaves open."""
NOTHING_STATED = "not stated"
_MOST_PLACES = 6

Told = tuple[str, Record]
"""A value in words, and a record that was told it."""


def settings_table(records: Iterable[Record]) -> Table:
    """A row for each setting and value, with where it holds if it is not the same everywhere."""
    parts: dict[str, dict[str, list[Told]]] = {"Tuning": {}, "Regressor": {}, "Method": {}}
    for record in records:
        for part, name, value in _settings_of(record):
            parts[part].setdefault(name, []).append((_in_words(value), record))
    groups = tuple(
        RowGroup(part, tuple(row for name, told in sorted(of_part.items()) for row in _rows(name, told)))
        for part, of_part in parts.items()
        if of_part
    )
    return Table(
        name="Settings",
        title="All that the rows were told",
        columns=(Column("Value", "none", 0),),
        groups=groups,
        footnotes=(),
        notes=("The visual prompts follow the image's own tokens, [x, p1 … pn] as in Eq. 3, and carry no position.",)
        if "prompt_length" in parts["Tuning"]
        else (),
        legend=(),
        stub="Setting",
    )


def deviations_table(records: Iterable[Record]) -> Table:
    """What the paper says of its runs beside what was done here, where the two differ or it says nothing.

    Of our own rows that are tuned here; the paper's schedules are the recipes of its data sets.
    """
    ours = [
        record
        for record in records
        if METHODS[record.cell.method].kind == "ours" and record.cell.model is None and "tuning" in record.settings
        and TUNING_MODES[record.settings["tuning"]["mode"]].trains_weights
    ]  # fmt: skip
    differs: dict[tuple[str, str], list[Told]] = {}
    for record in ours:
        for aspect, papers, here in _deviations(record):
            differs.setdefault((aspect, papers), []).append((here, record))
    rows = []
    for (aspect, papers), told in differs.items():
        for value, where in _values(told, ours):
            rows.append(Row(aspect, "peer", (Entry(text=papers), Entry(text=value)), where))
    return Table(
        name="Where this differs from the paper",
        title="What the paper states of its runs, and what was done here",
        columns=(Column("Paper", "none", 0), Column("Here", "none", 0)),
        groups=(RowGroup("", tuple(rows)),) if rows else (),
        footnotes=(),
        notes=(),
        legend=(),
        stub="Of ours",
    )


def _settings_of(record: Record) -> Iterator[tuple[str, str, Any]]:
    """(part, name, value) of all that a record says that its method was told."""
    settings: Mapping[str, Any] = record.settings
    tuning = settings.get("tuning", {})
    learns = bool(tuning) and TUNING_MODES[tuning["mode"]].trains_weights and record.cell.model is None
    for name, value in tuning.items():
        if name not in NOT_TOLD and (learns or name in OF_UNTUNED):
            yield "Tuning", name, value
    if PROTOCOLS[record.cell.protocol].regressor is not None and "regressor" in settings and tuning:
        yield "Regressor", "kind", settings.get("kind", "mlp")
        yield "Regressor", "features", settings.get("features", "probability")
        for name, value in settings["regressor"].items():
            if name not in NOT_TOLD:
                yield "Regressor", name, value
    for name, value in settings.items():
        if name not in ("tuning", "regressor", "kind", "features", *NOT_TOLD):
            yield "Method", name, value


def _deviations(record: Record) -> Iterator[tuple[str, str, str]]:
    """(aspect, the paper's, here) of one of our records."""
    tuning, cell = record.settings["tuning"], record.cell
    name = real_name(cell.train)
    if name in recipe_names():
        recipe = load_recipe(name).model_dump()
        for setting, aspect in PAPERS.items():
            if tuning[setting] != recipe[setting]:
                yield aspect, _in_words(recipe[setting]), _in_words(tuning[setting])
    for setting, aspect in UNSTATED.items():
        yield aspect, NOTHING_STATED, _in_words(tuning[setting])
    yield "Optimiser", NOTHING_STATED, "AdamW"
    yield "Split of the references", NOTHING_STATED, cell.split
    if is_standin(cell.test):
        yield "Test images", "the data set's own", "of a stand-in, scored by a proxy"
    if PROTOCOLS[cell.protocol].regressor is None:
        return
    paper = RegressorConfig().model_dump()
    kind, features = record.settings.get("kind", "mlp"), record.settings.get("features", "probability")
    if (kind, features) != ("mlp", "probability"):
        yield "Regressor", "two hidden layers on P(a|I)", f"{kind} on {features}"
        return
    for setting in ("epochs", "dropout"):
        if record.settings["regressor"][setting] != paper[setting]:
            yield f"Regressor's {setting}", _in_words(paper[setting]), _in_words(record.settings["regressor"][setting])
    for setting in ("hidden", "learning_rate", "weight_decay", "batch_size"):
        words = setting.replace("_", " ")
        yield f"Regressor's {words}", NOTHING_STATED, _in_words(record.settings["regressor"][setting])


def _rows(name: str, told: Sequence[Told]) -> Iterator[Row]:
    for value, where in _values(told, [record for _, record in told]):
        yield Row(name.replace("_", " "), "peer", (Entry(text=value),), where)


def _values(told: Sequence[Told], everywhere: Sequence[Record]) -> Iterator[tuple[str, str]]:
    """Each different value with where it holds: "" where it does everywhere."""
    by_value: dict[str, list[Record]] = {}
    for value, record in told:
        by_value.setdefault(value, []).append(record)
    for value, records in by_value.items():
        told_it = {record.cell.id for record in records}  # a record's own comparison looks at all that it says
        others = [record for record in everywhere if record.cell.id not in told_it]
        yield value, _where(records, others) if others else ""


def _where(records: Sequence[Record], others: Sequence[Record]) -> str:
    """What tells records from others, as shortly as it can be said: by training set, by method, or by both."""
    for label in (_trained_on, _method, _method_on):
        here, there = dict.fromkeys(map(label, records)), set(map(label, others))
        if not there.intersection(here):
            break
    listed = list(here)
    more = f" and {len(listed) - _MOST_PLACES} more" if len(listed) > _MOST_PLACES else ""
    return ", ".join(listed[:_MOST_PLACES]) + more


def _trained_on(record: Record) -> str:
    return f"on {record.train_label}"


def _method(record: Record) -> str:
    tuning = "" if record.cell.tuning is None else f", {record.cell.tuning}"
    regressor = f", {record.cell.regressor}" if record.cell.regressor else ""
    return f"{record.method_label}{tuning}{regressor}"


def _method_on(record: Record) -> str:
    return f"{_method(record)} {_trained_on(record)}"


def _in_words(value: Any) -> str:
    if value is None:
        return "none"
    if isinstance(value, bool):
        return "yes" if value else "no"
    return f"{value:g}" if isinstance(value, float) else value if isinstance(value, str) else json.dumps(value)

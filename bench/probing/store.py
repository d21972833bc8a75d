"""What probing gave, in a file beside the records."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from pydantic import ConfigDict, TypeAdapter, ValidationError

from exiqa.bench.figures.line_plot import LinePlot
from exiqa.bench.figures.shape_functions import Shapes
from exiqa.core.documents import read_text
from exiqa.core.errors import UserError
from exiqa.core.files import write_text
from exiqa.core.schema_error import describe_schema_error

FOLDER = "probed"
"""The folder beside the records."""


@dataclass(frozen=True)
class Probed:
    """What was measured of one cell's score."""

    __pydantic_config__ = ConfigDict(extra="forbid")

    cell: str
    """The cell's id."""
    plots: tuple[LinePlot, ...]
    shapes: tuple[Shapes, ...]


_ADAPTER = TypeAdapter(Probed)


def write_probed(runs: Path, probed: Probed) -> None:
    """Write what was measured of a cell, in place of what was there of it."""
    path = runs / FOLDER / f"{probed.cell}.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    write_text(path, _ADAPTER.dump_json(probed, indent=1).decode() + "\n")


def read_probed(runs: Path, cells: set[str]) -> tuple[Probed, ...]:
    """What was measured of some cells, by file name; of others nothing is read.

    Args:
        runs: The folder of the records.
        cells: Their ids.

    Raises:
        UserError: A file is damaged.
    """
    found = []
    for path in sorted((runs / FOLDER).glob("*.json")):
        if path.stem in cells:
            try:
                found.append(_ADAPTER.validate_json(read_text(path)))
            except ValidationError as error:
                reason = describe_schema_error(error, Probed)
                raise UserError(f"{path} does not hold what was measured of a cell: {reason}") from None
    return tuple(found)

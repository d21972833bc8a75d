"""The table of distortions that were left out of training: named by language alone?"""

from __future__ import annotations

from collections.abc import Iterable

from exiqa.bench.cells.record import FailedCell, Record
from exiqa.bench.tables.parts.by_dataset import table_by_dataset
from exiqa.bench.tables.parts.table import Table

LEFT_OUT = (
    "Each distortion's strengths are those of a tower that was tuned without any image that has it and without its "
    "attributes, and is then read out with the whole bank: what names it are its phrases alone. Each is left out once, "
    "so that a row has as many towers a split as there are distortions. What is not tuned answers as in Table II. A "
    "backbone that met a distortion in pretraining has not left it out, and its row says so."
)


def unseen_table(records: Iterable[Record], failures: Iterable[FailedCell] = ()) -> Table:
    """The figures of distortions left out: a group of rows for each data set.

    Takes what belongs to it out of `records` and `failures`.
    """
    return table_by_dataset(
        "unseen",
        records,
        failures,
        name="Unseen distortions",
        title="Distortions left out of training, named on held-out photos by their attributes",
        about=[LEFT_OUT],
    )

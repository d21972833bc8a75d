"""The table of attribute validity: does each P(a|I) answer to what its phrase says, seen in the image's own pixels?"""

from __future__ import annotations

from collections.abc import Iterable

from exiqa.bench.cells.record import FailedCell, Record
from exiqa.bench.tables.parts.by_dataset import table_by_dataset
from exiqa.bench.tables.parts.table import Table

OF_THE_BANK = ("linked",)
"""Metrics that no model can be better at: not ranked."""
TRUTH = (
    "Truth is measured in pixels, by no distortion label, no opinion and no model: a phrase is linked to one or two of "
    "the effects that can be measured in an image beside its reference (loss of detail, grain, a block grid, a color "
    "cast, …), and it is as true of an image as they are visible there, from 0 (not seen) to 1 (complete). Each figure "
    "but “Siblings” and “Eff. rank” is over the linked attributes alone; a bank of which none is linked has none. "
    "A shuffled bank has ours' very phrases: untuned, it differs in “Within” and “Siblings” alone. "
    "Attributes that are constant leak nothing, so that impurity (OIS, NIS) is to be read beside the AUROC."
)


def validity_table(records: Iterable[Record], failures: Iterable[FailedCell] = ()) -> Table:
    """The figures of attributes: a group of rows for each data set, or pair of them, trained on → tested on.

    Takes what belongs to it out of `records` and `failures`.
    """
    return table_by_dataset(
        "validity",
        records,
        failures,
        name="Validity",
        title="Whether attributes answer to what is seen in held-out photos",
        about=[TRUTH],
        unranked=OF_THE_BANK,
    )

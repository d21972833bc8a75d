"""Our bank, its attributes dealt out wrongly."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from exiqa.bench.methods.controls.control import control
from exiqa.bench.protocol import PROTOCOLS

if TYPE_CHECKING:
    from exiqa.bench.cells.record import Record


def _takes_nothing_away(record: Record) -> str:
    tuned_with_it = record.cell.tuning != "frozen" and record.cell.model is None
    by_strengths = record.settings.get("features") == "strengths"
    if PROTOCOLS[record.cell.protocol].predicts != "scores" or tuned_with_it or by_strengths:
        return ""
    return (
        "the regressor (Eq. 9) is given the same attributes, whichever distortion has them, so that nothing is taken "
        "away from what is not tuned with the bank; scored by strengths alone the row says something"
    )


METHOD = replace(
    control("Shuffled bank", "ours with each distortion's attributes given to another"),
    not_comparable=_takes_nothing_away,
)

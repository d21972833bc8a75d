"""The curves of an additive score, a panel an attribute."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from exiqa.bench.figures.style import ACCENT, HAIR, INK, MUTED, RULE, SMALL, TEXT, TWO_COLUMNS, laid_out, shown, style

if TYPE_CHECKING:
    from matplotlib.figure import Figure

POINTS = 101
"""Of a curve, evenly spread in the logit of P(a|I): most attributes are near 0 in most photos."""
LOGITS = (-7.0, 7.0)
"""Its ends: P(a|I) of .001 and .999."""
_TICKS = (0.01, 0.1, 0.5, 0.9, 0.99)
PANELS = 4
"""In a row."""
_TITLE = 34
"""Characters of a phrase, at most."""


@dataclass(frozen=True)
class Shape:
    """One attribute's curve."""

    phrase: str
    takes: tuple[float, ...]
    """What it takes from the score, at least 0, at `POINTS` values of P(a|I), from nearly 0 to nearly 1."""


@dataclass(frozen=True)
class Shapes:
    """The curves of one score that take most."""

    title: str
    shapes: tuple[Shape, ...]
    """Those that take most first."""
    idle: int
    """How many attributes take nothing."""
    left_out: int
    """How many more take something, and less."""
    cell: str
    """Id of the cell whose regressor this is."""


def draw_shape_functions(shapes: Shapes) -> Figure:
    """P(a|I) along, on a logit scale; what the attribute takes from the score down, on one scale. Two columns wide."""
    from matplotlib.figure import Figure

    with style():
        rows = max(1, -(-len(shapes.shapes) // PANELS))
        figure = Figure(figsize=(TWO_COLUMNS, 0.5 + 1.15 * rows), dpi=300, facecolor="none")
        figure.set_layout_engine("constrained", w_pad=0.03, h_pad=0.03)
        most = max((max(shape.takes) for shape in shapes.shapes), default=1.0)
        for number, shape in enumerate(shapes.shapes):
            axes = figure.add_subplot(rows, PANELS, number + 1, facecolor="none")
            along = np.linspace(*LOGITS, len(shape.takes))
            axes.plot(along, [-value for value in shape.takes], color=ACCENT, linewidth=1.2)
            axes.set_title(shown(shape.phrase, _TITLE), fontsize=SMALL, color=INK, pad=3)
            axes.set(xlim=LOGITS, ylim=(-1.08 * most, 0.06 * most))
            axes.set_xticks([np.log(tick / (1 - tick)) for tick in _TICKS], [f"{tick:g}" for tick in _TICKS])
            axes.grid(color=HAIR, linewidth=0.6)
            axes.tick_params(length=0, labelsize=SMALL, labelcolor=MUTED, pad=2, labelleft=number % PANELS == 0)
            axes.locator_params(axis="y", nbins=4)
            for side, spine in axes.spines.items():
                spine.set(color=RULE, linewidth=0.8, visible=side in ("left", "bottom"))
        figure.supxlabel("P(a|I)", fontsize=TEXT, color=INK)
        figure.supylabel("change of the score", fontsize=TEXT, color=INK)
        return laid_out(figure)

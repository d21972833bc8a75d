"""A figure as files for a paper: PDF with its fonts inside, and PNG; the same figure gives the same bytes."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

from exiqa.bench.figures.style import style

if TYPE_CHECKING:
    from matplotlib.figure import Figure

DOTS_PER_INCH = 200
"""Of PNG files."""


def pdf_of(figure: Figure) -> bytes:
    """One page of the figure's own size, fonts embedded as TrueType, no date in it."""
    return _written(figure, format="pdf", metadata={"CreationDate": None, "Producer": None, "Creator": None})


def png_of(figure: Figure) -> bytes:
    """On white, for slides and for what takes no PDF."""
    return _written(figure, format="png", dpi=DOTS_PER_INCH, facecolor="white", metadata={"Software": None})


def svg_of(figure: Figure) -> str:
    """As matplotlib writes it, its text as text; `exiqa.bench.figures.page_svg` fits it into a page."""
    return _written(figure, format="svg", metadata=dict.fromkeys(("Date", "Creator", "Format", "Type"))).decode()


def _written(figure: Figure, **options: object) -> bytes:
    stream = io.BytesIO()
    with style():
        figure.savefig(stream, **options)  # type: ignore[arg-type]
    return stream.getvalue()

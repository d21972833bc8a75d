"""A figure as files for a paper: PDF with its fonts inside, and PNG; the same figure gives the same bytes.

The canvases are asked directly: `Figure.savefig` draws every figure twice.
"""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

from exiqa.bench.figures.style import style

if TYPE_CHECKING:
    from matplotlib.figure import Figure

DOTS_PER_INCH = 200
"""Resolution of PNG files."""


def pdf_of(figure: Figure) -> bytes:
    """One page of the figure's own size, fonts embedded as TrueType, no date in it."""
    from matplotlib.backends.backend_pdf import FigureCanvasPdf

    stream = io.BytesIO()
    with style():
        FigureCanvasPdf(figure).print_pdf(stream, metadata=dict.fromkeys(("CreationDate", "Producer", "Creator")))
    return stream.getvalue()


def png_of(figure: Figure) -> bytes:
    """On white, for slides and for what takes no PDF."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg

    stream = io.BytesIO()
    with style():
        figure.set(dpi=DOTS_PER_INCH, facecolor="white")
        FigureCanvasAgg(figure).print_png(stream, metadata={"Software": None})
        figure.set(facecolor="none")
    return stream.getvalue()


def svg_of(figure: Figure) -> str:
    """As matplotlib writes it, its text as text; `exiqa.bench.figures.page_svg` fits it into a page."""
    from matplotlib.backends.backend_svg import FigureCanvasSVG

    stream = io.StringIO()
    with style():
        FigureCanvasSVG(figure).print_svg(stream, metadata=dict.fromkeys(("Date", "Creator", "Format", "Type")))
    return stream.getvalue()

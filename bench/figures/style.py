"""How every figure looks: sizes of a paper's columns, colours that differ in grey too, text taken literally."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from exiqa.core.console import printable

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

ONE_COLUMN, TWO_COLUMNS = 3.25, 6.875
"""Widths in inches: those of CVPR's style, which fit IEEE's journals too."""
TEXT, SMALL = 7.0, 6.0
"""Sizes of text in points, as printed."""

INK, MUTED, RULE, HAIR, ACCENT = "#1d2329", "#59636d", "#a9b0a8", "#e2e5df", "#0a6c74"
LINES = ("#0a6c74", "#a8731a", "#a8321e", "#3d51a8", "#3d7a3a", "#87418a")
"""Of lines; each has a marker and a dash pattern of its own besides (`exiqa.bench.figures.line_plot`)."""
SHADES = ("#ffffff", "#f0f6f6", "#e0edee", "#d1e4e5", "#c2dbdd", "#b2d2d4", "#a3c9cc", "#94c0c3", "#84b7ba", "#75aeb2",
          "#66a5a9")  # fmt: skip
"""Of a heat map, from the palest to the strongest; all of them carry black text."""

_FAMILY = "DejaVu Sans Figures"
_UNUSED_TABLES = frozenset({"GSUB", "GPOS", "GDEF", "kern", "FFTM", "DSIG"})
_SETTINGS = {
    "font.size": TEXT,
    "text.parse_math": False,  # names from outside may hold a $
    "text.usetex": False,
    "axes.unicode_minus": True,
    "pdf.fonttype": 42,  # TrueType, whole and searchable; publishers refuse type 3
    "pdf.compression": 6,
    "svg.fonttype": "none",
    "svg.hashsalt": "exiqa",
    "path.simplify": False,
}


@contextmanager
def style() -> Iterator[None]:
    """Within it figures are made and written: matplotlib's own defaults, and the settings of ours."""
    import matplotlib

    # The user's matplotlibrc has no say: the same data give the same bytes.
    settings: dict[Any, Any] = {**matplotlib.rcParamsDefault, **_SETTINGS, "backend": "agg"}
    with matplotlib.rc_context(settings):
        matplotlib.rcParams["font.family"] = _family()
        yield


def new_figure(width: float, height: float) -> tuple[Figure, Axes]:
    """A figure of `width` by `height` inches, and its axes without ticks, top and right side."""
    from matplotlib.figure import Figure

    # Texts are measured in this resolution, and at a low one the hinting of small letters is wrong by a tenth.
    figure = Figure(figsize=(width, height), dpi=300, facecolor="none")
    figure.set_layout_engine("constrained", w_pad=0.02, h_pad=0.02)
    axes = figure.add_subplot(facecolor="none")
    axes.tick_params(length=0, labelsize=TEXT, labelcolor=MUTED, pad=3)
    for side, spine in axes.spines.items():
        spine.set(color=RULE, linewidth=0.8, visible=side in ("left", "bottom"))
    axes.set_axisbelow(True)
    return figure, axes


def laid_out(figure: Figure) -> Figure:
    """The figure with its parts in their places, the same for every format that it is written in."""
    figure.draw_without_rendering()
    figure.set_layout_engine("none")
    return figure


def shown(text: str, most: int = 0) -> str:
    """A text from outside as a figure shows it, on one line.

    Control and direction characters are made visible; what the font has no glyph for is shown by its code point, as
    in LaTeX: [U+4E2D]. Of more than `most` characters (0: of any number) the middle is left out, as the versions of a
    bank differ at their end.
    """
    glyphs = _glyphs()
    line = "".join(
        character if ord(character) in glyphs else f"[U+{ord(character):04X}]"
        for character in " ".join(printable(text).split())
    )
    if not most or len(line) <= most:
        return line
    tail = most // 2
    return f"{line[: most - tail - 1]}…{line[-tail:]}"


@cache
def _glyphs() -> frozenset[int]:
    from matplotlib.font_manager import findfont, get_font

    return frozenset(get_font(findfont(_family())).get_charmap())


@cache
def _family() -> str:
    """The font's name: DejaVu Sans, which comes with matplotlib and is thus the same everywhere, without its tables
    for ligatures and kerning.

    No text here needs them, and they are what makes embedding the font take most of the time that a PDF takes.
    """
    from fontTools.ttLib import TTFont
    from matplotlib.font_manager import findfont, fontManager

    font = TTFont(findfont("DejaVu Sans"), recalcTimestamp=False)
    for tag in _UNUSED_TABLES & set(font.keys()):
        del font[tag]
    names = font["name"]
    for number, name in ((1, _FAMILY), (2, "Regular"), (4, _FAMILY), (6, _FAMILY.replace(" ", ""))):
        for record in names.names:
            if record.nameID == number:
                record.string = name
    path = Path(_folder().name) / "font.ttf"
    font.save(path)
    fontManager.addfont(path)
    return _FAMILY


@cache
def _folder() -> tempfile.TemporaryDirectory[str]:
    return tempfile.TemporaryDirectory(prefix="exiqa-font-")  # removed when the process ends

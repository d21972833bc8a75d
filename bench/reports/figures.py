"""The figures of a report: which there are, what they are called, and how each is drawn."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from markupsafe import Markup

from exiqa.bench.figures.heat_map import HeatMap, draw_heat_map
from exiqa.bench.figures.line_plot import LinePlot, draw_line_plot
from exiqa.bench.figures.scatter import Scatter, draw_scatter
from exiqa.bench.figures.shape_functions import Shapes, draw_shape_functions
from exiqa.bench.figures.strength_curves import StrengthCurves, draw_strength_curves
from exiqa.bench.reports.report import Report
from exiqa.core.console import counted

if TYPE_CHECKING:
    from matplotlib.figure import Figure

FigureData = Scatter | HeatMap | LinePlot | StrengthCurves | Shapes


@dataclass(frozen=True)
class ReportFigure:
    """One figure of a report."""

    id: str
    """On the page: "s1"."""
    stem: str
    """Of its files: "scatter-1"."""
    data: FigureData
    draw: Callable[[], Figure]
    alternative: str
    """What it shows, for who cannot see it."""
    meaning: str
    """What it shows, in words below it; "" where its title says it all."""
    cells: tuple[str, ...]
    """Ids of the cells that it was made from."""

    @property
    def is_wide(self) -> bool:
        """Whether it takes two columns of a paper."""
        return isinstance(self.data, Shapes) or (isinstance(self.data, HeatMap | StrengthCurves) and self.data.is_wide)


@dataclass(frozen=True)
class ReportFigures:
    """All figures of a report, by kind, in the order of the page."""

    ablations: tuple[ReportFigure, ...]
    attributes: tuple[ReportFigure, ...]
    probed: tuple[ReportFigure, ...]
    shapes: tuple[ReportFigure, ...]
    scatters: tuple[ReportFigure, ...]
    breakdowns: tuple[ReportFigure, ...]
    confusions: tuple[ReportFigure, ...]
    curves: tuple[ReportFigure, ...]

    def __iter__(self) -> Iterator[ReportFigure]:
        kinds = (self.ablations, self.attributes, self.probed, self.shapes, self.scatters)
        for kind in (*kinds, self.breakdowns, self.confusions, self.curves):
            yield from kind


@dataclass(frozen=True)
class FigureFiles:
    """A figure in the three forms in which a report has it."""

    svg: Markup
    """An element of the page."""
    pdf: bytes
    png: bytes


def figures_of(report: Report) -> ReportFigures:
    """The figures of a report; nothing is drawn yet."""
    plots = report.plots
    return ReportFigures(
        ablations=tuple(_numbered(report.ablation_plots, "p", "ablation", _line_plot)),
        attributes=tuple(_numbered(plots.attributes, "n", "by-attributes", _line_plot)),
        probed=tuple(_numbered(plots.probed, "i", "probed", _line_plot)),
        shapes=tuple(_numbered(plots.shapes, "f", "shape-functions", _shapes)),
        scatters=tuple(_numbered(plots.scatters, "s", "scatter", _scatter)),
        breakdowns=tuple(_numbered(plots.breakdowns, "b", "by-distortion", _heat_map)),
        confusions=tuple(_numbered(plots.confusions, "m", "confusion", _heat_map)),
        curves=tuple(_numbered(plots.curves, "q", "strength-curves", _curves)),
    )


def page_drawings(figures: Iterable[ReportFigure]) -> dict[str, Markup]:
    """The figures as elements of the page, by id."""
    from exiqa.bench.figures.page_svg import page_svg

    return {
        figure.id: page_svg(figure.draw(), figure.id, figure.alternative, wide=figure.is_wide) for figure in figures
    }


def figure_files(figures: Iterable[ReportFigure]) -> dict[str, FigureFiles]:
    """The figures in every format, by id, each drawn once."""
    from exiqa.bench.figures.files import pdf_of, png_of
    from exiqa.bench.figures.page_svg import page_svg

    files = {}
    for figure in figures:
        drawn = figure.draw()
        svg = page_svg(drawn, figure.id, figure.alternative, wide=figure.is_wide)
        files[figure.id] = FigureFiles(svg, pdf_of(drawn), png_of(drawn))
    return files


def _numbered(
    data: Iterable[FigureData], letter: str, word: str, make: Callable[..., ReportFigure]
) -> Iterator[ReportFigure]:
    for number, one in enumerate(data, start=1):
        yield make(one, f"{letter}{number}", f"{word}-{number}")


def _line_plot(plot: LinePlot, id: str, stem: str) -> ReportFigure:
    alternative = f"{plot.y_label} against {plot.x_label}; the figures are in the table that follows"
    return ReportFigure(id, stem, plot, lambda: draw_line_plot(plot), alternative, plot.meaning, plot.cells)


def _shapes(shapes: Shapes, id: str, stem: str) -> ReportFigure:
    alternative = f"{counted(len(shapes.shapes), 'falling curve')}, P(a|I) along, what it takes from the score down"
    meaning = (
        "What each attribute takes from the score, the more there is of it; no curve can rise. "
        f"{counted(shapes.idle, 'attribute')} take nothing, {shapes.left_out} take less than those drawn."
    )
    cells = (shapes.cell,) if shapes.cell else ()
    return ReportFigure(id, stem, shapes, lambda: draw_shape_functions(shapes), alternative, meaning, cells)


def _scatter(scatter: Scatter, id: str, stem: str) -> ReportFigure:
    dots = len(scatter.true)
    meaning = f"{dots} of {counted(scatter.images, 'image')}, split with seed {scatter.seed}."
    alternative = f"{counted(dots, 'dot')}, predicted score up, true score along"
    return ReportFigure(id, stem, scatter, lambda: draw_scatter(scatter), alternative, meaning, (scatter.cell,))


def _heat_map(heat_map: HeatMap, id: str, stem: str) -> ReportFigure:
    size = f"{counted(len(heat_map.rows), 'row')}, {counted(len(heat_map.columns), 'column')}"
    alternative = f"A map of {size}, the darker the higher; the figures are in the table that follows"
    return ReportFigure(
        id, stem, heat_map, lambda: draw_heat_map(heat_map), alternative, heat_map.meaning, heat_map.cells
    )


def _curves(curves: StrengthCurves, id: str, stem: str) -> ReportFigure:
    alternative = (
        f"{counted(len(curves.curves), 'panel')}, predicted strength up, true strength along; the figures are in the "
        "table that follows"
    )
    return ReportFigure(
        id, stem, curves, lambda: draw_strength_curves(curves), alternative, curves.meaning, curves.cells
    )

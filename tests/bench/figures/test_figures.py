"""Figures: what is drawn is what was given, text is text, and the same data give the same bytes anywhere."""

from __future__ import annotations

import hashlib
import os
import re
import subprocess
import sys
from xml.etree import ElementTree

import numpy as np
import pytest

from exiqa.bench.figures.files import pdf_of, png_of, svg_of
from exiqa.bench.figures.heat_map import MAX_NUMBERS, SHADES, HeatMap, draw_heat_map
from exiqa.bench.figures.line_plot import Line, LinePlot, draw_line_plot
from exiqa.bench.figures.page_svg import page_svg
from exiqa.bench.figures.scatter import Scatter, draw_scatter
from exiqa.bench.figures.strength_curves import StrengthCurve, StrengthCurves, draw_strength_curves
from exiqa.bench.figures.style import ONE_COLUMN, TWO_COLUMNS, shown

EVIL = "<script>$\\frac{1}{$_x_ & \x1b[31m\u202e中"
SHOWN = "<script>$\\frac{1}{$_x_ & \\x1b[31m\\u202e[U+4E2D]"


def scatter(name: str = "MOS") -> Scatter:
    return Scatter("t", name, (0.0, 0.4, 1.0), (-0.5, 0.5, 1.0), 3, 0, "c")


def heat_map(name: str = "blur", columns: int = 4, rows: int = 3) -> HeatMap:
    values = np.linspace(0, 1, rows * columns).reshape(rows, columns).tolist()
    values[0][1] = None
    labels = [tuple(f"{name}{n}" for n in range(count)) for count in (rows, columns)]
    return HeatMap("t", "m", "s", *labels, tuple(map(tuple, values)), 0.0, 1.0)


def line_plot(name: str = "bank", lines: int = 2) -> LinePlot:
    points = [
        (("1", 0.5 + n / 9, 0.4, 0.7), ("3", None, None, None), ("5", 0.7, None, None)) for n in range(lines)
    ]  # fmt: skip
    return LinePlot("t", f"{name} K", f"{name}, higher", tuple(Line(f"{name}{n}", p) for n, p in enumerate(points)))


def strength_curves(name: str = "blur", panels: int = 4) -> StrengthCurves:
    curve = (0.0, 0.2, 1.0), (0.1, 0.3, 0.6), (0.0, 0.2, 0.5), (0.2, 0.4, 0.9)
    return StrengthCurves("t", "m", tuple(StrengthCurve(f"{name}{n}", *curve) for n in range(panels)))


KINDS = {
    "scatter": (scatter, draw_scatter),
    "heat map": (heat_map, draw_heat_map),
    "line plot": (line_plot, draw_line_plot),
    "strength curves": (strength_curves, draw_strength_curves),
}


def test_a_scatter_has_every_point_and_one_scale_that_covers_all() -> None:
    (axes,) = draw_scatter(scatter()).axes
    diagonal, points = axes.lines
    assert points.get_xydata().tolist() == [[0.0, -0.5], [0.4, 0.5], [1.0, 1.0]]
    assert axes.get_xlim() == axes.get_ylim() == pytest.approx((-0.545, 1.045))
    assert np.array_equal(diagonal.get_xdata(), diagonal.get_ydata())
    assert (axes.get_xlabel(), axes.get_ylabel()) == ("true MOS", "predicted")


def test_a_line_breaks_where_a_point_is_missing_and_has_its_interval() -> None:
    (axes,) = draw_line_plot(line_plot()).axes
    named = {line.get_label(): line for line in axes.lines}
    assert np.isnan(named["bank0"].get_ydata()).tolist() == [False, True, False]
    assert named["bank1"].get_ydata()[0] == pytest.approx(0.5 + 1 / 9)
    bars = [line for line in axes.lines if str(line.get_label()).startswith("_")]
    assert [sorted({y for y in bar.get_ydata() if not np.isnan(y)}) for bar in bars] == [[0.4, 0.7]] * 2
    assert [label.get_text() for label in axes.get_xticklabels()] == ["1", "3", "5"]
    assert draw_line_plot(LinePlot("t", "K", "y", ())).axes[0].lines[:] == []


def test_lines_differ_without_their_colours() -> None:
    figure = draw_line_plot(line_plot(lines=6))
    lines = [line for line in figure.axes[0].lines if not str(line.get_label()).startswith("_")]
    assert len({line.get_marker() for line in lines}) == 6
    assert len({str(line._dash_pattern) for line in lines}) == 6
    greys = [np.dot([int(color[n : n + 2], 16) for n in (1, 3, 5)], (0.299, 0.587, 0.114)) for color in SHADES]
    assert all(np.diff(greys) < 0)  # a darker shade is a higher figure


def test_a_heat_map_has_its_numbers_or_in_print_too_many_for_them_its_scale() -> None:
    small = svg_of(draw_heat_map(heat_map()))
    texts = re.findall(r">([^<>\n]+)</text>", small)
    assert texts.count("–") == 1
    assert [text for text in texts if text.startswith(".")] == [
        ".18",
        ".27",
        ".36",
        ".45",
        ".55",
        ".64",
        ".73",
        ".82",
        ".91",
    ]
    side = int(MAX_NUMBERS**0.5) + 1
    large = re.findall(r">([^<>\n]+)</text>", svg_of(draw_heat_map(heat_map(columns=side, rows=side))))
    assert not any(text.startswith(".") for text in large)
    assert large[-2:] == ["0", "1"]
    # One path a shade above the palest, as many parts as cells.
    paths = {patch.get_facecolor(): patch.get_path() for patch in draw_heat_map(heat_map()).axes[0].patches}
    assert len(paths) == 9
    assert sum(np.count_nonzero(path.codes == 1) for path in paths.values()) == 10  # 0 and the missing one are white


def test_strength_curves_have_a_panel_a_distortion_with_median_and_quartiles() -> None:
    (axes,) = draw_strength_curves(strength_curves(panels=2)).axes
    frames, _, bars, lines = (patch.get_path() for patch in axes.patches)
    assert np.count_nonzero(frames.codes == 1) == np.count_nonzero(lines.codes == 1) == 2
    corner = frames.vertices[0]
    own = lines.vertices[:3] - corner
    assert own.tolist() == pytest.approx(np.array([[0.0, -0.1], [0.2, -0.3], [1.0, -0.6]]))
    assert (bars.vertices[:2] - corner).tolist() == pytest.approx(np.array([[0.0, 0.0], [0.0, -0.2]]))


@pytest.mark.parametrize("kind", KINDS)
def test_names_are_shown_as_they_are_and_nothing_is_typeset(kind: str) -> None:
    make, draw = KINDS[kind]
    figure = draw(make(EVIL))
    page = page_svg(figure, "f1", EVIL)
    root = ElementTree.fromstring(page)
    text = "".join(root.itertext())
    assert not {"\x1b", "\u202e"} & set(text)
    assert "$" in text
    assert {element.tag for element in root.iter()} <= {"svg", "g", "defs", "path", "use", "text"}
    assert SHOWN[:8] in text
    pdf_of(figure), png_of(figure)  # no font lacks a letter, nothing is parsed


@pytest.mark.parametrize("kind", KINDS)
def test_on_a_page_there_is_no_style_and_no_id_that_is_not_the_figures_own(kind: str) -> None:
    make, draw = KINDS[kind]
    first, second = (str(page_svg(draw(make()), name, "what it shows")) for name in ("a1", "a2"))
    assert "style" not in first and "#ffffff" not in first and "clip" not in first
    ids, links = re.findall(r' id="(.*?)"', first), re.findall(r'href="#(.*?)"', first)
    assert set(links) == set(ids)
    assert all(name.startswith("a1-") for name in ids)
    assert first.count("<defs><path ") == len(ids) == first.count(" id=")  # else they are drawn in the corner
    assert second == first.replace('"a1-', '"a2-').replace('"#a1-', '"#a2-')
    assert 'role="img" aria-label="what it shows"' in first
    colours = set(re.findall(r'(?:fill|stroke)="(.*?)"', first))
    assert all(color == "none" or re.fullmatch(r"var\(--[a-z0-9]+\)", color) for color in colours)


@pytest.mark.parametrize("kind", KINDS)
def test_sizes_are_those_of_a_papers_columns_and_fonts_are_inside(kind: str) -> None:
    make, draw = KINDS[kind]
    figure = draw(make())
    assert figure.get_figwidth() in (ONE_COLUMN, TWO_COLUMNS)
    pdf = pdf_of(figure)
    assert b"/FontFile2" in pdf and b"/Type3" not in pdf and b"/CreationDate" not in pdf
    assert figure.get_figwidth() == pytest.approx(float(re.search(rb"/MediaBox \[ 0 0 ([\d.]+)", pdf)[1]) / 72)
    # Nothing reaches over the edge.
    with np.errstate(all="ignore"):
        box = figure.get_tightbbox()
    assert box.x0 >= -0.01 and box.y0 >= -0.01
    assert box.x1 <= figure.get_figwidth() + 0.01 and box.y1 <= figure.get_figheight() + 0.01


def test_the_same_data_give_the_same_bytes_in_any_process_and_under_any_settings(tmp_path) -> None:
    code = (
        "import hashlib, sys; sys.path.insert(0, sys.argv[1])\n"
        "from test_figures import KINDS\n"
        "from exiqa.bench.figures.files import pdf_of, png_of, svg_of\n"
        "for make, draw in KINDS.values():\n"
        "    figure = draw(make())\n"
        "    for data in (svg_of(figure).encode(), pdf_of(figure), png_of(figure)):\n"
        "        print(hashlib.sha256(data).hexdigest())\n"
    )
    (tmp_path / "matplotlibrc").write_text("font.size: 20\nlines.linewidth: 9\npdf.fonttype: 3\naxes.grid: True\n")
    environment = {**os.environ, "PYTHONHASHSEED": "7", "MATPLOTLIBRC": str(tmp_path)}
    done = subprocess.run(
        [sys.executable, "-c", code, os.path.dirname(__file__)],
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    )
    here = []
    for make, draw in KINDS.values():
        figure = draw(make())
        # In another order: what was written before leaves nothing behind.
        png, pdf, svg = png_of(figure), pdf_of(figure), svg_of(figure).encode()
        here += [hashlib.sha256(data).hexdigest() for data in (svg, pdf, png)]
    assert done.stdout.split() == here
    assert "Warning" not in done.stderr and "findfont" not in done.stderr


def test_long_names_lose_their_middle() -> None:
    assert shown("kadid10k-names@12", 12) == "kadid…mes@12"
    assert shown(EVIL) == SHOWN


def test_matplotlib_is_not_imported_before_a_figure_is_drawn() -> None:
    code = (
        "import sys\nimport exiqa.bench.reports.renderers.files, exiqa.bench.reports.report\n"
        "assert 'matplotlib' not in sys.modules\n"
        "from exiqa.bench.figures.scatter import Scatter, draw_scatter\n"
        "draw_scatter(Scatter('t', 'MOS', (0.1,), (0.2,), 1, 0, 'c'))\n"
        "assert 'matplotlib.pyplot' not in sys.modules\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True)

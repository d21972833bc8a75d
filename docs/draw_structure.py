"""Draw the packages, their rooms and who imports whom, from the imports: `make drawing` writes structure.svg.

With --check it only says whether the drawing still holds; `make check` asks.
"""

from __future__ import annotations

import html
import sys
import textwrap
from collections import Counter
from pathlib import Path

import grimp
import matplotlib
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import FancyBboxPatch

ROOT = Path(__file__).parents[1]
DRAWING = Path(__file__).with_name("structure.svg")
LAYERS = (("app",), ("bench",), ("model",), ("iqadata", "attrgen"), ("bank",), ("core",))
"""From the door down to what all share, as `import-linter` holds them (pyproject.toml)."""
SAYS = {
    "app": "the door: one command line, the public Python names",
    "bench": "from methods and data sets to tables and reports",
    "model": "CLIP, prompts, the attribute head, training, explanations",
    "iqadata": "pixels: distortions, data sets, stand-ins",
    "attrgen": "from a description to a bank",
    "bank": "attributes: taxonomies, phrases, versions",
    "core": "what all share and is no bank",
}
WIDTH, HEIGHT, GAP = 8.4, 1.08, 0.28  # inches: of a row of boxes, of a box, between rows
GREY = "#51606e"


def structure() -> tuple[dict[str, dict[str, int]], Counter[tuple[str, str]]]:
    """Modules by package and room ("" is the package's own top), and imports by (importing, imported) package."""
    sys.path.insert(0, str(ROOT / "build" / "links"))  # real folders: see the Makefile
    graph = grimp.build_graph("exiqa", include_external_packages=False, cache_dir=None)
    folders = {module for module in graph.modules if graph.find_children(module)}
    rooms: dict[str, dict[str, int]] = {package: {} for layer in LAYERS for package in layer}
    imports: Counter[tuple[str, str]] = Counter()
    for module in graph.modules - folders:
        package, room = _place(module, folders)
        rooms[package][room] = rooms[package].get(room, 0) + 1
    for module in graph.modules:
        importing = _place(module, folders)[0]
        for target in graph.find_modules_directly_imported_by(module):
            if (imported := _place(target, folders)[0]) != importing:
                imports[importing, imported] += 1
    return rooms, imports


def _place(module: str, folders: set[str]) -> tuple[str, str]:
    """The package and the room of a module; what is in no package's folder is the door's."""
    _, *names = module.split(".")
    package = names.pop(0) if names and names[0] in SAYS else "app"
    path = ["exiqa", *([] if package == "app" else [package])]
    return package, names[0] if names and ".".join([*path, names[0]]) in folders else ""


def lines(rooms: dict[str, dict[str, int]], imports: Counter[tuple[str, str]]) -> list[str]:
    """What the drawing says, a line a room and a line an arrow."""
    return [
        *(f"{p}/{room}: {count}" for p in sorted(rooms) for room, count in sorted(rooms[p].items())),
        *(f"{a} -> {b}: {count}" for (a, b), count in sorted(imports.items())),
    ]


def draw(path: Path = DRAWING) -> None:
    """Write the drawing; what it says stands in its description too."""
    rooms, imports = structure()
    matplotlib.rcParams.update({"svg.hashsalt": "exiqa", "svg.fonttype": "none", "font.family": "sans-serif"})
    tall = len(LAYERS) * (HEIGHT + GAP) - GAP
    figure = Figure(figsize=(WIDTH + 0.2, tall + 0.2))
    axes = figure.add_axes((0, 0, 1, 1))
    axes.set(xlim=(-0.1, WIDTH + 0.1), ylim=(-0.1, tall + 0.1))
    axes.axis("off")
    for number, layer in enumerate(LAYERS):
        bottom = tall - (number + 1) * HEIGHT - number * GAP
        width = (WIDTH - 0.3 * (len(layer) - 1)) / len(layer)
        for column, package in enumerate(layer):
            left = column * (width + 0.3)
            below = [other for layer in LAYERS[number + 1 :] for other in layer if imports[package, other]]
            arrows = " · ".join(f"{other} {imports[package, other]}" for other in below)
            _box(axes, package, rooms[package], arrows, left, bottom, width)
            for place, other in enumerate(LAYERS[number + 1] if below else ()):
                if imports[package, other]:
                    share = WIDTH / len(LAYERS[number + 1])
                    foot = (max(left, place * share) + min(left + width, (place + 1) * share)) / 2
                    arrow = {"arrowstyle": "-|>", "color": GREY, "shrinkA": 0, "shrinkB": 0}
                    axes.annotate("", (foot, bottom - GAP), (foot, bottom), arrowprops=arrow)
    figure.savefig(path, metadata={"Date": None, "Description": "\n".join(lines(rooms, imports))})


def _box(
    axes: Axes, package: str, rooms: dict[str, int], arrows: str, left: float, bottom: float, width: float
) -> None:
    axes.add_patch(
        FancyBboxPatch(
            (left, bottom), width, HEIGHT, boxstyle="round,pad=0,rounding_size=0.08", facecolor="#f2f5f8",
            edgecolor=GREY, zorder=2,
        )
    )  # fmt: skip
    top = bottom + HEIGHT
    axes.text(left + 0.12, top - 0.24, f"{package}/", weight="bold", fontsize=11, zorder=3)
    axes.text(left + 0.9, top - 0.24, SAYS[package], fontsize=8, color=GREY, zorder=3)
    words = [f"{room}\u00a0{count}" if room else f"{count}\u00a0modules" for room, count in sorted(rooms.items())]
    text = "\n".join(textwrap.wrap(" · ".join(words), round(width * 12)))
    axes.text(left + 0.12, top - 0.38, text, fontsize=8.5, va="top", linespacing=1.5, zorder=3)
    if arrows:
        axes.text(left + 0.12, bottom + 0.12, f"imports from {arrows}", fontsize=7.5, color=GREY, zorder=3)


def is_current() -> bool:
    """Whether the drawing has the rooms and arrows of the code as it is; counts may differ by what was added since."""
    text = html.unescape(DRAWING.read_text(encoding="utf-8"))
    drawn = text.partition("<dc:description>")[2].partition("</dc:description>")[0].split("\n")
    return {line.partition(":")[0] for line in drawn} == {line.partition(":")[0] for line in lines(*structure())}


if __name__ == "__main__":
    if sys.argv[1:] == ["--check"]:
        sys.exit(None if is_current() else f"{DRAWING.name} is of another state of the code; run: make drawing")
    draw()

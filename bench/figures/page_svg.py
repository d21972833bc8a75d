"""A figure as an element of our page: small, without inline styles, in the page's font and colours, dark ones too."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING
from xml.etree import ElementTree

from markupsafe import Markup, escape

from exiqa.bench.figures.files import svg_of
from exiqa.bench.figures.style import ACCENT, HAIR, INK, LINES, MUTED, RULE, SHADES
from exiqa.core.console import printable

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_COLORS: Mapping[str, str] = {
    **{color: f"var(--line{number})" for number, color in enumerate(LINES)},
    **{color: f"var(--heat{number})" for number, color in enumerate(SHADES)},
    INK: "var(--ink)", MUTED: "var(--muted)", RULE: "var(--rule)", HAIR: "var(--hair)", ACCENT: "var(--line0)",
    "#ffffff": "var(--paper)",
}  # fmt: skip
"""A figure's colours as the custom properties of report.css, which are others on a dark page."""
_STYLES = frozenset({
    "fill", "fill-opacity", "stroke", "stroke-opacity", "stroke-width", "stroke-dasharray", "stroke-linecap",
    "text-anchor", "font-size", "opacity",
})  # fmt: skip
"""What is kept of a style, as an attribute: the page's policy forbids inline styles."""
_ID = 6
"""Characters of a marker's id that are kept."""
_DEFAULTS = {"stroke-linecap": "butt", "stroke-width": "1"}
_SVG, _XLINK = "{http://www.w3.org/2000/svg}", "{http://www.w3.org/1999/xlink}"


def page_svg(figure: Figure, identity: str, alternative: str, *, wide: bool = False) -> Markup:
    """The figure as an `<svg>` element.

    Args:
        figure: What is shown.
        identity: Unique on the page: what ids inside begin with.
        alternative: What the figure shows, for who cannot see it.
        wide: Whether it takes two columns of a paper.
    """
    root = ElementTree.fromstring(svg_of(figure))
    inside = "".join(_elements(root, identity, {}))
    names = "plot wide" if wide else "plot"
    label = escape(printable(alternative))
    return Markup(
        f'<svg class="{names}" viewBox="{_numbers(root.get("viewBox", ""))}" role="img" aria-label="{label}">'
        f"{inside}</svg>"
    )


def _elements(parent: ElementTree.Element, identity: str, inherited: Mapping[str, str]) -> Iterator[str]:
    """What is drawn inside an element; neighbours of one style share a group."""
    open_style = ""
    for element, attributes in _drawn(parent, identity, inherited):
        tag = element.tag.removeprefix(_SVG)
        if "id" in attributes:  # a marker, which is drawn only where it is used
            yield ("</g>" if open_style else "") + f"<defs><{tag}{_written(attributes)}/></defs>"
            open_style = ""
            continue
        geometry = {name: value for name, value in attributes.items() if name not in _STYLES}
        style = _written({name: value for name, value in attributes.items() if name in _STYLES})
        if style != open_style:
            yield ("</g>" if open_style else "") + (f"<g{style}>" if style else "")
            open_style = style
        text = "".join(str(escape(part)) for part in element.itertext()) if tag == "text" else ""
        yield f"<{tag}{_written(geometry)}>{text}</{tag}>" if text else f"<{tag}{_written(geometry)}/>"
    if open_style:
        yield "</g>"


def _drawn(
    parent: ElementTree.Element, identity: str, inherited: Mapping[str, str]
) -> Iterator[tuple[ElementTree.Element, dict[str, str]]]:
    """The elements that draw something, in their order, with all their attributes: those of groups handed down."""
    for element in parent:
        tag = element.tag.removeprefix(_SVG)
        attributes = {**inherited, **_attributes(element, tag, identity)}
        if tag in ("g", "defs"):
            below = {name: value for name, value in attributes.items() if name in _STYLES}
            yield from _drawn(element, identity, below)
        elif (
            tag == "text"
            or (tag == "path" and "id" in attributes)
            or (tag in ("path", "use") and not _is_invisible(attributes))
        ):
            yield element, attributes


def _attributes(element: ElementTree.Element, tag: str, identity: str) -> dict[str, str]:
    declared = (part.partition(":") for part in element.get("style", "").split(";"))
    styles = {name.strip(): value.strip() for name, _, value in declared}
    if "font" in styles:  # older versions of matplotlib write the shorthand
        styles["font-size"] = styles["font"].partition("px")[0].split()[-1]
    kept = {name: _COLORS.get(value, value) for name, value in styles.items() if name in _STYLES}
    kept = {name: _numbers(value.removesuffix("px")) for name, value in kept.items() if _DEFAULTS.get(name) != value}
    if kept.get("stroke-linecap") == "square":
        del kept["stroke-linecap"]
    for name in ("x", "y", "transform"):
        if (value := element.get(name)) is not None and not value.startswith("rotate(-0 "):
            kept[name] = _numbers(value)
    if moved := re.fullmatch(r"translate\(([-\d.]+) ([-\d.]+)\)", kept.get("transform", "")):
        del kept["transform"]
        kept["x"], kept["y"] = moved.groups()
    if path := element.get("d"):
        is_marker = tag == "path" and element.get("id") is not None
        kept["d"] = _path(path, 2 if is_marker else 1)
        if is_marker:
            kept["id"] = f"{identity}-{str(element.get('id'))[:_ID]}"
    if link := element.get(f"{_XLINK}href"):
        kept["href"] = f"#{identity}-{link.removeprefix('#')[:_ID]}"
    return kept


def _path(path: str, decimals: int) -> str:
    """A path in as few characters as it takes: numbers rounded, H and V for lines along an axis."""
    parts: list[str] = []
    at: tuple[str, ...] = ("", "")
    for command, numbers in re.findall(r"([A-Za-z])([^A-Za-z]*)", path):
        to = tuple(_numbers(numbers, decimals).split())
        if command == "L" and to[1] == at[1]:
            parts.append(f"H{to[0]}")
        elif command == "L" and to[0] == at[0]:
            parts.append(f"V{to[1]}")
        else:
            parts.append(command + " ".join(to))
        at = to[-2:] or at
    return "".join(parts)


def _is_invisible(attributes: Mapping[str, str]) -> bool:
    return attributes.get("fill") == "none" and attributes.get("stroke", "none") == "none"


def _numbers(text: str, decimals: int = 1) -> str:
    """The text with every number rounded: a tenth of a point is what a screen can show."""
    return re.sub(r"-?\d+\.\d+", lambda match: f"{float(match.group()):.{decimals}f}".rstrip("0").rstrip("."), text)


def _written(attributes: Mapping[str, str]) -> str:
    return "".join(f' {name}="{escape(value)}"' for name, value in attributes.items())

"""Many short texts in one artist: a map of several hundred numbers is drawn in a fraction of the time."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from matplotlib.artist import Artist, allow_rasterization
from matplotlib.font_manager import FontProperties


class CentredTexts(Artist):
    """Texts centred on points in data coordinates, none of them turned."""

    def __init__(self, texts: Sequence[tuple[float, float, str]], size: float, color: str) -> None:
        """Take the texts as (x, y, text), and their size in points."""
        super().__init__()
        self.texts = texts
        self._font = FontProperties(size=size)
        self._color = color
        self.set(in_layout=False, zorder=3)

    @allow_rasterization
    def draw(self, renderer: Any) -> None:
        """Draw them with `renderer`."""
        sizes = {text: renderer.get_text_width_height_descent(text, self._font, False) for _, _, text in self.texts}
        points = self.axes.transData.transform([(x, y) for x, y, _ in self.texts])  # type: ignore[union-attr]
        _, digit_height, descent = renderer.get_text_width_height_descent("0", self._font, False)
        height = self.get_figure(root=True).bbox.height if renderer.flipy() else None  # type: ignore[union-attr]
        context = renderer.new_gc()
        context.set_foreground(self._color)
        for (x, y), (_, _, text) in zip(points, self.texts, strict=True):
            base = y - (digit_height - descent) / 2
            renderer.draw_text(
                context, x - sizes[text][0] / 2, base if height is None else height - base, text, self._font, 0
            )
        context.restore()

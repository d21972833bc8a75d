"""Pictures that are no photos, made from numbers: screenshots, drawings, noise."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from PIL import Image, ImageDraw

SIZE = (384, 512)
WORDS = [
    "file",
    "edit",
    "view",
    "window",
    "save",
    "the",
    "report",
    "of",
    "errors",
    "and",
    "open",
    "another",
    "folder",
    "for",
    "all",
    "settings",
    "in",
    "this",
    "list",
]


def screenshot(number: int) -> np.ndarray:
    """(384, 512, 3) uint8: windows with bars, lists of words and buttons on a plain desktop."""
    rng = np.random.default_rng(number)
    dark = bool(rng.random() < 0.4)
    ground = tuple(int(v) for v in rng.integers(*((20, 90) if dark else (170, 255)), 3))
    picture = Image.new("RGB", SIZE[::-1], ground)
    draw = ImageDraw.Draw(picture)
    for _ in range(int(rng.integers(1, 5))):
        left, top = (int(v) for v in rng.integers(0, 200, 2))
        right, bottom = left + int(rng.integers(150, 310)), top + int(rng.integers(120, 184))
        paper, ink = ((30, 32, 38), (220, 222, 226)) if dark else ((255, 255, 255), (30, 30, 34))
        draw.rectangle((left, top, right, bottom), fill=paper, outline=ink)
        draw.rectangle((left, top, right, top + 18), fill=tuple(int(v) for v in rng.integers(60, 220, 3)))
        for line in range(top + 26, bottom - 12, int(rng.integers(12, 20))):
            words = " ".join(rng.choice(WORDS, int(rng.integers(2, 8))))
            draw.text((left + 8, line), words, fill=ink)
        draw.rectangle((right - 62, bottom - 24, right - 8, bottom - 6), fill=(60, 120, 216))
    return np.asarray(picture)


def drawing(number: int) -> np.ndarray:
    """(384, 512, 3) uint8: flat shapes with outlines, or lines alone on paper."""
    rng = np.random.default_rng(1000 + number)
    flat = bool(rng.random() < 0.6)
    picture = Image.new("RGB", SIZE[::-1], tuple(int(v) for v in rng.integers(200, 256, 3)))
    draw = ImageDraw.Draw(picture)
    for _ in range(int(rng.integers(8, 40))):
        x, y = rng.integers(0, 512), rng.integers(0, 384)
        w, h = rng.integers(20, 180, 2)
        fill = tuple(int(v) for v in rng.integers(0, 256, 3)) if flat else None
        box = (int(x - w // 2), int(y - h // 2), int(x + w // 2), int(y + h // 2))
        width = int(rng.integers(1, 5))
        kind = rng.integers(3)
        if kind == 0:
            draw.ellipse(box, fill=fill, outline=(0, 0, 0), width=width)
        elif kind == 1:
            draw.rectangle(box, fill=fill, outline=(0, 0, 0), width=width)
        else:
            corners = np.stack([rng.integers(box[0], box[2], 5), rng.integers(box[1], box[3], 5)], axis=1)
            draw.polygon([(int(a), int(b)) for a, b in corners], fill=fill, outline=(0, 0, 0))
    return np.asarray(picture)


def noise(number: int) -> np.ndarray:
    """(384, 512, 3) uint8: white noise of some kind, in grey or in color."""
    rng = np.random.default_rng(2000 + number)
    channels = 3 if rng.random() < 0.6 else 1
    kind = rng.integers(3)
    if kind == 0:
        values = rng.integers(0, 256, (*SIZE, channels))
    elif kind == 1:
        values = 128 + rng.normal(0, rng.uniform(15, 80), (*SIZE, channels))
    else:
        values = 255 * (rng.random((*SIZE, channels)) < rng.uniform(0.2, 0.8))
    return np.broadcast_to(np.clip(values, 0, 255), (*SIZE, 3)).astype(np.uint8)


KINDS: dict[str, Callable[[int], np.ndarray]] = {"screenshots": screenshot, "drawings": drawing, "noise": noise}

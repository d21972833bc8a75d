"""The gallery: every distortion of a dataset at every level, on one photo, as PNG sheets and one HTML page."""

from __future__ import annotations

import base64
import io
import math
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from exiqa.core.files import write_bytes, write_text
from exiqa.core.progress import Step
from exiqa.iqadata.distortions.registry import DISTORTIONS, LEVELS, distort, is_approximate
from exiqa.iqadata.distortions.spec import DistortionSpec
from exiqa.iqadata.distortions.strength import strength
from exiqa.iqadata.photos import fit

_LABEL_WIDTH = 190
_GAP = 4


@dataclass(frozen=True)
class GalleryCell:
    """One distortion at one level."""

    level: int
    parameter: float
    strength: float
    """By the "level" map."""
    magnitude: float
    """By the "magnitude" map."""
    psnr: float
    """Of this photo, in dB; ∞ where no pixel changed."""
    image: np.ndarray
    """(H, W, 3) uint8."""


@dataclass(frozen=True)
class GalleryRow:
    """One distortion of a dataset."""

    spec: DistortionSpec
    approximate: bool
    cells: tuple[GalleryCell, ...]

    @property
    def description(self) -> str:
        """The function's own account of what it does and how it differs from the original."""
        return " ".join((self.spec.function.__doc__ or "").replace("`", "").split())


def gallery_rows(photo: np.ndarray, dataset: str, seed: int = 0) -> Iterator[GalleryRow]:
    """Distort (H, W, 3) uint8 `photo` by every distortion of a dataset, in the dataset's order."""
    for distortion, parameters in LEVELS[dataset].items():
        cells = []
        for level, parameter in enumerate(parameters, start=1):
            image = distort(photo, distortion, level, dataset, seed)
            cells.append(
                GalleryCell(
                    level=level,
                    parameter=parameter,
                    strength=strength(dataset, distortion, level),
                    magnitude=strength(dataset, distortion, level, "magnitude"),
                    psnr=psnr(photo, image),
                    image=image,
                )
            )
        yield GalleryRow(DISTORTIONS[distortion], is_approximate(dataset, distortion), tuple(cells))


def psnr(reference: np.ndarray, image: np.ndarray) -> float:
    """Peak signal-to-noise ratio of two uint8 images of one shape, in dB; ∞ where they are equal."""
    error = float(np.mean((reference.astype(np.float64) - image) ** 2))
    return math.inf if error == 0 else 10 * math.log10(255**2 / error)


def write_gallery(
    photo: np.ndarray,
    datasets: tuple[str, ...],
    out: Path,
    *,
    width: int = 192,
    thumbnail: int = 96,
    seed: int = 0,
    step: Step = lambda done, total: None,
) -> list[Path]:
    """Write gallery.html and a DATASET.png for each dataset.

    Args:
        photo: (H, W, 3) uint8, scaled and cropped to 4:3 and `width` pixels before it is distorted.
        datasets: Whose distortions.
        out: The folder.
        width: Pixels of the pictures on the page, in all colours.
        thumbnail: Pixels of those on the sheets, in 256 colours.
        seed: Of the distortions' draws.
        step: Told (done, total) distortions.

    Returns:
        The files, the page first.
    """
    photo = fit(photo, width * 3 // 4, width)
    total = sum(len(LEVELS[dataset]) for dataset in datasets)
    sections: list[tuple[str, list[GalleryRow]]] = []
    for dataset in datasets:
        rows: list[GalleryRow] = []
        sections.append((dataset, rows))
        for row in gallery_rows(photo, dataset, seed):
            rows.append(row)
            step(sum(len(done) for _, done in sections), total)
    paths = []
    for dataset, rows in sections:
        path = out / f"{dataset}.png"
        sheet = contact_sheet(photo, dataset, rows, (thumbnail, thumbnail * 3 // 4)).quantize(
            256, dither=Image.Dither.NONE
        )
        stream = io.BytesIO()
        sheet.save(stream, "PNG", optimize=True)
        write_bytes(path, stream.getvalue())
        paths.append(path)
    page = out / "gallery.html"
    write_text(page, gallery_page(photo, sections, seed))
    return [page, *paths]


def contact_sheet(photo: np.ndarray, dataset: str, rows: list[GalleryRow], thumbnail: tuple[int, int]) -> Image.Image:
    """One picture: a line for every distortion, its levels from left to right, the reference in the head."""
    width, height = thumbnail
    columns = max(len(row.cells) for row in rows)
    full = (_LABEL_WIDTH + columns * (width + _GAP), (len(rows) + 1) * (height + _GAP) + _GAP)
    sheet = Image.new("RGB", full, "white")
    draw = ImageDraw.Draw(sheet)
    font, small = ImageFont.load_default(14), ImageFont.load_default(11)

    def paste(image: np.ndarray, column: int, line: int) -> None:
        picture = Image.fromarray(image).resize(thumbnail, Image.Resampling.BOX)
        sheet.paste(picture, (_LABEL_WIDTH + column * (width + _GAP), _GAP + line * (height + _GAP)))

    draw.text((_GAP, _GAP), dataset, "black", font)
    draw.text((_GAP, _GAP + 20), "~ approximate", "black", small)
    paste(photo, 0, 0)
    draw.text((_LABEL_WIDTH + width + 2 * _GAP, _GAP), "no distortion\nbelow: levels 1, 2, …", "black", small)
    for line, row in enumerate(rows, start=1):
        top = _GAP + line * (height + _GAP)
        draw.text((_GAP, top), ("~ " if row.approximate else "") + row.spec.id, "black", small)
        # Pillow's own font has no Greek.
        values = ", ".join(number(cell.parameter) for cell in row.cells)
        draw.text(
            (_GAP, top + 16),
            _wrap(f"{row.spec.parameter}: {values}".replace("σ", "sigma"), 32, (height - 16) // 13),
            "#555555",
            small,
        )
        for cell in row.cells:
            paste(cell.image, cell.level - 1, line)
    return sheet


def number(value: float) -> str:
    """A parameter as the tables print it: three digits at most, no exponent where it can be helped."""
    return f"{value:.3g}" if abs(value) < 1000 else f"{value:.0f}"


def _wrap(text: str, width: int, lines: int) -> str:
    import textwrap

    return "\n".join(textwrap.wrap(text, width)[:lines])


def gallery_page(photo: np.ndarray, sections: list[tuple[str, list[GalleryRow]]], seed: int) -> str:
    """One HTML page with every picture inside it; no script, nothing loaded from elsewhere."""
    from jinja2 import Environment, PackageLoader, StrictUndefined

    environment = Environment(
        loader=PackageLoader("exiqa.iqadata", ""), autoescape=True, undefined=StrictUndefined, trim_blocks=True
    )
    return environment.get_template("gallery.html.j2").render(
        reference=data_uri(photo),
        width=photo.shape[1],
        height=photo.shape[0],
        sections=sections,
        seed=seed,
        data_uri=data_uri,
        number=number,
        infinity=math.inf,
    )


def data_uri(image: np.ndarray) -> str:
    """(H, W, 3) uint8 -> a WebP picture as a data URI. Lossy: it is made to be looked at, not to be measured."""
    stream = io.BytesIO()
    Image.fromarray(image).save(stream, "WEBP", quality=55, method=6)
    return "data:image/webp;base64," + base64.b64encode(stream.getvalue()).decode()

"""The certificate as it is read: the table, its summary, and the page of the documentation."""

from __future__ import annotations

import math
from collections.abc import Sequence

from exiqa.iqadata.certifying.certify import AGREED_DB, AGREED_GREY, AGREED_PSNR, NOT_COMPARED, CertificateRow
from exiqa.iqadata.certifying.sizes import LEAST_DIFFERENCE, SIZES, Lost, levels_without_effect, lost_levels
from exiqa.iqadata.distortions.levels import LEVELS
from exiqa.iqadata.gallery import number

_HEAD = ("type", "", "level", "parameter", "ours", "authors'", "difference", "between", "same bytes", "cause")


def _decibels(value: float | None) -> str:
    if value is None:
        return "–"
    return "∞" if math.isinf(value) else f"{value:.2f}"


def _cells(row: CertificateRow) -> tuple[str, ...]:
    return (
        f"{row.code:02d}",
        row.distortion,
        str(row.level),
        number(row.parameter),
        _decibels(row.ours),
        _decibels(row.authors),
        f"{row.difference:.4f}",
        "≥ 60" if row.agrees else _decibels(row.between),
        f"{row.same_bytes} of {row.photos}",
        row.cause,
    )


def certificate_table(rows: Sequence[CertificateRow]) -> list[str]:
    """The lines of the table, in columns; PSNR in dB."""
    lines = [_HEAD, *(_cells(row) for row in rows)]
    widths = [max(len(line[column]) for line in lines) for column in range(len(_HEAD))]
    return ["  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip() for line in lines]


def summary(rows: Sequence[CertificateRow]) -> str:
    """How many levels agree, and how many of them byte for byte, in one sentence."""
    agreed = sum(row.agrees for row in rows)
    same = sum(row.same_bytes == row.photos for row in rows)
    return (
        f"{agreed} of {len(rows)} levels agree with the authors' generator to {AGREED_DB:.0f} dB or better on every "
        f"photo, {same} of them byte for byte"
    )


def sizes_table(rows: Sequence[Lost] | None = None) -> list[str]:
    """Per distortion, which levels are lost at which size; the lines of a Markdown table."""
    rows = lost_levels() if rows is None else rows
    lines = [
        "| data set | distortion | " + " | ".join(f"{width}×{height}" for height, width in SIZES) + " |",
        "|---" * (len(SIZES) + 2) + "|",
    ]
    for dataset, distortion in dict.fromkeys((row.dataset, row.distortion) for row in rows):
        lost = [row for row in rows if (row.dataset, row.distortion) == (dataset, distortion)]
        cells = [", ".join(_lost(row) for row in lost if (row.height, row.width) == size) for size in SIZES]
        lines.append(f"| {dataset} | {distortion} | " + " | ".join(cell or "–" for cell in cells) + " |")
    return lines


def _lost(row: Lost) -> str:
    return f"{row.level} = {row.same_as}" if row.same_as else str(row.level)


def _no_ops() -> str:
    return ", ".join(f"{distortion} {level}" for distortion, level in levels_without_effect("kadid10k"))


def _levels_lost() -> str:
    total = {dataset: sum(map(len, levels.values())) for dataset, levels in LEVELS.items()}
    lines = [
        "| data set | levels | " + " | ".join(f"{width}×{height}" for height, width in SIZES) + " |",
        "|---" * (len(SIZES) + 2) + "|",
    ]
    for dataset, count in total.items():
        cells = [
            str(sum((row.dataset, row.height, row.width) == (dataset, *size) for row in lost_levels()))
            for size in SIZES
        ]
        lines.append(f"| {dataset} | {count} | " + " | ".join(cells) + " |")
    return "\n".join(lines)


def certificate_page(rows: Sequence[CertificateRow]) -> str:
    """The page `docs/certificate.md`."""
    table = ["| " + " | ".join(_HEAD) + " |", "|---" * len(_HEAD) + "|"]
    table += ["| " + " | ".join(_cells(row)) + " |" for row in rows]
    skipped = "\n".join(f"- `{name}`: {reason}." for name, reason in NOT_COMPARED.items())
    return _PAGE.format(
        summary=summary(rows),
        table="\n".join(table),
        skipped=skipped,
        psnr=AGREED_PSNR,
        grey=AGREED_GREY,
        least=LEAST_DIFFERENCE,
        counts=_levels_lost(),
        sizes="\n".join(sizes_table()),
        no_ops=_no_ops(),
    )


_PAGE = """\
# Certificate of the distortions

{summary}. Written by `exiqa data certify DIR --markdown`, where DIR holds the authors' figures; without `--markdown`
the same command prints the table, with `--json` its numbers.

## What is compared

KADID-10k's authors publish the MATLAB generator that their images were made with. It was run in GNU Octave 7.3 (image
package 2.14, OpenJPEG 2.5) on the central 512×384 pixels of eight Kodak photos (01, 03, 05, 08, 15, 18, 20, 23),
which all span 0 to 255. What Octave lacks, or does otherwise than MATLAB, was written after MATLAB's documentation:
clipping and uniform speckle in the noises, the kernel of motion blur, cubic convolution, the search for quantisation
thresholds. MATLAB's palette and its JPEG 2000 codec are closed: there the figures show what a minimum-variance
palette and OpenJPEG give, and say as much about MATLAB as those do.

- A type without randomness is compared on all eight photos. A random type is compared on photos 05, 15 and 23, where
  the authors' code was fed with the numbers that this package draws with seed 0, so that the outputs can be the same.
- *ours* and *authors'* are the PSNR of the output to the photo in dB, the median over the photos; *difference* is the
  largest difference between the two on one photo.
- *between* is the PSNR between the two outputs. It counts as at least 60 dB where the outputs have the same SHA-256
  on every photo, or else where on every photo the PSNR to it is within {psnr} dB and all means, standard deviations
  and the mean absolute difference are within {grey} grey levels of 255 (60 dB is a root mean square difference of
  .26), and, where a window of the authors' output is kept (photo 05, levels 1, 3 and 5 of the types without
  randomness), that window is within 60 dB. What is left below that is rounding: Lab and HSV in single precision.

Their generator maps every input and every output to [0, 1] by its minimum and maximum, so that a distortion is also a
change of contrast; `distort` does so at KADID-10k's levels, and at no other data set's. In a sequence of distortions
the stretch is an option of `exiqa data synth` (`--stretch`), off by default and written into every recipe. That the
rated images were made so is an inference from their opinions: mean shift by +.15 was rated 4.22, and with brighten and
darken as the scale from PSNR to opinion 4.32 is predicted with the stretch and 3.63 without.

Not compared:

{skipped}

## Table

{table}

## Any size

Lengths, patches, budgets and error rates are defined at 512×384, where they are the published ones, and scale with
the square root of the number of pixels: a blur is as wide, a patch as large a share of the picture, and a compressed
file as many bytes a pixel (beside its headers) at any size. The grain of noise and of dithering, the blocks of JPEG
and what is a share of the image from the start do not scale.

A small image has no room for small lengths, and some levels then are the reference's picture, or another level's. A
level counts as lost where its root mean square difference from the reference, or from a weaker level, is below
{least:g} grey level of 255 (the median over the packaged photos; the root mean square over them for errors of
transmission, whose cost varies a thousandfold). `exiqa.iqadata.certifying.sizes.distinguishable` says so for any level
and size,
`exiqa data sizes` prints it, `python -m exiqa.iqadata.certifying.sizes` measures it again. Stand-ins have no image of
a lost level, and recipes draw none. Above 512×384 all lengths are longer and nothing more is lost.

How many levels are lost at which size:

{counts}

At 512×384 KADID-10k has four levels that change nothing, by its own parameters: {no_ops}. Its authors' images of them
were rated as all others were; they are in the data set, and not in what is made here.

Which, by level (`a = b`: level a looks like level b; a level alone looks like the reference):

{sizes}
"""

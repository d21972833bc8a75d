"""A report as data: what every renderer prints, and the provenance section made from records."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from bench.record import Record
from bench.table import Table
from bench.tables import table_three, table_two
from bench.verdict import Verdict, verdicts


@dataclass(frozen=True)
class StrengthBar:
    """One distortion of one photo."""

    distortion: str
    """Its name, as shown."""
    true: float
    """In [0, 1]."""
    predicted: float
    """In [0, 1]."""


@dataclass(frozen=True)
class AttributeLine:
    """One attribute of one photo."""

    phrase: str
    probability: float
    """P(a|I) in [0, 1] (Eq. 6)."""
    distortions: tuple[str, ...]
    """Names of the distortions it speaks for."""


@dataclass(frozen=True)
class PhotoCard:
    """A photo with what is in it and what was seen in it."""

    title: str
    alt: str
    """What the picture shows, for who cannot see it."""
    jpeg: bytes
    """The picture (see `jpeg_thumbnail`)."""
    bars: tuple[StrengthBar, ...]
    attributes: tuple[AttributeLine, ...] = ()
    """The break-down; empty leaves it out."""
    true_score: float | None = None
    """In [0, 1], higher is better."""
    predicted_score: float | None = None
    score_name: str = "score"
    """Says "proxy" where the true score is one."""


@dataclass(frozen=True)
class Phrase:
    """A phrase that an LLM offered, and what became of it."""

    text: str
    kept: bool
    reason: str
    """Why it was refused, or what it was kept as."""


@dataclass(frozen=True)
class Generation:
    """The attribute generation for one distortion."""

    distortion: str
    explanation: str
    """What the LLM was told."""
    model: str
    outcome: str
    """One sentence: what came of it."""
    phrases: tuple[Phrase, ...]


@dataclass(frozen=True)
class Step:
    """One step of the run."""

    name: str
    seconds: float


@dataclass(frozen=True)
class Fact:
    """One line of the provenance section."""

    label: str
    value: str


@dataclass(frozen=True)
class Report:
    """Everything a page says. An empty section is left out."""

    title: str
    summary: tuple[str, ...]
    """Sentences; the first stands out."""
    verdicts: tuple[Verdict, ...]
    tables: tuple[Table, ...]
    photos: tuple[PhotoCard, ...] = ()
    generation: tuple[Generation, ...] = ()
    steps: tuple[Step, ...] = ()
    provenance: tuple[Fact, ...] = ()
    footnotes: tuple[str, ...] = ()


def report_of(records: Sequence[Record], title: str) -> Report:
    """The report that records alone can give: Tables II and III where there is anything in them, and provenance."""
    tables = tuple(table for table in (table_two(records), table_three(records)) if table.groups)
    return Report(title, (), verdicts(records), tables, provenance=provenance_of(records))


def jpeg_thumbnail(pixels: np.ndarray, side: int = 320) -> bytes:
    """A JPEG of (H, W, 3) uint8 sRGB pixels, shrunk so that the longer side is at most `side` pixels.

    Quality 92 without chroma subsampling, so that what the thumbnail adds is small beside the distortion shown.
    """
    from PIL import Image

    image = Image.fromarray(pixels)
    image.thumbnail((side, side), Image.Resampling.LANCZOS)
    stream = io.BytesIO()
    image.save(stream, "JPEG", quality=92, subsampling=0, optimize=True)
    return stream.getvalue()


def provenance_of(records: Sequence[Record]) -> tuple[Fact, ...]:
    """The provenance that records carry: banks, data, splits, seeds, code, versions, machine, time, memory."""
    banks = {f"{r.cell.bank}: {r.hashes.bank}" for r in records if r.cell.bank}
    datasets = {f"{r.cell.test}: {r.hashes.dataset}" for r in records}
    splits = {(r.cell.test, r.cell.split, r.cell.seed, r.hashes.split) for r in records}
    packages = {f"{name} {version}" for r in records for name, version in r.packages.items()}
    machines = {
        f"{m.cpu}, {m.cores} cores"
        + (f", {m.memory_gib:g} GiB" if m.memory_gib else "")
        + f", {m.accelerator or 'no accelerator'}, {m.system}, Python {m.python}"
        for m in (r.machine for r in records)
    }
    peaks = [r.peak_memory_mib for r in records if r.peak_memory_mib is not None]
    facts = [
        *(Fact("Bank (SHA-256)", bank) for bank in sorted(banks)),
        *(Fact("Data set (SHA-256)", dataset) for dataset in sorted(datasets)),
        *(Fact(f"Split (SHA-256) of {t}, {ratio}, seed {seed}", sha) for t, ratio, seed, sha in sorted(splits)),
        *(Fact("Code", commit) for commit in sorted({r.commit or "no checkout" for r in records})),
        *(Fact("Machine", machine) for machine in sorted(machines)),
        *([Fact("Versions", ", ".join(sorted(packages)))] if packages else []),
        *([Fact("Cells", f"{len(records)}, {sum(r.seconds for r in records):.1f} s together")] if records else []),
        *([Fact("Peak memory", f"{max(peaks)} MiB")] if peaks else []),
    ]
    return tuple(facts)

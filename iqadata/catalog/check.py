"""Is a user's copy of a dataset whole? Counts, missing and unreadable files, labels that contradict each other."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from exiqa.core.errors import UserError, UserNotice
from exiqa.core.image_io import read_photo
from exiqa.core.parallel import Workers, run_parallel
from exiqa.core.progress import Step
from exiqa.iqadata.catalog.loading import find_spec
from exiqa.iqadata.datasets.spec import DatasetProblem, DatasetSpec, Listing

MANY = 1000
"""Fewer files than this are read in this process: starting others would take longer."""


@dataclass(frozen=True)
class ProblemGroup:
    """All problems of one kind."""

    kind: str
    """See `exiqa.iqadata.datasets.spec.DatasetProblem`."""
    problems: tuple[str, ...]
    """One sentence about each."""


@dataclass(frozen=True)
class CheckReport:
    """What a copy of a dataset holds, and what is wrong with it."""

    dataset: str
    folder: str
    images: int
    """Rows of the table."""
    references: int
    files: int
    """Files that were there to be read."""
    distortions: dict[str, int]
    """Distortion id -> images; "" counts the clean ones."""
    raw_scores: tuple[float, float] | None
    """The lowest and the highest raw score; None without scores."""
    score: str | None
    """What the scores are: name, direction, formula."""
    problems: tuple[ProblemGroup, ...]
    notes: tuple[str, ...]

    @property
    def ok(self) -> bool:
        return not self.problems

    def to_json(self) -> dict[str, Any]:
        return {"ok": self.ok, **asdict(self)}


def check_dataset(
    name: str,
    root: Path,
    jobs: int = -1,
    on_file: Step | None = None,
    **options: Any,
) -> CheckReport:
    """Read the labels, the folders and every pixel of a copy of a dataset.

    Args:
        name: As `exiqa.iqadata.load_dataset` takes it, as are the options.
        root: The copy's folder.
        jobs: Processes that read the files; −1 is one a core.
        on_file: Told (done, total) after each file.

    Returns:
        What the copy holds and what is wrong with it; one whose labels cannot be read at all has that one problem.

    Raises:
        UserError: There is no such dataset, folder or option.
    """
    spec, options = find_spec(name, options)
    if not root.is_dir():
        raise UserError(f"{spec.title}: {root} is not a folder; give the one that holds {spec.layout}")
    with warnings.catch_warnings(record=True) as noticed:
        warnings.simplefilter("always", UserNotice)
        try:
            listing = spec.read(root, **options)
        except UserError as error:
            problem = ProblemGroup("label", (str(error),))
            return CheckReport(spec.name, str(root), 0, 0, 0, {}, None, None, (problem,), ())
    problems = [*listing.problems, *_direction_problems(spec, listing), *_unreadable(spec, listing, jobs, on_file)]
    groups: dict[str, list[str]] = {}
    for each in problems:
        groups.setdefault(each.kind, []).append(each.text)
    raw = listing.table["raw_score"]
    info = listing.scale.info() if listing.scale else None
    return CheckReport(
        dataset=listing.name or spec.name,
        folder=str(root),
        images=len(listing.table),
        references=int(listing.table["reference"].nunique()),
        files=len(listing.files),
        distortions={str(k): int(n) for k, n in listing.table["distortion"].value_counts(sort=False).items()},
        raw_scores=(float(raw.min()), float(raw.max())) if raw.notna().any() else None,
        score=f"{info.name}, {info.raw_direction}, score = {info.formula}" if info else None,
        problems=tuple(ProblemGroup(kind, tuple(texts)) for kind, texts in groups.items()),
        notes=(*(str(each.message) for each in noticed), *listing.notes),
    )


def _direction_problems(spec: DatasetSpec, listing: Listing) -> list[DatasetProblem]:
    """Labels that run the wrong way: over a whole set of ever stronger distortions, quality cannot rise with level."""
    if not spec.level_lowers_score or listing.scale is None or len(listing.table) < 3:
        return []
    score = pd.Series(listing.scale.normalise(listing.table["raw_score"].to_numpy(np.float64)))
    correlation = listing.table["level"].reset_index(drop=True).corr(score, method="spearman")
    if not correlation > 0:
        return []
    return [
        DatasetProblem(
            "direction",
            f"quality rises with the distortions' level (Spearman {correlation:+.2f}); the scores are upside down",
        )
    ]


def _read_one(check_file: Callable[[Path], object], path: Path) -> str | None:
    try:
        check_file(path)
    except UserError as error:
        return str(error)
    return None


def _unreadable(spec: DatasetSpec, listing: Listing, jobs: int, on_file: Step | None) -> list[DatasetProblem]:
    """A problem for each file of the listing whose pixels cannot be read, in the listing's order."""
    check_file = spec.check_file or read_photo
    total = len(listing.files)
    workers = Workers(jobs if total >= MANY else 1)
    answers = run_parallel(partial(_read_one, check_file), listing.files, workers, in_order=True)
    problems = []
    for done, answer in enumerate(answers, start=1):
        if answer is not None:
            problems.append(DatasetProblem("unreadable", answer))
        if on_file is not None:
            on_file(done, total)
    return problems


def report_lines(report: CheckReport) -> list[str]:
    """The report as lines of text for a terminal."""
    lines = [f"{report.dataset} at {report.folder}"]
    if report.images:
        lines.append(f"  {report.images} images, {report.references} references, {report.files} files read")
    if report.score and report.raw_scores:
        lines.append(f"  {report.score}; raw scores {report.raw_scores[0]:g} to {report.raw_scores[1]:g}")
    lines += [f"  {count:6} {distortion or 'clean or unknown'}" for distortion, count in report.distortions.items()]
    lines += [f"  note: {note}" for note in report.notes]
    for group in report.problems:
        lines += [f"  {group.kind}: {len(group.problems)}", *(f"    {text}" for text in group.problems)]
    lines.append("  whole: nothing is missing, unreadable or contradictory" if report.ok else "  not whole")
    return lines

"""The reports of `exiqa assess`, and many files through one model into one of them."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import numpy as np

from exiqa.core.errors import UserError
from exiqa.core.files import atomic_path
from exiqa.core.progress import progress_bar
from exiqa.model.assessing.assessment import AssessedPhoto, Unreadable
from exiqa.model.assessing.assessor import Assessor
from exiqa.model.assessing.json_csv import CsvReport, JsonReport

if TYPE_CHECKING:
    from exiqa.model.assessing.explain import Explanation


class AssessmentReport(Protocol):
    """Where assessments go: a terminal, JSON, CSV or a page."""

    def add(self, photo: AssessedPhoto, explanation: Explanation | None, picture: Path | None) -> None:
        """One photo; `picture` is where the explanation's overlay was written, if it was."""
        ...

    def finish(self, unreadable: Sequence[Unreadable]) -> None:
        """All photos are there."""
        ...


def _terminal(assessor: Assessor, model: str, total: int, top: int, page: Path | None) -> AssessmentReport:
    from rich.console import Console

    from exiqa.model.assessing.terminal import TerminalReport

    return TerminalReport(Console(), total, top)


def _json(assessor: Assessor, model: str, total: int, top: int, page: Path | None) -> AssessmentReport:
    return JsonReport(sys.stdout, model, assessor.engine.name)


def _csv(assessor: Assessor, model: str, total: int, top: int, page: Path | None) -> AssessmentReport:
    return CsvReport(sys.stdout, assessor.engine.bank.distortions)


def _page(assessor: Assessor, model: str, total: int, top: int, page: Path | None) -> AssessmentReport:
    from exiqa.model.assessing.page import PageReport

    if page is None:
        raise UserError("a page needs a file to be written to; give one")
    return PageReport(page, model, top)


FORMS: dict[str, Callable[[Assessor, str, int, int, Path | None], AssessmentReport]] = {
    "terminal": _terminal,
    "json": _json,
    "csv": _csv,
    "page": _page,
}
"""The empty report of a form, made of what assesses, the model's name for people, the number of files, the distortions
and parts of a score that are shown of a photo, and a page's HTML file; a page without one is a UserError."""


@contextmanager
def assessing_bar(form: str) -> Iterator[Callable[[int, int], None]]:
    """Yields what `assess_into` takes as `on_file`.

    Data that is printed as it comes has no bar where both would be on one terminal.
    """
    if form in ("json", "csv") and sys.stdout.isatty():
        yield lambda done, total: None
        return
    with progress_bar("Assessing") as move:
        yield move


def assess_into(
    report: AssessmentReport,
    assessor: Assessor,
    files: Sequence[Path],
    *,
    explained: bool = False,
    what: str | None = None,
    pictures: Path | None = None,
    values: Mapping[str, float] | None = None,
    on_file: Callable[[int, int], None] = lambda done, total: None,
) -> list[Unreadable]:
    """Assess files into a report.

    Args:
        report: Finished when all files are in it.
        assessor: What assesses.
        files: In the order of the report.
        explained: With explanations.
        what: Of what, see `exiqa.model.assessing.explain.explain`.
        pictures: The folder that the explanations' overlays are written to, as PNG; None writes none.
        values: Attributes that are set, see `Assessor.intervene`; None sets none.
        on_file: Called with the number of files done and of all.

    Returns:
        Those that could not be read, in order.

    Raises:
        UserError: `what` is not in the bank (before any file is read), or the model cannot be explained.
    """
    if explained and what is not None:
        from exiqa.model.assessing.saliency import find_target

        find_target(assessor.engine.bank, what)
    unreadable: list[Unreadable] = []
    for number, photo in enumerate(assessor.examine_files(files), start=1):
        if isinstance(photo, Unreadable):
            unreadable.append(photo)
        else:
            if values:
                photo = replace(photo, assessment=assessor.intervene(photo, values))
            explanation = _explain(assessor, photo, what) if explained else None
            picture = None
            if explanation is not None and explanation.saliency.moves and pictures is not None:
                picture = pictures / _picture_name(number, photo.assessment.image, explanation.saliency.target)
                _write_png(explanation.overlay, picture)
            report.add(photo, explanation, picture)
        on_file(number, len(files))
    report.finish(unreadable)
    return unreadable


def _explain(assessor: Assessor, photo: AssessedPhoto, what: str | None) -> Explanation:
    from exiqa.model.assessing.explain import explain

    return explain(assessor, photo, what)


def _picture_name(number: int, image: str, target: str) -> str:
    """A name of its own for every file of a call, and safe on any system."""
    stem, what = (re.sub(r"[^A-Za-z0-9._-]+", "-", text).strip("-.")[:60] for text in (Path(image).stem, target))
    return f"{number:04d}-{stem}-{what}.png"


def _write_png(pixels: np.ndarray, path: Path) -> None:
    from PIL import Image

    with atomic_path(path) as temporary:
        Image.fromarray(pixels).save(temporary)

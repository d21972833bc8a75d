"""Assessments as JSON and CSV, written as they come."""

from __future__ import annotations

import csv
import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

from exiqa.core.console import safe_cell
from exiqa.model.assessing.assessment import AssessedPhoto, Unreadable

if TYPE_CHECKING:
    from exiqa.model.assessing.explain import Explanation


class JsonReport:
    """One JSON object: `model`, `engine` (what computed), `images` (as `Assessment.to_json`), `unreadable`."""

    def __init__(self, stream: TextIO, model: str, engine: str) -> None:
        self.stream = stream
        self.model = model
        self.engine = engine
        self.count = 0

    def add(self, photo: AssessedPhoto, explanation: Explanation | None, picture: Path | None) -> None:
        """One photo; with an explanation, `explanation` has its saliency picture (null where the probability does not
        move) and the score's break-down."""
        entry = photo.assessment.to_json()
        if explanation is not None:
            entry["explanation"] = {
                "of": explanation.saliency.target,
                "moves": explanation.saliency.moves,
                "saliency_picture": str(picture) if picture else None,
                "score_breakdown": asdict(explanation.breakdown) if explanation.breakdown else None,
            }
        self.stream.write((",\n" if self.count else self._head()) + json.dumps(entry))
        self.count += 1

    def finish(self, unreadable: Sequence[Unreadable]) -> None:
        """Close the object."""
        head = "" if self.count else self._head()
        self.stream.write(f'{head}\n],\n"unreadable": {json.dumps([asdict(one) for one in unreadable])}}}\n')

    def _head(self) -> str:
        return f'{{"model": {json.dumps(self.model)},\n"engine": {json.dumps(self.engine)},\n"images": [\n'


class CsvReport:
    """A line a photo: image, height, width, score, then the strength of every distortion by its id.

    The score is empty where the model has no regressor. Unreadable files have no line.
    """

    def __init__(self, stream: TextIO, distortions: Sequence[str]) -> None:
        self.writer = csv.writer(stream, lineterminator="\n")
        self.distortions = tuple(distortions)
        self.writer.writerow(["image", "height", "width", "score", *self.distortions])

    def add(self, photo: AssessedPhoto, explanation: Explanation | None, picture: Path | None) -> None:
        """One photo; explanations do not fit into a table."""
        assessment = photo.assessment
        strength = {reading.id: reading.strength for reading in assessment.distortions}
        score = "" if assessment.score is None else f"{assessment.score.value:.6f}"
        self.writer.writerow(
            [safe_cell(assessment.image), assessment.height, assessment.width, score]
            + [f"{strength[distortion]:.6f}" for distortion in self.distortions]
        )

    def finish(self, unreadable: Sequence[Unreadable]) -> None:
        """Nothing is left to write."""

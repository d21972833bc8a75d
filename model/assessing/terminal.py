"""Assessments in a terminal: a few photos in detail, many as a line each."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from exiqa.core.console import printable
from exiqa.model.assessing.assessment import (
    AssessedPhoto,
    Assessment,
    DistortionReading,
    Score,
    ScoreBreakdown,
    Unreadable,
)

if TYPE_CHECKING:
    from exiqa.model.assessing.explain import Explanation

DETAILED = 4
"""Up to so many photos are shown in detail."""
BAR = 10
NAMED = 3
"""Distortions named in a photo's line."""
BEHIND = 3
"""Attributes shown of each distortion; all of them are in the page and in the JSON."""


class TerminalReport:
    """Collects what is said of `total` files and prints it; all text from outside is made safe."""

    def __init__(self, console: Console, total: int, top: int) -> None:
        """A report of nothing yet.

        Args:
            console: Where it is printed.
            total: Number of files.
            top: Distortions shown in detail of a photo.
        """
        self.console = console
        self.detailed = total <= DETAILED
        self.top = top
        self.rows: list[Assessment] = []

    def add(self, photo: AssessedPhoto, explanation: Explanation | None, picture: Path | None) -> None:
        """One photo; `picture` is where the explanation's overlay was written."""
        assessment = photo.assessment
        if not self.detailed:
            self.rows.append(assessment)
            return
        self._print(f"{assessment.image}  {assessment.width}×{assessment.height}", style="bold")
        self._print(assessment.summary)
        self._print(score_sentence(assessment.score))
        self.console.print(readings_table(assessment.distortions[: self.top]))
        hidden = len(assessment.distortions) - self.top
        if hidden > 0:
            weakest = assessment.distortions[self.top].strength
            self._print(f"{hidden} more at {weakest:.2f} or less; --top shows them")
        if explanation is not None:
            from exiqa.model.assessing.explain import no_map_sentence

            saliency = explanation.saliency
            self._print(f"where {saliency.name} is seen: {picture}" if saliency.moves else no_map_sentence(saliency))
            if explanation.breakdown is not None:
                self.console.print(breakdown_table(explanation.breakdown, self.top))
        self._print("")

    def finish(self, unreadable: Sequence[Unreadable]) -> None:
        """Print what was collected."""
        if self.rows:
            table = _table("Photo", "Score", "Strongest distortions")
            table.columns[1].justify = "right"
            for photo in self.rows:
                value = "–" if photo.score is None else f"{photo.score.value:.3f}"
                named = ", ".join(f"{d.name} {d.strength:.2f}" for d in photo.distortions[:NAMED])
                table.add_row(_text(photo.image), _text(value), _text(named))
            self.console.print(table)
            if (score := self.rows[0].score) is not None:
                self._print(f"score: {scale(score)}")

    def _print(self, text: str, style: str = "") -> None:
        self.console.print(_text(text, style), soft_wrap=True)


def score_sentence(score: Score | None) -> str:
    """A score in words, with what it is."""
    if score is None:
        return "no score: the model has no regressor (`exiqa model regress` fits one)"
    return f"score {score.value:.3f}  ({scale(score)})"


def scale(score: Score) -> str:
    """What a score's number means."""
    kind = score.name + (" – a proxy, not people's opinions" if score.proxy and "proxy" not in score.name else "")
    return f"{kind}; higher is better, nominally 0 to 1; regressor {score.regressor}"


def readings_table(readings: Sequence[DistortionReading]) -> Table:
    """Distortions with their strengths, and the attributes that add most to each."""
    table = _table("Distortion", "Strength", "Attribute behind it", "P(a|I)", "Weight")
    for column in (3, 4):
        table.columns[column].justify = "right"
    table.columns[1].no_wrap = True
    for reading in readings:
        filled = round(min(max(reading.strength, 0), 1) * BAR)
        strength = f"{reading.strength:.2f} {'█' * filled}{'·' * (BAR - filled)}"
        for number, attribute in enumerate(reading.attributes[:BEHIND]):
            table.add_row(
                _text(reading.name if number == 0 else ""),
                _text(strength if number == 0 else ""),
                _text(attribute.phrase),
                f"{attribute.probability:.2f}",
                f"{attribute.weight:.2f}",
            )
        if rest := reading.attributes[BEHIND:]:
            highest = max(attribute.probability for attribute in rest)
            table.add_row("", "", _others(len(rest)), f"≤ {highest:.2f}", f"{sum(a.weight for a in rest):.2f}")
    return table


def breakdown_table(breakdown: ScoreBreakdown, top: int) -> Table:
    """What the attributes add to a score, the largest `top` by amount and the rest together."""
    table = _table("Score", "Attribute", "P(a|I)", "Typical")
    table.columns[0].justify = "right"
    table.add_row(f"{breakdown.baseline:.3f}", _text("a photo with typical attributes"), "", "")
    for part in breakdown.parts[:top]:
        table.add_row(f"{part.contribution:+.3f}", _text(part.phrase), f"{part.probability:.2f}", f"{part.typical:.2f}")
    rest = breakdown.parts[top:]
    if rest:
        table.add_row(
            f"{sum(part.contribution for part in rest):+.3f}",
            _others(len(rest)),
            "",
            "",
        )
    table.add_row(f"{breakdown.prediction:.3f}", _text("this photo"), "", "", style="bold")
    return table


def _others(count: int) -> Text:
    return _text(f"{count} other attribute{'s' * (count > 1)}")


def _table(*columns: str) -> Table:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for column in columns:
        table.add_column(column, overflow="fold")
    return table


def _text(text: str, style: str = "") -> Text:
    """A cell without markup and without anything that could move the terminal."""
    return Text(printable(text), style=style)

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
    GroupPart,
    Intervention,
    Score,
    ScoreBreakdown,
    ScorePart,
    Unreadable,
)

if TYPE_CHECKING:
    from exiqa.model.assessing.explain import Explanation

DETAILED = 4
"""Up to so many photos are shown in detail."""
BAR = 10
NAMED = 3
"""Distortions named in a photo's line."""
UNDER = 2
"""Attributes shown of each distortion of a break-down."""
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
        self._print(score_sentence(assessment.score))
        if assessment.intervention is not None:
            self._print(intervention_sentence(assessment.intervention))
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
                value += "*" if photo.score is not None and photo.score.outside else ""
                named = ", ".join(f"{d.name} {d.strength:.2f}" for d in photo.distortions[:NAMED])
                table.add_row(_text(photo.image), _text(value), _text(named))
            self.console.print(table)
            if (score := self.rows[0].score) is not None:
                self._print(f"score: {scale(score)}")
            outside = sum(bool(photo.score and photo.score.outside) for photo in self.rows)
            if outside:
                self._print(f"* {outside} lie outside what the score has seen, so it says little of them")

    def _print(self, text: str, style: str = "") -> None:
        self.console.print(_text(text, style), soft_wrap=True)


def score_sentence(score: Score | None) -> str:
    """A score in words, with what it is."""
    if score is None:
        return "no score: the model has no regressor (`exiqa model regress` fits one)"
    said = f"score {score.value:.3f}  ({scale(score)})"
    if score.low is not None and score.high is not None:
        said += f"; nine in ten such photos lie between {score.low:.3f} and {score.high:.3f}"
    if score.outside:
        said += "; outside what this score has seen, so it says little"
    return said


def intervention_sentence(intervention: Intervention) -> str:
    """A score with attributes that are set, in words."""
    said = " and ".join(f"“{phrase}” at {value:g}" for phrase, value in intervention.attributes.items())
    return f"with {said} the score would be {intervention.score:.3f} ({intervention.change:+.3f})"


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
    """What the attributes of each distortion add to a score, the largest `top` by amount and the rest together; under
    each those attributes that move it most."""
    table = _table("Score", "Distortion and its attributes", "P(a|I)", "Typical")
    table.columns[0].justify = "right"
    table.add_row(f"{breakdown.baseline:.3f}", _text("a photo with typical attributes"), "", "")
    parts = {part.phrase: part for part in breakdown.parts}
    for group in breakdown.groups[:top]:
        table.add_row(f"{group.contribution:+.3f}", _text(group_title(group), "bold"), "", "")
        for phrase in group.phrases[:UNDER]:
            part = parts[phrase]
            words = _text(f"  {part.contribution:+.3f}{direction_sign(part)} {part.phrase}")
            table.add_row("", words, f"{part.probability:.2f}", f"{part.typical:.2f}")
    rest = breakdown.groups[top:]
    if rest:
        added = f"{sum(group.contribution for group in rest):+.3f}"
        table.add_row(added, _text(f"{len(rest)} other distortion{'s' * (len(rest) > 1)}"), "", "")
    table.add_row(f"{breakdown.prediction:.3f}", _text("this photo"), "", "", style="bold")
    return table


def group_title(group: GroupPart) -> str:
    """A distortion of a break-down in words, and whether its attributes contradict each other."""
    if not group.contradicts:
        return group.name
    return (
        f"{group.name}, whose attributes contradict each other: {group.better:.3f} is moved by some that count as a "
        f"merit, {group.worse:.3f} by some that count as a fault"
    )


def direction_sign(part: ScorePart) -> str:
    """ " (merit)" for an attribute that raises the score the more there is of it, else ""."""
    return " (merit)" if part.more_is_better else ""


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

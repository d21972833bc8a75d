"""Assessments as one HTML page that asks the network for nothing."""

from __future__ import annotations

import base64
import hashlib
import io
from collections.abc import Sequence
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from exiqa.core.console import printable
from exiqa.core.files import write_text
from exiqa.model.assessing.assessment import AssessedPhoto, Assessment, GroupPart, ScorePart, Unreadable
from exiqa.model.assessing.terminal import direction_sign, group_title, intervention_sentence, score_sentence

if TYPE_CHECKING:
    from exiqa.model.assessing.explain import Explanation

UNDER = 3
"""Attributes shown of each distortion of a break-down."""
SIDE = 480
"""Longer side of the pictures on the page, in pixels."""


@dataclass(frozen=True)
class Card:
    """One photo on the page."""

    assessment: Assessment
    photo: str
    """A data URI."""
    explanation: Explanation | None
    overlay: str
    """A data URI; empty without a map."""
    no_map: str
    """Why an explanation has none; else empty."""

    def parts_of(self, group: GroupPart) -> list[ScorePart]:
        """Those attributes of a distortion that move the score most."""
        assert self.explanation is not None and self.explanation.breakdown is not None
        parts = {part.phrase: part for part in self.explanation.breakdown.parts}
        return [parts[phrase] for phrase in group.phrases[:UNDER]]


class PageReport:
    """Collects photos and writes the page when all are there. It has no script; every text on it is escaped."""

    def __init__(self, path: Path, model: str, top: int) -> None:
        """A page without photos.

        Args:
            path: The HTML file.
            model: Its name, for people.
            top: Distortions, and parts of a score, shown at once of a photo; the others unfold.
        """
        self.path = path
        self.model = model
        self.top = top
        self.cards: list[Card] = []

    def add(self, photo: AssessedPhoto, explanation: Explanation | None, picture: Path | None) -> None:
        """One photo."""
        overlay = no_map = ""
        if explanation is not None and explanation.saliency.moves:
            overlay = picture_uri(explanation.overlay)
        elif explanation is not None:
            from exiqa.model.assessing.explain import no_map_sentence

            no_map = no_map_sentence(explanation.saliency)
        self.cards.append(Card(photo.assessment, picture_uri(photo.pixels), explanation, overlay, no_map))

    def finish(self, unreadable: Sequence[Unreadable]) -> None:
        """Write the page."""
        write_text(self.path, self.html(unreadable))

    def html(self, unreadable: Sequence[Unreadable]) -> str:
        """The page's text."""
        style = (resources.files("exiqa.model.assessing") / "assessment.css").read_text(encoding="utf-8")
        digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
        environment = Environment(
            loader=PackageLoader("exiqa.model.assessing", ""),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
            finalize=_visible,
        )
        allowed = f"img-src data:; style-src 'sha256-{digest}'"
        return environment.get_template("assessment.html.j2").render(
            cards=self.cards,
            unreadable=unreadable,
            model=self.model,
            top=self.top,
            score_sentence=score_sentence,
            intervention_sentence=intervention_sentence,
            group_title=group_title,
            direction_sign=direction_sign,
            style=Markup(style),  # our own file, not text from outside
            policy=f"default-src 'none'; {allowed}; base-uri 'none'; form-action 'none'",
        )


def picture_uri(pixels: np.ndarray) -> str:
    """(H, W, 3) uint8 sRGB -> a JPEG at most `SIDE` pixels long, as a data URI."""
    from PIL import Image

    image = Image.fromarray(pixels)
    image.thumbnail((SIDE, SIDE), Image.Resampling.LANCZOS)
    stream = io.BytesIO()
    image.save(stream, "JPEG", quality=90, subsampling=0)
    return "data:image/jpeg;base64," + base64.b64encode(stream.getvalue()).decode()


def _visible(value: Any) -> Any:
    """Control and direction characters are shown, not obeyed."""
    return printable(value) if isinstance(value, str) and not isinstance(value, Markup) else value

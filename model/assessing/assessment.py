"""What a model says of one photo: its score, the distortions in it, and the attributes behind each."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from exiqa.model.assessing.colorless import REMARK
from exiqa.model.assessing.summary import summary

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class AttributeReading:
    """One attribute of a distortion, in one photo."""

    phrase: str
    probability: float
    """P(a|I) in [0, 1] (Eq. 6): how surely the photo shows it."""
    weight: float
    """w[a, d] in [0, 1] (Eq. 7): its share in the distortion's strength; the shares of a distortion sum to 1."""


@dataclass(frozen=True)
class DistortionReading:
    """One distortion in one photo."""

    id: str
    name: str
    strength: float
    """P(d|I) in [0, 1] (Eq. 7): 0 is absent, 1 the strongest level of the set that the model was tuned on."""
    attributes: tuple[AttributeReading, ...]
    """What it was read from; those that add most to the strength (weight × probability) first."""


@dataclass(frozen=True)
class Score:
    """A predicted quality score (Eq. 9)."""

    value: float
    """Higher is better, nominally in [0, 1], not clipped."""
    regressor: str
    """Name of the artifact's regressor that gave it."""
    name: str
    """What it predicts: "MOS", "DMOS", or the name of a full-reference proxy, or "score of unrecorded origin"."""
    proxy: bool
    """True where it was learned from a computed proxy, not from people's opinions."""
    formula: str
    """How the scale [0, 1] came from the raw score x: "(x - 1) / 4"; empty where that is not recorded."""
    low: float | None = None
    """Of nine photos in ten like those that the regressor was fitted to, the true score lies between `low` and `high`
    (`exiqa.model.regressors.reach`); None where the regressor does not say."""
    high: float | None = None
    outside: bool | None = None
    """Whether the photo's attributes lie outside what the regressor has seen: the score then says little; None where
    the regressor does not say."""


@dataclass(frozen=True)
class ScorePart:
    """One attribute's part in a score."""

    phrase: str
    probability: float
    """P(a|I) of this photo."""
    typical: float
    """The attribute's mean P(a|I) over the regressor's training photos: the baseline."""
    contribution: float
    """Its integrated gradient, in units of the score: negative where it lowers the score."""
    more_is_better: bool | None = None
    """Whether the score rises with the attribute between the typical photo and this one; None where the two have as
    much of it, or it has no part in the score."""


@dataclass(frozen=True)
class GroupPart:
    """The part in a score of the attributes of one distortion."""

    id: str
    """The distortion's."""
    name: str
    contribution: float
    """The sum over its attributes; of one that belongs to n distortions, an n-th."""
    better: float
    """By how much the score moves, by amount, through those attributes that raise it the more there is of them."""
    worse: float
    """The same through those that lower it. Where neither is small, the attributes contradict each other: each names
    the same fault, and the regressor counts some of them as a merit."""
    contradicts: bool
    """Whether the smaller of the two is at least a quarter of both."""
    phrases: tuple[str, ...]
    """Its attributes', those that move the score most first."""


@dataclass(frozen=True)
class ScoreBreakdown:
    """A score told apart by attribute."""

    prediction: float
    baseline: float
    """The score of a photo whose attributes are all at their training mean."""
    parts: tuple[ScorePart, ...]
    """All attributes, the largest contribution by amount first; they sum to prediction − baseline within 1e-3."""
    groups: tuple[GroupPart, ...] = ()
    """The same by distortion, the largest by amount first; they sum to the same."""

    def to_frame(self) -> pd.DataFrame:
        """A row an attribute: phrase, probability, typical, contribution."""
        import pandas as pd

        return pd.DataFrame([asdict(part) for part in self.parts])


@dataclass(frozen=True)
class Intervention:
    """The score if some attributes were otherwise, and all others as they are."""

    attributes: dict[str, float]
    """Phrase -> the P(a|I) that it is set to."""
    score: float
    """The score then."""
    change: float
    """By how much that is more than the photo's own."""


@dataclass(frozen=True)
class Assessment:
    """What `exiqa.load(A).assess(photo)` says."""

    image: str
    """The photo's path, or "" where pixels were given."""
    height: int
    """In pixels."""
    width: int
    score: Score | None
    """None where the artifact has no regressor."""
    distortions: tuple[DistortionReading, ...]
    """Every distortion of the bank, the strongest first."""
    intervention: Intervention | None = None
    """What was asked for by setting attributes; None where nothing was."""
    colorless: bool = False
    """Whether the photo has no color, so that a loss of it is not named."""

    @property
    def summary(self) -> str:
        """What is wrong with the photo, in a sentence (`exiqa.model.assessing.summary`)."""
        said = summary(self.distortions)
        return f"{said} {REMARK}" if self.colorless else said

    def to_json(self) -> dict[str, Any]:
        """Everything it says as plain dicts, lists, strings and numbers."""
        return {**asdict(self), "summary": self.summary}

    def to_frame(self) -> pd.DataFrame:
        """A row an attribute of a distortion: distortion, name, strength, attribute, probability, weight."""
        import pandas as pd

        rows = [
            (reading.id, reading.name, reading.strength, attribute.phrase, attribute.probability, attribute.weight)
            for reading in self.distortions
            for attribute in reading.attributes
        ]
        return pd.DataFrame(rows, columns=["distortion", "name", "strength", "attribute", "probability", "weight"])


class Assessments(list[Assessment]):
    """What `exiqa.load(A).assess([photo, …])` says, in the photos' order."""

    def __init__(self, assessments: Iterable[Assessment], distortions: tuple[str, ...]) -> None:
        """A list of assessments.

        Args:
            assessments: One a photo.
            distortions: The bank's ids, the order of the frame's columns.
        """
        super().__init__(assessments)
        self.distortions = distortions

    def to_frame(self) -> pd.DataFrame:
        """A row a photo: image, height, width, score (NaN without one), and the strength of each distortion by id."""
        import pandas as pd

        rows = []
        for one in self:
            strength = {reading.id: reading.strength for reading in one.distortions}
            score = float("nan") if one.score is None else one.score.value
            rows.append((one.image, one.height, one.width, score, *(strength[d] for d in self.distortions)))
        return pd.DataFrame(rows, columns=["image", "height", "width", "score", *self.distortions])


@dataclass(frozen=True)
class AssessedPhoto:
    """A photo with its assessment, and what an explanation of that starts from."""

    assessment: Assessment
    pixels: np.ndarray
    """(H, W, 3) uint8 sRGB."""
    attributes: np.ndarray
    """(A,) float32 in [0, 1]: P(a|I), in the order of the bank's attributes."""


@dataclass(frozen=True)
class Unreadable:
    """A file that could not be assessed."""

    image: str
    reason: str
    """One sentence that names the file."""

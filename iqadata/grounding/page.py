"""A bank's grounding as one HTML page: what each distortion does, shown where it is strongest, and what phrases say."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from importlib import resources

import cv2
import numpy as np

from exiqa.bank.grounding.grounding import DistortionGrounding, Grounding, verdict_words
from exiqa.bank.linking.effects import EFFECTS as VOCABULARY
from exiqa.bank.linking.effects import PRESENT
from exiqa.bank.linking.labelled import parse_claims
from exiqa.bank.taxonomy import Taxonomy
from exiqa.core.console import printable
from exiqa.core.progress import Step
from exiqa.iqadata.effects.cached import effects_of_pairs
from exiqa.iqadata.effects.measure import EFFECTS, measure_effects, visibility_of
from exiqa.iqadata.gallery import data_uri
from exiqa.iqadata.grounding.pairs import PairSource, PicturePair

CROP = 96
"""Side of the square that is shown of a picture, in pixels."""


@dataclass(frozen=True)
class EffectView:
    """One effect of one distortion, as the page shows it."""

    id: str
    name: str
    curve: tuple[float, ...]
    """Mean visibility at each level."""
    gap: bool
    """It is plainly there and no phrase names it."""
    caption: str
    """Which photo and level the two crops are of; empty where the effect is never visible."""
    reference: str
    """A data URI, as is `distorted`; empty likewise."""
    distorted: str


@dataclass(frozen=True)
class DistortionView:
    """One distortion, as the page shows it."""

    id: str
    name: str
    entry: DistortionGrounding
    effects: tuple[EffectView, ...]


def grounding_page(
    grounding: Grounding, taxonomy: Taxonomy, source: PairSource, step: Step = lambda done, total: None
) -> str:
    """The page's text. It has no script and asks for nothing; every text on it is escaped.

    Args:
        grounding: What to show.
        taxonomy: The bank's.
        source: The pairs that the grounding was measured on; crops are taken from them.
        step: Told (done, total) distortions.
    """
    from jinja2 import Environment, StrictUndefined

    views = []
    for number, (distortion, entry) in enumerate(grounding.distortions.items(), start=1):
        effects = effect_views(entry, source.pairs[distortion])
        views.append(DistortionView(distortion, taxonomy[distortion].name, entry, effects))
        step(number, len(grounding.distortions))
    environment = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    environment.filters["printable"] = printable
    template = (resources.files("exiqa.iqadata.grounding") / "page.html.j2").read_text(encoding="utf-8")
    return environment.from_string(template).render(
        grounding=grounding,
        counts=grounding.counts(),
        distortions=views,
        words=verdict_words,
        claims=lambda record: parse_claims(record.claims),
        name_of=lambda claim: VOCABULARY[claim.effect].name,
        crop=CROP,
    )


def effect_views(entry: DistortionGrounding, pairs: tuple[PicturePair, ...]) -> tuple[EffectView, ...]:
    """The effects that a distortion's phrases claim and those that none names, each with its crops.

    Args:
        entry: The distortion's grounding.
        pairs: Its pairs, as they were measured.
    """
    claimed = {
        claim.effect for record in entry.phrases for claim in parse_claims(record.claims)
        if claim.sign == PRESENT
    }  # fmt: skip
    shown = sorted(claimed | set(entry.gaps), key=lambda effect: (-entry.curves.peak(effect), effect))
    visibility = visibility_of(effects_of_pairs(pairs))
    crops = _crops(shown, pairs, visibility)
    empty = (0.0,) * len(entry.curves.levels)
    return tuple(
        EffectView(
            id=effect,
            name=VOCABULARY[effect].name,
            curve=entry.curves.visibility.get(effect, empty),
            gap=effect in entry.gaps,
            **dict(zip(("caption", "reference", "distorted"), crops.get(effect, ("", "", "")), strict=True)),
        )
        for effect in shown
    )


def _crops(
    effects: list[str], pairs: tuple[PicturePair, ...], visibility: np.ndarray
) -> Mapping[str, tuple[str, str, str]]:
    """Effect id -> (caption, reference, distorted) where it is visible at all; each pair is loaded once."""
    by_pair: dict[int, list[str]] = {}
    for effect in effects:
        column = visibility[:, list(EFFECTS).index(effect)]
        if column.max() > 0:
            by_pair.setdefault(int(column.argmax()), []).append(effect)
    crops = {}
    for row, shown in by_pair.items():
        pair = pairs[row]
        reference, distorted = pair.load()
        maps = measure_effects(reference, distorted, maps=True).maps
        assert maps is not None
        for effect in shown:
            top, left = strongest_place(maps[list(EFFECTS).index(effect)])
            window = slice(top, top + CROP), slice(left, left + CROP)
            caption = f"{pair.photo}, level {pair.level}"
            crops[effect] = caption, data_uri(reference[window]), data_uri(distorted[window])
    return crops


def strongest_place(plane: np.ndarray, side: int = CROP) -> tuple[int, int]:
    """The top left corner of the square with the largest sum of a map.

    Args:
        plane: (H, W) float32 ≥ 0.
        side: Of the square, in pixels; at most H and W.
    """
    sums = cv2.boxFilter(plane, -1, (side, side), anchor=(0, 0), normalize=False, borderType=cv2.BORDER_CONSTANT)
    inside = sums[: plane.shape[0] - side + 1, : plane.shape[1] - side + 1]
    top, left = np.unravel_index(int(inside.argmax()), inside.shape)
    return int(top), int(left)

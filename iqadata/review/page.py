"""A bank as a page to review it on: everything that the page needs is in it, and it asks nobody for anything."""

from __future__ import annotations

import base64
import hashlib
from dataclasses import dataclass
from importlib import resources
from typing import Any

from exiqa.bank.grounding.grounding import DistortionGrounding, Grounding, verdict_words
from exiqa.bank.linking.effects import EFFECTS, PRESENT
from exiqa.bank.linking.labelled import parse_claims
from exiqa.bank.phrases.deduplicate import cosines
from exiqa.bank.phrases.encoder import SentenceEncoder
from exiqa.bank.phrases.polarity import conflicts, polarities
from exiqa.bank.schema import Bank
from exiqa.core.console import printable
from exiqa.core.progress import Step
from exiqa.iqadata.grounding.pairs import PairSource
from exiqa.iqadata.review.level_views import LevelViews, level_views

NO_PICTURES = "no pictures"
"""The verdict on a phrase of a distortion that there are none of."""


@dataclass(frozen=True)
class DistortionSection:
    """One distortion on the page."""

    id: str
    name: str
    explanation: str
    views: LevelViews | None
    effects: tuple[tuple[str, tuple[float, ...]], ...]
    """(name, mean visibility at each level) of the effects that are plainly there, the most visible first."""


def review_page(
    bank: Bank,
    grounding: Grounding,
    source: PairSource,
    encoder: SentenceEncoder,
    threshold: float,
    step: Step = lambda done, total: None,
) -> str:
    """The page's text.

    Args:
        bank: What is reviewed.
        grounding: Its verdicts and curves.
        source: Pictures of its distortions.
        encoder: Embeds the phrases, for what they have in common.
        threshold: Cosine from which two phrases with equal polarity are near-duplicates.
        step: Told (done, total) distortions.

    Raises:
        UserError: A pair of pictures cannot be measured.
    """
    from jinja2 import Environment, StrictUndefined

    sections = []
    for number, distortion in enumerate(bank.distortions, start=1):
        pairs = source.pairs.get(distortion)
        entry = grounding.distortions.get(distortion)
        about = bank.taxonomy[distortion]
        views = level_views(pairs) if pairs else None
        effects = _plain_effects(entry, grounding) if entry else ()
        curves = tuple((EFFECTS[effect].name, entry.curves.visibility[effect]) for effect in effects) if entry else ()
        sections.append(DistortionSection(distortion, about.name, about.explanation, views, curves))
        step(number, len(bank.distortions))
    environment = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    environment.filters["printable"] = printable
    folder = resources.files("exiqa.iqadata.review")
    script = (folder / "page.js").read_text(encoding="utf-8")
    return environment.from_string((folder / "page.html.j2").read_text(encoding="utf-8")).render(
        bank=bank,
        sections=sections,
        data=page_data(bank, grounding, encoder, threshold),
        script=script,
        script_hash=base64.b64encode(hashlib.sha256(script.encode()).digest()).decode(),
        seen=grounding.source.settings.seen,
        pairs=grounding.source.pairs,
    )


def page_data(bank: Bank, grounding: Grounding, encoder: SentenceEncoder, threshold: float) -> dict[str, Any]:
    """What the page's script works with, as plain data."""
    return {
        "bank": bank.id,
        "hash": bank.hash,
        "threshold": threshold,
        "distortions": {
            distortion: {
                "name": printable(bank.taxonomy[distortion].name),
                "plain": [EFFECTS[effect].name for effect in _plain_effects(entry, grounding)] if entry else [],
                "phrases": _phrases(bank, distortion, entry),
                **_nearness(bank, distortion, encoder),
            }
            for distortion in bank.distortions
            for entry in [grounding.distortions.get(distortion)]
        },
    }


def _plain_effects(entry: DistortionGrounding, grounding: Grounding) -> tuple[str, ...]:
    """The effects that a phrase of the distortion should name, the most visible first."""
    least = grounding.source.settings.gap
    plain = [effect for effect in entry.curves.visibility if entry.curves.peak(effect) >= least]
    return tuple(sorted(plain, key=lambda effect: -entry.curves.peak(effect)))


def _phrases(bank: Bank, distortion: str, entry: DistortionGrounding | None) -> list[dict[str, Any]]:
    owners = bank.distortions_by_attribute
    rows = []
    for number, attribute in enumerate(bank.ranked[distortion]):
        record = entry.phrases[number] if entry else None
        claims = parse_claims(record.claims) if record else ()
        rows.append(
            {
                "phrase": attribute.phrase,
                "antonym": attribute.antonym,
                "verdict": verdict_words(record) if record else NO_PICTURES,
                "kind": record.verdict.replace(" ", "") if record else "",
                "names": [EFFECTS[claim.effect].name for claim in claims if claim.sign == PRESENT],
                "says": [("" if claim.sign == PRESENT else "no ") + EFFECTS[claim.effect].name for claim in claims],
                "curve": list(entry.curves.of(claims[0])) if entry and claims else [],
                "shared": [
                    printable(bank.taxonomy[other].name) for other in owners[attribute.id] if other != distortion
                ],
            }
        )
    return rows


def _nearness(bank: Bank, distortion: str, encoder: SentenceEncoder) -> dict[str, Any]:
    """ "cosines": (n, n), and "apart": (n, n), 1 where two phrases mean opposite things, whatever their cosine."""
    phrases = [attribute.phrase for attribute in bank.ranked[distortion]]
    vectors, signs = encoder.encode(phrases), polarities(phrases)
    return {
        "cosines": cosines(vectors, vectors).tolist(),
        "apart": [[int(value) for value in conflicts(sign, signs)] for sign in signs],
    }

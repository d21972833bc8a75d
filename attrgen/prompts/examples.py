"""Worked examples: other distortions with some of their curated phrases, never the one asked or its kin."""

from __future__ import annotations

import functools
import tomllib
from dataclasses import dataclass
from importlib import resources

from exiqa.bank.curated.build import CURATED, curated_phrases
from exiqa.bank.grounding.curves import EffectCurves
from exiqa.bank.grounding.grounding import read_grounding
from exiqa.bank.linking.effects import EFFECTS
from exiqa.bank.linking.labelled import parse_claims
from exiqa.bank.phrases.deduplicate import cosines
from exiqa.bank.phrases.encoder import SentenceEncoder
from exiqa.bank.phrases.screens import name_stems
from exiqa.bank.storage.store import load_bank
from exiqa.bank.taxonomy import Distortion, shipped_taxonomies
from exiqa.core.files import sha256_hex

EXAMPLES = 3
"""Worked examples in a prompt."""
PHRASES = 5
"""Phrases of each."""
LONGEST = 8
"""Words of such a phrase: a small model writes as long as what it is shown."""
KIN = 0.25
"""The share of the curated distortions, those whose explanations are nearest to the one asked, that count as its
kin; so does the share whose effects are nearest, where there are pictures of it."""


@dataclass(frozen=True)
class WorkedExample:
    """A distortion with phrases that describe it."""

    name: str
    explanation: str
    phrases: tuple[str, ...]
    effects: tuple[str, ...]
    """For each phrase, in a sentence: what there is in the picture and not in its reference."""


@dataclass(frozen=True)
class _Curated:
    """A distortion of the package that has curated phrases which pictures bear out."""

    distortion: Distortion
    family: str
    """The file of its phrases."""
    phrases: tuple[tuple[str, str], ...]
    """All that pictures bear out: (phrase, effect id)."""
    curves: EffectCurves


def worked_examples(
    distortion: Distortion, encoder: SentenceEncoder, curves: EffectCurves | None, turn: int
) -> tuple[WorkedExample, ...]:
    """Examples for one distortion, each of another family; other ones in every round.

    Args:
        distortion: The one asked about.
        encoder: Tells which explanations are near.
        curves: What its pictures show; None where there are none.
        turn: The round, from 1.
    """
    strangers = _strangers(distortion, encoder, curves)
    strangers.sort(key=lambda one: sha256_hex(f"{distortion.id} {turn} {one.distortion.id}"))
    chosen: dict[str, _Curated] = {}
    for one in strangers:
        chosen.setdefault(one.family, one)
    return tuple(_example(one) for one in list(chosen.values())[:EXAMPLES])


def _strangers(distortion: Distortion, encoder: SentenceEncoder, curves: EffectCurves | None) -> list[_Curated]:
    """The curated distortions that are no kin of one."""
    every = _curated()
    count = round(KIN * len(every))
    explained = encoder.encode([f"{one.distortion.name}: {one.distortion.explanation}" for one in every])
    asked = encoder.encode([f"{distortion.name}: {distortion.explanation}"])
    near = cosines(asked, explained)[0]
    kin = {int(number) for number in (-near).argsort(kind="stable")[:count]}
    if curves is not None:
        alike = [profile_cosine(curves, one.curves) for one in every]
        kin |= set(sorted(range(len(every)), key=lambda number: -alike[number])[:count])
    names = set(name_stems(distortion))
    kin |= {n for n, one in enumerate(every) if names & set(name_stems(one.distortion))}
    # Whoever shares a phrase with the one asked gives it away.
    own = {phrase for one in every if one.distortion.id == distortion.id for phrase, _ in one.phrases}
    kin |= {n for n, one in enumerate(every) if own & {phrase for phrase, _ in one.phrases}}
    return [one for number, one in enumerate(every) if number not in kin and one.distortion.id != distortion.id]


def profile_cosine(first: EffectCurves, second: EffectCurves) -> float:
    """How alike the effects of two distortions are: the cosine of their mean visibilities, in [0, 1]."""
    here, there = (
        {effect: sum(curve) / len(curve) for effect, curve in each.visibility.items()} for each in (first, second)
    )
    product = sum(here[effect] * there.get(effect, 0.0) for effect in here)
    norm = (sum(v * v for v in here.values()) * sum(v * v for v in there.values())) ** 0.5
    return round(product / norm, 4) if norm else 0.0


def _example(one: _Curated) -> WorkedExample:
    short = [(phrase, effect) for phrase, effect in one.phrases if len(phrase.split()) <= LONGEST][:PHRASES]
    return WorkedExample(
        name=one.distortion.name,
        explanation=one.distortion.explanation,
        phrases=tuple(phrase for phrase, _ in short),
        effects=tuple(EFFECTS[effect].definition for _, effect in short),
    )


@functools.cache
def _curated() -> list[_Curated]:
    """Every curated distortion, as the first shipped bank that has it was grounded."""
    family = {
        distortion: path.stem
        for path in sorted(CURATED.glob("*.toml"))
        for distortion in tomllib.loads(path.read_text(encoding="utf-8"))
    }
    found: dict[str, _Curated] = {}
    for name in shipped_taxonomies():
        bank = load_bank(name)
        file = resources.files("exiqa.bank") / "shipped" / f"{bank.id}.grounding.json"
        if not file.is_file():
            continue
        for distortion, entry in read_grounding(file, bank).distortions.items():
            phrases = tuple(
                (record.phrase, claim.effect)
                for record in entry.phrases
                if record.verdict == "seen" and (claim := parse_claims(record.claims)[0]).sign > 0
            )
            if distortion not in found and distortion in curated_phrases() and len(phrases) >= PHRASES:
                found[distortion] = _Curated(bank.taxonomy[distortion], family[distortion], phrases, entry.curves)
    return list(found.values())

"""What is wrong with a bank: the screens, duplicates, sets that tell nothing apart, too few attributes."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations
from typing import Literal

import numpy as np

from exiqa.bank.attribute import Attribute, normalise_phrase
from exiqa.bank.phrases.deduplicate import near_duplicates
from exiqa.bank.phrases.encoder import SentenceEncoder
from exiqa.bank.phrases.polarity import polarities
from exiqa.bank.phrases.screens import FORM, SCREENS
from exiqa.bank.phrases.selection import SelectionSettings
from exiqa.bank.schema import Bank

ANTONYM_SCREENS = tuple(name for name in SCREENS if name not in ("names the distortion", "nothing seen"))
"""What an opposite has to pass. It may use the words of the distortion's name, or say that all is as it should be."""

NEARLY_THE_SAME = 0.8
"""Two distortions whose sets have at least this share of their attributes in common (Jaccard) are nearly one."""


@dataclass(frozen=True)
class Finding:
    """One thing that lint found."""

    severity: Literal["error", "warning"]
    rule: str
    distortion: str
    phrase: str
    """Empty where it is about a whole distortion."""
    detail: str


def lint(bank: Bank, encoder: SentenceEncoder, settings: SelectionSettings) -> list[Finding]:
    """Everything wrong with a bank, distortion by distortion; a control is only checked for form.

    Errors: a phrase or antonym that a screen refuses, two phrases of a distortion at the threshold or nearer with
    equal polarity, two distortions with the same attributes, fewer attributes than K.
    Warnings: two distortions with the same best k attributes for a smaller k, or with nearly the same sets.

    Args:
        bank: The bank to check.
        encoder: Embeds the phrases.
        settings: K and the de-duplication threshold; the rest is not looked at.
    """
    if bank.provenance.method == "control":
        # Random words are bad on purpose.
        return [finding for d in bank.distortions for finding in _screened(bank, d, FORM, FORM)]
    findings = []
    for distortion in bank.taxonomy.ids:
        findings += _too_few(bank, distortion, settings.k)
        if distortion in bank.ranked:
            findings += _screened(bank, distortion, tuple(SCREENS), ANTONYM_SCREENS)
    findings += _duplicates(bank, encoder, settings.threshold)
    return findings + _same_sets(bank)


def _screened(bank: Bank, distortion: str, rules: tuple[str, ...], antonym_rules: tuple[str, ...]) -> list[Finding]:
    findings = []
    for attribute in bank.ranked[distortion]:
        texts = [(attribute.phrase, "", rules)]
        if attribute.antonym is not None:
            texts.append((attribute.antonym, f"antonym {attribute.antonym!r}: ", antonym_rules))
            if normalise_phrase(attribute.antonym) == normalise_phrase(attribute.phrase):
                findings.append(Finding("error", "antonym", distortion, attribute.phrase, "is its own antonym"))
        for text, place, names in texts:
            for name in names:
                reason = SCREENS[name].find(text, bank.taxonomy[distortion])
                if reason:
                    # A mood is no mistake of form: whoever wrote it by hand may have meant it.
                    severity: Literal["error", "warning"] = "warning" if name == "nothing seen" else "error"
                    findings.append(Finding(severity, name, distortion, attribute.phrase, place + reason))
                    break
    return findings


def _too_few(bank: Bank, distortion: str, k: int) -> list[Finding]:
    count = len(bank.ranked.get(distortion, ()))
    if count >= k:
        return []
    if not count:
        # Whatever needs it refuses the bank; a model may well have found nothing to say of it.
        return [Finding("warning", "left out", distortion, "", "has no attributes")]
    return [Finding("error", "too few", distortion, "", f"has {count} attributes, fewer than K = {k}")]


def _duplicates(bank: Bank, encoder: SentenceEncoder, threshold: float | None) -> list[Finding]:
    if threshold is None:
        return []
    phrases = [attribute.phrase for attribute in bank.attributes]
    row = {attribute.id: number for number, attribute in enumerate(bank.attributes)}
    vectors, signs = encoder.encode(phrases), polarities(phrases)
    findings = []
    for distortion in bank.distortions:
        attributes = bank.ranked[distortion]
        rows = np.array([row[attribute.id] for attribute in attributes])
        for attribute, match in zip(attributes, near_duplicates(vectors[rows], signs[rows], threshold), strict=True):
            if match:
                detail = f"duplicates {attributes[match.index].phrase!r} (cosine {match.cosine:.4f})"
                findings.append(Finding("error", "duplicate", distortion, attribute.phrase, detail))
    return findings


def _same_sets(bank: Bank) -> list[Finding]:
    findings = []
    for first, second in _pairs_with_common_attributes(bank):
        a, b = bank.ranked[first], bank.ranked[second]
        share = _common_share(a, b)
        if share == 1:
            findings.append(Finding("error", "same attributes", second, "", f"has the same attributes as {first}"))
            continue
        if share >= NEARLY_THE_SAME:
            detail = f"has nearly the same attributes as {first} ({share:.0%} of both in common)"
            findings.append(Finding("warning", "same attributes", second, "", detail))
        for k in range(1, min(len(a), len(b)) + 1):
            if _common_share(a[:k], b[:k]) == 1:
                detail = f"has the same best {k} attributes as {first}, so K = {k} does not tell them apart"
                findings.append(Finding("warning", "same attributes", second, "", detail))
    return findings


def _pairs_with_common_attributes(bank: Bank) -> list[tuple[str, str]]:
    """The pairs of distortions that share an attribute, in the bank's order; all others tell themselves apart."""
    order = {distortion: number for number, distortion in enumerate(bank.distortions)}
    pairs = {pair for owners in bank.distortions_by_attribute.values() for pair in combinations(owners, 2)}
    return sorted(pairs, key=lambda pair: (order[pair[0]], order[pair[1]]))


def _common_share(first: tuple[Attribute, ...], second: tuple[Attribute, ...]) -> float:
    """Jaccard: the common attributes as a share of all that either has."""
    a, b = {attribute.id for attribute in first}, {attribute.id for attribute in second}
    return len(a & b) / len(a | b)

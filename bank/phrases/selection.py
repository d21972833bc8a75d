"""From candidate phrases to a distortion's ranked attributes: screened, de-duplicated, shared, ranked."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from pydantic import BaseModel, ConfigDict, Field

from exiqa.bank.attribute import Attribute, Ranked, attribute_id
from exiqa.bank.phrases.deduplicate import Match, cosines, near_duplicates, shared_attributes
from exiqa.bank.phrases.encoder import SentenceEncoder
from exiqa.bank.phrases.evidence import OFF_TOPIC, Evidence, Weigh
from exiqa.bank.phrases.polarity import polarities
from exiqa.bank.phrases.rank import Place, places
from exiqa.bank.phrases.screens import KEPT, PhraseVerdict, screen
from exiqa.bank.schema import Bank
from exiqa.bank.taxonomy import Distortion, Taxonomy
from exiqa.core.errors import UserError

DUPLICATE, OUT_RANKED = "duplicate", "out-ranked"

NEAR_AT_LEAST = 0.5
"""What a phrase that is seen in pictures counts in the rank beside its cosine to the explanation, which may be 0."""

TOPIC = "a visible flaw in a photo"
"""What every attribute is near to. An explanation alone is a poor measure of what is off topic: it tells how the
distortion is made, an attribute what it looks like."""


class SelectionSettings(BaseModel):
    """Everything that `select` can be told; kept in a bank's provenance."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    k: int = Field(default=5, ge=1)
    """Attributes per distortion."""
    threshold: float | None = Field(default=0.7, gt=0, le=1)
    """Cosine from which two phrases of a distortion with equal polarity are the same; None: never by cosine, within
    a distortion or across. The default has the best F1 on the labelled pairs (docs/deduplication.md)."""
    share_threshold: float = Field(default=0.8, gt=0, le=1)
    """Cosine from which a phrase becomes another distortion's attribute, where that is more than `threshold`. Most
    phrases of other distortions mean something else, so precision counts here: .96 on the labelled pairs."""
    min_topic: float = Field(default=0.12, ge=-1, le=1)
    """A phrase is off topic where the mean of its cosines to the distortion's name and explanation and to `TOPIC` is
    less. At the default, 99 % of the curated phrases pass and nine in ten phrases about anything else do not."""
    relevance: float = Field(default=1.0, ge=0)
    """Weight of the cosine to the explanation."""
    coverage: float = Field(default=1.0, ge=0)
    """Weight of how well the chosen phrases stand for all candidates."""
    distinctness: float = Field(default=1.0, ge=0)
    """Weight of the distance from the other distortions' explanations."""

    def provenance(self, encoder: SentenceEncoder) -> dict[str, Any]:
        """These settings and the encoder's name and weight hash, for `Provenance.settings`."""
        return {**self.model_dump(), "encoder": encoder.name, "encoder_sha256": encoder.hash}


class IdenticalSets(UserError):
    """Two distortions came out with the same attributes, so no model could tell them apart."""

    def __init__(self, first: str, second: str, attributes: Sequence[Attribute]) -> None:
        self.distortions = (first, second)
        super().__init__(
            f"the distortions {first} and {second} have the same {len(attributes)} attributes "
            f"({', '.join(repr(attribute.phrase) for attribute in attributes)}), so they cannot be told apart; explain "
            "the difference between them in the taxonomy, or raise the de-duplication threshold"
        )


@dataclass(frozen=True)
class Selection:
    """What `select` made of the candidates."""

    ranked: Ranked
    """Per distortion id, at most K attributes, best first; a distortion that has none left is not in it."""
    verdicts: list[PhraseVerdict]
    """One for each candidate, in the order of the taxonomy and of the candidates."""
    short: dict[str, int]
    """The distortions that came out with fewer than K attributes, and how many they have."""
    unproven: dict[str, int]
    """How many of a distortion's attributes its pictures say nothing of, where there are pictures of it."""


@dataclass(frozen=True)
class _Phrase:
    """A candidate that passed the screens."""

    place: int
    """Its number among the verdicts."""
    distortion: Distortion
    text: str
    vector: int
    """Its row in the table of texts."""


def select(
    taxonomy: Taxonomy,
    candidates: Mapping[str, Sequence[str]],
    encoder: SentenceEncoder,
    settings: SelectionSettings,
    existing: Bank | None = None,
    weigh: Weigh | None = None,
) -> Selection:
    """The best K attributes of each distortion that has candidates.

    1. Every phrase passes `exiqa.bank.phrases.screens`, and is "off topic" below the least nearness to the topic.
    2. Within a distortion, a phrase at the threshold or nearer to an earlier one with equal polarity is dropped.
    3. A phrase at the sharing threshold or nearer to an earlier distortion's attribute, or to one of the bank
       `existing`, with equal polarity becomes that attribute, antonym included, so that distortions share it. It
       stays what it is where it is nearer to that attribute's antonym, and where the attribute would be refused by
       the screens of the phrase's own distortion.
    4. What is left is ranked by `exiqa.bank.phrases.rank`, by the phrases as they were written and by nothing that the
       other distortions came out with: generating a second distortion does not re-rank the first. The distinctness of
       a phrase is 1 minus its highest cosine to the explanation of another distortion of the taxonomy.
    5. The first K attributes in that order are the distortion's; a phrase that brings one again is a duplicate.

    With evidence from pictures (`weigh`), a distortion that there are pictures of is judged by them, and its phrases'
    nearness to the topic refuses none: a phrase that they do not bear out is "not seen" or "opposite" after step 1,
    one that speaks of no effect "off topic". What is left has to stand for the phrases that are seen. Relevance, times
    one half and the cosine to the explanation, and distinctness are how plainly it is seen and how much less in
    the other distortions, both times how sure the link is. A phrase that may or may not claim an effect has neither and
    comes after all that are seen.

    The outcome depends on the candidates' order, the evidence and on nothing else: ties go to the earlier phrase, and
    cosines are rounded before they are compared.

    Args:
        taxonomy: The distortions.
        candidates: Distortion id -> bare phrases, see `strip_frame`.
        encoder: Embeds phrases and explanations.
        settings: K, thresholds and the weights of the ranking.
        existing: A bank whose attributes are shared where a phrase says the same.
        weigh: Evidence from pictures; None goes by words alone.

    Raises:
        UserError: `candidates` has a distortion that the taxonomy does not have.
        IdenticalSets: Two distortions end with the same K attributes (those of `existing` that are not in
            `candidates` included).
    """
    unknown = sorted(set(candidates) - set(taxonomy.ids))
    if unknown:
        raise UserError(f"taxonomy {taxonomy.id} has no distortion {unknown[0]!r}")
    distortions = [distortion for distortion in taxonomy.distortions if distortion.id in candidates]
    verdicts, survivors = _screened(distortions, candidates)

    pool = list(existing.attributes) if existing else []
    others = [d for d in existing.distortions if d not in candidates] if existing else []
    texts = sorted(
        {TOPIC}
        | {_about(d) for d in taxonomy.distortions}
        | {text for _, _, text in survivors}
        | {text for attribute in pool for text in (attribute.phrase, attribute.antonym) if text}
    )
    row = {text: number for number, text in enumerate(texts)}
    vectors = encoder.encode(texts)
    phrases = [_Phrase(place, distortion, text, row[text]) for place, distortion, text in survivors]

    phrases, evidence = _borne_out(phrases, weigh, verdicts)
    phrases, relevance = _on_topic(phrases, vectors, row, settings.min_topic, verdicts, evidence)
    phrases = _deduplicated(phrases, vectors, settings.threshold, verdicts)
    share = None if settings.threshold is None else max(settings.threshold, settings.share_threshold)
    attribute_of = _shared(phrases, pool, vectors, row, share)
    others_about = {d.id: [row[_about(o)] for o in taxonomy.distortions if o.id != d.id] for d in distortions}

    ranked: Ranked = {}
    unproven: dict[str, int] = {}
    for distortion, group in _by_distortion(phrases).items():
        points = vectors[[phrase.vector for phrase in group]]
        weighed = [evidence[phrase.place] for phrase in group if phrase.place in evidence]
        if weighed:
            near = np.array([max(relevance[phrase.place], 0.0) for phrase in group])
            relevant = np.array([each.plainness for each in weighed]) * (NEAR_AT_LEAST + near)
            told_apart = np.array([each.told_apart for each in weighed])
        else:
            relevant = np.array([relevance[phrase.place] for phrase in group])
            told_apart = _distinctness(points, vectors[others_about[distortion.id]])
        # What pictures say nothing of need not be stood for.
        proven = [number for number, each in enumerate(weighed) if each.seen] or list(range(len(group)))
        weights = (settings.relevance, settings.coverage, settings.distinctness)
        order = places(cosines(points[proven], points), relevant, told_apart, settings.k, weights)
        if weighed:
            order.sort(key=lambda place: not weighed[place.phrase].seen)
        attributes: list[Attribute] = []
        for place in order:
            phrase = group[place.phrase]
            attribute, match = attribute_of[phrase.place]
            shown = evidence[phrase.place].detail if phrase.place in evidence else ""
            if attribute in attributes:
                cosine = match.cosine if match else 1.0
                verdicts[phrase.place] = _duplicate(verdicts[phrase.place], attribute.phrase, cosine)
                continue
            if like := _like_one_of(attribute, attributes, vectors, row, settings.threshold):
                verdicts[phrase.place] = _duplicate(verdicts[phrase.place], *like)
                continue
            attributes.append(attribute)
            verdicts[phrase.place] = _final_verdict(
                phrase, (attribute, match), place, len(attributes), settings.k, shown
            )
            if len(attributes) <= settings.k and weighed and not weighed[place.phrase].seen:
                unproven[distortion.id] = unproven.get(distortion.id, 0) + 1
        ranked[distortion.id] = tuple(attributes[: settings.k])
    _check_told_apart({**({d: existing.ranked[d] for d in others} if existing else {}), **ranked}, settings.k)
    short = {d.id: len(ranked.get(d.id, ())) for d in distortions if len(ranked.get(d.id, ())) < settings.k}
    return Selection(ranked=ranked, verdicts=verdicts, short=short, unproven=unproven)


def _about(distortion: Distortion) -> str:
    return f"{distortion.name}: {distortion.explanation}"


def _screened(
    distortions: Iterable[Distortion], candidates: Mapping[str, Sequence[str]]
) -> tuple[list[PhraseVerdict], list[tuple[int, Distortion, str]]]:
    """A verdict for each candidate, and (number of the verdict, distortion, phrase) for those that passed."""
    verdicts: list[PhraseVerdict] = []
    survivors = []
    for distortion in distortions:
        seen: dict[str, str] = {}
        for text in candidates[distortion.id]:
            verdict = screen(text, distortion)
            if verdict.kept:
                first = seen.setdefault(attribute_id(text), text)
                if first is text:
                    survivors.append((len(verdicts), distortion, text))
                else:
                    verdict = _duplicate(verdict, first, 1.0)
            verdicts.append(verdict)
    return verdicts, survivors


def _duplicate(verdict: PhraseVerdict, of: str, cosine: float) -> PhraseVerdict:
    return replace(verdict, verdict=DUPLICATE, detail=f"of {of!r} (cosine {cosine:.4f})")


def _borne_out(
    phrases: list[_Phrase], weigh: Weigh | None, verdicts: list[PhraseVerdict]
) -> tuple[list[_Phrase], dict[int, Evidence]]:
    """The phrases that pictures do not speak against, and by the number of the verdict the evidence there is."""
    if weigh is None:
        return phrases, {}
    kept, evidence = [], {}
    for distortion, group in _by_distortion(phrases).items():
        weighed = weigh(distortion.id, [phrase.text for phrase in group])
        if weighed is None:
            kept += group
            continue
        for phrase, each in zip(group, weighed, strict=True):
            evidence[phrase.place] = each
            if each.refusal:
                verdicts[phrase.place] = replace(verdicts[phrase.place], verdict=each.refusal, detail=each.detail)
            else:
                kept.append(phrase)
    return kept, evidence


def _on_topic(
    phrases: list[_Phrase],
    vectors: np.ndarray,
    row: Mapping[str, int],
    least: float,
    verdicts: list[PhraseVerdict],
    evidence: Mapping[int, Evidence],
) -> tuple[list[_Phrase], dict[int, float]]:
    """The phrases near enough to the topic, and their relevance, the cosine to their distortion's explanation."""
    kept, relevance = [], {}
    for distortion, group in _by_distortion(phrases).items():
        about = vectors[[row[_about(distortion)], row[TOPIC]]]
        near = cosines(vectors[[phrase.vector for phrase in group]], about)
        for phrase, (to_explanation, to_topic) in zip(group, near.tolist(), strict=True):
            mean = round((to_explanation + to_topic) / 2, 5)
            if mean >= least or phrase.place in evidence:
                kept.append(phrase)
                relevance[phrase.place] = to_explanation
            else:
                detail = f"mean cosine {mean:.4f} to the explanation and {TOPIC!r}, less than {least:g}"
                verdicts[phrase.place] = replace(verdicts[phrase.place], verdict=OFF_TOPIC, detail=detail)
    return kept, relevance


def _deduplicated(
    phrases: list[_Phrase], vectors: np.ndarray, threshold: float | None, verdicts: list[PhraseVerdict]
) -> list[_Phrase]:
    if threshold is None:
        return phrases
    kept = []
    for group in _by_distortion(phrases).values():
        points = vectors[[phrase.vector for phrase in group]]
        matches = near_duplicates(points, polarities([phrase.text for phrase in group]), threshold)
        for phrase, match in zip(group, matches, strict=True):
            if match is None:
                kept.append(phrase)
            else:
                verdicts[phrase.place] = _duplicate(verdicts[phrase.place], group[match.index].text, match.cosine)
    return kept


def _like_one_of(
    attribute: Attribute,
    taken: list[Attribute],
    vectors: np.ndarray,
    row: Mapping[str, int],
    threshold: float | None,
) -> tuple[str, float] | None:
    """The attribute among those taken that another distortion's, which is shared, is a near-duplicate of."""
    phrases = [*(one.phrase for one in taken), attribute.phrase]
    if threshold is None or len(phrases) == 1:
        return None
    match = near_duplicates(vectors[[row[phrase] for phrase in phrases]], polarities(phrases), threshold)[-1]
    return None if match is None else (phrases[match.index], match.cosine)


def _shared(
    phrases: list[_Phrase],
    pool: list[Attribute],
    vectors: np.ndarray,
    row: Mapping[str, int],
    threshold: float | None,
) -> dict[int, tuple[Attribute, Match | None]]:
    """By the number of the verdict: the attribute that each phrase is or becomes, with the match where it becomes."""
    attributes = list(pool)
    users: list[list[Distortion]] = [[] for _ in pool]
    known = {attribute.id: number for number, attribute in enumerate(pool)}
    number_of: dict[int, int] = {}
    for phrase in phrases:
        number = known.setdefault(attribute_id(phrase.text), len(attributes))
        if number == len(attributes):
            attributes.append(Attribute(phrase=phrase.text))
            users.append([])
        users[number].append(phrase.distortion)
        number_of[phrase.place] = number
    matches: list[Match | None] = [None] * len(attributes)
    if threshold is not None:
        texts = [attribute.phrase for attribute in attributes]

        points = vectors[[row[text] for text in texts]]

        def allowed(number: int, target: int) -> bool:
            antonym = attributes[target].antonym
            if antonym is not None:
                to_both = cosines(points[number][None], np.stack([points[target], vectors[row[antonym]]]))[0]
                if to_both[1] > to_both[0]:
                    return False
            return all(screen(texts[target], distortion).kept for distortion in users[number])

        matches = shared_attributes(points, polarities(texts), len(pool), threshold, allowed)
    attribute_of: dict[int, tuple[Attribute, Match | None]] = {}
    for place, number in number_of.items():
        match = matches[number]
        attribute_of[place] = (attributes[number if match is None else match.index], match)
    return attribute_of


def _distinctness(points: np.ndarray, others: np.ndarray) -> np.ndarray:
    """(N,) in [0, 1], of (N, E) phrases, given the (M, E) explanations of the other distortions: see `select`."""
    if not len(others):
        return np.ones(len(points))
    return np.clip(1.0 - cosines(points, others).max(axis=1), 0.0, 1.0)


def _final_verdict(
    phrase: _Phrase, attribute: tuple[Attribute, Match | None], place: Place, rank: int, k: int, shown: str
) -> PhraseVerdict:
    became, match = attribute
    parts = [
        f"rank {rank}" if rank <= k else f"below the best {k}",
        f"relevance {place.relevance:.3f}, coverage {place.coverage:.3f}, distinctness {place.distinctness:.3f}",
    ]
    parts += [shown] if shown else []
    parts += [f"as {became.phrase!r} (cosine {match.cosine:.4f})"] if match else []
    return PhraseVerdict(phrase.distortion.id, phrase.text, KEPT if rank <= k else OUT_RANKED, "; ".join(parts))


def _check_told_apart(ranked: Mapping[str, Sequence[Attribute]], k: int) -> None:
    seen: dict[frozenset[str], str] = {}
    for distortion, attributes in ranked.items():
        if len(attributes) >= k:
            first = seen.setdefault(frozenset(attribute.id for attribute in attributes), distortion)
            if first != distortion:
                raise IdenticalSets(first, distortion, attributes)


def _by_distortion(phrases: list[_Phrase]) -> dict[Distortion, list[_Phrase]]:
    groups: dict[Distortion, list[_Phrase]] = {}
    for phrase in phrases:
        groups.setdefault(phrase.distortion, []).append(phrase)
    return groups


def parse_threshold(text: str) -> float | None:
    """The de-duplication threshold that `--dedup` names: a cosine above 0 and up to 1, or "off" (None).

    Raises:
        UserError: `text` is neither.
    """
    if text == "off":
        return None
    try:
        threshold = float(text)
    except ValueError:
        threshold = float("nan")
    if not 0 < threshold <= 1:
        raise UserError(f"--dedup {text!r} is neither `off` nor a cosine above 0 and up to 1, as in --dedup 0.8")
    return threshold

"""From a phrase to the effects that it claims, to a refusal, or to no answer.

A regression on sentence embeddings, words and polarity, fitted on the labelled phrases of the package, gives each
claim ("blur+") and each other kind of phrase ("mood") a probability. What is not sure enough is not answered: a
phrase without a link is only left out where banks are held against pixels, a wrong link would be a wrong verdict.
"""

from __future__ import annotations

import functools
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from exiqa.bank.linking import features as probe_features
from exiqa.bank.linking import softmax
from exiqa.bank.linking.effects import Claim
from exiqa.bank.linking.features import Features
from exiqa.bank.linking.labelled import KINDS, LabelledPhrase, labelled_phrases, parse_claims
from exiqa.bank.linking.opposition import contradicts
from exiqa.bank.linking.softmax import Softmax, fit_softmax
from exiqa.bank.phrases.embedding import CachedEncoder
from exiqa.bank.phrases.encoder import SentenceEncoder
from exiqa.bank.phrases.screens import LONGEST_PHRASE
from exiqa.core.files import canonical_json, sha256_hex
from exiqa.core.parallel import one_torch_thread
from exiqa.core.vector_cache import VectorCache

STRENGTH = 10.0
"""The inverse of the regression's penalty, chosen on the paraphrases (docs/linking.md)."""
SURE = 0.34
"""A phrase is answered where its first claim has at least this probability (docs/linking.md)."""
SECOND = 0.25
"""A second claim is named where it has at least this probability."""
CONTRARY = 0.5
"""A claim is not made where its contrary has more than this part of its probability."""
KNOWN_WORDS = 0.5
"""A phrase of which a smaller share of content words is known is refused: another language, or another subject."""

OTHER_KINDS = KINDS[1:]


@dataclass(frozen=True)
class Link:
    """What a phrase was found to claim."""

    phrase: str
    verdict: Literal["linked", "abstained", "refused"]
    """Linked to effects; not sure; or not about anything that can be seen (or no phrase at all)."""
    claims: tuple[Claim, ...] = ()
    """One or two, the more probable first; none unless linked."""
    score: float = 0.0
    """The probability of the first claim, or that the phrase is none; 0 where nothing was computed."""
    reason: str = ""
    """Why there is no claim; "" where there is one."""


@dataclass(frozen=True)
class Linker:
    """A fitted regression from phrases to claims and kinds."""

    classes: tuple[str, ...]
    features: Features
    weights: Softmax
    sure: float = SURE

    def probabilities(self, phrases: Sequence[str], vectors: np.ndarray) -> np.ndarray:
        """(N, C) float32 probabilities of `classes`, from N phrases and their (N, E) unit vectors."""
        return self.weights(*self.features(phrases, vectors))

    def link(self, phrases: Sequence[str], vectors: np.ndarray) -> list[Link]:
        """The link of each phrase that has words, given (N, E) sentence embeddings; see `link`."""
        if not phrases:
            return []
        rows = self.probabilities(phrases, vectors)
        return [self._link(phrase, row) for phrase, row in zip(phrases, rows, strict=True)]

    def _link(self, phrase: str, row: np.ndarray) -> Link:
        probability = {name: round(float(p), 4) for name, p in zip(self.classes, row, strict=True)}
        other = sum(probability.get(kind, 0.0) for kind in OTHER_KINDS)
        claims = sorted(
            ((p, claim) for claim in self._claims for p in [probability[str(claim)]]),
            key=lambda item: (-item[0], item[1]),
        )
        best, first = claims[0]
        if other > best:
            kind = max(OTHER_KINDS, key=lambda kind: probability.get(kind, 0.0))
            return Link(phrase, "refused", score=round(other, 4), reason=_KIND_REASONS[kind])
        if self.features.known_share(phrase) < KNOWN_WORDS:
            return Link(phrase, "refused", reason="most of its words are unknown; it may be in another language")
        if best < self.sure:
            return Link(
                phrase, "abstained", score=best, reason=f"no effect is likely enough, {first} being the likeliest"
            )
        if probability.get(str(first.contrary), 0.0) > CONTRARY * best:
            return Link(phrase, "abstained", score=best, reason=f"it may say {first} as well as {first.contrary}")
        if contradicts(phrase, first):
            return Link(phrase, "abstained", score=best, reason=f"its words point away from {first}")
        more = tuple(
            claim
            for p, claim in claims[1:2]
            if p >= SECOND and claim != first.contrary and not contradicts(phrase, claim)
        )
        return Link(phrase, "linked", (first, *more), best)

    @functools.cached_property
    def _claims(self) -> tuple[Claim, ...]:
        return tuple(claim for name in self.classes if name not in OTHER_KINDS for claim in parse_claims(name))


def link(phrases: Sequence[str], encoder: SentenceEncoder) -> list[Link]:
    """What each phrase claims.

    The regression is fitted at the first call (a minute or two on one core) and kept in the user's cache folder, by the
    content of the labelled phrases, the encoder's weights and the settings.

    Args:
        phrases: Any texts; bad ones are refused with a reason.
        encoder: Such as `load_encoder()`.

    Returns:
        A link for each phrase, in their order.
    """
    return link_with(default_linker(encoder), phrases, encoder)


def link_with(linker: Linker, phrases: Sequence[str], encoder: SentenceEncoder) -> list[Link]:
    """As `link`, by a linker of one's own."""
    readable = [phrase for phrase in phrases if not _unreadable(phrase)]
    links = iter(linker.link(readable, encoder.encode(readable)) if readable else [])
    return [
        Link(phrase, "refused", reason=reason) if (reason := _unreadable(phrase)) else next(links) for phrase in phrases
    ]


def default_linker(encoder: SentenceEncoder) -> Linker:
    """The linker fitted on all labelled phrases of the package."""
    return _cached_linker(_Hashed(encoder))


def linker_hash(encoder: SentenceEncoder) -> str:
    """SHA-256 of all that the links of `default_linker` depend on: the labelled phrases, the encoder, the settings."""
    return sha256_hex(canonical_json([_fit_key(labelled_phrases(), encoder, STRENGTH), SURE, SECOND, CONTRARY]))


def _fit_key(rows: Sequence[LabelledPhrase], encoder: SentenceEncoder, strength: float) -> str:
    phrases = [[row.phrase, *row.targets] for row in rows]
    return sha256_hex(canonical_json([encoder.hash, strength, probe_features.VERSION, softmax.VERSION, phrases]))


def fit_linker(
    rows: Sequence[LabelledPhrase],
    encoder: SentenceEncoder,
    strength: float = STRENGTH,
    cache: VectorCache | None = None,
) -> Linker:
    """A linker fitted on labelled phrases.

    Args:
        rows: At least one of each kind that it is to know.
        encoder: Gives the sentence embeddings, which are cached.
        strength: See `fit_softmax`.
        cache: Keeps embeddings and weights. Default: `linking` in the user's cache folder.
    """
    cache = cache or VectorCache.named("linking")
    phrases = [row.phrase for row in rows]
    classes = tuple(sorted({target for row in rows for target in row.targets}))
    features = Features(phrases)
    key = _fit_key(rows, encoder, strength)

    def fit(_: list[int]) -> list[np.ndarray]:
        from threadpoolctl import threadpool_limits

        targets = np.zeros((len(rows), len(classes)), dtype=np.float32)
        for place, row in enumerate(rows):
            targets[place, [classes.index(target) for target in row.targets]] = 1 / len(row.targets)
        # After many steps the last digits of sums decide what is linked at the margin.
        with one_torch_thread(), threadpool_limits(1):
            dense, sparse_part = features(phrases, CachedEncoder(encoder, cache).encode(phrases))
            return [fit_softmax(dense, sparse_part, targets, strength).flat()]

    (flat,) = cache.get_or_compute([key], fit)
    return Linker(classes, features, Softmax.from_flat(flat, *_sizes(features, flat, len(classes))))


def _sizes(features: Features, flat: np.ndarray, classes: int) -> tuple[int, int]:
    sparse_columns = features.sparse_columns
    return flat.size // classes - sparse_columns - 1, sparse_columns


@dataclass(frozen=True)
class _Hashed:
    """An encoder that equals every other of the same weights, so that a linker is fitted once for them."""

    encoder: SentenceEncoder

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Hashed) and other.encoder.hash == self.encoder.hash

    def __hash__(self) -> int:
        return hash(self.encoder.hash)


@functools.lru_cache(maxsize=2)
def _cached_linker(hashed: _Hashed) -> Linker:
    return fit_linker(labelled_phrases(), hashed.encoder)


_KIND_REASONS = {
    "mood": "it speaks of a mood or of quality in general, not of something that can be measured",
    "content": "it speaks of what the scene shows, not of what happened to the picture",
    "nonsense": "it is not about a picture",
}


def _unreadable(phrase: str) -> str:
    """Why a text is no English phrase at all, by its characters; "" where it may be one."""
    if not any(character.isalpha() for character in phrase):
        return "there are no words in it"
    if len(phrase) > LONGEST_PHRASE:
        return f"it has {len(phrase)} characters, more than the {LONGEST_PHRASE} of any phrase"
    for character in phrase:
        if character.isalpha() and not character.isascii():
            script = unicodedata.name(character, "UNKNOWN").split()[0]
            if script != "LATIN":
                return f"it has a letter that is {script.lower()}; phrases are in English"
        elif unicodedata.category(character) in {"So", "Cc", "Co", "Cn", "Cs"} and not character.isspace():
            return f"it has a character that is no letter, U+{ord(character):04X}"
    return ""

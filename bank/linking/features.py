"""What the probe sees of a phrase: its sentence embedding, its words and pieces of words, and which way it points."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from exiqa.bank.phrases.polarity import polarities
from exiqa.bank.phrases.screen_words import stem

if TYPE_CHECKING:
    from scipy.sparse import csr_matrix

VERSION = 1
"""Raised when a phrase's features change."""

EMBEDDING, WORDS, PIECES, POLARITY = 1.0, 1.0, 1.0, 0.05
"""The weight of each group of features: the factor of its part in the dot product of two phrases."""

# "no", "not", "without", "more", "less" and their like stay: they turn the sense around.
_FUNCTION_WORDS = re.compile(
    r"an?|the|of|in|on|at|to|and|or|is|are|its?|with|as|by|for|from|into|over|that|this|there|be"
)


def content_words(phrase: str) -> list[str]:
    """The stems of a phrase's words, function words left out."""
    return [stem(word) for word in re.findall(r"[a-z]+", phrase.casefold()) if not _FUNCTION_WORDS.fullmatch(word)]


def _word_grams(phrase: str) -> list[str]:
    words = content_words(phrase)
    return [*words, *(f"{first} {second}" for first, second in pairwise(words))]


class Features:
    """The features of phrases, the vocabulary being that of the phrases that it was made from."""

    def __init__(self, phrases: Sequence[str]) -> None:
        # Here, since who asks for a version alone would wait two seconds for it.
        from sklearn.feature_extraction.text import TfidfVectorizer

        self._words = TfidfVectorizer(analyzer=_word_grams, sublinear_tf=True, dtype=np.float32).fit(phrases)
        self._pieces = TfidfVectorizer(
            analyzer="char_wb", ngram_range=(3, 5), sublinear_tf=True, min_df=2, dtype=np.float32
        ).fit(phrases)
        self._known = frozenset(word for phrase in phrases for word in content_words(phrase))

    def __call__(self, phrases: Sequence[str], vectors: np.ndarray) -> tuple[np.ndarray, csr_matrix]:
        """The two parts of the features.

        Args:
            phrases: N of them.
            vectors: (N, E) their sentence embeddings, of unit length.

        Returns:
            (N, D) float32, the embedding and the polarity; and (N, V) float32, sparse, words and pieces of words.
        """
        from scipy import sparse

        bits = np.unpackbits(polarities(phrases), axis=1).astype(np.float32)
        dense = np.hstack([np.sqrt(EMBEDDING) * vectors, np.sqrt(POLARITY) * bits]).astype(np.float32)
        words = np.sqrt(WORDS) * self._words.transform(phrases)
        pieces = np.sqrt(PIECES) * self._pieces.transform(phrases)
        return dense, sparse.hstack([words, pieces]).tocsr().astype(np.float32)

    @property
    def sparse_columns(self) -> int:
        """V, the number of words and pieces in the vocabulary."""
        return len(self._words.vocabulary_) + len(self._pieces.vocabulary_)

    def known_share(self, phrase: str) -> float:
        """How many of a phrase's content words are in the vocabulary, as a share; 0 of a phrase that has none."""
        words = content_words(phrase)
        return sum(word in self._known for word in words) / len(words) if words else 0.0

"""Which phrases are a distortion's best, in an order whose every beginning is a good set."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Place:
    """A phrase in its place in the ranking, and what brought it there, each term with its weight."""

    phrase: int
    """Its number."""
    relevance: float
    coverage: float
    """How much better the phrases up to this one stand for all of them than those before it did."""
    distinctness: float

    @property
    def gain(self) -> float:
        """What the greedy choice went by: the sum of the three."""
        return self.relevance + self.coverage + self.distinctness


def places(
    similarity: np.ndarray,
    relevance: np.ndarray,
    distinctness: np.ndarray,
    k: int,
    weights: tuple[float, float, float] = (1.0, 1.0, 1.0),
) -> list[Place]:
    """All phrases, best first, in an order whose every beginning is a good set.

    Greedy maximisation of w_r·Σ relevance/k + w_c·mean_i max_{j in S} max(0, similarity[i, j]) + w_d·Σ distinctness/k,
    where the middle term, facility location, is how well the chosen S stand for all M. The sum is submodular and,
    with relevance ≥ 0, monotone, so the greedy set is within 1 - 1/e of the best (Nemhauser, Wolsey and Fisher,
    1978). Being greedy, the sets for smaller k are its beginnings. Ties go to the earlier phrase.

    Args:
        similarity: (M, N) cosines of what is to be stood for, as a rule the phrases themselves, to the phrases.
        relevance: (N,) cosines to the distortion's explanation.
        distinctness: (N,) in [0, 1], higher is farther from what other distortions look like.
        k: How many phrases are wanted, at least 1: what the first and the last term are divided by.
        weights: Of relevance, coverage and distinctness (w_r, w_c, w_d), all ≥ 0.
    """
    w_relevance, w_coverage, w_distinctness = weights
    similarity = np.maximum(similarity, 0.0)
    covered = np.zeros(len(similarity))
    free = np.ones(similarity.shape[1], dtype=bool)
    order: list[Place] = []
    while free.any():
        covers = w_coverage * np.maximum(similarity - covered[:, None], 0.0).mean(axis=0)
        gain = (w_relevance * relevance + w_distinctness * distinctness) / k + covers
        # Equal phrases must tie, whatever the last bits say.
        gain = np.where(free, np.round(gain, 9), -np.inf)
        phrase = int(np.argmax(gain))
        order.append(
            Place(
                phrase,
                relevance=float(w_relevance * relevance[phrase] / k),
                coverage=float(covers[phrase]),
                distinctness=float(w_distinctness * distinctness[phrase] / k),
            )
        )
        free[phrase] = False
        covered = np.maximum(covered, similarity[:, phrase])
    return order


def rank(
    similarity: np.ndarray,
    relevance: np.ndarray,
    distinctness: np.ndarray,
    k: int,
    weights: tuple[float, float, float] = (1.0, 1.0, 1.0),
) -> list[int]:
    """The numbers of the best `k` phrases (all N where there are fewer), best first; see `places`."""
    return [place.phrase for place in places(similarity, relevance, distinctness, k, weights)[:k]]

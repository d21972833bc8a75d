"""Which phrases are a distortion's best, in an order whose every beginning is a good set."""

from __future__ import annotations

import numpy as np


def rank(
    similarity: np.ndarray,
    relevance: np.ndarray,
    distinctness: np.ndarray,
    k: int,
    weights: tuple[float, float, float] = (1.0, 1.0, 1.0),
) -> list[int]:
    """The best `k` phrases, in an order whose every beginning is a good set.

    Greedy maximisation of w_r·Σ relevance/k + w_c·mean_i max_{j in S} max(0, similarity[i, j]) + w_d·Σ distinctness/k,
    where the middle term, facility location, is how well the chosen S stand for all N. The sum is submodular and,
    with relevance ≥ 0, monotone, so the greedy set is within 1 - 1/e of the best (Nemhauser, Wolsey and Fisher,
    1978). Being greedy, the sets for smaller k are its beginnings. Ties go to the earlier phrase.

    Args:
        similarity: (N, N) cosines between the phrases.
        relevance: (N,) cosines to the distortion's explanation.
        distinctness: (N,) in [0, 1], higher is farther from what other distortions look like.
        k: How many phrases to choose, at least 1.
        weights: Of relevance, coverage and distinctness (w_r, w_c, w_d), all ≥ 0.

    Returns:
        The numbers of the best `k` phrases (all N where there are fewer), best first.
    """
    w_relevance, w_coverage, w_distinctness = weights
    single = (w_relevance * relevance + w_distinctness * distinctness) / k
    similarity = np.maximum(similarity, 0.0)
    covered = np.zeros(len(similarity))
    free = np.ones(len(similarity), dtype=bool)
    best: list[int] = []
    while free.any() and len(best) < k:
        gain = single + w_coverage * np.maximum(similarity - covered[:, None], 0.0).mean(axis=0)
        # Equal phrases must tie, whatever the last bits say.
        gain = np.where(free, np.round(gain, 9), -np.inf)
        phrase = int(np.argmax(gain))
        best.append(phrase)
        free[phrase] = False
        covered = np.maximum(covered, similarity[:, phrase])
    return best

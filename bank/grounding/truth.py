"""From what attributes claim and what is seen in pictures to what is true of each attribute in each picture."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from exiqa.bank.linking.effects import ABSENT, EFFECTS, PRESENT, Claim


def claim_matrix(claims: Sequence[Sequence[Claim]]) -> np.ndarray:
    """The claims of A attributes over the E effects of the vocabulary.

    Args:
        claims: Of each attribute; empty where it is linked to no effect.

    Returns:
        (A, E) int8: 1 where an attribute says that an effect is there, -1 that it is not, else 0. A claim that an
        effect with an opposite is absent counts as one that the opposite is there.
    """
    column = {effect: number for number, effect in enumerate(EFFECTS)}
    matrix = np.zeros((len(claims), len(EFFECTS)), np.int8)
    for row, of_attribute in enumerate(claims):
        for claim in of_attribute:
            claim = claim.canonical
            matrix[row, column[claim.effect]] = claim.sign
    return matrix


def truth_of(matrix: np.ndarray, visibility: np.ndarray) -> np.ndarray:
    """How true each attribute is of each picture.

    An attribute that names several effects is as true as the most visible of them: "an overall exposure error" holds
    of a picture that is brighter and of one that is darker. Effects that it says are absent take from that by their
    visibility; one that only says what is absent is true where none of it is seen.

    Args:
        matrix: (A, E) of `claim_matrix`.
        visibility: (N, E) in [0, 1], in the vocabulary's order.

    Returns:
        (N, A) float32 in [0, 1]; 0 for an attribute that claims nothing, whose truth is not known.
    """
    present, absent = matrix == PRESENT, matrix == ABSENT
    result = np.zeros((len(visibility), len(matrix)), np.float32)
    for row in range(len(matrix)):
        if not (present[row].any() or absent[row].any()):
            continue
        there = visibility[:, present[row]].max(1) if present[row].any() else np.ones(len(visibility))
        result[:, row] = there * (1 - visibility[:, absent[row]]).prod(1)
    return result

"""Attribute truth against values worked out by hand."""

from __future__ import annotations

import numpy as np
import pytest

from exiqa.bank.grounding.truth import claim_matrix, truth_of
from exiqa.bank.linking.effects import EFFECTS
from exiqa.bank.linking.labelled import parse_claims


def truth(claims: str, **visibility: float) -> float:
    seen = np.array([[visibility.get(effect, 0.0) for effect in EFFECTS]], np.float32)
    return float(truth_of(claim_matrix([parse_claims(claims)]), seen)[0, 0])


@pytest.mark.parametrize(
    ("claims", "visibility", "expected"),
    [
        ("blur+", {"blur": 0.7}, 0.7),
        ("blur+;ringing+", {"blur": 0.2, "ringing": 0.9}, 0.9),
        ("brighter+;darker+", {"darker": 0.6}, 0.6),
        ("blur-", {"blur": 0.3}, 0.7),
        ("texture_loss+;blur-", {"texture_loss": 0.8, "blur": 0.5}, 0.4),
        ("darker-", {"brighter": 0.4}, 0.4),
        ("darker-", {"darker": 0.4}, 0.0),
        ("", {"blur": 1.0}, 0.0),
    ],
)
def test_truth_by_hand(claims: str, visibility: dict[str, float], expected: float) -> None:
    assert truth(claims, **visibility) == pytest.approx(expected)


def test_shapes_and_order() -> None:
    matrix = claim_matrix([parse_claims("blur+"), parse_claims("veil+"), ()])
    seen = np.random.default_rng(0).random((5, len(EFFECTS))).astype(np.float32)
    result = truth_of(matrix, seen)
    assert result.shape == (5, 3) and result.dtype == np.float32
    np.testing.assert_array_equal(result[:, 0], seen[:, list(EFFECTS).index("blur")])
    np.testing.assert_array_equal(result[:, 1], seen[:, list(EFFECTS).index("veil")])
    assert not result[:, 2].any()

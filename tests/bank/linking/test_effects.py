"""The vocabulary of effects: whole, and with opposites that point at each other."""

from __future__ import annotations

import pytest

from exiqa.bank.linking.effects import ABSENT, EFFECTS, PRESENT, Claim


def test_the_table_is_whole() -> None:
    assert len(EFFECTS) == 34
    for key, effect in EFFECTS.items():
        assert key == effect.id
        assert effect.name and effect.definition.endswith(".") and effect.definition.count(". ") == 0
    assert len({effect.name for effect in EFFECTS.values()}) == len(EFFECTS)


def test_opposites_point_at_each_other() -> None:
    pairs = {effect.id: effect.opposite for effect in EFFECTS.values() if effect.opposite}
    assert pairs == {other: effect for effect, other in pairs.items()}
    assert set(pairs) == {
        *("brighter", "darker"),
        *("more_contrast", "less_contrast"),
        *("more_saturation", "less_saturation"),
    }


@pytest.mark.parametrize(
    ("claim", "canonical", "contrary"),
    [
        (Claim("blur", PRESENT), "blur+", "blur-"),
        (Claim("blur", ABSENT), "blur-", "blur+"),
        (Claim("darker", ABSENT), "brighter+", "darker+"),
        (Claim("brighter", PRESENT), "brighter+", "darker+"),
    ],
)
def test_claims(claim: Claim, canonical: str, contrary: str) -> None:
    assert str(claim.canonical) == canonical
    assert str(claim.contrary) == contrary

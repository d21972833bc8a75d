"""The bank itself: consistent, immutable, nested in K."""

from __future__ import annotations

import numpy as np
import pytest
from pydantic import ValidationError
from small_banks import RANKED, small_bank

from exiqa.bank.attribute import Attribute, attribute_id, normalise_phrase
from exiqa.bank.sentences import sentence_pairs
from exiqa.core.errors import UserError
from exiqa.core.files import sha256_hex


def test_the_id_is_of_the_normalised_phrase() -> None:
    assert normalise_phrase("  A  Soft\tﬁne haze. ") == "a soft fine haze"
    assert attribute_id("A soft  fine haze.") == sha256_hex("a soft fine haze")[:16]
    assert Attribute(phrase="A HAZE").id == Attribute(phrase="a haze.").id


def test_attributes_are_listed_once_in_order_and_membership_says_whose() -> None:
    bank = small_bank()
    assert [a.phrase for a in bank.attributes] == [
        "a softening of details",
        "a loss of fine texture",
        "a café-window look",
        "a fine grain over flat areas",
    ]
    expected = np.array([[1, 0], [1, 1], [1, 0], [0, 1]], dtype=bool)
    assert (bank.membership() == expected).all()


def test_top_k_nests_and_has_its_own_hash() -> None:
    bank = small_bank()
    assert bank.top(2).ranked == {d: own[:2] for d, own in RANKED.items()}
    assert bank.top(1).hash != bank.top(2).hash
    assert bank.top(2).top(1) == bank.top(1)
    with pytest.raises(UserError, match="has 2 attributes for white_noise, so K = 3"):
        bank.top(3)
    assert bank.select(["white_noise"]).distortions == ("white_noise",)
    with pytest.raises(UserError, match="no attributes for 'rain'"):
        bank.select(["rain"])


def test_the_hash_ignores_what_is_beside_the_identity() -> None:
    assert small_bank().hash == small_bank(name="other", version=9).hash
    assert small_bank().hash != small_bank(ranked={"white_noise": RANKED["white_noise"]}).hash


@pytest.mark.parametrize(
    ("ranked", "message"),
    [
        ({"rain": RANKED["white_noise"]}, "no distortion 'rain'"),
        ({"white_noise": ()}, "white_noise has no attributes"),
        ({"white_noise": ({"phrase": "a haze"}, {"phrase": "A haze."})}, "twice"),
        (
            {"white_noise": ({"phrase": "a haze", "antonym": "x"},), "gaussian_blur": ({"phrase": "a haze"},)},
            "two different antonyms",
        ),
    ],
)
def test_an_inconsistent_bank_cannot_be_made(ranked: object, message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        small_bank(ranked=ranked)


def test_a_bank_cannot_be_changed() -> None:
    with pytest.raises(ValidationError, match="frozen"):
        small_bank().name = "other"


def test_the_templates_sentences() -> None:
    haze = Attribute(phrase="a soft haze", antonym="a crisp air")
    assert sentence_pairs([haze]) == (
        ["There is a soft haze in the photo."],
        ["There is not a soft haze in the photo."],
    )
    assert sentence_pairs([haze], "none")[1] == ["There is no soft haze in the photo."]
    assert sentence_pairs([haze], "antonym")[1] == ["There is a crisp air in the photo."]
    assert sentence_pairs([haze], "nothing_wrong") == (
        ["There is a soft haze in the photo."],
        ["There is nothing wrong with the photo."],
    )
    with pytest.raises(UserError, match="'a haze' has no antonym"):
        sentence_pairs([Attribute(phrase="a haze")], "antonym")
    with pytest.raises(UserError, match="no template set 'x'; there are paper, none, antonym, nothing_wrong"):
        sentence_pairs([haze], "x")

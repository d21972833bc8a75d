"""Two banks made one."""

from __future__ import annotations

import pytest
from small_banks import BLUR, NOISE, RANKED, small_bank

from exiqa.bank.attribute import Attribute
from exiqa.bank.editing.merge import merge, merged_provenance
from exiqa.bank.phrases.encoder import SentenceEncoder
from exiqa.bank.taxonomy import Distortion, Taxonomy
from exiqa.core.errors import UserError

RAIN = Distortion(id="rain", code="r", name="Rain", explanation="Draw streaks of rain.", levels=3)


def test_the_second_adds_below_what_the_first_says(minilm: SentenceEncoder) -> None:
    other = small_bank(
        name="other",
        ranked={
            "gaussian_blur": (
                Attribute(phrase="A softening of details."),
                Attribute(phrase="a soft, dreamy mood", antonym="a crisp mood"),
            ),
            "white_noise": (Attribute(phrase="fine grain over the flat areas"),),
        },
    )
    merged = merge(small_bank(), other, minilm, 0.7)
    assert merged.ranked["gaussian_blur"] == (
        *RANKED["gaussian_blur"],
        Attribute(phrase="a soft, dreamy mood", antonym="a crisp mood"),
    )
    assert merged.ranked["white_noise"] == RANKED["white_noise"]
    assert merged.duplicates == (("white_noise", "fine grain over the flat areas", "a fine grain over flat areas"),)
    assert merged.taxonomy == small_bank().taxonomy
    kept = merge(small_bank(), other, minilm, None)
    assert len(kept.ranked["white_noise"]) == 3


def test_an_antonym_that_only_the_second_has_is_taken_over(minilm: SentenceEncoder) -> None:
    other = small_bank(ranked={"white_noise": (Attribute(phrase="a loss of fine texture", antonym="rich texture"),)})
    merged = merge(small_bank(), other, minilm, None)
    # In both distortions: one attribute has one antonym.
    small_bank(ranked=merged.ranked)
    assert merged.ranked["gaussian_blur"][1].antonym == "rich texture"
    assert merged.ranked["white_noise"][1].antonym == "rich texture"
    assert merged.ranked["white_noise"][0].antonym == "clean flat areas"


def test_a_distortion_of_the_readers_own_comes_in_with_its_taxonomy(minilm: SentenceEncoder) -> None:
    weather = Taxonomy(id="weather", name="Weather", source="me", distortions=(RAIN,))
    rain = small_bank(taxonomy=weather, ranked={"rain": (Attribute(phrase="thin slanted streaks"),)})
    merged = merge(small_bank(), rain, minilm, 0.7)
    assert merged.taxonomy == Taxonomy(
        id="small_weather", name="Small + Weather", source="me", distortions=(BLUR, NOISE, RAIN)
    )
    bank = small_bank(taxonomy=merged.taxonomy, ranked=merged.ranked)
    assert bank.distortions == ("gaussian_blur", "white_noise", "rain")
    provenance = merged_provenance(small_bank(), rain, minilm, 0.7)
    assert provenance.method == "merged"
    assert provenance.parents == (f"small@1 {small_bank().hash}", f"small@1 {rain.hash}")
    assert provenance.settings["threshold"] == 0.7


def test_one_id_with_two_meanings_is_refused(minilm: SentenceEncoder) -> None:
    other = Taxonomy(id="other", name="Other", distortions=(NOISE.model_copy(update={"explanation": "Speckle it."}),))
    noise = small_bank(name="other", taxonomy=other, ranked={"white_noise": RANKED["white_noise"]})
    with pytest.raises(UserError, match="small@1 and other@1 mean different things by the distortion white_noise"):
        merge(small_bank(), noise, minilm, None)

"""The shipped banks: reproducible, complete, and their controls are controls."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from exiqa.bank.attribute import Attribute, attribute_id
from exiqa.bank.curated.build import (
    SHIPPED,
    VERSIONS,
    build_shipped_banks,
    curated_phrases,
    write_shipped_banks,
)
from exiqa.bank.curated.controls import random_phrases, shuffle_attributes
from exiqa.bank.phrases.screens import screen
from exiqa.bank.schema import Bank
from exiqa.bank.storage.store import load_bank, shipped_banks
from exiqa.bank.taxonomy import load_taxonomy
from exiqa.core.errors import UserError

TAXONOMIES = ("authentic", "csiq", "kadid10k", "live", "lvq", "tid2013")


@pytest.fixture(scope="module")
def banks() -> dict[str, Bank]:
    return {bank.name: bank for bank in build_shipped_banks()}


def test_the_committed_files_are_what_is_built(tmp_path: Path) -> None:
    built = {path.name: path.read_bytes() for path in write_shipped_banks(tmp_path)}
    committed = {path.name: path.read_bytes() for path in SHIPPED.iterdir()}
    assert built.keys() <= committed.keys()
    assert [
        name for name in built if built[name] != committed[name]
    ] == []  # else run `python -m exiqa.bank.curated.build`


def test_older_versions_stay_and_are_the_parents_of_the_latest(banks: dict[str, Bank]) -> None:
    by_hand = {entry.id for entry in shipped_banks() if entry.load().provenance.method != "generated"}
    older = by_hand - {bank.id for bank in banks.values()}
    assert older == {f"{name}@{version}" for name, latest in VERSIONS.items() for version in range(1, latest)}
    for spec in older:
        bank = load_bank(spec)
        latest = banks[bank.name]
        assert bank.hash != latest.hash and latest.version > bank.version
        if latest.version == bank.version + 1 and not bank.name.endswith("-shuffled"):
            assert latest.provenance.parents == (f"{bank.id} {bank.hash}",)  # a shuffled one's is what was shuffled


def test_every_taxonomy_has_its_bank_and_three_controls(banks: dict[str, Bank]) -> None:
    assert set(banks) == {f"{name}{kind}" for name in TAXONOMIES for kind in ("", "-names", "-random", "-shuffled")}
    for name, bank in banks.items():
        assert bank.provenance.method == ("curated" if name in TAXONOMIES else "control")
        assert bank.provenance.created == ""
        assert load_bank(bank.id).hash == load_bank(name).hash == bank.hash


@pytest.mark.parametrize("name", TAXONOMIES)
def test_at_least_ten_attributes_with_antonyms_for_every_distortion(name: str, banks: dict[str, Bank]) -> None:
    bank = banks[name]
    assert bank.distortions == load_taxonomy(name).ids
    assert min(len(attributes) for attributes in bank.ranked.values()) >= 10
    assert all(attribute.antonym for attribute in bank.attributes)


def test_a_distortion_has_the_same_phrases_in_every_bank(banks: dict[str, Bank]) -> None:
    phrases = curated_phrases()
    for name in TAXONOMIES:
        for distortion, attributes in banks[name].ranked.items():
            assert attributes == phrases[distortion]
    used = {distortion for name in TAXONOMIES for distortion in banks[name].ranked}
    assert set(phrases) == used


@pytest.mark.parametrize("k", [3, 5, 10])
@pytest.mark.parametrize("name", TAXONOMIES)
def test_no_two_distortions_have_the_same_attributes(name: str, k: int, banks: dict[str, Bank]) -> None:
    sets = Counter(frozenset(attributes) for attributes in banks[name].top(k).ranked.values())
    assert max(sets.values()) == 1


@pytest.mark.parametrize("name", TAXONOMIES)
def test_phrases_and_antonyms_pass_the_screens(name: str, banks: dict[str, Bank]) -> None:
    bank = banks[name]
    verdicts = [
        screen(text, bank.taxonomy[distortion])
        for distortion, attributes in bank.ranked.items()
        for attribute in attributes
        for text in (attribute.phrase, attribute.antonym or "")
    ]
    # A few moods ("a cheap-lens look") name nothing that is seen, of which `bank lint` warns; an opposite may say so.
    assert [verdict for verdict in verdicts if not verdict.kept and verdict.verdict != "nothing seen"] == []


def test_an_attribute_has_one_antonym_everywhere_and_an_antonym_is_no_attribute() -> None:
    antonyms: dict[str, set[str | None]] = {}
    for attributes in curated_phrases().values():
        for attribute in attributes:
            antonyms.setdefault(attribute.id, set()).add(attribute.antonym)
    assert {id_: found for id_, found in antonyms.items() if len(found) > 1} == {}
    opposites = {attribute_id(antonym) for found in antonyms.values() for antonym in found if antonym}
    assert opposites & antonyms.keys() == set()


@pytest.mark.parametrize("name", TAXONOMIES)
def test_names_control(name: str, banks: dict[str, Bank]) -> None:
    ranked = banks[f"{name}-names"].ranked
    assert {d: tuple(a.phrase for a in attributes) for d, attributes in ranked.items()} == {
        distortion.id: (distortion.name,) for distortion in load_taxonomy(name).distortions
    }


@pytest.mark.parametrize("name", TAXONOMIES)
def test_random_control_has_equal_k_and_words_of_its_own(name: str, banks: dict[str, Bank]) -> None:
    curated, control = banks[name], banks[f"{name}-random"]
    assert {d: len(a) for d, a in control.ranked.items()} == {d: len(a) for d, a in curated.ranked.items()}
    assert len(control.attributes) == sum(len(attributes) for attributes in control.ranked.values())
    seen = {word for attribute in curated.attributes for word in attribute.phrase.replace(",", "").split()}
    drawn = {word for attribute in control.attributes for word in attribute.phrase.split()}
    assert seen & drawn == {"a", "an"}


@pytest.mark.parametrize("name", TAXONOMIES)
def test_shuffled_control_deals_every_attribute_to_a_wrong_distortion(name: str, banks: dict[str, Bank]) -> None:
    curated, control = banks[name], banks[f"{name}-shuffled"]
    assert control.provenance.parents == (f"{curated.id} {curated.hash}",)
    for distortion, attributes in control.ranked.items():
        assert not set(attributes) & set(curated.ranked[distortion])
    for k in (1, 3, 5, 10):
        # The same phrases, each as often, at every K.
        dealt = Counter(a for attributes in control.top(k).ranked.values() for a in attributes)
        assert dealt == Counter(a for attributes in curated.top(k).ranked.values() for a in attributes)


def test_a_deal_that_cannot_be_made_is_refused() -> None:
    same = (Attribute(phrase="a softening of details"),)
    with pytest.raises(UserError, match="rank 1"):
        shuffle_attributes({"gaussian_blur": same, "lens_blur": same})


def test_random_phrases_are_distinct_and_have_the_right_article() -> None:
    ranked = random_phrases({"a": 40, "b": 60})
    texts = [text for attributes in ranked.values() for a in attributes for text in (a.phrase, a.antonym or "")]
    assert len(texts) == len(set(texts)) == 200
    articles = {text.split()[1]: text.split()[0] for text in texts}
    assert {word[0] for word, article in articles.items() if article == "an" and word != "hourly"} <= set("aeiou")
    assert {word[0] for word, article in articles.items() if article == "a"} & set("aeiou") == set()

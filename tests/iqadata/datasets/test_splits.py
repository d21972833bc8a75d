"""No reference on two sides, for any dataset and seed; counts, files, hashes."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

from exiqa.bank.taxonomy import load_taxonomy
from exiqa.core.errors import UserError
from exiqa.iqadata import Dataset, Split, load_dataset, make_split, write_splits
from exiqa.iqadata.cli import app
from exiqa.iqadata.datasets.splits import RATIOS

# Training, validation and test references of ARNIQA's published splits.
COUNTS = {"kadid10k": (57, 8, 16), "tid2013": (18, 2, 5), "csiq": (21, 3, 6), "live": (20, 3, 6), "lvq": (7, 1, 2)}
SEEDS = range(20)


def of_references(references: list[str], images: int = 2, name: str = "some") -> Dataset:
    """A dataset of nothing but a table: `images` images of each reference."""
    keys = [reference for reference in references for _ in range(images)]
    table = pd.DataFrame({"image": [f"{k}-{n}" for n, k in enumerate(keys)], "reference": keys, "distortion": ""})
    table[["level", "score", "raw_score"]] = 0, np.nan, np.nan
    taxonomy = load_taxonomy("csiq")
    return Dataset(name, taxonomy, (), table, np.zeros((len(keys), 0), np.float32), (), "level", None, int)


@pytest.mark.parametrize("seed", SEEDS)
def test_what_may_only_be_trained_on_is_and_the_sides_stay_as_large(seed: int) -> None:
    references = [f"r{number:02}" for number in range(40)]
    kept = frozenset(references[::3])
    dataset = replace(of_references(references), training_only=kept)
    split = make_split(dataset, seed)
    assert kept <= set(split.train)
    assert [len(side) for side in (split.train, split.validation, split.test)] == [28, 4, 8]
    assert make_split(replace(dataset, training_only=frozenset()), seed) == make_split(of_references(references), seed)


def test_an_official_split_tests_on_nothing_that_may_only_be_trained_on() -> None:
    references = [f"r{number:02}" for number in range(20)]
    sides = np.repeat(["train", "test"], 10)
    dataset = replace(of_references(references, images=1), sides=sides, training_only=frozenset(references[5:15]))
    split = make_split(dataset, 0, "official")
    assert set(references[5:15]) <= set(split.train) and set(split.test) == set(references[15:])
    assert split.validation


def test_too_few_photos_to_test_on_is_said() -> None:
    references = [f"r{number:02}" for number in range(10)]
    dataset = replace(of_references(references), training_only=frozenset(references[:8]))
    with pytest.raises(UserError, match="pretrained on 8 of 10 photos, which leaves too few for a 70/10/20 split"):
        make_split(dataset, 0)


@pytest.mark.parametrize("ratio", RATIOS)
@pytest.mark.parametrize("name", COUNTS)
def test_no_reference_is_on_two_sides(name: str, ratio: str, trees: dict[str, Path]) -> None:
    dataset = load_dataset(name, trees[name])
    reference = dataset.table["reference"].to_numpy()
    tests = set()
    for seed in SEEDS:
        split = make_split(dataset, seed, ratio)
        sides = [set(split.train), set(split.validation), set(split.test)]
        assert sum(map(len, sides)) == len(set.union(*sides)) == len(dataset.references)
        if ratio == "70/10/20":
            assert tuple(map(len, sides)) == COUNTS[name]
        elif ratio == "30/10/60":
            shares = [len(side) / len(dataset.references) for side in sides]
            assert shares == pytest.approx(RATIOS[ratio], abs=1 / len(dataset.references))
        else:
            assert not split.validation and len(split.test) == len(dataset.references) - round(
                0.8 * len(dataset.references)
            )
        rows = split.rows(dataset)
        np.testing.assert_array_equal(np.sort(np.concatenate(rows)), np.arange(len(dataset)))
        by_side = [set(reference[side]) for side in rows]
        assert not (by_side[0] & by_side[1] or by_side[0] & by_side[2] or by_side[1] & by_side[2])
        tests.add(split.test)
    assert len(tests) > len(SEEDS) // 2, "seeds differ"


@given(st.sets(st.text(min_size=1), min_size=3, max_size=40), st.integers(0, 2**63), st.sampled_from(sorted(RATIOS)))
def test_any_references_any_seed(references: set[str], seed: int, ratio: str) -> None:
    dataset = of_references(sorted(references), images=1)
    split = make_split(dataset, seed, ratio)
    sides = [*split.train, *split.validation, *split.test]
    assert sorted(sides) == sorted(references)
    assert split.train and split.test and bool(split.validation) == (ratio != "80/20")


def test_split_does_not_depend_on_the_order_of_rows() -> None:
    references = [f"r{n}" for n in range(30)]
    forward, backward = of_references(references), of_references(references[::-1])
    assert make_split(forward, 3) == make_split(backward, 3)


def test_split_is_the_same_for_ever() -> None:
    # Written down once: a split that changes with a library's version would make old records incomparable.
    references = [f"r{n}" for n in range(10)]
    split = make_split(of_references(references), seed=0)
    order = sorted(references, key=lambda r: hashlib.sha256(f'["some",0,"{r}"]'.encode()).hexdigest())
    assert split.train == tuple(sorted(order[:7])) and split.validation == (order[7],)
    assert split.test == tuple(sorted(order[8:])) == ("r1", "r5")


def test_files(tmp_path: Path) -> None:
    dataset = of_references([f"r{n}" for n in range(10)], name="table:my set")
    paths = write_splits(dataset, 3, "80/20", tmp_path)
    assert [path.name for path in paths] == [f"table-my-set-80-20-seed{seed}.json" for seed in range(3)]
    for seed, path in enumerate(paths):
        split = Split.load(path)
        assert split == make_split(dataset, seed, "80/20")
        assert json.loads(path.read_text())["hash"] == split.hash


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda c: {**c, "test": [*c["test"], c["train"][0]]}, "is in the split twice"),
        (lambda c: {**c, "train": c["train"][1:]}, "was changed after it was written"),
        (lambda c: {**c, "seed": 5}, "was changed after it was written"),
        (lambda c: {k: v for k, v in c.items() if k != "hash"}, "was changed after it was written"),
        (lambda c: {**c, "extra": 1}, "extra"),
        (lambda c: {**c, "test": []}, "at least one reference to train and one to test"),
        (lambda c: [c], "holds no JSON object"),
    ],
)
def test_changed_files_are_refused(change, message: str, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    (path,) = write_splits(of_references([f"r{n}" for n in range(10)]), 1, "70/10/20", tmp_path)
    path.write_text(json.dumps(change(json.loads(path.read_text()))))
    with pytest.raises(UserError, match=message) as error:
        Split.load(path)
    assert "\n" not in str(error.value) and str(path) in str(error.value)


@pytest.mark.parametrize("content", [b"", b"{", b"\xff\xfe"])
def test_files_that_are_none(content: bytes, tmp_path: Path) -> None:
    (tmp_path / "s.json").write_bytes(content)
    with pytest.raises(UserError, match=r"s\.json is not (a split file|UTF-8 text)"):
        Split.load(tmp_path / "s.json")


def test_mistakes() -> None:
    with pytest.raises(UserError, match="has 2 reference images; a 70/10/20 split by reference needs 3"):
        make_split(of_references(["a", "b"]), 0)
    with pytest.raises(UserError, match="no split ratio '60/40'"):
        make_split(of_references(["a", "b", "c"]), 0, "60/40")
    split = make_split(of_references(["a", "b", "c"]), 0)
    with pytest.raises(UserError, match="no side for reference 'd'"):
        split.rows(of_references(["a", "b", "c", "d"]))
    with pytest.raises(UserError, match="does not fit other"):
        split.rows(of_references(["a", "b", "c"], name="other"))


def test_command(trees: dict[str, Path], tmp_path: Path) -> None:
    arguments = ["split", "csiq", str(trees["csiq"]), "--seeds", "10", "--ratio", "70/10/20", "--out", str(tmp_path)]
    answer = CliRunner().invoke(app, arguments)
    assert answer.exit_code == 0 and answer.output.count("21/3/6 references") == 10
    assert len(list(tmp_path.iterdir())) == 10
    listed = json.loads(CliRunner().invoke(app, [*arguments, "--json"]).output)
    assert [entry["hash"] for entry in listed] == [Split.load(Path(entry["file"])).hash for entry in listed]
    assert CliRunner().invoke(app, ["split", "csiq", str(trees["csiq"]), "--ratio", "1/2"]).exit_code == 1

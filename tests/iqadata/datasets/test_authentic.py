"""Sets of authentic photos: layouts, scales, subsets, official splits, ratings, and labels of another release."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import openpyxl
import pandas as pd
import pytest
import scipy.io
from authentic_trees import PHOTO_BUILDERS, change_csv, opinions, shrink_photo_counts
from dataset_trees import copy_tree, overwrite
from typer.testing import CliRunner

from exiqa.core.errors import UserError
from exiqa.iqadata import load_dataset, make_split
from exiqa.iqadata.catalog.check import check_dataset
from exiqa.iqadata.catalog.loading import DATASETS
from exiqa.iqadata.cli import app
from exiqa.iqadata.datasets.splits import OFFICIAL

# name: photos, formula as an independent function, generated raw scores
EXPECTED = {
    "biq2021": (150, lambda x: x, opinions(150, 0, 1)),
    "koniq10k": (10073, lambda x: x / 100, opinions(10073, 0, 100)),
    "spaq": (11125, lambda x: x / 100, opinions(11125, 0, 90, 2)),
    "clive": (1162, lambda x: x / 100, opinions(1169, 0, 100)[7:]),
    "bid": (586, lambda x: x / 5, opinions(586, 0, 5)),
    "flive": (200, lambda x: x / 100, opinions(200, 0, 100)),
    "agiqa3k": (2982, lambda x: x / 5, opinions(2982, 0, 5)),
}


@pytest.fixture
def small(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder to build small copies in; the readers take them for whole."""
    shrink_photo_counts(monkeypatch, 2)
    return tmp_path / "copy"


def built(name: str, folder: Path) -> Path:
    folder.mkdir()
    PHOTO_BUILDERS[name](folder, references=2)
    return folder


@pytest.mark.parametrize("name", EXPECTED)
def test_spec(name: str, trees: dict[str, Path]) -> None:
    dataset = load_dataset(name, trees[name])
    images, formula, raw = EXPECTED[name]
    table = dataset.table
    assert len(dataset) == images and table["image"].is_unique
    assert DATASETS[name].kind == "authentic"
    assert (table["reference"] == table["image"]).all(), "each photo is its own reference"
    assert dataset.distortions == () and dataset.strengths.shape == (images, 0) and set(table["distortion"]) == {""}
    # BIQ2021's two files interleave, so its rows are in another order.
    np.testing.assert_allclose(np.sort(table["raw_score"]), np.sort(raw))
    np.testing.assert_allclose(table["score"], formula(table["raw_score"]), atol=1e-12)
    assert dataset.score_info is not None and dataset.score_info.raw_direction == "higher is better"
    written = [eval(dataset.score_info.formula, {"x": x}) for x in table["raw_score"][:20]]
    np.testing.assert_allclose(table["score"][:20], written)
    assert dataset.load(0).shape == (8, 8, 3)


@pytest.mark.parametrize("name", PHOTO_BUILDERS)
def test_whole_copies_pass_the_check(name: str, small: Path) -> None:
    report = check_dataset(name, built(name, small), jobs=1)
    assert report.ok, report.problems
    assert report.files >= report.images > 0


def test_the_command_lists_what_is_wrong_with_a_copy(small: Path) -> None:
    root = built("koniq10k", small)
    victim = next((root / "1024x768").iterdir())
    victim.unlink()
    shown = CliRunner().invoke(app, ["check", "koniq10k", str(root)])
    assert shown.exit_code == 1 and f"lists {victim.name} but 1024x768/ has no such file" in shown.output


def test_biq2021_subsets_sides_and_the_name_in_another_case(trees: dict[str, Path]) -> None:
    dataset = load_dataset("biq2021", trees["biq2021"])
    assert dataset.subsets is not None and dataset.sides is not None
    names = dataset.table["image"].str.removeprefix("Images/")
    assert list(dataset.subsets) == [name[:4] for name in names]
    assert pd.crosstab(dataset.subsets, dataset.sides).to_numpy().tolist() == [[10, 40]] * 3
    assert "ss02 (7).jpg" in set(names) and not (trees["biq2021"] / "Images" / "ss02 (7).jpg").exists()
    assert dataset.load(int(np.flatnonzero(names == "ss02 (7).jpg")[0])).shape == (8, 8, 3)
    assert any("a part of the set: 120 of the 10,000 photos" in note for note in dataset.notes)


def test_splits_are_by_photo_and_stratified_by_subset(trees: dict[str, Path]) -> None:
    dataset = load_dataset("biq2021", trees["biq2021"])
    assert dataset.subsets is not None
    tests = set()
    for seed in range(5):
        split = make_split(dataset, seed)
        rows = split.rows(dataset)
        np.testing.assert_array_equal(np.sort(np.concatenate(rows)), np.arange(150))
        for side, count in zip(rows, (35, 5, 10), strict=True):
            assert pd.Series(dataset.subsets[side]).value_counts().to_dict() == dict.fromkeys(dataset.subsets, count)
        tests.add(split.test)
    assert len(tests) == 5


def test_the_official_split_is_the_published_one(trees: dict[str, Path]) -> None:
    koniq = load_dataset("koniq10k", trees["koniq10k"])
    split = make_split(koniq, 0, OFFICIAL)
    assert tuple(map(len, (split.train, split.validation, split.test))) == (7058, 1000, 2015)
    np.testing.assert_array_equal(koniq.sides, np.repeat(["train", "validation", "test"], (7058, 1000, 2015)))
    assert make_split(koniq, 1, OFFICIAL).test == split.test and split.file_name == "koniq10k-official-seed0.json"
    biq = load_dataset("biq2021", trees["biq2021"])
    first, second = (make_split(biq, seed, OFFICIAL) for seed in (0, 1))
    assert biq.sides is not None and set(first.test) == set(biq.table["image"][biq.sides == "test"])
    assert first.test == second.test and first.validation != second.validation
    # An eighth of the 40 training photos of each subset validates.
    assert pd.Series(first.validation).str[7:11].value_counts().to_dict() == {"ss01": 5, "ss02": 5, "ss03": 5}
    with pytest.raises(UserError, match="spaq has no official split; choose a ratio"):
        make_split(load_dataset("spaq", trees["spaq"]), 0, OFFICIAL)


def test_a_copy_without_the_test_half_has_no_official_split(trees: dict[str, Path], tmp_path: Path) -> None:
    copy = copy_tree(trees["biq2021"], tmp_path / "biq")
    (copy / "Test (Images and MOS).csv").unlink()
    with pytest.raises(UserError, match="has no photo of the official test side"):
        make_split(load_dataset("biq2021", copy), 0, OFFICIAL)


def test_a_small_subset_is_named(small: Path) -> None:
    root = built("biq2021", small)
    for file in root.glob("*.csv"):
        change_csv(file, lambda t: t[~t["Image Name"].str.startswith("ss03") | t["Image Name"].str.contains(r"\(1\)")])
    with pytest.raises(UserError, match="biq2021, subset ss03, has 1 reference images; a 70/10/20 split"):
        make_split(load_dataset("biq2021", root), 0)


def test_ratings_come_in_the_order_of_the_photos(trees: dict[str, Path]) -> None:
    spaq = load_dataset("spaq", trees["spaq"]).ratings
    assert spaq is not None and list(spaq) == ["brightness", "colorfulness", "contrast", "noisiness", "sharpness"]
    np.testing.assert_allclose(spaq["sharpness"], EXPECTED["spaq"][2] + 4)
    koniq = load_dataset("koniq10k", trees["koniq10k"]).ratings
    assert koniq is not None and list(koniq) == ["artifacts", "blur", "contrast", "colors"]
    np.testing.assert_array_equal(koniq["artifacts"][:5], [0, 1, 2, 3, 4])
    assert koniq.isna().all(axis=1).sum() == 10073 - 10073 // 2, "photos that nobody rated"


def test_koniqs_other_file_is_refused(small: Path) -> None:
    root = built("koniq10k", small)
    labels = root / "koniq10k_distributions_sets.csv"
    change_csv(labels, lambda t: t.assign(MOS=(1 + t["MOS"].astype(float) / 25).round(4)))
    with pytest.raises(UserError, match="has an MOS on 1–5") as error:
        load_dataset("koniq10k", root)
    assert "\n" not in str(error.value)
    labels.rename(root / "koniq10k_scores_and_distributions.csv")
    with pytest.raises(UserError, match=r"whose MOS is on 1–5 .* get koniq10k_distributions_sets\.csv"):
        load_dataset("koniq10k", root)


def test_labels_that_leave_the_scale_are_one_sentence(small: Path) -> None:
    root = built("biq2021", small)
    change_csv(root / "Train (Images and MOS).csv", lambda t: t.assign(MOS=t["MOS"].astype(float) * 100))
    report = check_dataset("biq2021", root, jobs=1)
    (group,) = report.problems
    assert (
        len(group.problems) == 1
        and "of 60 photos a score outside [0, 1], such as Images/ss01 (1).jpg with" in (group.problems[0])
    )
    with pytest.raises(UserError, match="labels of another release or scale") as error:
        load_dataset("biq2021", root)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda t: t.assign(MOS=["", *t["MOS"][1:]]), "gives 1 of 60 photos no score, such as Images/ss01"),
        (lambda t: t.assign(MOS="0.5"), None),
        (lambda t: pd.concat([t, t[:1]]), "twice"),
        (lambda t: pd.concat([t, t[:1].assign(**{"Image Name": "me.jpg"})]), "'me.jpg' is none of BIQ2021's names"),
        (lambda t: pd.concat([t, t[:1].assign(**{"Image Name": "ss01 (5).jpg"})]), "the test photo ss01 .5..jpg is in"),
        (lambda t: pd.concat([t, t[:1].assign(**{"Image Name": "ss01 (99).jpg"})]), "Images/ has no such file"),
        (lambda t: t.rename(columns={"MOS": "score"}), "has no column 'MOS'"),
    ],
)
def test_labels_that_are_wrong(change, message: str | None, small: Path) -> None:  # type: ignore[no-untyped-def]
    root = built("biq2021", small)
    change_csv(root / "Train (Images and MOS).csv", change)
    if message is None:
        (root / "Test (Images and MOS).csv").unlink()
        message = "gives all 48 photos the score 0.5"
    with pytest.raises(UserError, match=message) as error:
        load_dataset("biq2021", root)
    assert "\n" not in str(error.value)


def test_counts_are_the_published_ones(trees: dict[str, Path], tmp_path: Path) -> None:
    copy = copy_tree(trees["koniq10k"], tmp_path / "koniq")
    change_csv(copy / "koniq10k_distributions_sets.csv", lambda t: t[1:])
    with pytest.raises(UserError, match="has 7057 train photos; as published it has 7058"):
        load_dataset("koniq10k", copy)
    copy = copy_tree(trees["agiqa3k"], tmp_path / "agiqa")
    change_csv(copy / "data.csv", lambda t: t[:-2])
    with pytest.raises(UserError, match="lists 2980 images; as published it lists 2982"):
        load_dataset("agiqa3k", copy)


def test_clives_practice_images_are_left_out(small: Path) -> None:
    root = built("clive", small)
    assert not load_dataset("clive", root).table["image"].str.contains("/t").any()
    names = scipy.io.loadmat(root / "Data" / "AllImages_release.mat")["AllImages_release"]
    scipy.io.savemat(root / "Data" / "AllImages_release.mat", {"AllImages_release": names[1:]})
    with pytest.raises(UserError, match=r"26 names and AllMOS_release\.mat 27 scores"):
        load_dataset("clive", root)
    scipy.io.savemat(root / "Data" / "AllImages_release.mat", {"AllImages_release": names[::-1]})
    with pytest.raises(UserError, match="does not begin with the 7 practice images"):
        load_dataset("clive", root)


def test_workbooks_with_other_columns_are_refused(small: Path, tmp_path: Path) -> None:
    root = built("spaq", small)
    labels = root / "Annotations" / "MOS and Image attribute scores.xlsx"
    book = openpyxl.load_workbook(labels)
    book.active["B1"] = "Score"
    book.save(labels)
    with pytest.raises(UserError, match="has no column 'MOS'; it has Image name, Score"):
        load_dataset("spaq", root)
    overwrite(labels, b"no workbook")
    with pytest.raises(UserError, match="has no readable sheet number 1"):
        load_dataset("spaq", root)
    root = built("bid", tmp_path / "bid")
    book = openpyxl.load_workbook(root / "DatabaseGrades.xlsx")
    book.active["A3"] = "second"
    book.save(root / "DatabaseGrades.xlsx")
    with pytest.raises(UserError, match="row 3 has 'second' as a photo's number"):
        load_dataset("bid", root)


def test_flives_lists(small: Path) -> None:
    root = built("flive", small)
    dataset = load_dataset("flive", root)
    assert dataset.sides is not None
    expected = ["test" if row % 5 == 0 else "validation" if row % 4 == 0 else "train" for row in range(20)]
    assert list(dataset.sides) == expected
    change_csv(root / "labels640.csv", lambda t: pd.concat([t, t[:1].assign(name="voc/none.jpg")]))
    with pytest.raises(
        UserError, match=r"labels640\.csv lists 1 photos that labels_image\.csv does not, such as voc/no"
    ):
        load_dataset("flive", root)
    (root / "labels640.csv").unlink()
    assert load_dataset("flive", root).sides is None
    shutil.rmtree(root / "database" / "ava")
    with pytest.raises(UserError, match="ava is not a folder"):
        load_dataset("flive", root)


def test_sources_of_pixels_have_no_scores(small: Path, tmp_path: Path) -> None:
    kadis = load_dataset("kadis700k", built("kadis700k", small))
    assert (
        len(kadis) == 20 and kadis.score_info is None and kadis.scores.shape == (20,) and np.isnan(kadis.scores).all()
    )
    root = built("pipal", tmp_path / "pipal")
    pipal = load_dataset("pipal", root)
    assert len(pipal) == 12 and pipal.references == ("A0001", "A0002") and pipal.score_info is None
    assert pipal.table["raw_score"].between(900, 1900).all() and "Elo" in pipal.notes[0]
    assert not np.array_equal(pipal.load(0), pipal.load.reference("A0001"))  # type: ignore[attr-defined]
    overwrite(root / "Train_Label" / "A0002.txt", "A0002_00_00.bmp 1520\n")
    with pytest.raises(UserError, match=r"A0002\.txt line 1 is not NAME,ELO"):
        load_dataset("pipal", root)


@pytest.mark.parametrize("name", PHOTO_BUILDERS)
def test_an_empty_folder_is_one_sentence(name: str, tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"there is no .*; the folder should hold") as error:
        load_dataset(name, tmp_path)
    assert "\n" not in str(error.value)


def test_the_real_part_of_biq2021(test_data: Path) -> None:
    dataset = load_dataset("biq2021", test_data / "biq2021")
    assert len(dataset) == 2500 and dataset.sides is not None and set(dataset.sides) == {"train"}
    assert "a part of the set: 2,500 of the 10,000 photos of the official train side" in dataset.notes
    assert dataset.load(0).shape == (512, 512, 3)
    means = pd.Series(dataset.scores).groupby(dataset.subsets).mean()
    assert means["ss01"] < means["ss02"] < means["ss03"]
    split = make_split(dataset, 0)
    assert tuple(map(len, (split.train, split.validation, split.test))) == (1750, 250, 500)

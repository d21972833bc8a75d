"""Every dataset's spec against a copy in the original layout with the real labels."""

from __future__ import annotations

import pickle
import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from dataset_trees import copy_tree, overwrite, real_labels, tiny_photo
from scipy.stats import spearmanr

from exiqa.bank.taxonomy import load_taxonomy
from exiqa.core.errors import UserError
from exiqa.iqadata import load_dataset
from exiqa.iqadata.catalog.loading import DATASETS, dataset_names
from exiqa.iqadata.datasets.dataset import COLUMNS, Dataset

FIVE = (0.2, 0.4, 0.6, 0.8, 1.0)
FOUR = (0.25, 0.5, 0.75, 1.0)
# name: images, references, strength map, formula as an independent function, raw direction
EXPECTED = {
    "kadid10k": (10125, 81, "level", lambda x: (x - 1) / 4, "higher is better"),
    "tid2013": (3000, 25, "level", lambda x: x / 9, "higher is better"),
    "csiq": (866, 30, "level", lambda x: 1 - x, "lower is better"),
    "live": (779, 29, "score", lambda x: 1 - x / 100, "lower is better"),
    "lvq": (800, 10, "level", lambda x: (x - 1) / 4, "higher is better"),
}
REAL = {"kadid10k": "KADID-10k", "tid2013": "TID2013", "csiq": "CSIQ", "live": "LIVE"}


@pytest.fixture(scope="module")
def loaded(trees: dict[str, Path]) -> dict[str, Dataset]:
    return {name: load_dataset(name, trees[name]) for name in EXPECTED}


def mean_reference_spearman(dataset: Dataset, distortion: str) -> float:
    """The mean over references of Spearman(level, score), negative where quality falls with level."""
    rows = dataset.table[dataset.table["distortion"] == distortion]
    groups = rows.groupby("reference")
    return float(np.mean([spearmanr(group["level"], group["score"]).statistic for _, group in groups]))


@pytest.mark.parametrize("name", EXPECTED)
def test_spec(name: str, loaded: dict[str, Dataset], trees: dict[str, Path]) -> None:
    dataset = loaded[name]
    images, references, strength_map, formula, direction = EXPECTED[name]
    table = dataset.table
    assert tuple(table.columns) == COLUMNS
    assert len(dataset) == images and len(dataset.references) == references
    assert table["image"].is_unique
    assert dataset.name == name and dataset.taxonomy == load_taxonomy(name)
    assert dataset.distortions == dataset.taxonomy.ids == tuple(dict.fromkeys(dataset.distortions))
    assert set(table["distortion"]) == set(dataset.distortions)

    assert dataset.strengths.shape == (images, len(dataset.distortions))
    assert dataset.strengths.dtype == np.float32
    assert ((dataset.strengths > 0).sum(axis=1) == 1).all(), "one distortion an image"
    assert dataset.strength_map == strength_map
    for distortion, grid, column in zip(dataset.distortions, dataset.levels, dataset.strengths.T, strict=True):
        rows = table["distortion"] == distortion
        number = dataset.taxonomy[distortion].levels
        assert grid == (FOUR if number == 4 else FIVE)
        np.testing.assert_allclose(column[rows], table["level"][rows] / number, rtol=1e-6)
        assert not column[~rows].any()

    assert dataset.score_info is not None
    assert dataset.score_info.raw_direction == direction and not dataset.score_info.proxy
    np.testing.assert_allclose(table["score"], formula(table["raw_score"]), atol=1e-12)
    written = np.array([eval(dataset.score_info.formula, {"x": x}) for x in table["raw_score"]])
    np.testing.assert_allclose(table["score"], written, atol=1e-12)
    assert spearmanr(table["level"], table["score"]).statistic < -0.3, "quality falls with level"

    pixels = pickle.loads(pickle.dumps(dataset.load))(0)
    assert pixels.dtype == np.uint8 and pixels.ndim == 3 and pixels.shape[2] == 3
    assert load_dataset(name, trees[name]).hash == dataset.hash


def test_kadid_says_how_many_images_are_at_levels_that_change_nothing(loaded: dict[str, Dataset]) -> None:
    (note,) = loaded["kadid10k"].notes
    assert note.startswith("324 of 10125 images are at the 4 of 125 levels that change nothing")  # 4 levels × 81
    for cell in ("gaussian_blur 1", "motion_blur 1", "color_saturation_2 1", "mean_shift 3"):
        assert cell in note
    assert replace(loaded["kadid10k"], notes=()).hash == loaded["kadid10k"].hash  # no record goes stale by a note


@pytest.mark.parametrize("name", REAL)
def test_every_label_is_the_published_one(name: str, loaded: dict[str, Dataset]) -> None:
    labels = real_labels(REAL[name])
    keys = labels["dis_img_path"].str.lower().str.split("/", n=1).str[1]
    references = labels["ref_img_path"].str.lower().map(lambda path: Path(path).stem)
    table = loaded[name].table
    ours = table.assign(reference=table["reference"].str.lower()).set_index(table["image"].str.lower()).loc[keys]
    np.testing.assert_allclose(ours["raw_score"], labels["score"], rtol=1e-9)
    assert list(ours["reference"]) == list(references)


# Figures of the published labels, known independently of this code; a type mapped to the wrong id would move them.
@pytest.mark.parametrize(
    ("name", "distortion", "expected"),
    [
        ("kadid10k", "contrast_change", 0.07),
        ("kadid10k", "mean_shift", -0.31),
        ("kadid10k", "color_saturation_1", -0.65),
        ("kadid10k", "color_block", -0.66),
        ("tid2013", "local_block", 0.77),
        ("tid2013", "contrast_change", -0.49),
    ],
)
def test_level_is_not_strength(name: str, distortion: str, expected: float, loaded: dict[str, Dataset]) -> None:
    assert mean_reference_spearman(loaded[name], distortion) == pytest.approx(expected, abs=0.01)


@pytest.mark.parametrize("name", ["kadid10k", "tid2013", "csiq", "live", "lvq"])
def test_blur_lowers_quality_with_level(name: str, loaded: dict[str, Dataset]) -> None:
    blur = {"live": "gaussian_blur", "lvq": "defocus_blur"}.get(name, "gaussian_blur")
    assert mean_reference_spearman(loaded[name], blur) < -0.85


def test_references_are_read_too(loaded: dict[str, Dataset]) -> None:
    for name in REAL:
        load = loaded[name].load
        assert load.reference(loaded[name].references[0]).shape == (8, 8, 3)  # type: ignore[attr-defined]


def test_root_may_be_the_folder_inside(trees: dict[str, Path], loaded: dict[str, Dataset]) -> None:
    assert load_dataset("kadid10k", trees["kadid10k"] / "kadid10k").hash == loaded["kadid10k"].hash
    assert load_dataset("live", trees["live"] / "databaserelease2").hash == loaded["live"].hash


def test_magnitude_knows_the_levels_that_change_nothing(trees: dict[str, Path]) -> None:
    dataset = load_dataset("kadid10k", trees["kadid10k"], strength_map="magnitude")
    column = dataset.distortions.index("mean_shift")
    rows = dataset.table["distortion"] == "mean_shift"
    by_level = [dataset.strengths[rows & (dataset.table["level"] == level), column] for level in range(1, 6)]
    assert [float(values[0]) for values in by_level] == pytest.approx([1, 8 / 15, 0, 8 / 15, 1], abs=1e-6)
    assert all((values == values[0]).all() for values in by_level)
    assert dataset.levels[column] == pytest.approx((8 / 15, 1.0), abs=1e-6)
    assert dataset.strength_map == "magnitude"
    assert dataset.hash != load_dataset("kadid10k", trees["kadid10k"]).hash


def test_csiq_traps(loaded: dict[str, Dataset]) -> None:
    table = loaded["csiq"].table
    contrast = table[table["distortion"] == "contrast_decrease"]
    counts = contrast.groupby("reference").size()
    assert sorted(counts[counts == 3].index) == ["elk", "geckos", "lady_liberty", "swarm"]
    assert set(counts) == {3, 4}
    assert "1600" in loaded["csiq"].references


def test_tid_spelling_does_not_matter(trees: dict[str, Path], tmp_path: Path, loaded: dict[str, Dataset]) -> None:
    copy = copy_tree(trees["tid2013"], tmp_path / "tid")
    for folder in ("distorted_images", "reference_images"):
        for path in list((copy / folder).iterdir()):
            path.rename(path.with_name(path.name.upper()))
    assert load_dataset("tid2013", copy).hash == loaded["tid2013"].hash


def test_live_strength_is_the_score_snapped(loaded: dict[str, Dataset]) -> None:
    live = loaded["live"]
    sizes = live.table.groupby("distortion").size().to_dict()
    assert sizes == {"jpeg2000": 169, "jpeg": 175, "white_noise": 145, "gaussian_blur": 145, "fast_fading": 145}
    grid = np.array(FIVE)
    nearest = grid[np.abs(np.clip(live.table["raw_score"].to_numpy() / 100, 0, 1)[:, None] - grid).argmin(axis=1)]
    np.testing.assert_allclose(live.strengths.max(axis=1), nearest, rtol=1e-6)
    assert live.table["raw_score"].min() == pytest.approx(-2.64, abs=0.001)
    assert live.table["raw_score"].max() == pytest.approx(111.77, abs=0.01)
    assert live.table["score"].min() < 0 < 1 < live.table["score"].max(), "never clipped"
    assert any("strength from the score" in note for note in live.notes)


def test_live_has_no_magnitude(trees: dict[str, Path]) -> None:
    with pytest.raises(UserError, match="no strengths by magnitude"):
        load_dataset("live", trees["live"], strength_map="magnitude")


def test_unknown_strength_map(trees: dict[str, Path]) -> None:
    for name, root in (("csiq", trees["csiq"]), ("mini-csiq", None)):
        with pytest.raises(UserError, match="no strength map 'levels'"):
            load_dataset(name, root, strength_map="levels")


def rehost(base: Path, orgs: int, names: int) -> None:
    """Cut the lists of the label files to the given lengths, as re-hosted copies do."""
    import scipy.io

    scores = scipy.io.loadmat(base / "dmos_realigned.mat")
    cells = scipy.io.loadmat(base / "refnames_all.mat")["refnames_all"]
    for file in ("dmos_realigned.mat", "refnames_all.mat", "dmos.mat"):
        (base / file).unlink()
    keep = {key: scores[key] for key in ("dmos_new", "dmos_std")}
    scipy.io.savemat(base / "dmos_realigned.mat", {**keep, "orgs": scores["orgs"][:, :orgs]})
    scipy.io.savemat(base / "refnames_all.mat", {"refnames_all": cells[:, :names]})


def test_live_rehosted_copies_are_refused(trees: dict[str, Path], tmp_path: Path) -> None:
    copy = copy_tree(trees["live"], tmp_path / "live")
    rehost(copy / "databaserelease2", orgs=779, names=779)
    with pytest.raises(UserError, match="982 scores but 779 entries in orgs"):
        load_dataset("live", copy)


def test_live_with_cut_names_is_refused(trees: dict[str, Path], tmp_path: Path) -> None:
    copy = copy_tree(trees["live"], tmp_path / "live")
    rehost(copy / "databaserelease2", orgs=982, names=779)
    with pytest.raises(UserError, match="779 reference names for 982 images"):
        load_dataset("live", copy)


def test_live_real_rehosted_copy_is_refused(test_data: Path) -> None:
    with pytest.raises(UserError, match="982 scores but 779 entries in orgs") as error:
        load_dataset("live", test_data / "bad" / "live_rehosted")
    assert "\n" not in str(error.value)


def test_partial_copies_are_refused(trees: dict[str, Path], tmp_path: Path) -> None:
    copy = copy_tree(trees["tid2013"], tmp_path / "tid")
    (copy / "distorted_images" / "i07_10_3.bmp").unlink()
    expected = r"TID2013 at .*: mos_with_names.txt lists i07_10_3.bmp but distorted_images/ has no such file \(indexed"
    with pytest.raises(UserError, match=expected):
        load_dataset("tid2013", copy)
    labels = copy / "mos_with_names.txt"
    overwrite(labels, "".join(labels.read_text().splitlines(keepends=True)[:-5]))
    with pytest.raises(UserError, match="lists 2995 images; as published it lists 3000"):
        load_dataset("tid2013", copy)


def test_extra_images_are_forgiven(trees: dict[str, Path], tmp_path: Path, loaded: dict[str, Dataset]) -> None:
    copy = copy_tree(trees["csiq"], tmp_path / "csiq")
    tiny_photo(copy / "dst_imgs" / "blur" / "mine.png")
    assert load_dataset("csiq", copy).hash == loaded["csiq"].hash


@pytest.mark.parametrize(
    ("name", "root", "message"),
    [
        ("kadid", "x", "there is no dataset 'kadid'"),
        ("table", "x", "there is no dataset 'table'"),
        ("kadid10k", "nowhere", "is not a folder"),
        ("kadid10k", "", "there is no dmos.csv"),
        ("tid2013", "", "there is no mos_with_names.txt"),
        ("csiq", "", "there is no csiq.DMOS.xlsx"),
        ("live", "", "there is no dmos_realigned.mat"),
        ("exiqa", None, "give the one that holds"),
        ("lvq", "", "there is no lvq.csv"),
        ("photos", "", "holds no photo"),
        ("kadid10k", None, "give the one that holds"),
    ],
)
def test_mistakes_are_one_sentence(name: str, root: str | None, message: str, tmp_path: Path) -> None:
    with pytest.raises(UserError, match=message) as error:
        load_dataset(name, None if root is None else tmp_path / root)
    assert "\n" not in str(error.value)


def test_unknown_option(trees: dict[str, Path]) -> None:
    with pytest.raises(UserError, match="LVQ has no option 'stride'; it has frame_stride"):
        load_dataset("lvq", trees["lvq"], stride=2)


@pytest.mark.parametrize(
    ("name", "file", "content"),
    [
        ("csiq", "csiq.DMOS.xlsx", b"no workbook"),
        ("live", "databaserelease2/dmos_realigned.mat", b"no matlab file"),
        ("live", "databaserelease2/dmos_realigned.mat", b"cut"),
        ("live", "databaserelease2/refnames_all.mat", b"cut"),
        ("csiq", "csiq.DMOS.xlsx", b"cut"),
        ("tid2013", "mos_with_names.txt", b"\xff\xfe\x00"),
        ("lvq", "lvq.csv", b""),
        ("lvq", "lvq.csv", b"video,reference\n"),
        ("lvq", "lvq.csv", b"\xff\xfe\x00"),
    ],
)
def test_damaged_label_files(name: str, file: str, content: bytes, trees: dict[str, Path], tmp_path: Path) -> None:
    copy = copy_tree(trees[name], tmp_path / "copy")
    whole = (copy / file).read_bytes()
    overwrite(copy / file, whole[: len(whole) * 2 // 3] if content == b"cut" else content)
    with pytest.raises(UserError, match=re.escape(Path(file).name)):
        load_dataset(name, copy)


def test_photos(trees: dict[str, Path]) -> None:
    dataset = load_dataset("photos", trees["photos"])
    assert list(dataset.table["image"]) == ["a.png", "b.JPG", "inner/c.bmp", "inner/deep/d.tif"]
    assert dataset.references == tuple(dataset.table["image"])
    assert dataset.strengths.shape == (4, 0) and dataset.distortions == () and dataset.levels == ()
    assert dataset.score_info is None and dataset.table["score"].isna().all()
    assert dataset.load(3).mean() > dataset.load(0).mean()
    assert len(dataset.hash) == 64


def test_exiqa(trees: dict[str, Path]) -> None:
    dataset = load_dataset("exiqa", trees["exiqa"])
    assert len(dataset) == 12 and len(dataset.references) == 3
    assert dataset.distortions == load_taxonomy("csiq").ids
    several = dataset.table["distortion"] == "+"
    np.testing.assert_array_equal((dataset.strengths > 0).sum(axis=1) > 1, several)
    assert several.any() and (dataset.table["level"][several] == 0).all()
    assert dataset.load(0).shape == dataset.load.reference(dataset.references[0]).shape  # type: ignore[attr-defined]
    magnitude = load_dataset("exiqa", trees["exiqa"], strength_map="magnitude")
    assert magnitude.strength_map == "magnitude" and magnitude.hash != dataset.hash
    with pytest.raises(UserError, match="no strength map 'score'"):
        load_dataset("exiqa", trees["exiqa"], strength_map="score")
    with pytest.raises(UserError, match=r"recipes\.parquet"):
        load_dataset("exiqa", trees["photos"])


def test_names() -> None:
    assert {"kadid10k", "tid2013", "csiq", "live", "lvq", "photos", "table:FILE.csv", "mini-csiq"} <= set(
        dataset_names()
    )
    specs = {name: DATASETS[name] for name in DATASETS.own}
    assert all(spec.name == name and spec.source and spec.layout for name, spec in specs.items())


def test_stand_ins_come_by_the_same_door() -> None:
    dataset = load_dataset("mini-exiqa", references=2, height=48, width=64)
    assert dataset.name == "mini-exiqa" and len(dataset.references) == 2
    assert isinstance(dataset.table, pd.DataFrame)

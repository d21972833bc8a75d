"""The datasets that a user describes: LVQ by a mapping file, and one's own images by a table."""

from __future__ import annotations

import pickle
from pathlib import Path

import numpy as np
import pytest
from dataset_trees import VIDEO_FRAMES, copy_tree, overwrite, tiny_photo

from exiqa.core.errors import UserError
from exiqa.iqadata import load_dataset
from exiqa.iqadata.datasets.scales import linear_formula
from exiqa.iqadata.datasets.specs.lvq import count_frames, read_frame

TAXONOMY = """id = "mine"
name = "My distortions"
[[distortions]]
id = "haze_veil"
code = "hv"
name = "Haze veil"
explanation = "A bright veil is laid over the photo."
levels = 3
[[distortions]]
id = "ripple"
code = "rp"
name = "Ripple"
explanation = "Rows are shifted by a sine."
levels = 2
"""


def test_frames_are_those_of_the_video(trees: dict[str, Path]) -> None:
    dataset = load_dataset("lvq", trees["lvq"])
    load = pickle.loads(pickle.dumps(dataset.load))
    for row in (0, 1, 2, 3, 7, len(dataset) - 1):
        video, frame = dataset.table["image"][row].split("#")
        assert (trees["lvq"] / video).is_file()
        # Video stores luma and chroma in limited range: a few grey levels are lost.
        assert np.abs(load(row).astype(int) - 40 * (int(frame) + 1)).max() <= 6
    assert load(0).shape == (16, 32, 3)


def test_frame_stride_and_inherited_scores(trees: dict[str, Path]) -> None:
    dataset = load_dataset("lvq", trees["lvq"], frame_stride=3)
    frames = dataset.table["image"].str.split("#").str[1].astype(int)
    assert len(dataset) == 400 and set(frames) == {0, 3}
    per_video = dataset.table.groupby(dataset.table["image"].str.split("#").str[0])["score"].nunique()
    assert (per_video == 1).all()
    assert any("frame stride 3" in note for note in dataset.notes)
    assert dataset.hash != load_dataset("lvq", trees["lvq"]).hash
    with pytest.raises(UserError, match="frame stride is 0"):
        load_dataset("lvq", trees["lvq"], frame_stride=0)


def test_score_direction_is_never_guessed(trees: dict[str, Path], tmp_path: Path) -> None:
    copy = copy_tree(trees["lvq"], tmp_path / "lvq")
    whole = (copy / "lvq.csv").read_text()
    overwrite(copy / "lvq.csv", whole.replace(",worst,best", "").replace(",1,5\n", "\n"))
    with pytest.raises(UserError, match="does not say which way its scores run"):
        load_dataset("lvq", copy)
    told = load_dataset("lvq", copy, worst=1, best=5)
    assert told.hash == load_dataset("lvq", trees["lvq"]).hash
    turned = load_dataset("lvq", copy, worst=5, best=1)
    assert turned.score_info is not None and turned.score_info.raw_direction == "lower is better"
    np.testing.assert_allclose(turned.table["score"], 1 - told.table["score"], atol=1e-12)
    with pytest.raises(UserError, match="outside"):
        load_dataset("lvq", copy, worst=0, best=1)
    overwrite(copy / "lvq.csv", whole.replace(",1,5\n", ",1,5\n", 1).replace(",1,5\n", ",2,5\n", 1))
    with pytest.raises(UserError, match="worst must hold the same number"):
        load_dataset("lvq", copy)
    with pytest.raises(UserError, match="do not give worst a second time"):
        load_dataset("lvq", trees["lvq"], worst=1)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        (",smoke,4,", ",fog,4,", "the distortion 'fog'"),
        (",smoke,4,", ",smoke,5,", "level '5'"),
        ("videos/v01_smoke_4.avi", "videos/v01_smoke_3.avi", "twice"),
        ("videos/v01_smoke_4.avi", "videos/gone.avi", "has no such file"),
        ("v01_smoke_4.avi,v01,", "v01_smoke_4.avi,v11,", "11 reference images"),
        (",1.41,1,5", ",,1,5", "score nan"),
    ],
)
def test_wrong_mappings(old: str, new: str, message: str, trees: dict[str, Path], tmp_path: Path) -> None:
    mapping = tmp_path / "mapping.csv"
    text = (trees["lvq"] / "lvq.csv").read_text()
    assert old in text
    mapping.write_text(text.replace(old, new, 1))
    with pytest.raises(UserError, match=message):
        load_dataset("lvq", trees["lvq"], mapping=mapping)


def test_damaged_videos(trees: dict[str, Path], tmp_path: Path) -> None:
    assert count_frames(trees["lvq"] / "video.avi") == VIDEO_FRAMES
    broken = tmp_path / "broken.avi"
    broken.write_bytes(b"RIFF")
    with pytest.raises(UserError, match=r"broken.avi cannot be opened as a video"):
        count_frames(broken)
    with pytest.raises(UserError, match=r"broken.avi cannot be opened as a video"):
        read_frame(broken, 0)
    with pytest.raises(UserError, match="frame 9 of"):
        read_frame(trees["lvq"] / "video.avi", 9)


def write_table(folder: Path, text: str, taxonomy: str = TAXONOMY) -> str:
    """Write mine.csv and mine.toml, and photos a.png … d.png and ref/r.png; returns the dataset's name."""
    for number, name in enumerate(("a.png", "b.png", "c.png", "d.png", "ref/r.png", "ref/s.png")):
        tiny_photo(folder / name, 40 + 30 * number)
    (folder / "mine.csv").write_text(text)
    (folder / "mine.toml").write_text(taxonomy)
    return f"table:{folder / 'mine.csv'}"


def test_table_of_ones_own(tmp_path: Path) -> None:
    name = write_table(
        tmp_path,
        "image,reference,distortion,level,score\n"
        "a.png,ref/r.png,haze_veil,1,0.9\nb.png,ref/r.png,haze_veil,3,0.2\n"
        "c.png,ref/s.png,ripple,1,\nd.png,ref/s.png,,,1\n",
    )
    dataset = load_dataset(name, tmp_path)
    assert dataset.name == "table:mine", "no path of the user's machine in the name"
    assert dataset.distortions == ("haze_veil", "ripple")
    np.testing.assert_allclose(dataset.strengths, [[1 / 3, 0], [1, 0], [0, 0.5], [0, 0]], rtol=1e-6)
    assert dataset.levels == (pytest.approx((1 / 3, 1.0), abs=1e-6), (0.5,))
    np.testing.assert_array_equal(dataset.scores, np.array([0.9, 0.2, np.nan, 1], np.float32))
    assert dataset.score_info is not None and dataset.score_info.formula == "x"
    assert dataset.references == ("ref/r.png", "ref/s.png")
    assert dataset.load(3).mean() > dataset.load(0).mean()
    assert dataset.load.reference("ref/s.png").shape == (8, 8, 3)  # type: ignore[attr-defined]
    with pytest.raises(UserError, match="no strengths by magnitude"):
        load_dataset(name, tmp_path, strength_map="magnitude")


def test_table_with_strengths_and_its_own_scale(tmp_path: Path) -> None:
    name = write_table(
        tmp_path,
        "image,reference,distortion,strength,score,worst,best\n"
        "a.png,ref/r.png,haze_veil,0.25,80,100,0\nb.png,ref/r.png,ripple,1,35,100,0\n",
    )
    dataset = load_dataset(name, tmp_path)
    np.testing.assert_allclose(dataset.strengths, [[0.25, 0], [0, 1]])
    np.testing.assert_allclose(dataset.table["score"], [0.2, 0.65])
    assert dataset.score_info is not None
    assert (dataset.score_info.raw_direction, dataset.score_info.formula) == ("lower is better", "(100 - x) / 100")


def test_table_without_scores(tmp_path: Path) -> None:
    name = write_table(tmp_path, "image,reference,distortion,level\na.png,a.png,ripple,2\n")
    dataset = load_dataset(name, tmp_path)
    assert dataset.score_info is None and dataset.table["score"].isna().all()


HEAD = "image,reference,distortion,level,score\n"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "cannot be read as a CSV file"),
        (HEAD, "lists no image"),
        ("image,reference\na.png,b.png\n", "no column 'distortion'"),
        ("image,reference,distortion\na.png,b.png,ripple\n", "neither a column level nor a column strength"),
        (HEAD + "a.png,b.png,riple,1,0.5\n", "'riple', which taxonomy mine lacks"),
        (HEAD + "a.png,b.png,ripple,3,0.5\n", "level '3', not 1–2"),
        (HEAD + "a.png,b.png,ripple,,0.5\n", "level '', not 1–2"),
        (HEAD + "a.png,b.png,ripple,1.5,0.5\n", "level '1.5', not 1–2"),
        (HEAD + "a.png,b.png,ripple,1,55\n", r"score 55, outside \[0, 1\]"),
        (HEAD + "a.png,b.png,ripple,1,good\n", "score nan"),
        (HEAD + "a.png,b.png,ripple,1,0.5\na.png,b.png,ripple,2,0.4\n", "lists a.png twice"),
        (HEAD + "x.png,b.png,ripple,1,0.5\n", "lists the image x.png but .* has no such file"),
        (HEAD + "a.png,x.png,ripple,1,0.5\n", "lists the reference image x.png"),
        (HEAD + "../a.png,b.png,ripple,1,0.5\n", r"without \.\. and not absolute"),
        ("image,reference,distortion,strength\na.png,b.png,ripple,1.5\n", "strength '1.5', not 0–1"),
        ("image,reference,distortion,strength\na.png,b.png,ripple,\n", "strength '', not 0–1"),
    ],
)
def test_wrong_tables(text: str, message: str, tmp_path: Path) -> None:
    with pytest.raises(UserError, match=message) as error:
        load_dataset(write_table(tmp_path, text), tmp_path)
    assert "\n" not in str(error.value)


def test_a_missing_score_among_scores_is_no_mistake_but_text_is(tmp_path: Path) -> None:
    name = write_table(tmp_path, HEAD + "a.png,b.png,ripple,1,0.5\nc.png,b.png,ripple,2,n/a\n")
    with pytest.raises(UserError, match=r"gives c\.png the score"):
        load_dataset(name, tmp_path)


def test_table_needs_its_taxonomy(tmp_path: Path) -> None:
    name = write_table(tmp_path, HEAD + "a.png,b.png,ripple,1,0.5\n")
    (tmp_path / "mine.toml").rename(tmp_path / "words.toml")
    with pytest.raises(UserError, match=r"mine\.toml beside it"):
        load_dataset(name, tmp_path)
    assert len(load_dataset(name, tmp_path, taxonomy=tmp_path / "words.toml")) == 1


@pytest.mark.parametrize(
    ("worst", "best", "formula"),
    [(1, 5, "(x - 1) / 4"), (0, 9, "x / 9"), (1, 0, "1 - x"), (0, 1, "x"), (100, 0, "(100 - x) / 100"),
     (-3, 3, "(x + 3) / 6"), (0, -2, "-x / 2"), (-1, -3, "(-1 - x) / 2")],
)  # fmt: skip
def test_linear_formula(worst: float, best: float, formula: str) -> None:
    assert linear_formula(worst, best) == formula
    for x in (worst, best, 0.3):
        assert eval(formula, {"x": x}) == pytest.approx((x - worst) / (best - worst))

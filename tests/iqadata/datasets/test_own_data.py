"""The datasets that a user describes: LVQ by a mapping file, and one's own images by a table."""

from __future__ import annotations

import pickle
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from dataset_trees import VIDEO_FRAMES, copy_tree, overwrite, tiny_photo
from typer.testing import CliRunner

from exiqa.bank.taxonomy import load_taxonomy
from exiqa.core.errors import UserError, UserNotice
from exiqa.iqadata import load_dataset
from exiqa.iqadata.catalog.check import check_dataset
from exiqa.iqadata.datasets.labels.scales import linear_formula, parse_scale
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
        ("img,score\na.png,0.5\n", "no column 'image'; rename 'img'"),
        ("score\n0.5\n", "no column 'image'; it has score"),
        (HEAD + "a.png,b.png,ripple,1\n", "line 2 has 4 fields, and its first line 5"),
        ("image,score,score\na.png,1,1\n", "two columns 'score'"),
        ("image,reference,distortion\na.png,b.png,ripple\n", "line 2: the distortion ripple has no level"),
        (HEAD + "a.png,b.png,riple,1,0.5\n", "line 2: the distortion 'riple' is not in the taxonomy; .* 'ripple'"),
        (
            HEAD + "\na.png,b.png,clean or unknown,0,0.5\n",
            "line 3: the distortion 'clean or unknown' .* leave it empty",
        ),
        (HEAD + "a.png,b.png,,2,0.5\n", "line 2: there is the level 2 and no distortion"),
        (HEAD + "a.png,b.png,ripple,3,0.5\n", "line 2: the level '3' of ripple is not 1–2"),
        (HEAD + "a.png,b.png,ripple,,0.5\n", "line 2: the distortion ripple has no level"),
        (HEAD + "a.png,b.png,ripple,1.5,0.5\n", "the level '1.5' of ripple is not 1–2"),
        (HEAD + "a.png,b.png,ripple,one,0.5\n", "the level 'one' of ripple is not 1–2"),
        (HEAD + "a.png,b.png,ripple,1e400,0.5\n", "the level '1e400' of ripple is not 1–2"),
        (
            HEAD + "a.png,b.png,ripple,1,55\n",
            r"line 2: the score 55 is outside \[0, 1\]; declare its scale in mine.toml",
        ),
        (
            "image,score\na.png,55\nb.png,0.5\nc.png,70\n",
            r"line 2: the score 55 is outside \[0, 1\], one of 2 that are; declare its scale in mine.toml.* W,B$",
        ),
        (HEAD + "a.png,b.png,ripple,1,good\n", "line 2: the score 'good' is no number"),
        (HEAD + "a.png,b.png,ripple,1,0.5\na.png,b.png,ripple,2,0.4\n", "line 3: a.png is in line 2 already"),
        (HEAD + ",b.png,ripple,1,0.5\n", "line 2: there is no image"),
        (HEAD + "x.png,b.png,ripple,1,0.5\n", "line 2: the image is x.png, and .* has no such file"),
        (HEAD + "a.png,x.png,ripple,1,0.5\n", "line 2: the reference image is x.png"),
        (HEAD + "../a.png,b.png,ripple,1,0.5\n", r"without \.\. and not absolute"),
        ("image,reference,distortion,strength\na.png,b.png,ripple,1.5\n", "the strength '1.5' of ripple is not 0–1"),
        ("image,reference,distortion,strength\na.png,b.png,ripple,\n", "the strength '' of ripple is not 0–1"),
        ("image,distortion,strength\na.png,,0.4\n", "there is the strength 0.4 and no distortion"),
    ],
)
def test_wrong_tables(text: str, message: str, tmp_path: Path) -> None:
    with pytest.raises(UserError, match=message) as error, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        load_dataset(write_table(tmp_path, text), tmp_path)
    assert "\n" not in str(error.value)


def test_a_missing_score_among_scores_is_no_mistake_but_text_is(tmp_path: Path) -> None:
    name = write_table(tmp_path, HEAD + "a.png,b.png,ripple,1,0.5\nc.png,b.png,ripple,2,\n")
    assert np.isnan(load_dataset(name, tmp_path).scores).tolist() == [False, True]
    name = write_table(tmp_path, HEAD + "a.png,b.png,ripple,1,0.5\nc.png,b.png,ripple,2,n/a\n")
    with pytest.raises(UserError, match=r"line 3: the score 'n/a' is no number"):
        load_dataset(name, tmp_path)


def write_scores(folder: Path, text: str, description: str | None = None) -> str:
    """`write_table` with no taxonomy; `description` is mine.toml."""
    name = write_table(folder, text)
    (folder / "mine.toml").unlink()
    if description is not None:
        (folder / "mine.toml").write_text(description)
    return name


SCORES = "image,score\na.png,1\nb.png,2\nc.png,5\n"


def test_scores_alone_are_enough(tmp_path: Path) -> None:
    dataset = load_dataset(write_scores(tmp_path, SCORES, "score = {worst = 1, best = 5}\n"), tmp_path)
    np.testing.assert_allclose(dataset.scores, [0, 0.25, 1])
    assert dataset.references == ("a.png", "b.png", "c.png"), "each its own"
    assert dataset.distortions == () and dataset.strengths.shape == (3, 0)
    assert dataset.score_info is not None
    assert (dataset.score_info.raw_direction, dataset.score_info.formula) == ("higher is better", "(x - 1) / 4")
    assert dataset.load(2).shape == (8, 8, 3)


def test_a_scale_by_the_option_and_one_where_lower_is_better(tmp_path: Path) -> None:
    name = write_scores(tmp_path, SCORES)
    by_option = load_dataset(name, tmp_path, scale=(5, 1))
    np.testing.assert_allclose(by_option.scores, [1, 0.75, 0])
    assert by_option.score_info is not None and by_option.score_info.raw_direction == "lower is better"
    (tmp_path / "mine.toml").write_text("score = {worst = 5, best = 1}\n")
    assert load_dataset(name, tmp_path).hash == by_option.hash
    assert load_dataset(name, tmp_path, scale=[5, 1]).hash == by_option.hash, "as a suite gives it"
    with pytest.raises(UserError, match="declares the scale 5,1, and 1,5 was given"):
        load_dataset(name, tmp_path, scale=(1, 5))
    with pytest.raises(UserError, match=r"line 4: the score 5 is outside \[0, 4\]$"):
        load_dataset(write_scores(tmp_path, SCORES), tmp_path, scale=(0, 4))


@pytest.mark.parametrize(
    ("description", "message"),
    [
        ("score = {worst = 1}\n", "score.best: this key is missing"),
        (
            "score = {worst = 1, bets = 5}\n",
            r"mine\.toml, line 1: score\.bets: there is no such key; the nearest is 'best'",
        ),
        ("scores = {worst = 1, best = 5}\n", "scores: there is no such key; the nearest is 'score'"),
        ("score = {worst = 2, best = 2}\n", "both 2"),
        ("score = {worst = nan, best = 2}\n", "score.worst: Input should be a finite number"),
        ("score = {", "not valid TOML"),
    ],
)
def test_wrong_scales(description: str, message: str, tmp_path: Path) -> None:
    with pytest.raises(UserError, match=message):
        load_dataset(write_scores(tmp_path, SCORES, description), tmp_path)


@pytest.mark.parametrize("stated", ["1", "1,1", "one,five", "1,5,9", "0,inf", 5, [1], [None, 2]])
def test_wrong_scale_options(stated: Any) -> None:
    with pytest.raises(UserError, match="is no scale"):
        parse_scale(stated)
    assert parse_scale("100, 0") == parse_scale([100, 0]) == (100, 0)


def test_a_taxonomy_and_a_scale_stand_in_one_file_that_attrgen_reads_too(tmp_path: Path) -> None:
    name = write_table(tmp_path, HEAD + "a.png,,ripple,1,80\n", "score = {worst = 0, best = 100}\n" + TAXONOMY)
    dataset = load_dataset(name, tmp_path)
    assert dataset.scores.tolist() == [np.float32(0.8)] and dataset.distortions == ("haze_veil", "ripple")
    assert dataset.taxonomy.hash == load_taxonomy(tmp_path / "mine.toml").hash


def test_columns_that_nothing_reads_are_named(tmp_path: Path) -> None:
    with pytest.warns(UserNotice, match=r"the columns 'MOS' \(the nearest is 'score'\), 'camera' are ignored"):
        dataset = load_dataset(write_scores(tmp_path, "image,MOS,camera\na.png,3,x\n"), tmp_path)
    assert dataset.score_info is None


def test_a_command_shows_the_notice_as_one_line(tmp_path: Path) -> None:
    from exiqa.iqadata.cli import app

    name = write_scores(tmp_path, "image,mos\n" + "".join(f"{letter}.png,1\n" for letter in "abcd"))
    answer = CliRunner().invoke(app, ["split", name, str(tmp_path), "--seeds", "1", "--out", str(tmp_path / "splits")])
    assert answer.exit_code == 0, answer.output
    notices = [line for line in answer.stderr.splitlines() if "'mos'" in line]
    assert len(notices) == 1 and notices[0].startswith("Warning: ")


def test_every_wrong_line_is_found(tmp_path: Path) -> None:
    name = write_table(tmp_path, HEAD + "a.png,b.png,riple,1,2\nb.png,b.png,,1,x\ngone.png,,,,\n")
    report = check_dataset(name, tmp_path, jobs=1)
    said = [text for group in report.problems for text in group.problems]
    assert [text.split(":")[0] for text in said] == [
        "mine.csv line 2", "mine.csv line 3", "mine.csv line 2", "mine.csv line 3", "mine.csv line 4", "mine.csv line 4"
    ]  # fmt: skip


def test_table_needs_its_taxonomy(tmp_path: Path) -> None:
    name = write_table(tmp_path, HEAD + "a.png,b.png,ripple,1,0.5\n")
    (tmp_path / "mine.toml").rename(tmp_path / "words.toml")
    with pytest.raises(UserError, match=r"describe them in mine\.toml beside it"):
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

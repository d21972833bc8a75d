"""A made set is a dataset, and its pixels are the same from files and rendered on the fly."""

from __future__ import annotations

import pickle
import shutil
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from exiqa.core.errors import UserError
from exiqa.core.parallel import Workers
from exiqa.iqadata import make_split, scene
from exiqa.iqadata.distortions.registry import LEVELS
from exiqa.iqadata.synthesis.recipe import load_recipes, recipe_head
from exiqa.iqadata.synthesis.synth import IMAGES, RECIPES, synthesise
from exiqa.iqadata.synthesis.synth_dataset import synth_dataset


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with photos/ (one of them bad), files/ (a set with images) and recipes/ (the same without)."""
    folder = tmp_path_factory.mktemp("made")
    (folder / "photos").mkdir()
    for seed in range(4):
        Image.fromarray(scene(seed, 40, 48)).save(folder / "photos" / f"s{seed}.png")
    (folder / "photos" / "bad.png").touch()
    head = recipe_head("kadid10k", seed=2, repeats=3, kmax=3)
    for name, pixels in (("files", True), ("recipes", False)):
        synthesise(folder / "photos", head, folder / name, workers=Workers(1), pixels=pixels)
    return folder


def test_files_and_on_the_fly_are_the_same(made: Path) -> None:
    files, fly = synth_dataset(made / "files"), synth_dataset(made / "recipes")
    assert files.name == "exiqa" and files.score_info is None
    assert files.hash == fly.hash and len(files) == 12
    copy = pickle.loads(pickle.dumps(fly.load))
    for row in range(12):
        assert np.array_equal(files.load(row), fly.load(row))
        assert np.array_equal(files.load(row), copy(row))
    assert np.array_equal(files.load.reference("s1.png"), scene(1, 40, 48))
    make_split(files, seed=0)


def test_strengths_follow_from_the_recipes(made: Path) -> None:
    dataset = synth_dataset(made / "files")
    recipes = {recipe.image: recipe for recipe in load_recipes(made / "files" / RECIPES)[1]}
    for row, image in enumerate(dataset.table["image"]):
        expected = dict(zip(recipes[image].distortions, np.array(recipes[image].levels) / 5, strict=True))
        got = {d: s for d, s in zip(dataset.distortions, dataset.strengths[row].tolist(), strict=True) if s}
        assert got == pytest.approx(expected)
        assert dataset.table["reference"][row] == recipes[image].source
    magnitude = synth_dataset(made / "files", "magnitude")
    changed = (magnitude.strengths != dataset.strengths).any()
    assert changed and magnitude.strengths.max() <= 1 and dataset.distortions == tuple(LEVELS["kadid10k"])


def test_skipped_photos_are_left_out_and_noted(made: Path) -> None:
    dataset = synth_dataset(made / "files")
    assert "bad.png" not in dataset.references
    assert dataset.notes == ("3 of 15 images were skipped: see skipped.json",)


def test_a_set_that_moved(made: Path, tmp_path: Path) -> None:
    for name in ("files", "recipes"):
        shutil.copytree(made / name, tmp_path / name)
    (tmp_path / "recipes" / "pristine.json").write_text('{"pristine": "/nowhere/at/all"}')
    (tmp_path / "files" / "pristine.json").write_text('{"pristine": "/nowhere/at/all"}')
    assert synth_dataset(tmp_path / "files").load(0).shape == (40, 48, 3)
    with pytest.raises(UserError, match="their photos are not at /nowhere/at/all; name their folder"):
        synth_dataset(tmp_path / "recipes")
    moved = synth_dataset(tmp_path / "recipes", pristine=made / "photos")
    assert np.array_equal(moved.load(0), synth_dataset(made / "files").load(0))
    (tmp_path / "recipes" / "pristine.json").unlink()
    with pytest.raises(UserError, match="does not say where its photos are"):
        synth_dataset(tmp_path / "recipes")


def test_a_missing_file_is_rendered_again(made: Path, tmp_path: Path) -> None:
    shutil.copytree(made / "files", tmp_path / "files")
    before = synth_dataset(tmp_path / "files").load(5)
    next((tmp_path / "files" / IMAGES).rglob(f"{synth_dataset(made / 'files').table['image'][5]}.png")).unlink()
    assert np.array_equal(synth_dataset(tmp_path / "files").load(5), before)


def test_folders_that_hold_no_set(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"there is no .*recipes\.parquet; make the set with `exiqa data synth`"):
        synth_dataset(tmp_path)

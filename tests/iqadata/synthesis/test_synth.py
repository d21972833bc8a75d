"""The set is the same whatever the workers and the interruptions, and nothing is skipped in silence."""

from __future__ import annotations

import json
import os
import resource
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from typer.testing import CliRunner

from exiqa.core.errors import UserError
from exiqa.core.parallel import Workers
from exiqa.iqadata import scene
from exiqa.iqadata.cli import app
from exiqa.iqadata.synthesis.recipe import RecipeHead, load_recipes, recipe_head
from exiqa.iqadata.synthesis.synth import IMAGES, RECIPES, synthesise
from exiqa.iqadata.synthesis.worker import image_path, pixels_hash

# Distortions that are quick at this size; the set itself does not care which they are.
TAXONOMY = """
id = "kadid10k"
name = "Five of KADID-10k"
"""
QUICK = ("gaussian_blur", "jpeg", "white_noise", "brighten", "pixelate")


@pytest.fixture(scope="module")
def taxonomy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("taxonomy") / "five.toml"
    entries = "".join(
        f'[[distortions]]\nid = "{name}"\ncode = "{name}"\nname = "{name}"\nexplanation = "-"\nlevels = 5\n'
        for name in QUICK
    )
    path.write_text(TAXONOMY + entries)
    return path


@pytest.fixture(scope="module")
def photos(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("photos")
    (folder / "sub").mkdir()
    for seed in range(8):
        Image.fromarray(scene(seed, 40, 48)).save(folder / ("sub" if seed % 2 else ".") / f"s{seed}.png")
    return folder


@pytest.fixture(scope="module")
def head(taxonomy: Path) -> RecipeHead:
    return recipe_head(taxonomy, seed=5, repeats=3)


@pytest.fixture(scope="module")
def whole(photos: Path, head: RecipeHead, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The set made by one process at one go."""
    out = tmp_path_factory.mktemp("whole") / "set"
    done = synthesise(photos, head, out, workers=Workers(1))
    assert (done.total, done.present, done.rendered, done.problems) == (24, 0, 24, ())
    return out


def tree(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.name != ".lock"
    }


def test_two_processes_write_the_same_bytes(photos: Path, head: RecipeHead, whole: Path, tmp_path: Path) -> None:
    synthesise(photos, head, tmp_path / "set", workers=Workers(2))
    assert tree(tmp_path / "set") == tree(whole)


def test_only_what_is_missing_is_rendered(photos: Path, head: RecipeHead, whole: Path, tmp_path: Path) -> None:
    out = tmp_path / "set"
    synthesise(photos, head, out, workers=Workers(1))
    images = sorted((out / IMAGES).rglob("*.png"))
    kept = images[0].stat().st_mtime_ns
    for image in images[5:9]:
        image.unlink()
    images[10].with_name(f".{images[10].stem}-abc.png").write_bytes(b"cut short by a kill")
    done = synthesise(photos, head, out, workers=Workers(1))
    assert (done.present, done.rendered) == (20, 4)
    assert images[0].stat().st_mtime_ns == kept
    assert tree(out) == tree(whole)


@pytest.mark.parametrize("damage", ["pixels", "recipe", "cut"])
def test_verify_finds_damage_and_mends_it(
    photos: Path, head: RecipeHead, whole: Path, tmp_path: Path, damage: str
) -> None:
    out = tmp_path / "set"
    first = synthesise(photos, head, out, workers=Workers(1), check=True)
    path = image_path(out / IMAGES, "000003_01")
    if damage == "pixels":  # a valid PNG of other pixels
        Image.fromarray(255 - np.asarray(Image.open(path))).save(path)
    elif damage == "recipe":  # a whole image, but of another recipe
        path.write_bytes(image_path(out / IMAGES, "000003_02").read_bytes())
    else:
        path.write_bytes(path.read_bytes()[:-40])
    second = synthesise(photos, head, out, workers=Workers(1), check=True)
    assert second.damaged == ("000003_01",)
    assert (second.present, second.rendered) == (23, 1)
    assert first.digest == second.digest != ""
    assert tree(out) == tree(whole)


def command(photos: Path, out: Path, taxonomy: Path, *more: str) -> list[str]:
    return [
        *("synth", "--pristine", str(photos), "--out", str(out), "--distortions", str(taxonomy)),
        *("--repeats", "3", "--seed", "5", *more),
    ]


def test_killed_without_warning_and_run_again(photos: Path, taxonomy: Path, tmp_path: Path) -> None:
    out, reference = tmp_path / "killed", tmp_path / "whole"
    many = ["--repeats", "60", "--jobs", "2"]
    process = subprocess.Popen(
        [sys.executable, "-m", "exiqa.iqadata", *command(photos, out, taxonomy, *many)], stdout=subprocess.DEVNULL
    )
    deadline = time.monotonic() + 120
    while len(list((out / IMAGES).rglob("[0-9]*.png"))) < 20 and time.monotonic() < deadline:
        time.sleep(0.01)
    process.send_signal(signal.SIGKILL)
    process.wait()
    assert 20 <= len(list((out / IMAGES).rglob("[0-9]*.png"))) < 480
    result = CliRunner().invoke(app, command(photos, out, taxonomy, "--repeats", "60", "--jobs", "1", "--verify"))
    assert result.exit_code == 0, result.output
    assert (
        CliRunner().invoke(app, command(photos, reference, taxonomy, "--repeats", "60", "--jobs", "1")).exit_code == 0
    )
    assert tree(out) == tree(reference)


def test_unusable_photos_are_skipped_listed_and_end_with_1(photos: Path, taxonomy: Path, tmp_path: Path) -> None:
    folder = tmp_path / "photos"
    folder.mkdir()
    good = (photos / "s0.png").read_bytes()
    (folder / "good.png").write_bytes(good)
    (folder / "cut.png").write_bytes(good[: len(good) // 2])
    (folder / "empty.jpg").touch()
    (folder / "folder.png").mkdir()
    (folder / "loop.png").symlink_to("loop.png")
    (folder / "again").symlink_to(folder)
    Image.new("RGB", (1, 1)).save(folder / "one.png")
    with open(os.fsencode(folder) + b"/\xff.png", "wb") as stream:
        stream.write(good)
    out = tmp_path / "set"
    for call in range(2):
        result = CliRunner().invoke(app, command(folder, out, taxonomy, "--jobs", "1"))
        assert result.exit_code == 1
        assert f"{(0, 3)[call]} were there, {(3, 0)[call]} rendered, 15 missing" in result.output
        bad = {entry["source"]: entry["reason"] for entry in json.loads((out / "skipped.json").read_text())}
        assert set(bad) == {"cut.png", "empty.jpg", "folder.png", "loop.png", "one.png", "\\udcff.png"}
        assert all(source in result.output for source in bad if "udc" not in source)
    (folder / "cut.png").write_bytes(good)  # drawn for other bytes: it must not be used for this recipe
    result = CliRunner().invoke(app, command(folder, out, taxonomy, "--jobs", "1"))
    assert "cut.png has changed since the recipes were drawn" in result.output.replace("\n", " ")


def test_recipes_only_still_reads_every_photo(photos: Path, taxonomy: Path, tmp_path: Path) -> None:
    folder = tmp_path / "photos"
    folder.mkdir()
    (folder / "good.png").write_bytes((photos / "s0.png").read_bytes())
    (folder / "empty.jpg").touch()
    result = CliRunner().invoke(app, command(folder, tmp_path / "set", taxonomy, "--jobs", "1", "--no-pixels"))
    assert result.exit_code == 1
    assert "6 recipes, no images" in result.output
    assert "empty.jpg" in result.output
    assert not (tmp_path / "set" / IMAGES).exists()


def test_a_full_disk_ends_in_one_sentence_and_goes_on_later(
    photos: Path, taxonomy: Path, whole: Path, tmp_path: Path
) -> None:
    out = tmp_path / "set"
    limit = max(path.stat().st_size for path in whole.rglob("*.parquet")) + 256
    assert any(path.stat().st_size > limit for path in (whole / IMAGES).rglob("*.png"))
    run = subprocess.run(
        [sys.executable, "-m", "exiqa.iqadata", *command(photos, out, taxonomy, "--jobs", "1")],
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit)),
        capture_output=True,
        text=True,
    )
    assert run.returncode == 1
    assert run.stderr.startswith("Error: cannot write ") and "File too large; mend that" in run.stderr
    assert run.stderr.count("\n") == 1
    assert CliRunner().invoke(app, command(photos, out, taxonomy, "--jobs", "1")).exit_code == 0
    assert tree(out) == tree(whole)


@pytest.mark.skipif(os.geteuid() != 0, reason="becoming another user needs root")
@pytest.mark.skipif(
    not all(folder.stat().st_mode & 0o001 for folder in Path(__file__).parents),
    reason="another user may not read the sources here",
)
def test_a_photo_that_may_not_be_read(photos: Path, taxonomy: Path) -> None:
    with tempfile.TemporaryDirectory() as temporary:
        root = Path(temporary)
        folder, out, five = root / "photos", root / "set", root / "five.toml"
        for path in (folder, out):
            path.mkdir()
        five.write_bytes(taxonomy.read_bytes())
        for name in ("open.png", "closed.png"):
            (folder / name).write_bytes((photos / "s0.png").read_bytes())
        (folder / "closed.png").chmod(0)
        root.chmod(0o755)
        out.chmod(0o777)
        os.seteuid(65534)  # root reads everything
        try:
            result = CliRunner().invoke(app, command(folder, out, five, "--jobs", "1"))
        finally:
            os.seteuid(0)
    assert result.exit_code == 1
    assert "3 rendered, 3 missing" in result.output
    assert "closed.png: Permission denied" in result.output.replace("\n", " ")


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        (["--seed", "6"], "holds a set with seed 5"),
        (["--repeats", "4"], "holds a set with 3 repeats"),
        (["--images", "2"], "holds a set of all photos"),
        (["--kmax", "2"], "at most 5 distortions an image"),
        (["--distortions", "kadid10k"], "of other distortions"),
    ],
)
def test_a_folder_keeps_to_its_options(
    photos: Path, taxonomy: Path, whole: Path, changed: list[str], sentence: str
) -> None:
    before = tree(whole)
    result = CliRunner().invoke(app, command(photos, whole, taxonomy, *changed))
    assert result.exit_code == 1 and sentence in result.output.replace("\n", " ")
    assert tree(whole) == before


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        (["--backend", "dask"], "go together"),
        (["--scheduler", "tcp://127.0.0.1:1"], "go together"),
        (["--jobs", "0"], "--jobs 0 does nothing"),
        (["--verify", "--no-pixels"], "one of the two"),
        (["--kmax", "6"], "give 1 to 5"),
        (["--images", "9"], "9 photos were asked and the folder holds 8"),
    ],
)
def test_wrong_options(photos: Path, taxonomy: Path, tmp_path: Path, wrong: list[str], sentence: str) -> None:
    result = CliRunner().invoke(app, command(photos, tmp_path / "set", taxonomy, *wrong))
    assert result.exit_code == 1 and sentence in result.output.replace("\n", " ")


def test_no_set_inside_its_own_photos(photos: Path, head: RecipeHead) -> None:
    with pytest.raises(UserError, match="inside the folder of pristine photos"):
        synthesise(photos, head, photos / "set")


def test_two_calls_at_once_are_refused(photos: Path, head: RecipeHead, tmp_path: Path) -> None:
    def again(done: int, total: int) -> None:
        with pytest.raises(UserError, match="another call"):
            synthesise(photos, head, tmp_path / "set")
        again_was_called.append(done)

    again_was_called: list[int] = []
    synthesise(photos, head, tmp_path / "set", workers=Workers(1), step=again)
    assert again_was_called[-1] == 24


def test_pixels_are_those_of_the_recipe(photos: Path, whole: Path) -> None:
    from exiqa.core.image_io import read_photo
    from exiqa.iqadata.synthesis.recipe import render_recipe

    head, recipes = load_recipes(whole / RECIPES)
    for recipe in recipes[::5]:
        rendered = render_recipe(read_photo(photos / recipe.source), recipe, head.taxonomy.id)
        written = np.asarray(Image.open(image_path(whole / IMAGES, recipe.image)))
        assert np.array_equal(rendered, written)
        assert Image.open(image_path(whole / IMAGES, recipe.image)).text["exiqa pixels sha256"] == pixels_hash(rendered)

"""Recipes: drawn as the paper draws them, stored without loss, rendered as promised."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyarrow import parquet
from pydantic import ValidationError
from scipy.stats import chisquare

from exiqa.core.errors import UserError
from exiqa.core.files import canonical_json, sha256_hex
from exiqa.iqadata import Recipe, scene
from exiqa.iqadata.certifying.sizes import distinguishable_levels
from exiqa.iqadata.distortions.registry import distort
from exiqa.iqadata.synthesis.recipe import (
    choose_sources,
    derive_seed,
    draw_recipes,
    load_recipes,
    recipe_head,
    render_recipe,
    save_recipes,
)


def test_draws_are_uniform_as_in_the_paper() -> None:
    """K on 1..25, which distortions, at which place and level: each uniform (chi-square, a fixed seed)."""
    head = recipe_head("kadid10k", seed=0, repeats=10)
    recipes = draw_recipes([f"photo{i}.png" for i in range(400)], head)
    counts = [len(recipe.distortions) for recipe in recipes]
    assert set(counts) == set(range(1, 26))
    assert chisquare(np.bincount(counts)[1:]).pvalue > 0.01
    names = head.taxonomy.ids
    firsts = [names.index(recipe.distortions[0]) for recipe in recipes]
    assert chisquare(np.bincount(firsts, minlength=25)).pvalue > 0.01
    pairs = [pair for recipe in recipes for pair in zip(recipe.distortions, recipe.levels, strict=True)]
    found = {name: np.bincount([level for d, level in pairs if d == name], minlength=6)[1:] for name in names}
    # But for those that change nothing: no label without anything to see.
    drawn = {name: tuple(np.flatnonzero(counts) + 1) for name, counts in found.items()}
    assert drawn == {name: distinguishable_levels("kadid10k", name) for name in names}
    assert sum(map(len, drawn.values())) == 121
    assert chisquare(np.sum([found[name] for name in names if len(drawn[name]) == 5], axis=0)).pvalue > 0.01
    assert chisquare(found["mean_shift"][[0, 1, 3, 4]]).pvalue > 0.01
    assert len({recipe.seed for recipe in recipes}) == len(recipes)
    # With K known, each distortion is in K of 25 recipes.
    share = np.mean([[name in recipe.distortions for name in names] for recipe in recipes], axis=0)
    assert np.allclose(share, 13 / 25, atol=0.03)


def test_levels_that_cannot_be_told_apart_in_a_small_photo_are_not_drawn() -> None:
    head = recipe_head("kadid10k", seed=1, repeats=60)
    small = draw_recipes(["a"], head, sizes={"a": (96, 128)})
    levels = {
        level
        for recipe in small
        for d, level in zip(recipe.distortions, recipe.levels, strict=True)
        if d == "gaussian_blur"
    }
    assert levels == set(distinguishable_levels("kadid10k", "gaussian_blur", 96, 128)) == {4, 5}
    assert draw_recipes(["a"], head, sizes={"a": (384, 512)}) == draw_recipes(["a"], head)


def test_the_stretch_is_an_option_that_the_recipe_records(tmp_path: Path) -> None:
    plain, stretched = (recipe_head("kadid10k", seed=0, repeats=2, kmax=2, stretched=s) for s in (False, True))
    recipes = [draw_recipes(["a"], head) for head in (plain, stretched)]
    assert [r.model_copy(update={"stretched": True}) for r in recipes[0]] == list(recipes[1])
    assert not any(r.stretched for r in recipes[0]) and recipes[0][0].hash != recipes[1][0].hash
    save_recipes(tmp_path / "r.parquet", stretched, recipes[1])
    assert load_recipes(tmp_path / "r.parquet") == (stretched, recipes[1])
    # As a recipe of before the option: the same hash, which its image's file carries.
    said = {k: v for k, v in recipes[0][0].model_dump().items() if k != "stretched"}
    assert recipes[0][0].hash == sha256_hex(canonical_json(said)) == Recipe.model_validate(said).hash
    dull = (60 + scene(1, 64, 64) / 3).astype(np.uint8)
    one = Recipe(image="x", source="s", distortions=("jpeg",), levels=(1,), seed=3)
    assert np.ptp(render_recipe(dull, one, "kadid10k")) < 150
    assert np.ptp(render_recipe(dull, one.model_copy(update={"stretched": True}), "kadid10k")) == 255


def test_a_photo_keeps_its_recipes_whatever_its_neighbours() -> None:
    head = recipe_head("kadid10k", seed=3, repeats=2)
    few = draw_recipes(["b", "c"], head)
    many = draw_recipes(["a", "b", "bb", "c"], head)
    strip = {"image": "x"}
    assert [r.model_copy(update=strip) for r in few] == [
        r.model_copy(update=strip) for r in many if r.source in ("b", "c")
    ]
    assert draw_recipes(["b"], head)[0] != draw_recipes(["b"], head.model_copy(update={"seed": 4}))[0]


@given(st.sets(st.text(st.characters(codec="utf-8"), min_size=1), min_size=2, max_size=20), st.integers(0, 9))
def test_choosing_photos(names: set[str], seed: int) -> None:
    head = recipe_head("kadid10k", seed=seed, repeats=1, images=len(names) - 1)
    chosen = choose_sources(names, head)
    assert list(chosen) == sorted(chosen) and len(set(chosen)) == len(names) - 1
    (left,) = names - set(chosen)
    # Taking away a photo that was not drawn changes nothing.
    assert choose_sources(names - {left}, head) == chosen


def test_choosing_too_many() -> None:
    with pytest.raises(UserError, match="3 photos were asked and the folder holds 2"):
        choose_sources(["a", "b"], recipe_head("kadid10k", seed=0, repeats=1, images=3))


def test_files_hold_everything_and_repeat_exactly(tmp_path: Path) -> None:
    head = recipe_head("kadid10k", seed=3, repeats=3, kmax=4)
    recipes = draw_recipes(["plain.png", "ünï/cödé.png"], head, {"plain.png": "ab" * 32})
    save_recipes(tmp_path / "a.parquet", head, recipes)
    save_recipes(tmp_path / "b.parquet", head, recipes)
    assert load_recipes(tmp_path / "a.parquet") == (head, recipes)
    assert (tmp_path / "a.parquet").read_bytes() == (tmp_path / "b.parquet").read_bytes()
    assert recipes[0].source_sha256 == "ab" * 32 and recipes[-1].source_sha256 is None


@pytest.mark.parametrize("stretched", [False, True])
def test_rendering_clips_after_each_distortion_and_rounds_once(stretched: bool) -> None:
    image = scene(1, 64, 64)
    names, levels = ("brighten", "gaussian_blur", "darken"), (5, 3, 5)
    recipe = Recipe(image="x", source="s", distortions=names, levels=levels, seed=9, stretched=stretched)
    by_hand = image.astype(np.float32) / np.float32(255)
    rounded = image
    for step, (name, level) in enumerate(zip(names, levels, strict=True)):
        seed = derive_seed("step", 9, step)
        by_hand = np.clip(distort(by_hand, name, level, "kadid10k", seed, stretched=stretched), 0, 1)
        rounded = distort(rounded, name, level, "kadid10k", seed, stretched=stretched)
    rendered = render_recipe(image, recipe, "kadid10k")
    assert np.array_equal(rendered, np.rint(by_hand * np.float32(255)).astype(np.uint8))
    assert not np.array_equal(rendered, rounded)  # rounding between the steps would show
    assert np.array_equal(image, scene(1, 64, 64))  # the source is left alone


def test_order_matters() -> None:
    image = scene(2, 384, 512)
    one = Recipe(image="x", source="s", distortions=("gaussian_blur", "white_noise"), levels=(4, 5), seed=1)
    other = Recipe(image="x", source="s", distortions=("white_noise", "gaussian_blur"), levels=(5, 4), seed=1)
    rough, smooth = (
        render_recipe(image, one, "kadid10k").astype(float),
        render_recipe(image, other, "kadid10k").astype(float),
    )
    assert np.abs(np.diff(rough, axis=1)).mean() > 2 * np.abs(np.diff(smooth, axis=1)).mean()


@pytest.mark.parametrize(
    "change",
    [
        {"levels": (1,)},
        {"distortions": ("jpeg", "jpeg")},
        {"distortions": (), "levels": ()},
        {"seed": -1},
        {"image": "../x"},
        {"extra": 1},
    ],
)
def test_recipes_that_make_no_sense(change: dict[str, object]) -> None:
    fields = {"image": "x", "source": "s", "distortions": ("jpeg", "darken"), "levels": (1, 2), "seed": 0}
    Recipe.model_validate(fields)
    with pytest.raises(ValidationError):
        Recipe.model_validate(fields | change)


def test_tables_that_are_none(tmp_path: Path) -> None:
    path = tmp_path / "recipes.parquet"
    with pytest.raises(UserError, match="there is no"):
        load_recipes(path)
    path.write_bytes(b"PAR1 not really")
    with pytest.raises(UserError, match="is not a table of recipes"):
        load_recipes(path)
    parquet.write_table(pa.table({"image": ["a"]}), path)
    with pytest.raises(UserError, match="is not a table of recipes"):
        load_recipes(path)
    head = recipe_head("kadid10k", seed=0, repeats=1)
    recipe = draw_recipes(["a"], head)[0]
    save_recipes(path, head, [recipe, recipe])
    with pytest.raises(UserError, match="holds an image twice"):
        load_recipes(path)
    save_recipes(path, head, [recipe.model_copy(update={"distortions": ("smoke",), "levels": (1,)})])
    with pytest.raises(UserError, match="applies 'smoke', which its taxonomy lacks"):
        load_recipes(path)


def test_taxonomies_that_cannot_be_rendered(tmp_path: Path) -> None:
    template = (
        'id = "{}"\nname = "N"\n[[distortions]]\nid = "{}"\ncode = "1"\nname = "n"\nexplanation = "e"\nlevels = 5\n'
    )
    (tmp_path / "own.toml").write_text(template.format("mine", "sparkle"))
    with pytest.raises(UserError, match="taxonomy mine cannot be rendered"):
        recipe_head(tmp_path / "own.toml", seed=0, repeats=1)
    (tmp_path / "kadid.toml").write_text(template.format("kadid10k", "sparkle"))
    with pytest.raises(UserError, match="kadid10k has no distortion 'sparkle'"):
        recipe_head(tmp_path / "kadid.toml", seed=0, repeats=1)
    (tmp_path / "levels.toml").write_text(template.format("kadid10k", "jpeg").replace("levels = 5", "levels = 6"))
    with pytest.raises(UserError, match="gives jpeg 6 levels, and kadid10k has 5"):
        recipe_head(tmp_path / "levels.toml", seed=0, repeats=1)


def test_seeds_depend_on_every_part_and_fit_64_bits() -> None:
    seeds = {derive_seed(*parts) for parts in (("a", 1), ("a", 2), ("b", 1), ("a1",), (1, "a"), ("a", 1, 0))}
    assert len(seeds) == 6
    assert all(0 <= seed < 2**63 for seed in seeds)

from __future__ import annotations

from pathlib import Path
from typing import get_args

import pytest

from exiqa.core.errors import UserError
from exiqa.model.config import TuneConfig, Tuning, load_recipe, parse_settings, recipe_names, setting_lines
from exiqa.model.tuning_modes import TUNING_MODES


def test_the_papers_schedules() -> None:
    lengths = {"kadid10k": 100, "tid2013": 100, "csiq": 15, "live": 15, "lvq": 30}  # Table II
    for name, length in lengths.items():
        recipe = load_recipe(name)
        assert (recipe.mode, recipe.prompt_length) == ("shallow", length)
        assert (recipe.epochs, recipe.warmup_epochs, recipe.learning_rate) == (100, 20, 2e-3)  # section V-B2
    exiqa = load_recipe("exiqa")
    assert (exiqa.mode, exiqa.epochs, exiqa.learning_rate) == ("full", 5, 5e-5)


def test_every_recipe_is_valid() -> None:
    assert set(recipe_names()) >= {"kadid10k", "tid2013", "csiq", "live", "lvq", "exiqa", "demo"}
    for name in recipe_names():
        load_recipe(name)


def test_changes_are_checked() -> None:
    assert load_recipe("csiq", epochs=3).epochs == 3
    for changes, sentence in [
        ({"epoch": 3}, "recipe csiq: epoch: there is no such key; the nearest is 'epochs'"),
        ({"mode": "full"}, "mode 'full' has no prompts"),
        ({"start_at_prior": True}, "keeps frozen"),
        ({"learning_rate": 0}, "learning_rate"),
    ]:
        with pytest.raises(UserError, match=sentence):
            load_recipe("csiq", **changes)
    with pytest.raises(UserError, match="there is no recipe 'koniq'; there are kadid10k"):
        load_recipe("koniq")


def test_every_mode_that_can_be_asked_for_is_in_the_table() -> None:
    assert TUNING_MODES.keys() == set(get_args(Tuning.model_fields["mode"].annotation))
    for name, mode in TUNING_MODES.items():
        assert mode.name == name
        assert mode.has_prompts or not mode.deep_prompts
        assert mode.trains_weights or not (mode.has_prompts or mode.trains_towers)


def test_any_setting_can_be_set_from_text() -> None:
    texts = {key: "none" if value is None else str(value) for key, value in load_recipe("scratch").model_dump().items()}
    assert set(texts) == set(TuneConfig.model_fields)
    pairs = [f"{key}={value}" for key, value in texts.items()]
    assert TuneConfig.model_validate(parse_settings(pairs)) == load_recipe("scratch")
    assert load_recipe("csiq", **parse_settings(["preprocessing = grid", "patience=none"])).preprocessing == "grid"


@pytest.mark.parametrize(
    ("pair", "sentence"),
    [
        ("epochs", "write KEY=VALUE"),
        ("epoch=8", "no setting 'epoch'; the nearest is 'epochs'"),
        ("epochs=many", "recipe csiq: epochs: Input should be a valid integer"),
        ("template=none", None),
    ],
)
def test_wrong_settings(pair: str, sentence: str | None) -> None:
    if sentence is None:
        assert load_recipe("csiq", **parse_settings([pair])).template == "none", "a template set's name"
        return
    with pytest.raises(UserError, match=sentence):
        load_recipe("csiq", **parse_settings([pair]))
    with pytest.raises(UserError, match="gives epochs twice"):
        parse_settings(["epochs=1", "epochs=2"])


def test_a_recipe_of_ones_own(tmp_path: Path) -> None:
    file = tmp_path / "mine.toml"
    file.write_text("\n".join(setting_lines(load_recipe("scratch"))))
    assert load_recipe(file) == load_recipe("scratch")
    file.write_text('mode = "deep"\nprompt_length = 4\npatience = "none"\n')
    mine = load_recipe(file, epochs=2)
    assert (mine.mode, mine.prompt_length, mine.patience, mine.epochs) == ("deep", 4, None, 2)
    file.write_text("epoch = 3\n")
    with pytest.raises(UserError, match=r"mine\.toml, line \d: epoch: there is no such key; the nearest is 'epochs'"):
        load_recipe(file)
    file.write_text("epochs = \n")
    with pytest.raises(UserError, match=r"mine\.toml is not valid TOML"):
        load_recipe(file)

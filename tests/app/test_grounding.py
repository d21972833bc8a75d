"""`exiqa bank ground --dataset`: a bank held against the images of a data set."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from exiqa.bank.phrases.encoder import minilm_folder
from exiqa.cli import app

pytestmark = pytest.mark.skipif(minilm_folder() is None, reason="the sentence encoder's package is not installed")


@pytest.fixture
def store(tmp_path: Path) -> Path:
    run = ["bank", "select", "csiq", "-d", "contrast_decrease", "--name", "flat", "--store", str(tmp_path)]
    assert CliRunner().invoke(app, run).exit_code == 0
    return tmp_path


def test_the_images_of_a_data_set_are_what_phrases_are_held_against(store: Path) -> None:
    run = ["bank", "ground", "flat", "--dataset", "mini-csiq", "--store", str(store), "--json"]
    result = CliRunner().invoke(app, run)
    assert result.exit_code == 0, result.output
    grounding = json.loads(result.stdout)
    assert "images of mini-csiq" in grounding["source"]["pairs"]
    (entry,) = grounding["distortions"].values()
    assert max(entry["curves"]["visibility"]["less_contrast"]) > 0.5
    assert [record["verdict"] for record in entry["phrases"]].count("seen") > len(entry["phrases"]) / 2
    assert (store / "flat@1.grounding.json").is_file()


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (["--dataset", "mini-csiq", "--photos", "."], "--dataset brings its own pictures"),
        (["--dataset", "nothing"], "there is no dataset 'nothing'"),
        (["--dataset", "kadid10k"], "is read from a folder"),
        (["--dataset", "mini-lvq"], "mini-lvq has no image of it"),
    ],
)
def test_what_cannot_be_grounded_on_is_one_sentence(store: Path, options: list[str], sentence: str) -> None:
    result = CliRunner().invoke(app, ["bank", "ground", "flat", "--store", str(store), *options])
    assert result.exit_code == 1 and sentence in result.output

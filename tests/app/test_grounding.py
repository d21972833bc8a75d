"""`exiqa bank ground --dataset`: a bank held against the images of a data set."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from typer.testing import CliRunner

from exiqa.bank.phrases.encoder import minilm_folder
from exiqa.cli import app
from exiqa.iqadata.photos import read_packaged_photo

pytestmark = pytest.mark.skipif(minilm_folder() is None, reason="the sentence encoder's package is not installed")


@pytest.fixture
def store(tmp_path: Path) -> Path:
    run = ["bank", "select", "csiq", "-d", "contrast_decrease", "--name", "flat", "--store", str(tmp_path)]
    assert CliRunner().invoke(app, run).exit_code == 0
    return tmp_path


@pytest.fixture
def copy(tmp_path: Path) -> str:
    """A data set of three images, as it is named at the command line."""
    clean = np.ascontiguousarray(read_packaged_photo("coffee")[:240, :320])
    Image.fromarray(clean).save(tmp_path / "coffee.png")
    rows = ["image,reference,distortion,level", "coffee.png,coffee.png,,"]
    for level in (1, 2, 3):
        flat = clean.mean() + (1 - 0.25 * level) * (clean - clean.mean())
        Image.fromarray(np.rint(flat).astype(np.uint8)).save(tmp_path / f"flat{level}.png")
        rows.append(f"flat{level}.png,coffee.png,contrast_decrease,{level}")
    (tmp_path / "mine.csv").write_text("\n".join(rows) + "\n")
    (tmp_path / "mine.toml").write_text(
        'id = "mine"\nname = "Mine"\n\n[[distortions]]\nid = "contrast_decrease"\ncode = "c"\n'
        'name = "Low contrast"\nexplanation = "Contrast is lowered."\nlevels = 3\n'
    )
    return f"table:{tmp_path / 'mine.csv'}={tmp_path}"


def test_the_images_of_a_data_set_are_what_phrases_are_held_against(store: Path, copy: str) -> None:
    result = CliRunner().invoke(app, ["bank", "ground", "flat", "--dataset", copy, "--store", str(store), "--json"])
    assert result.exit_code == 0, result.output
    grounding = json.loads(result.stdout)
    assert grounding["source"]["pairs"] == "3 images of table:mine"
    (entry,) = grounding["distortions"].values()
    curve = entry["curves"]["visibility"]["less_contrast"]
    assert entry["curves"]["levels"] == [1, 2, 3] and curve == sorted(curve) and curve[-1] > 0.5
    assert [record["verdict"] for record in entry["phrases"]].count("seen") > len(entry["phrases"]) / 2
    assert (store / "flat@1.grounding.json").is_file()


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (["--dataset", "mini-csiq", "--photos", "."], "--dataset brings its own pictures"),
        (["--dataset", "nothing"], "there is no dataset 'nothing'"),
        (["--dataset", "kadid10k"], "is read from a folder"),
    ],
)
def test_what_cannot_be_grounded_on_is_one_sentence(store: Path, options: list[str], sentence: str) -> None:
    result = CliRunner().invoke(app, ["bank", "ground", "flat", "--store", str(store), *options])
    assert result.exit_code == 1 and sentence in result.output

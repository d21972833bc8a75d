"""A researcher's own distortion, from its description to the table of a report."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from chat_server import ChatServer, Reply
from PIL import Image
from typer.testing import CliRunner

from exiqa.bank.taxonomy import load_taxonomy
from exiqa.bench import Cell, all_clean, evaluate, prior, write_record
from exiqa.cli import app
from exiqa.core.errors import UserError
from exiqa.iqadata.catalog.loading import open_dataset
from exiqa.iqadata.datasets.splits import Split
from exiqa.iqadata.standins.scenes import scene
from exiqa.model.artifacts.artifact import Artifact

TAXONOMY = """
id = "screens"
name = "Screens"
[[distortions]]
id = "scan_lines"
code = "sl"
name = "Scan lines"
explanation = "Every fourth row of pixels is darkened, as on an old television screen."
levels = 2
"""
PHRASES = ("dark horizontal stripes", "a screen-like raster", "a dimmed, banded look")


def _exiqa(*arguments: str) -> str:
    result = CliRunner().invoke(app, list(arguments))
    assert result.exit_code == 0, result.output
    return result.stdout


@pytest.fixture
def own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Twelve images of four scenes in a table, their taxonomy beside it."""
    monkeypatch.chdir(tmp_path)
    Path("own.toml").write_text(TAXONOMY)
    rows = ["image,reference,distortion,level,score"]
    for seed in range(4):
        for level in range(3):
            image = scene(seed, 128, 128).astype(float)
            image[::4] *= 1 - level / 4
            Image.fromarray(image.round().astype(np.uint8)).save(f"{seed}_{level}.png")
            name = "scan_lines" if level else ""
            rows.append(f"{seed}_{level}.png,{seed}_0.png,{name},{level},{1 - level / 4}")
    Path("own.csv").write_text("\n".join(rows) + "\n")
    return tmp_path


def test_from_a_description_to_a_report(own: Path, chat_server: ChatServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "none")
    chat_server.reply = lambda body, number: Reply("\n".join(f"- There is {phrase}." for phrase in PHRASES))
    llm = f"openai:local@{chat_server.url}"
    _exiqa("attrgen", "generate", "own.toml", "--llm", llm, "--k", "2", "--bank", "own")
    shown = json.loads(_exiqa("bank", "show", "own@1", "--json"))
    assert "scan_lines" in json.dumps(shown)

    _exiqa(
        "model", "tune", "table:own.csv=.", "--bank", "own@1", "--recipe", "demo", "--set", "epochs=1", "--out", "tuned"
    )
    artifact = Artifact.from_pretrained("tuned")
    assert {attribute.phrase for attribute in artifact.bank.attributes} < set(PHRASES)

    dataset, split = open_dataset("table:own.csv=."), Split.load(Path("tuned/training/split.json"))
    train, _, test = split.rows(dataset)
    common = {"protocol": "identification", "train": dataset.name, "test": dataset.name, "split": split.ratio}
    predicted = artifact.predict([dataset.load(int(row)) for row in test]).strengths
    for method, strengths, bank in (
        ("all_clean", all_clean(len(test), 1), None),
        ("prior", prior(dataset.strengths[train], len(test)), None),
        ("exiqa", predicted, artifact.bank),
    ):
        cell = Cell(**common, method=method, seed=split.seed, bank=bank.id if bank else None)
        write_record(Path("runs"), *evaluate(cell, dataset, split, strengths, seconds=0.0, bank=bank))
    _exiqa("bench", "report", "runs", "--out", "report")
    report = Path("report/report.md").read_text()
    assert "own@1" in report
    assert artifact.bank.hash in report


def test_a_taxonomy_names_a_distortion_by_its_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With nothing installed: what the path's object says is filled in, and it is what images are made with."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(tmp_path)
    Path("half_light.py").write_text(
        "from exiqa.iqadata import DistortionSpec\n"
        "def dim(image, lost, rng):\n    return image * (1 - lost)\n"
        'DIM = DistortionSpec("dim", "tone", dim, "share of light lost", 0, name="Dim", explanation="It is dark.", '
        "levels=(0.5, 0.75))\n"
    )
    Path("own.toml").write_text('id = "dark"\nname = "Dark"\n[[distortions]]\nid = "half_light:DIM"\n')
    (entry,) = load_taxonomy("own.toml").distortions
    assert (entry.id, entry.code, entry.name, entry.levels) == ("half_light:DIM", "dim", "Dim", 2)

    Path("photos").mkdir()
    photo = scene(0, 64, 64)
    Image.fromarray(photo).save("photos/one.png")
    # Worker processes that an earlier test left would not look where this one has just put a module.
    own = ["--distortions", "own.toml", "--jobs", "1"]
    _exiqa("data", "synth", "--pristine", "photos", "--out", "set", "--repeats", "1", *own)
    (made,) = Path("set").rglob("*.png")
    light = np.asarray(Image.open(made)).mean() / photo.mean()
    assert min(abs(light - left) for left in (0.5, 0.25)) < 0.01

    Path("own.toml").write_text('id = "dark"\nname = "Dark"\n[[distortions]]\nid = "half_light:NOTHING"\n')
    with pytest.raises(UserError, match="'half_light:NOTHING': half_light has no NOTHING"):
        load_taxonomy("own.toml")

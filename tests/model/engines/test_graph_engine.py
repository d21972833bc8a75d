"""The graph that ships: it says what torch says, without torch, and is refused where its files do not go together."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from shipped_toy import ship_random
from typer.testing import CliRunner

from exiqa.cli import app
from exiqa.core.errors import UserError
from exiqa.iqadata.standins.scenes import scene
from exiqa.model.artifacts import locate
from exiqa.model.assessing.assessment import Assessment, Unreadable
from exiqa.model.assessing.assessor import Assessor, load
from exiqa.model.engines import graph_engine as graph
from exiqa.model.engines.graph_description import read_description
from exiqa.model.exporting import export
from exiqa.model.exporting.shipped_graph import export_shipped

SIZES = ((384, 512), (100, 90), (128, 128), (130, 700))
HEAVY = {"torch", "pandas", "transformers", "sentence_transformers", "scipy", "cv2", "open_clip", "onnx"}


@pytest.fixture(scope="module")
def shipped(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("shipped")
    ship_random(folder)
    return folder


@pytest.fixture(scope="module")
def photos(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Four photos of different numbers of views, and between them a file that is none."""
    folder = tmp_path_factory.mktemp("photos")
    files = []
    for number, (height, width) in enumerate(SIZES):
        files.append(folder / f"{number}.png")
        Image.fromarray(scene(number, height, width)).save(files[-1])
    broken = folder / "1-broken.png"
    broken.write_bytes(b"no image")
    return [*files[:2], broken, *files[2:]]


@pytest.fixture
def installed(shipped: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder in the place of the one in the package."""
    monkeypatch.setattr(locate, "SHIPPED_FOLDER", shipped)
    return shipped


def _run(*words: object) -> tuple[int, str, str]:
    result = CliRunner().invoke(app, [str(word) for word in words], env={"COLUMNS": "100"})
    return result.exit_code, result.stdout, result.stderr


def test_the_graph_says_what_torch_says(shipped: Path, photos: list[Path]) -> None:
    graph_model, torch_model = load(shipped), load(shipped, engine="torch", device="cpu")
    assert graph_model.engine.name.startswith("onnxruntime ")
    assert torch_model.engine.name.startswith("torch ")
    np.testing.assert_allclose(graph_model.engine.weights, torch_model.engine.weights, atol=1e-7)
    both = zip(graph_model.assess_files(photos), torch_model.assess_files(photos), strict=True)
    for file, (ours, theirs) in zip(photos, both, strict=True):
        if isinstance(ours, Unreadable):
            assert ours == theirs
            assert file.name == "1-broken.png"
            continue
        assert isinstance(theirs, Assessment) and ours.score is not None and theirs.score is not None
        assert (ours.image, ours.height, ours.width) == (theirs.image, theirs.height, theirs.width)
        assert ours.score.value == pytest.approx(theirs.score.value, abs=1e-4)
        about = [(s.regressor, s.name, s.proxy, s.formula) for s in (ours.score, theirs.score)]
        assert about[0] == about[1]
        expected = {reading.id: reading for reading in theirs.distortions}
        assert {reading.id for reading in ours.distortions} == expected.keys()
        for reading in ours.distortions:
            assert reading.name == expected[reading.id].name
            assert reading.strength == pytest.approx(expected[reading.id].strength, abs=1e-4)
            attributes = {a.phrase: a for a in expected[reading.id].attributes}
            for attribute in reading.attributes:
                assert attribute.probability == pytest.approx(attributes[attribute.phrase].probability, abs=1e-4)
                assert attribute.weight == pytest.approx(attributes[attribute.phrase].weight, abs=1e-6)


def test_pixels_and_no_photos_are_answered_too(shipped: Path, photos: list[Path]) -> None:
    model = load(shipped)
    from_file, from_pixels = model.assess(photos[0]), model.assess(np.asarray(Image.open(photos[0])))
    assert from_file.distortions == from_pixels.distortions
    assert model.assess([]) == []


def test_no_weight_is_stored_twice(shipped: Path) -> None:
    about = read_description(shipped / "exported.json")
    assert (shipped / "assess.onnx").stat().st_size < 400_000
    stored = graph.read_stored(shipped / "weights.safetensors", about.stored_weights)
    assert sum(tensor.size for tensor in stored) > 2_500_000
    assert any(name.endswith(graph.TRANSPOSED) for name in about.stored_weights)
    assert all(tensor.dtype == np.float32 for tensor in stored)
    everything = (shipped / "assess.onnx").read_bytes()
    assert str(Path(locate.__file__).parent).encode() not in everything  # no machine's paths


def test_torch_is_not_imported_for_an_answer(shipped: Path, photos: list[Path]) -> None:
    code = (
        "import sys, atexit\n"
        "from exiqa.cli import main\n"
        f"atexit.register(lambda: print(sorted({HEAVY} & sys.modules.keys()), file=sys.stderr))\n"
        f"sys.argv = ['exiqa', 'assess', {str(photos[0])!r}, '--model', {str(shipped)!r}]\n"
        "main()"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stderr.strip() == "[]"
    assert "a proxy" in done.stdout


def test_the_shipped_model_is_the_default_and_has_a_name(installed: Path, photos: list[Path], tmp_path: Path) -> None:
    code, said, _ = _run("assess", photos[1], "--json")
    document = json.loads(said)
    assert (code, document["model"], document["engine"].split()[0]) == (0, "exiqa-mini", "onnxruntime")
    code, named, _ = _run("assess", photos[1], "--model", "exiqa-mini", "--json")
    assert (code, named) == (0, said)
    words = ("--explain", "--pictures", tmp_path / "maps")
    code, explained, _ = _run("assess", photos[1], "--json", *words)
    document = json.loads(explained)
    assert (code, document["engine"].split()[0]) == (0, "torch")
    assert len(list((tmp_path / "maps").iterdir())) == 1


def test_explaining_from_python_loads_the_artifact_when_asked(shipped: Path, photos: list[Path]) -> None:
    model = load(shipped)
    said, breakdown = model.assess(photos[1]), model.break_down(photos[1])
    assert said.score is not None
    assert breakdown.prediction == pytest.approx(said.score.value, abs=1e-4)
    assert model.saliency(photos[1], said.distortions[0].id).map.shape == SIZES[1]


def test_torch_answers_where_the_graph_cannot(shipped: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(UserError, match="no regressor 'mos'; it has: proxy"):
        load(shipped, regressor="mos")
    assert load(shipped, regressor="proxy").engine.name.startswith("onnxruntime")
    monkeypatch.setitem(sys.modules, "onnxruntime", None)  # as where it is not installed
    assert load(shipped, device="cpu").engine.name.startswith("torch")


def _cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-3])


@pytest.mark.parametrize(
    ("name", "damage", "message"),
    [
        ("assess.onnx", _cut, "assess.onnx is cut short or changed"),
        ("weights.safetensors", _cut, "weights.safetensors is cut short or changed"),
        ("weights.safetensors", Path.unlink, "weights.safetensors is missing"),
        ("config.json", lambda path: path.write_text("{}"), "config.json is cut short or changed"),
        ("bank.json", Path.unlink, "bank.json is missing"),
        ("exported.json", _cut, "is not the description of an exported graph"),
    ],
)
def test_damaged_files(name: str, damage: object, message: str, shipped: Path, tmp_path: Path) -> None:
    copy = shutil.copytree(shipped, tmp_path / "copy")
    damage(copy / name)  # type: ignore[operator]
    with pytest.raises(UserError, match=message) as error:
        load(copy)
    assert "\n" not in str(error.value)


def test_an_installation_without_its_model_says_so(
    tmp_path: Path, photos: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(locate, "SHIPPED_FOLDER", tmp_path / "exiqa_mini")
    code, _, complaint = _run("assess", photos[0])
    assert (code, complaint.count("\n")) == (1, 1)
    assert "lacks the model that ships" in complaint
    assert "install exiqa again" in complaint


def test_a_graph_that_differs_is_not_kept(shipped: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    copy = shutil.copytree(shipped, tmp_path / "copy")
    (copy / "assess.onnx").unlink()
    with pytest.raises(UserError, match=r"has no config\.json"):
        export_shipped(load(copy, engine="torch", device="cpu"), tmp_path)
    monkeypatch.setattr(export, "TOLERANCE", -1.0)
    with pytest.raises(UserError, match="differs from the model"):
        export_shipped(load(copy, engine="torch", device="cpu"), copy)
    assert not (copy / "assess.onnx").exists()
    assert not (copy / "exported.json").exists()
    assert isinstance(load(copy, device="cpu"), Assessor)  # torch still reads it

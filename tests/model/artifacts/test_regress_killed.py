"""A model survives `model regress` killed at any of its file operations, and the next call ends as if undisturbed."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from exiqa.cli import app
from exiqa.core.errors import UserError
from exiqa.iqadata.datasets.dataset import Dataset
from exiqa.iqadata.datasets.splits import make_split
from exiqa.model.artifacts.artifact import Artifact
from exiqa.model.artifacts.info import describe_artifact
from exiqa.model.config import RegressorConfig
from exiqa.model.regressors.regressor_file import regressor_bytes
from exiqa.model.training.regress import regress

SCRIPT = Path(__file__).parents[1] / "regress_script.py"


def _files(folder: Path) -> dict[str, bytes]:
    """What a folder holds, but for the hidden temporary files of killed processes and a training's own."""
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and not path.name.startswith(".") and "training" not in path.relative_to(folder).parts
    }


@pytest.fixture(scope="module")
def refitted(tuned: Path, dataset: Dataset, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The tuned model with another regressor in the place of its own, and with a second one."""
    artifact = Artifact.from_pretrained(tuned)
    for name, epochs in (("toy", 3), ("second", 2)):
        config = RegressorConfig(epochs=epochs)
        artifact = regress(artifact, dataset, make_split(dataset, seed=0), config, name).artifact
    folder = tmp_path_factory.mktemp("refitted")
    artifact.save_pretrained(folder)
    return folder


@pytest.mark.parametrize("name", ["toy", "second"])
def test_killed_at_any_file_operation(name: str, tuned: Path, refitted: Path, tmp_path: Path) -> None:
    """`toy` takes the place of a regressor, `second` is new."""
    subprocess.run([sys.executable, SCRIPT, tuned, refitted, name, tmp_path], check=True, timeout=300)
    folders = sorted(tmp_path.iterdir(), key=lambda folder: int(folder.name))
    whole = _files(folders[-1])
    old, new = Artifact.from_pretrained(tuned).regressors, Artifact.from_pretrained(refitted).regressors
    old_bytes = {key: regressor_bytes(regressor) for key, regressor in old.items()}
    after = {**old_bytes, name: regressor_bytes(new[name])}
    outcomes = []
    for folder in folders:
        artifact = Artifact.from_pretrained(folder)
        found = {key: regressor_bytes(regressor) for key, regressor in artifact.regressors.items()}
        assert found in (old_bytes, after), folder
        outcomes.append(found == after)
        assert set(describe_artifact(folder)["regressors"]) == set(found)
        Artifact.from_pretrained(refitted).save_regressor(folder, name)
        assert _files(folder) == whole, folder
    assert len(folders) > 8
    assert outcomes == sorted(outcomes) and set(outcomes) == {False, True}, "first the old one, then the new one"
    assert set(whole) == {*_files(tuned), f"regressors/{name}.safetensors"}


def test_another_one_after_a_kill(tuned: Path, refitted: Path, tmp_path: Path) -> None:
    """What a killed call left beside the old regressor is never overwritten while config.json names it."""
    subprocess.run([sys.executable, SCRIPT, tuned, refitted, "toy", tmp_path / "once"], check=True, timeout=300)
    for number, folder in enumerate(sorted((tmp_path / "once").iterdir())):
        again = tmp_path / f"again{number}"
        if not (folder / "regressors" / "toy~new.safetensors").exists():
            continue
        subprocess.run([sys.executable, SCRIPT, folder, tuned, "toy", again], check=True, timeout=300)
        for killed in again.iterdir():
            Artifact.from_pretrained(killed)
        break
    else:
        pytest.fail("no kill left a new regressor beside the old one")


def test_only_the_regressor_its_config_and_the_card_are_written(tuned: Path, refitted: Path, tmp_path: Path) -> None:
    folder = tmp_path / "model"
    Artifact.from_pretrained(tuned).save_pretrained(folder)
    before = {path: path.stat().st_ino for path in folder.rglob("*") if path.is_file()}
    Artifact.from_pretrained(refitted).save_regressor(folder, "second")
    written = {path.name for path in folder.rglob("*") if path.is_file() and before.get(path) != path.stat().st_ino}
    assert written == {"second.safetensors", "config.json", "README.md"}
    assert "Score `second`" in (folder / "README.md").read_text()


def test_another_model_is_not_given_the_regressor(tuned: Path, refitted: Path, tmp_path: Path) -> None:
    artifact = Artifact.from_pretrained(tuned)
    artifact.with_bank(artifact.bank.top(1)).save_pretrained(tmp_path)
    before = _files(tmp_path)
    with pytest.raises(UserError, match="holds another model than the one that the regressor second was fitted to"):
        Artifact.from_pretrained(refitted).save_regressor(tmp_path, "second")
    assert _files(tmp_path) == before


def test_a_regressors_file_repeats_in_every_byte(tuned: Path) -> None:
    regressor = Artifact.from_pretrained(tuned).regressors["toy"]
    assert regressor.origin is not None
    assert len({regressor_bytes(regressor) for _ in range(20)}) == 1


def test_files_with_the_two_keys_of_before_still_load(tuned: Path, tmp_path: Path) -> None:
    import json

    from safetensors.torch import save_file

    from exiqa.core.files import sha256_file

    artifact = Artifact.from_pretrained(tuned)
    artifact.save_pretrained(tmp_path)
    regressor = artifact.regressors["toy"]
    assert regressor.origin is not None
    path = tmp_path / "regressors" / "toy.safetensors"
    about = {"config": regressor.config.model_dump_json(), "origin": regressor.origin.model_dump_json()}
    save_file(regressor.state_dict(), path, metadata=about)
    config = json.loads((tmp_path / "config.json").read_text())
    (tmp_path / "config.json").write_text(json.dumps({**config, "regressors": {"toy": sha256_file(path)}}))
    assert regressor_bytes(Artifact.from_pretrained(tmp_path).regressors["toy"]) == regressor_bytes(regressor)


def test_the_command_run_twice_gives_the_same_bytes(
    tuned: Path, dataset: Dataset, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("exiqa.iqadata.catalog.loading.open_dataset", lambda spec, strengths: dataset)
    artifact = Artifact.from_pretrained(tuned)
    artifact.save_pretrained(tmp_path)
    contents = []
    for _ in range(2):
        result = CliRunner().invoke(app, ["model", "regress", str(tmp_path), "toy", "--seed", "0", "--name", "mine"])
        assert result.exit_code == 0, result.output
        contents.append(_files(tmp_path))
    assert contents[0] == contents[1]
    assert set(Artifact.from_pretrained(tmp_path).regressors) == {"toy", "mine"}

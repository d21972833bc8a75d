from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import pytest
import torch
from hub_stand_in import TOKEN, running_hub
from safetensors.torch import load_file, save_file

from exiqa.bank.schema import Bank
from exiqa.core.errors import UserError
from exiqa.core.files import sha256_file
from exiqa.iqadata.datasets.dataset import Dataset
from exiqa.model.artifacts.artifact import Artifact
from exiqa.model.attribute_model import AttributeModel
from exiqa.model.backbones.families import load_backbone
from exiqa.model.config import RegressorConfig, Tuning
from exiqa.model.preprocess import crops_at, five_places, to_pixels
from exiqa.model.regressors.regressor import fit_regressor


@pytest.fixture(scope="module")
def photos(dataset: Dataset) -> list[np.ndarray]:
    return [dataset.load(row) for row in range(5)]


@pytest.fixture(scope="module", params=["shallow", "full"])
def artifact(request: pytest.FixtureRequest, bank: Bank, photos: list[np.ndarray]) -> Artifact:
    tuning = Tuning(mode=request.param, prompt_length=2 if request.param == "shallow" else 0)
    model = AttributeModel(load_backbone("open_clip:tiny-vit/random"), bank, tuning)
    backbone_hash = model.backbone.hash  # taken before the weights move, as in a tuning run
    with torch.no_grad():
        for parameter in model.parameters():
            if parameter.requires_grad:
                parameter += 0.05 * torch.randn(parameter.shape, generator=torch.Generator().manual_seed(1))
    assert model.backbone.hash == backbone_hash
    artifact = Artifact(model, "native")
    features = artifact.predict(photos).attributes
    scores = np.linspace(0, 1, len(photos), dtype=np.float32)
    artifact.regressors["toy"] = fit_regressor(features, scores, config=RegressorConfig(epochs=2))
    return artifact


@pytest.fixture
def folder(artifact: Artifact, tmp_path: Path) -> Path:
    artifact.save_pretrained(tmp_path / "artifact")
    return tmp_path / "artifact"


def test_a_round_trip_predicts_the_same(artifact: Artifact, folder: Path, photos: list[np.ndarray]) -> None:
    loaded = Artifact.from_pretrained(folder)
    before, after = artifact.predict(photos), loaded.predict(photos)
    np.testing.assert_array_equal(before.attributes, after.attributes)
    np.testing.assert_array_equal(before.strengths, after.strengths)
    np.testing.assert_array_equal(artifact.score(before.attributes), loaded.score(after.attributes))
    assert loaded.hash == artifact.hash
    assert loaded.bank == artifact.bank


def test_what_it_stores_of_the_sentences_is_what_it_predicts_by(
    folder: Path, artifact: Artifact, photos: list[np.ndarray]
) -> None:
    stored = load_file(folder / "embeddings.safetensors")["directions"]
    torch.testing.assert_close(stored, artifact.model.directions(), rtol=0, atol=0)
    save_file({"directions": -stored}, folder / "embeddings.safetensors")
    _edit(folder, embeddings_sha256=sha256_file(folder / "embeddings.safetensors"))
    loaded = Artifact.from_pretrained(folder)
    # Opposite directions: each P(a|I) of a view becomes its complement.
    expected = 1 - artifact.predict(photos).attributes
    np.testing.assert_allclose(loaded.predict(photos).attributes, expected, atol=1e-6)
    save_file({"directions": stored[:2].contiguous()}, folder / "embeddings.safetensors")
    _edit(folder, embeddings_sha256=sha256_file(folder / "embeddings.safetensors"))
    with pytest.raises(UserError, match=r"holds text directions of shape \(2, 32\), and \(6, 32\) are needed"):
        Artifact.from_pretrained(folder)


def test_an_untuned_model_read_out_with_another_bank_can_be_stored(
    bank: Bank, photos: list[np.ndarray], tmp_path: Path
) -> None:
    frozen = Artifact(AttributeModel(load_backbone("open_clip:tiny-vit/random"), bank, Tuning(mode="frozen")), "native")
    other = frozen.with_bank(bank.top(1))
    other.save_pretrained(tmp_path)
    loaded = Artifact.from_pretrained(tmp_path)
    np.testing.assert_array_equal(loaded.predict(photos).attributes, other.predict(photos).attributes)


def test_an_artifact_has_no_pickle_and_names_its_parts(folder: Path, artifact: Artifact) -> None:
    names = {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}
    assert names == {
        "README.md",
        "bank.json",
        "config.json",
        "embeddings.safetensors",
        "model.safetensors",
        "regressors/toy.safetensors",
    }
    assert artifact.bank.hash in (folder / "README.md").read_text()


def test_it_stores_only_what_was_trained(folder: Path, artifact: Artifact) -> None:
    weights = sum(tensor.numel() for tensor in artifact.model.trained_state().values())
    assert (folder / "model.safetensors").stat().st_size == pytest.approx(4 * weights, rel=0.05, abs=4000)


def test_a_prediction_is_the_mean_over_five_crops(artifact: Artifact, photos: list[np.ndarray]) -> None:
    with torch.no_grad():
        output = artifact.model(to_pixels(crops_at(photos[0], 32, five_places)))
    prediction = artifact.predict(photos)
    np.testing.assert_allclose(prediction.attributes[0], output.attributes.mean(dim=0).numpy(), atol=1e-6)
    weights = artifact.model.head.weights().detach().numpy()
    np.testing.assert_allclose(prediction.strengths, prediction.attributes @ weights, atol=1e-6)
    assert prediction.attributes.shape == (5, 6) and prediction.strengths.shape == (5, 3)


def test_batches_change_nothing(artifact: Artifact, photos: list[np.ndarray]) -> None:
    small, large = (artifact.predict(photos, batch_size=size).attributes for size in (1, 64))
    np.testing.assert_allclose(small, large, atol=1e-6)
    assert artifact.predict([]).strengths.shape == (0, 3)


@pytest.mark.parametrize(
    "file", ["model.safetensors", "embeddings.safetensors", "regressors/toy.safetensors", "config.json", "bank.json"]
)
def test_a_file_cut_short_or_missing_is_refused(folder: Path, file: str) -> None:
    content = (folder / file).read_bytes()
    (folder / file).write_bytes(content[: len(content) // 2])
    with pytest.raises(UserError, match=file.split("/")[-1]):
        Artifact.from_pretrained(folder)
    (folder / file).unlink()
    with pytest.raises((UserError, FileNotFoundError), match=file.split("/")[-1]):
        Artifact.from_pretrained(folder)


def _edit(folder: Path, **changes: object) -> None:
    path = folder / "config.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), **changes}))


def test_another_backbone_is_refused(folder: Path) -> None:
    _edit(folder, backbone_seed=1)
    with pytest.raises(UserError, match="here that backbone has"):
        Artifact.from_pretrained(folder)


def test_another_bank_is_refused(folder: Path, artifact: Artifact, tmp_path: Path) -> None:
    artifact.with_bank(artifact.bank.top(1)).save_pretrained(tmp_path / "other")
    shutil.copy(tmp_path / "other" / "bank.json", folder / "bank.json")
    with pytest.raises(UserError, match="was tuned on the bank toy@1"):
        Artifact.from_pretrained(folder)


def test_what_is_no_artifact_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"has no config\.json"):
        Artifact.from_pretrained(tmp_path)
    with pytest.raises(UserError, match=r"there is no artifact '\./nowhere'"):
        Artifact.from_pretrained("./nowhere")
    with pytest.raises(UserError, match="the hub did not give"):
        Artifact.from_pretrained("nobody/nothing")


def test_what_is_pushed_to_the_hub_loads_from_there(
    artifact: Artifact, photos: list[np.ndarray], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from huggingface_hub import constants

    with running_hub() as hub:
        monkeypatch.setenv("HF_ENDPOINT", hub.endpoint)
        monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path / "hub-cache"))
        address = artifact.push_to_hub("user/tuned", token=TOKEN)
        assert address == f"{hub.endpoint}/user/tuned"
        assert "config.json" in hub.files["user/tuned"]
        loaded = Artifact.from_pretrained("user/tuned")
    assert loaded.hash == artifact.hash
    np.testing.assert_array_equal(loaded.predict(photos).attributes, artifact.predict(photos).attributes)


def test_regressors_are_asked_for_by_name(artifact: Artifact) -> None:
    assert artifact.regressor() is artifact.regressor("toy")
    with pytest.raises(UserError, match="no regressor 'live'; it has: toy"):
        artifact.regressor("live")
    assert not artifact.with_bank(artifact.bank.top(1)).regressors

"""Exported models, run without this package's code."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import torch

from exiqa.core.errors import UserError
from exiqa.iqadata.datasets.dataset import Dataset
from exiqa.model.artifacts.artifact import Artifact
from exiqa.model.assessing.assessor import Assessor, load
from exiqa.model.exporting import export
from exiqa.model.exporting.export import export_model
from exiqa.model.preprocess import crops_at, five_places, tile_places


def _run_onnx(path: Path, views: np.ndarray) -> list[np.ndarray]:
    import onnxruntime

    session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
    assert [output.name for output in session.get_outputs()] == ["attributes", "strengths", "scores"]
    return session.run(None, {"views": views})


def _run_torch(path: Path, views: np.ndarray) -> list[np.ndarray]:
    with torch.no_grad():
        return [output.numpy() for output in torch.export.load(path).module()(torch.from_numpy(views))]


@pytest.mark.parametrize(("form", "run"), [("onnx", _run_onnx), ("torch", _run_torch)])
def test_outputs_equal_the_artifacts_on_photos(form, run, tuned: Path, dataset: Dataset, tmp_path: Path) -> None:
    assessor = load(tuned, device="cpu")
    exported = export_model(assessor, tmp_path, form)
    assert exported.largest_difference <= 1e-4
    about = json.loads(exported.description.read_text())
    assert (about["preprocessing"]["name"], about["preprocessing"]["size"]) == ("native", 32)
    assert about["artifact"] == assessor.artifact.hash
    assert about["attributes"] == [attribute.phrase for attribute in assessor.artifact.bank.attributes]
    assert [d["id"] for d in about["distortions"]] == list(assessor.artifact.bank.distortions)
    assert about["score"]["score"]["proxy"] is True
    for count in (1, 4):  # the number of photos is free
        photos = [dataset.load(row) for row in range(count)]
        # As the description tells it: five crops, divided by 255.
        views = np.stack([crops_at(photo, 32, five_places) for photo in photos]).transpose(0, 1, 4, 2, 3) / np.float32(
            255
        )
        attributes, strengths, scores = run(exported.model, views.astype(np.float32))
        expected = assessor.artifact.predict(photos)
        np.testing.assert_allclose(attributes, expected.attributes, atol=1e-4)
        np.testing.assert_allclose(strengths, expected.strengths, atol=1e-4)
        np.testing.assert_allclose(scores, assessor.artifact.score(expected.attributes), atol=1e-4)


@pytest.mark.parametrize(("form", "run"), [("onnx", _run_onnx), ("torch", _run_torch)])
def test_the_number_of_views_is_free_where_it_depends_on_the_photo(form, run, tuned: Path, tmp_path: Path) -> None:
    five = load(tuned, device="cpu").artifact
    artifact = Artifact(five.model, "grid", five.regressors)
    exported = export_model(Assessor.of(artifact), tmp_path, form)
    about = json.loads(exported.description.read_text())
    assert about["input"]["shape"] == ["photos", "views", 3, 32, 32]
    assert about["preprocessing"]["views"] == "views"
    rng = np.random.default_rng(0)
    for photos, height, width, count in ((1, 20, 30, 1), (2, 32, 70, 3), (1, 400, 50, 16)):
        images = [rng.integers(0, 256, (height, width, 3), dtype=np.uint8) for _ in range(photos)]
        views = np.stack([crops_at(image, 32, tile_places) for image in images]).transpose(0, 1, 4, 2, 3) / np.float32(
            255
        )
        assert views.shape[1] == count
        attributes, strengths, scores = run(exported.model, views.astype(np.float32))
        expected = artifact.predict(images)
        np.testing.assert_allclose(attributes, expected.attributes, atol=1e-4)
        np.testing.assert_allclose(strengths, expected.strengths, atol=1e-4)
        np.testing.assert_allclose(scores, artifact.score(expected.attributes), atol=1e-4)


@pytest.mark.parametrize("name", ["m.onnx", "m.pt2"])
def test_a_folder_called_like_a_file_is_refused(name: str, tuned: Path, tmp_path: Path) -> None:
    with pytest.raises(UserError, match=rf"{name} has a file's name, and an export is a folder; name it .*/m$"):
        export_model(load(tuned, device="cpu"), tmp_path / name)
    assert list(tmp_path.iterdir()) == []


def test_a_graph_that_differs_is_not_kept(tuned: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(export, "TOLERANCE", -1.0)
    with pytest.raises(UserError, match="differs from the model"):
        export_model(load(tuned, device="cpu"), tmp_path / "out", "torch")
    assert list((tmp_path / "out").iterdir()) == []

"""Assessing photos: what is said equals what the artifact computes, whatever form the photo comes in."""

from __future__ import annotations

import dataclasses
import io
import shutil
import socket
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from exiqa.core.errors import UserError
from exiqa.iqadata.datasets.dataset import Dataset
from exiqa.model.artifacts.artifact import Artifact
from exiqa.model.assessing.assessment import Assessment, Unreadable
from exiqa.model.assessing.assessor import Assessor, load
from exiqa.model.assessing.photos import find_photos, read_pixels


@pytest.fixture(scope="module")
def assessor(tuned: Path) -> Assessor:
    return load(tuned, device="cpu")


def _close(first: Assessment, second: Assessment) -> None:
    assert first.score is not None and second.score is not None
    assert first.score.value == pytest.approx(second.score.value, abs=1e-5)
    for one, other in zip(first.distortions, second.distortions, strict=True):
        assert one.id == other.id
        assert one.strength == pytest.approx(other.strength, abs=1e-5)


def test_it_says_what_the_artifact_computes(assessor: Assessor, dataset: Dataset) -> None:
    artifact, photo = assessor.artifact, dataset.load(3)
    said = assessor.assess(photo)
    prediction = artifact.predict([photo])
    weights = artifact.model.head.weights().detach().numpy()
    phrases = [attribute.phrase for attribute in artifact.bank.attributes]
    assert (said.height, said.width, said.image) == (40, 48, "")
    assert said.score is not None
    assert said.score.value == pytest.approx(float(artifact.score(prediction.attributes)[0]))
    assert (said.score.name, said.score.proxy, said.score.regressor) == ("made-up score, a proxy", True, "toy")
    strengths = [reading.strength for reading in said.distortions]
    assert strengths == sorted(strengths, reverse=True)
    assert {reading.id for reading in said.distortions} == set(artifact.bank.distortions)
    for reading in said.distortions:
        column = artifact.bank.distortions.index(reading.id)
        assert reading.strength == pytest.approx(prediction.strengths[0, column])
        # Eq. 7, from nothing but what the assessment says.
        assert sum(a.weight * a.probability for a in reading.attributes) == pytest.approx(reading.strength, abs=1e-5)
        for attribute in reading.attributes:
            row = phrases.index(attribute.phrase)
            assert attribute.weight == pytest.approx(weights[row, column])
            assert attribute.probability == pytest.approx(prediction.attributes[0, row])
        shares = [a.weight * a.probability for a in reading.attributes]
        assert shares == sorted(shares, reverse=True)
    with pytest.raises(dataclasses.FrozenInstanceError):
        said.score = None  # type: ignore[misc]


def test_paths_pillow_images_arrays_and_grey_are_the_same_photo(
    assessor: Assessor, dataset: Dataset, tmp_path: Path
) -> None:
    photo = dataset.load(0)
    path = tmp_path / "photo.png"
    Image.fromarray(photo).save(path)
    expected = assessor.assess(photo)
    for form in (path, str(path), Image.open(path)):
        _close(assessor.assess(form), expected)
    assert assessor.assess(path).image == str(path)
    grey = photo[..., 0]
    _close(assessor.assess(grey), assessor.assess(np.repeat(grey[..., None], 3, axis=2)))
    _close(assessor.assess(Image.fromarray(grey)), assessor.assess(grey))
    for bad in (photo.astype(float), photo[..., :2], Image.open(path).convert("RGBA")):
        with pytest.raises(UserError):
            assessor.assess(bad)


def test_a_photo_smaller_than_a_crop_is_mirrored(assessor: Assessor, dataset: Dataset) -> None:
    small = dataset.load(5)[:10, :12]
    size = assessor.artifact.model.backbone.image_size
    mirrored = np.pad(small, [(11, 11), (10, 10), (0, 0)], mode="symmetric")
    assert mirrored.shape[:2] == (size, size)
    said = assessor.assess(small)
    assert (said.height, said.width) == (10, 12)
    _close(said, assessor.assess(mirrored))


def test_many_files_are_those_one_by_one_and_none_is_lost(assessor: Assessor, dataset: Dataset, tmp_path: Path) -> None:
    files = []
    for row in range(9):
        files.append(tmp_path / f"{row}.png")
        Image.fromarray(dataset.load(row)).save(files[-1])
    files[2].write_bytes(b"no image")
    files[7].unlink()
    answers = list(assessor.assess_files(files, batch_size=10))  # two photos a batch
    assert [answer.image for answer in answers] == [str(file) for file in files]
    for row, answer in enumerate(answers):
        if row in (2, 7):
            assert isinstance(answer, Unreadable)
            assert str(files[row]) in answer.reason
        else:
            assert isinstance(answer, Assessment)
            _close(answer, assessor.assess(files[row]))


def test_a_list_of_photos_of_any_form_and_its_table(assessor: Assessor, dataset: Dataset, tmp_path: Path) -> None:
    path = tmp_path / "photo.png"
    Image.fromarray(dataset.load(0)).save(path)
    said = assessor.assess([path, dataset.load(1), Image.open(path)], batch_size=5)
    for one, photo in zip(said, (path, dataset.load(1), path), strict=True):
        _close(one, assessor.assess(photo))
    frame = said.to_frame()
    assert list(frame.columns) == ["image", "height", "width", "score", *assessor.engine.bank.distortions]
    assert frame["image"].tolist() == [str(path), "", ""]
    for row, one in enumerate(said):
        assert one.score is not None and frame["score"][row] == one.score.value
        assert {reading.id: reading.strength for reading in one.distortions} == frame.iloc[row, 4:].to_dict()
    stack = np.stack([dataset.load(1), dataset.load(2)])
    assert [one.score for one in assessor.assess(stack)] == [one.score for one in assessor.assess(list(stack))]
    assert list(assessor.assess([]).to_frame().columns) == list(frame.columns)
    bare = Assessor.of(Artifact(assessor.artifact.model, "native"))
    assert bare.assess([path]).to_frame()["score"].isna().all()


def test_the_attributes_of_photos_by_distortion(assessor: Assessor, dataset: Dataset) -> None:
    bank, photos = assessor.engine.bank, [dataset.load(1), dataset.load(2)]
    frame = assessor.attributes(photos)
    assert list(frame.columns) == [(d, a.phrase) for d in bank.distortions for a in bank.ranked[d]]
    assert frame.shape == (2, 7), "six attributes, one of them in two distortions"
    predicted = assessor.artifact.predict(photos).attributes
    for column, attribute in enumerate(bank.attributes):
        for distortion in bank.distortions_by_attribute[attribute.id]:
            np.testing.assert_array_equal(frame[distortion, attribute.phrase], predicted[:, column])
    # Eq. 7 again, from the table alone.
    shares = assessor.assess(photos[0]).to_frame()
    for distortion, rows in shares.groupby("distortion"):
        strength = (frame.iloc[0][distortion][rows["attribute"]].to_numpy() * rows["weight"]).sum()
        assert strength == pytest.approx(rows["strength"].iloc[0], abs=1e-5)
    assert assessor.attributes([]).shape == (0, 7)
    parts = assessor.break_down(photos[0])
    assert parts.to_frame()["contribution"].sum() == pytest.approx(parts.prediction - parts.baseline, abs=1e-3)


def test_folders_are_searched_and_named_files_are_kept(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    for name in ("a/2.png", "a/1.JPG", "a/notes.txt"):
        (tmp_path / name).write_bytes(b"")
    found = find_photos([tmp_path / "gone.png", tmp_path / "a"])
    assert found == [tmp_path / "gone.png", tmp_path / "a/1.JPG", tmp_path / "a/2.png"]
    (tmp_path / "empty").mkdir()
    with pytest.raises(UserError, match="holds no photo"):
        find_photos([tmp_path / "empty"])


def test_without_a_regressor_there_is_no_score(assessor: Assessor, dataset: Dataset) -> None:
    bare = Assessor.of(Artifact(assessor.artifact.model, "native"))
    assert bare.assess(dataset.load(0)).score is None
    with pytest.raises(UserError, match="no regressor"):
        bare.break_down(dataset.load(0))
    two = Artifact(assessor.artifact.model, "native", dict.fromkeys("ab", assessor.regressor))  # type: ignore[arg-type]
    with pytest.raises(UserError, match="several regressors, a, b; say which one scores with --regressor NAME"):
        Assessor.of(two)


def test_loading_asks_no_network(tuned: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise AssertionError("a connection was tried")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    assert load(tuned).artifact.bank.id == "toy@1"


def _cut(folder: Path) -> None:
    path = folder / "model.safetensors"
    path.write_bytes(path.read_bytes()[:-7])


def _swap_bank(folder: Path) -> None:
    path = folder / "bank.json"
    path.write_text(path.read_text().replace("smeared edges", "smeared corners"))


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (_cut, "model.safetensors is cut short or changed"),
        (_swap_bank, "bank.json"),
        (lambda folder: (folder / "config.json").unlink(), "no artifact"),
        (lambda folder: (folder / "regressors" / "toy.safetensors").unlink(), "toy.safetensors is missing"),
    ],
)
def test_damaged_artifacts(damage: object, message: str, tuned: Path, tmp_path: Path) -> None:
    copy = shutil.copytree(tuned, tmp_path / "copy")
    damage(copy)  # type: ignore[operator]
    with pytest.raises(UserError, match=message) as error:
        load(copy)
    assert "\n" not in str(error.value)


def test_pickles_and_absent_devices_are_refused(tuned: Path, tmp_path: Path) -> None:
    torch.save({"weights": torch.zeros(1)}, tmp_path / "model.pt")
    with pytest.raises(UserError, match="a pickle can run code"):
        load(tmp_path / "model.pt")
    with pytest.raises(UserError, match="no regressor 'mos'"):
        load(tuned, regressor="mos")
    if not torch.cuda.is_available():
        with pytest.raises(UserError, match="no CUDA GPU"):
            load(tuned, device="cuda")


def test_what_holds_nothing_to_judge_is_refused(tmp_path: Path) -> None:
    Image.new("RGB", (1, 1)).save(tmp_path / "dot.png")
    with pytest.raises(UserError, match=r"dot\.png is too small to judge: 1x1 pixels"):
        read_pixels(tmp_path / "dot.png")
    even = np.full((40, 50, 3), 128, np.uint8)
    with pytest.raises(UserError, match="of one colour everywhere"):
        read_pixels(even)
    even[33, 17, 1] = 129
    assert read_pixels(even) is not None


def test_the_same_photo_gets_the_same_score_bit_for_bit_in_any_company(tuned: Path, dataset: Dataset) -> None:
    assessor = load(tuned)
    photos = [dataset.load(row) for row in range(6)]
    alone = [assessor.assess(photo) for photo in photos]
    together = assessor.assess(photos, batch_size=64)
    backwards = assessor.assess(photos[::-1], batch_size=7)[::-1]
    for one, other, third in zip(alone, together, backwards, strict=True):
        assert one.score is not None and other.score is not None and third.score is not None
        assert one.score.value == other.score.value == third.score.value
        assert one.distortions == other.distortions == third.distortions


def test_of_a_photo_without_color_no_loss_of_color_is_named() -> None:
    from skimage import data

    photo = data.chelsea()
    grey = np.asarray(Image.fromarray(photo).convert("L"))
    stream = io.BytesIO()
    Image.fromarray(np.repeat(grey[..., None], 3, axis=2)).save(stream, "JPEG")
    colored, *colorless = load().assess([photo, grey, np.asarray(Image.open(stream))])
    assert not colored.colorless and "color" not in colored.summary
    for assessment in colorless:
        assert assessment.colorless and "It has no color" in assessment.summary
        lost = next(reading for reading in assessment.distortions if reading.id == "color_saturation_1")
        assert lost.strength == 0 and lost is not assessment.distortions[0]
        assert max(attribute.probability for attribute in lost.attributes) > 0.5  # which is so, and stays

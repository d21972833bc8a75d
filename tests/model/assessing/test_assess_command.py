"""`exiqa assess` and `exiqa model info` as a user runs them: every form of the answer, hostile names, bad input."""

from __future__ import annotations

import csv
import io
import json
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from rich.console import Console
from typer.testing import CliRunner

from exiqa.bank.schema import Bank
from exiqa.cli import app
from exiqa.core import image_io
from exiqa.iqadata.datasets.dataset import Dataset
from exiqa.model.artifacts.artifact import Artifact
from exiqa.model.assessing.assessment import AttributeReading, DistortionReading
from exiqa.model.assessing.assessor import load
from exiqa.model.assessing.terminal import readings_table
from exiqa.model.attribute_model import AttributeModel
from exiqa.model.backbones.families import load_backbone
from exiqa.model.config import Tuning

EVIL = "<img src=x onerror=alert(1)>[red]{{ 7 * 7 }}\x1b[31m\u202e"


@pytest.fixture
def photos(dataset: Dataset, tmp_path: Path) -> Path:
    folder = tmp_path / "photos"
    folder.mkdir()
    for row in range(6):
        Image.fromarray(dataset.load(row)).save(folder / f"{row}.png")
    return folder


def _run(*words: object) -> tuple[int, str, str]:
    result = CliRunner().invoke(app, [str(word) for word in words], env={"COLUMNS": "100"})
    return result.exit_code, result.stdout, result.stderr


def test_a_few_photos_in_detail(tuned: Path, photos: Path) -> None:
    code, said, _ = _run("assess", photos / "0.png", photos / "1.png", "--model", tuned, "--top", 2)
    expected = load(tuned).assess(photos / "0.png")
    assert code == 0
    assert expected.score is not None
    assert f"score {expected.score.value:.3f}" in said
    assert "a proxy" in said
    assert "1 more at" in said
    for reading in expected.distortions[:2]:
        assert f"{reading.strength:.2f}" in said
        for attribute in reading.attributes:
            assert attribute.phrase in said


def test_many_photos_are_a_line_each(tuned: Path, photos: Path) -> None:
    code, said, _ = _run("assess", photos, "--model", tuned)
    assert code == 0
    lines = [line for line in said.splitlines() if ".png" in line]
    assert len(lines) == 6


def test_json_and_csv_say_the_same(tuned: Path, photos: Path) -> None:
    code, said, _ = _run("assess", photos, "--model", tuned, "--json")
    assert code == 0
    document = json.loads(said)
    assert document["unreadable"] == []
    code, said, _ = _run("assess", photos, "--model", tuned, "--csv")
    assert code == 0
    rows = list(csv.DictReader(io.StringIO(said)))
    assert [row["image"] for row in rows] == [image["image"] for image in document["images"]]
    for row, image in zip(rows, document["images"], strict=True):
        assert float(row["score"]) == pytest.approx(image["score"]["value"], abs=1e-5)
        for reading in image["distortions"]:
            assert float(row[reading["id"]]) == pytest.approx(reading["strength"], abs=1e-5)


def test_unreadable_files_are_listed_and_end_it_with_1(tuned: Path, photos: Path, tmp_path: Path) -> None:
    (photos / "3.png").write_bytes(b"no image")
    code, said, complaint = _run("assess", photos, tmp_path / "gone.png", "--model", tuned, "--json")
    assert code == 1
    document = json.loads(said)
    assert len(document["images"]) == 5
    assert [one["image"] for one in document["unreadable"]] == [str(photos / "3.png"), str(tmp_path / "gone.png")]
    assert complaint.count("not read: ") == 2
    assert "Error: 2 of 7 files could not be read" in complaint
    code, said, _ = _run("assess", tmp_path / "gone.png", "--model", tuned, "--json")
    assert (code, json.loads(said)["images"]) == (1, [])


def test_of_many_attributes_the_strongest_are_shown_and_the_others_counted() -> None:
    read = [AttributeReading(f"phrase {number}", 0.5 - number / 20, 0.2) for number in range(5)]
    console = Console(file=io.StringIO(), width=100)
    console.print(readings_table([DistortionReading("fog", "Fog", 0.4, tuple(read))]))
    said = console.file.getvalue()  # type: ignore[attr-defined]
    assert [f"phrase {number}" in said for number in range(5)] == [True, True, True, False, False]
    assert "2 other attributes" in said
    assert "≤ 0.35" in said
    assert "0.40" in said.split("2 other attributes")[1]  # their weights together


class _Tags(HTMLParser):
    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.links: list[str] = []
        self.text: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.links += [value or "" for name, value in attrs if name in ("src", "href")]

    def handle_data(self, data: str) -> None:
        self.text.append(data)


def test_the_page_is_self_contained_and_hostile_names_change_no_tag(
    tuned: Path, dataset: Dataset, tmp_path: Path
) -> None:
    pages = []
    for stem in ("kind", EVIL.replace("/", "")):
        photo = tmp_path / f"{stem}.png"
        Image.fromarray(dataset.load(0)).save(photo)
        code, _, _ = _run("assess", photo, "--model", tuned, "--html", tmp_path / "page.html", "--explain")
        assert code == 0
        pages.append((tmp_path / "page.html").read_text(encoding="utf-8"))
    kind, hostile = _Tags(pages[0]), _Tags(pages[1])
    assert kind.tags == hostile.tags
    assert not {"script", "link", "iframe"} & set(kind.tags)
    assert len(kind.links) == 2
    assert all(link.startswith("data:image/jpeg;base64,") for link in kind.links)
    assert "<img src=x onerror=alert(1)>[red]{{ 7 * 7 }}" in "".join(hostile.text)
    assert not {"\x1b", "\u202e"} & set(pages[1])
    assert "What the attributes add to the score" in pages[0]


def test_hostile_names_do_not_reach_the_terminal(tuned: Path, dataset: Dataset, tmp_path: Path) -> None:
    photo = tmp_path / f"{EVIL}.png"
    Image.fromarray(dataset.load(0)).save(photo)
    broken = tmp_path / "broken\x1b[2J.png"
    broken.write_bytes(b"x")
    for form in ([], ["--csv"], ["--json"]):
        code, said, complaint = _run("assess", photo, broken, "--model", tuned, *form)
        assert code == 1
        assert not {"\x1b", "\u202e"} & set(said + complaint)
    code, said, _ = _run("assess", photo, "--model", tuned)
    assert r"[red]{{ 7 * 7 }}\x1b[31m\u202e" in said


@pytest.mark.parametrize("form", [(), ("--json",), ("--html", "page.html")])
def test_an_explained_photo_is_decoded_once_and_predicted_once(
    form: tuple[str, ...], tuned: Path, photos: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    decoded, predicted = [], []
    decode, photo_attributes = image_io._decode, AttributeModel.photo_attributes

    def count_decode(picture: Image.Image, path: Path) -> np.ndarray:
        decoded.append(path.name)
        return decode(picture, path)

    def count_prediction(self: AttributeModel, embeddings: torch.Tensor) -> torch.Tensor:
        predicted.append(len(embeddings))
        return photo_attributes(self, embeddings)

    monkeypatch.setattr(image_io, "_decode", count_decode)
    monkeypatch.setattr(AttributeModel, "photo_attributes", count_prediction)
    monkeypatch.chdir(tmp_path)
    code, _, _ = _run("assess", photos, "--model", tuned, "--explain", *form, "--pictures", tmp_path / "maps")
    assert code == 0
    assert sorted(decoded) == [f"{row}.png" for row in range(6)]
    assert predicted == [5] * 6  # five crops each


def test_explaining_writes_a_picture_of_the_photos_size(tuned: Path, photos: Path, tmp_path: Path) -> None:
    code, said, _ = _run(
        "assess", photos / "0.png", "--model", tuned, "--explain", "--of", "noise", "--pictures", tmp_path / "maps"
    )
    assert code == 0
    (picture,) = (tmp_path / "maps").iterdir()
    assert picture.name == "0001-0-noise.png"
    assert np.asarray(Image.open(picture)).shape == (40, 48, 3)
    breakdown = load(tuned).break_down(photos / "0.png")
    assert f"{breakdown.baseline:.3f}" in said
    assert f"{breakdown.parts[0].contribution:+.3f}" in said


def test_every_report_says_where_there_is_no_map(bank: Bank, photos: Path, tmp_path: Path) -> None:
    model = AttributeModel(load_backbone("open_clip:tiny-vit/random"), bank, Tuning(mode="frozen"))
    model.directions().zero_()
    Artifact(model, "native").save_pretrained(tmp_path / "still")
    words = ("assess", photos / "0.png", "--model", tmp_path / "still", "--explain", "--of", "noise")
    sentence = "no map of noise: its probability stays at 0.50"
    code, said, _ = _run(*words, "--pictures", tmp_path / "maps")
    assert code == 0 and sentence in said and not (tmp_path / "maps").exists()
    (entry,) = json.loads(_run(*words, "--json")[1])["images"]
    assert entry["explanation"]["moves"] is False and entry["explanation"]["saliency_picture"] is None
    assert _run(*words, "--html", tmp_path / "page.html")[0] == 0
    page = (tmp_path / "page.html").read_text()
    assert sentence in page and page.count("<img") == 1


@pytest.mark.parametrize(
    ("words", "sentence", "expected"),
    [
        (["--model", "TUNED", "--json", "--csv"], "give one of them", 2),
        (["--model", "TUNED", "--of", "noise"], "give both", 2),
        (["--model", "TUNED", "--explain", "--of", "fog"], "no distortion and no attribute 'fog'", 1),
        (["--model", "nowhere"], "there is no artifact 'nowhere'", 1),
        (["--model", "TUNED", "--regressor", "mos"], "no regressor 'mos'", 1),
    ],
)
def test_mistakes_end_in_one_sentence(
    words: list[str], sentence: str, expected: int, tuned: Path, photos: Path
) -> None:
    code, _, complaint = _run("assess", photos / "0.png", *[tuned if word == "TUNED" else word for word in words])
    assert code == expected
    assert sentence in complaint
    assert complaint.count("\n") == 1


def test_info_reads_what_config_and_regressors_say(tuned: Path) -> None:
    code, said, _ = _run("model", "info", tuned, "--json")
    about = json.loads(said)
    assert (code, about["bank"], about["attributes"]) == (0, "toy@1", 6)
    assert about["regressor_origins"]["toy"]["score"]["proxy"] is True
    assert list(about["distortions"]) == ["blur", "noise", "grey"]
    code, said, _ = _run("model", "info", tuned)
    assert code == 0
    assert "made-up score, a proxy" in said
    code, _, complaint = _run("model", "info", tuned / "config.json")
    assert code == 1
    assert complaint.startswith("Error: ")

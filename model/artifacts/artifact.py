"""The artifact: a tuned model as a folder of JSON and safetensors files, nothing else.

config.json              what the model is: backbone, tuning, bank, preprocessing, hashes, how it was made
bank.json                the bank it was tuned on
model.safetensors        what was trained, and nothing that the backbone already has
embeddings.safetensors   the bank's text directions (A, E)
regressors/NAME.safetensors
README.md                the model card
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Literal

import numpy as np
import torch
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file

from exiqa.bank.schema import Bank
from exiqa.bank.storage.bank_file import bank_text, read_bank
from exiqa.bank.storage.hub import hub_api
from exiqa.core.errors import UserError
from exiqa.core.files import atomic_path, canonical_json, sha256_file, sha256_hex, write_text
from exiqa.core.schema_error import describe_schema_error
from exiqa.model.artifacts.card import model_card
from exiqa.model.attribute_model import AttributeModel
from exiqa.model.backbones.backbone import load_backbone
from exiqa.model.config import Tuning
from exiqa.model.inference import predict_attributes, strengths_of
from exiqa.model.regressors.regressor import Regressor
from exiqa.model.regressors.regressor_file import (
    find_regressor,
    load_regressor,
    put_beside,
    take_place,
    write_regressor,
)

CONFIG = "config.json"


class ArtifactConfig(BaseModel):
    """`config.json`."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    schema_version: Literal[1] = 1
    backbone: str
    backbone_seed: int
    backbone_hash: str
    tuning: Tuning
    bank: str
    """`name@version`, for people; the hash decides."""
    bank_hash: str
    logit_scale: float
    image_size: int
    preprocessing: Literal["native", "grid", "resize"]
    weights_sha256: str
    """Of model.safetensors."""
    embeddings_sha256: str
    regressors: dict[str, str] = Field(default_factory=dict)
    """Name -> SHA-256 of its file."""
    training: dict[str, Any] = Field(default_factory=dict)
    """How it was made: settings, dataset and split hashes, the chosen step, its validation RMSE."""


@dataclass(frozen=True)
class Prediction:
    """What an artifact says of N photos."""

    attributes: np.ndarray
    """(N, A) float32 in [0, 1]: P(a|I), the mean over a photo's views; columns as in `bank.attributes`."""
    strengths: np.ndarray
    """(N, D) float32 in [0, 1]: P(d|I), 0 is absent, 1 the strongest; columns as in `bank.distortions`."""


class Artifact:
    """A tuned model with its bank, preprocessing and regressors."""

    def __init__(
        self,
        model: AttributeModel,
        preprocessing: str,
        regressors: dict[str, Regressor] | None = None,
        training: dict[str, Any] | None = None,
    ) -> None:
        self.model = model.eval()
        self.preprocessing = preprocessing
        self.regressors = dict(regressors or {})
        self.training = dict(training or {})

    @property
    def bank(self) -> Bank:
        return self.model.bank

    @cached_property
    def hash(self) -> str:
        """SHA-256 of all that its attributes depend on (the regressors left out): what features are cached by."""
        state = self.model.trained_state()
        weights = {name: sha256_hex(_bytes(tensor)) for name, tensor in state.items()}
        return sha256_hex(
            canonical_json(
                {
                    "backbone": self.model.backbone.spec if self.model.tuning.mode == "full" else self._backbone_hash(),
                    "tuning": self.model.tuning.model_dump(include=set(Tuning.model_fields)),
                    "bank": self.bank.hash,
                    "preprocessing": self.preprocessing,
                    "weights": weights,
                }
            )
        )

    def predict(
        self,
        images: Iterable[np.ndarray],
        batch_size: int = 64,
        on_image: Callable[[int], None] | None = None,
    ) -> Prediction:
        """Attributes and strengths of photos, (H, W, 3) uint8 sRGB each, of any size.

        `batch_size`: views a forward pass (a photo has five, or one with `resize`); `on_image` is called with the
        number of photos done. Raises UserError for what is not an image.
        """
        attributes = predict_attributes(
            self.model, images, self.preprocessing, batch_size=batch_size, on_image=on_image
        )
        return Prediction(attributes, strengths_of(self.model, attributes))

    def score(self, attributes: np.ndarray, regressor: str | None = None) -> np.ndarray:
        """(N, A) P(a|I), as `predict` gives them -> (N,) float32 quality scores, higher is better, not clipped.

        `regressor`: its name; None takes the only one. Raises UserError where there is no such regressor.
        """
        return self.regressor(regressor).predict(attributes)

    def regressor(self, name: str | None = None) -> Regressor:
        """The regressor of that name, or the only one. Raises UserError where there is none, or several unnamed."""
        if name is None and len(self.regressors) == 1:
            return next(iter(self.regressors.values()))
        if name is None or name not in self.regressors:
            known = ", ".join(self.regressors) or "none; fit one with `exiqa model regress`"
            asked = f"no regressor {name!r}" if name else "no single regressor"
            raise UserError(f"this artifact has {asked}; it has: {known}")
        return self.regressors[name]

    def with_bank(self, bank: Bank) -> Artifact:
        """The same tuned towers read out with another bank (`AttributeModel.with_bank`).

        Its regressors are left behind: they were fitted to the old bank's attributes.
        """
        return Artifact(self.model.with_bank(bank), self.preprocessing, training=self.training)

    def save_pretrained(self, folder: Path | str) -> None:
        """Write the artifact; config.json comes last, so a folder that has one is complete."""
        folder = Path(folder)
        folder.mkdir(parents=True, exist_ok=True)
        (folder / CONFIG).unlink(missing_ok=True)
        model = self.model
        write_text(folder / "bank.json", bank_text(self.bank))
        state = {n: t.cpu().contiguous() for n, t in model.trained_state().items()}
        _save(folder / "model.safetensors", state)
        _save(folder / "embeddings.safetensors", {"directions": model.directions().detach().cpu().contiguous()})
        regressors = {}
        for name, regressor in self.regressors.items():
            regressors[name] = write_regressor(folder, name, regressor)
        config = ArtifactConfig(
            backbone=model.backbone.spec,
            backbone_seed=model.backbone.seed,
            backbone_hash=self._backbone_hash(),
            tuning=Tuning.model_validate(model.tuning.model_dump(include=set(Tuning.model_fields))),
            bank=self.bank.id,
            bank_hash=self.bank.hash,
            logit_scale=float(model.head.logit_scale),
            image_size=model.backbone.image_size,
            preprocessing=self.preprocessing,  # type: ignore[arg-type]
            weights_sha256=sha256_file(folder / "model.safetensors"),
            embeddings_sha256=sha256_file(folder / "embeddings.safetensors"),
            regressors=regressors,
            training=self.training,
        )
        write_text(folder / "README.md", model_card(config, self.bank))
        _write_config(folder, config)

    def save_regressor(self, folder: Path | str, name: str) -> None:
        """Write one regressor into this artifact's own folder; where that is empty, the whole artifact.

        Nothing else is written but config.json and the card. At every moment the folder is a whole artifact, with
        what was there before or with the new regressor.
        Raises UserError where the folder holds another artifact.
        """
        folder = Path(folder)
        if not (folder / CONFIG).is_file():
            return self.save_pretrained(folder)
        config = read_config(folder / CONFIG)
        if (config.bank_hash, config.backbone_hash) != (self.bank.hash, self._backbone_hash()):
            raise UserError(f"{folder} holds another model than the one that the regressor {name} was fitted to")
        sha256 = put_beside(folder, name, self.regressor(name), config.regressors.get(name))
        config = config.model_copy(update={"regressors": {**config.regressors, name: sha256}})
        _write_config(folder, config)
        take_place(folder, name, sha256)
        write_text(folder / "README.md", model_card(config, self.bank))
        return None

    @staticmethod
    def from_pretrained(folder_or_repo: Path | str) -> Artifact:
        """The artifact in a folder, or in a repository `organisation/name` of the Hugging Face hub.

        Raises UserError where it is incomplete, cut short or changed, or where its bank or backbone is not the
        one it was tuned with.
        """
        folder = _fetch(folder_or_repo)
        config = read_config(folder / CONFIG)
        bank = read_bank(folder / "bank.json")
        if bank.hash != config.bank_hash:
            raise UserError(
                f"{folder} was tuned on the bank {config.bank} with hash {config.bank_hash[:16]}…, but its bank.json "
                f"has {bank.hash[:16]}…; restore the file"
            )
        backbone = load_backbone(config.backbone, seed=config.backbone_seed)
        if backbone.hash != config.backbone_hash:
            raise UserError(
                f"{folder} was tuned on {config.backbone} with hash {config.backbone_hash[:16]}…, but here that "
                f"backbone has {backbone.hash[:16]}…; load the weights it was tuned with"
            )
        model = AttributeModel(backbone, bank, config.tuning)
        weights = verified(folder / "model.safetensors", config.weights_sha256)
        verified(folder / "embeddings.safetensors", config.embeddings_sha256)
        try:
            model.load_trained_state(load_file(weights))
        except (ValueError, SafetensorError) as error:
            raise UserError(f"{weights} does not fit its config.json: {error}") from None
        regressors = {
            name: load_regressor(find_regressor(folder, name, sha256), len(model.bank.attributes))
            for name, sha256 in config.regressors.items()
        }
        return Artifact(model, config.preprocessing, regressors, config.training)

    def push_to_hub(self, repo: str, *, private: bool = False, token: str | None = None) -> str:
        """Upload to the hub's model repository `organisation/name`, which is made where it is absent; its address."""
        import tempfile

        api = hub_api(token)
        address = api.create_repo(repo, private=private, exist_ok=True)
        with tempfile.TemporaryDirectory() as folder:
            self.save_pretrained(folder)
            api.upload_folder(repo_id=repo, folder_path=folder, commit_message=f"Tuned on {self.bank.id}")
        return str(address)

    def _backbone_hash(self) -> str:
        return self.model.backbone.hash


def _fetch(folder_or_repo: Path | str) -> Path:
    folder = Path(folder_or_repo)
    if folder.is_dir():
        return folder
    text = str(folder_or_repo)
    if text.count("/") != 1 or text.startswith((".", "/", "~")):
        raise UserError(f"there is no artifact {text!r}; give its folder, or a hub repository organisation/name")
    from huggingface_hub.errors import HfHubHTTPError, HFValidationError, LocalEntryNotFoundError

    try:
        wanted = ["*.json", "*.safetensors", "README.md"]
        return Path(hub_api().snapshot_download(text, allow_patterns=wanted))
    except (HfHubHTTPError, HFValidationError, LocalEntryNotFoundError, OSError) as error:
        raise UserError(
            f"there is no folder {text!r}, and the hub did not give a repository of that name ({type(error).__name__})"
        ) from None


def read_config(path: Path) -> ArtifactConfig:
    """The artifact's `config.json` at `path`. Raises UserError where it is missing or is not one."""
    if not path.is_file():
        raise UserError(f"{path.parent} is no artifact: it has no {CONFIG} (a tuning run writes it when it is done)")
    try:
        return ArtifactConfig.model_validate_json(path.read_text(encoding="utf-8"))
    except (ValidationError, UnicodeDecodeError) as error:
        reason = (
            describe_schema_error(error, ArtifactConfig)
            if isinstance(error, ValidationError)
            else "it is not UTF-8 text"
        )
        raise UserError(f"{path} is not an artifact's config: {reason}") from None


def verified(path: Path, sha256: str) -> Path:
    """`path`, its SHA-256 checked. Raises UserError where the file is missing, cut short or changed."""
    if not path.is_file():
        raise UserError(f"{path} is missing, and {CONFIG} names it; copy the whole artifact again")
    if sha256_file(path) != sha256:
        raise UserError(f"{path} is cut short or changed: its SHA-256 is not the one in {CONFIG}; copy it again")
    return path


def _write_config(folder: Path, config: ArtifactConfig) -> None:
    write_text(folder / CONFIG, json.dumps(config.model_dump(mode="json"), indent=1, ensure_ascii=False) + "\n")


def _save(path: Path, tensors: dict[str, torch.Tensor]) -> None:
    with atomic_path(path) as temporary:
        save_file(tensors, temporary)


def _bytes(tensor: torch.Tensor) -> bytes:
    return tensor.detach().cpu().contiguous().reshape(-1).view(torch.uint8).numpy().tobytes()

"""The artifact: a tuned model as a folder of JSON and safetensors files, nothing else.

config.json              what the model is: backbone, tuning, bank, preprocessing, hashes, how it was made
bank.json                the bank it was tuned on
model.safetensors        what was trained, and nothing that the backbone already has
embeddings.safetensors   the bank's text directions (A, E)
regressors/NAME.safetensors
README.md                the model card
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import torch
from safetensors.torch import save

from exiqa.bank.schema import Bank
from exiqa.bank.storage.bank_file import bank_text, read_bank
from exiqa.bank.storage.hub import hub_api
from exiqa.core.errors import UserError
from exiqa.core.files import canonical_json, locked, sha256_file, sha256_hex, write_bytes, write_text
from exiqa.model.artifacts.card import ScoreSource, model_card
from exiqa.model.artifacts.config_file import CONFIG, ArtifactConfig, read_config, verified, write_config
from exiqa.model.artifacts.locate import locate_artifact
from exiqa.model.attribute_model import AttributeModel
from exiqa.model.backbones.families import load_backbone
from exiqa.model.config import Tuning
from exiqa.model.inference import predict_attributes, predict_strengths
from exiqa.model.prediction import Prediction
from exiqa.model.regressors.regressor import Regressor
from exiqa.model.regressors.regressor_file import (
    commit_regressor,
    load_regressor,
    stage_regressor,
    write_regressor,
)
from exiqa.model.regressors.regressor_paths import find_regressor
from exiqa.model.tensors import read_tensors

_LOCK = ".writing.lock"
"""Not the one that a tuning run holds in the same folder from its beginning to its end."""


def wait_until_written(folder: Path) -> None:
    """Until nobody writes an artifact in a folder; the lock of a process that was killed just after is gone then."""
    if (folder / _LOCK).exists():
        with locked(folder / _LOCK):
            pass


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
                    "backbone": self.model.backbone.spec if self.model.mode.trains_towers else self._backbone_hash(),
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
        """Attributes and strengths of photos.

        Args:
            images: (H, W, 3) uint8 sRGB each, of any size.
            batch_size: Views a forward pass; a photo has five, or one with `resize`.
            on_image: Called with the number of photos done.

        Returns:
            A prediction without scores.

        Raises:
            UserError: Something that is not an image.
        """
        attributes = predict_attributes(
            self.model, images, self.preprocessing, batch_size=batch_size, on_image=on_image
        )
        return Prediction(attributes, predict_strengths(self.model, attributes))

    def score(self, attributes: np.ndarray, regressor: str | None = None) -> np.ndarray:
        """Quality scores from attributes (Eq. 9).

        Args:
            attributes: (N, A) P(a|I), as `predict` gives them.
            regressor: Its name; None takes the default one (`default_regressor`).

        Returns:
            (N,) float32, higher is better, not clipped.

        Raises:
            UserError: There is no such regressor.
        """
        return self.regressor(regressor).predict(attributes)

    @property
    def default_regressor(self) -> str | None:
        """Which regressor scores where none is named: the only one, or the only one fitted to people's opinions.

        None where there is no regressor, or none is set apart so.
        """
        opinions = [name for name, one in self.regressors.items() if one.origin and not one.origin.score.proxy]
        for names in (list(self.regressors), opinions):
            if len(names) == 1:
                return names[0]
        return None

    def regressor(self, name: str | None = None) -> Regressor:
        """The regressor of that name, or the default one.

        Raises:
            UserError: There is none of that name, or none is named and no one of several is the default.
        """
        if name is None:
            name = self.default_regressor
        if not self.regressors:
            asked = f" {name!r}" if name else ""
            raise UserError(f"this artifact has no regressor{asked}; fit one with `exiqa model regress`")
        if name is None:
            raise UserError(
                f"this artifact has several regressors, {', '.join(self.regressors)}; say which one scores with "
                "--regressor NAME (in Python, regressor=)"
            )
        if name not in self.regressors:
            raise UserError(f"this artifact has no regressor {name!r}; it has: {', '.join(self.regressors)}")
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
        with locked(folder / _LOCK):
            self._write(folder)

    def _write(self, folder: Path) -> None:
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
        write_text(folder / "README.md", model_card(config, self.bank, _score_sources(self.regressors)))
        write_config(folder, config)

    def save_regressor(self, folder: Path | str, name: str) -> None:
        """Write one regressor into this artifact's own folder; where that is empty, the whole artifact.

        Nothing else is written but config.json and the card. At every moment the folder is a whole artifact, with
        what was there before or with the new regressor.

        Args:
            folder: The artifact's.
            name: The regressor's; one of that name is replaced.

        Raises:
            UserError: The folder holds another artifact.
        """
        folder = Path(folder)
        if not (folder / CONFIG).is_file():
            return self.save_pretrained(folder)
        # Two at once wait for each other: each adds its own to what the other has written.
        with locked(folder / _LOCK):
            self._write_regressor(folder, name)
        return None

    def _write_regressor(self, folder: Path, name: str) -> None:
        config = read_config(folder / CONFIG)
        same = (config.bank_hash, config.backbone_hash) == (self.bank.hash, self._backbone_hash())
        if not same or not self._has_weights_of(verified(folder / "model.safetensors", config.weights_sha256)):
            raise UserError(f"{folder} holds another model than the one that the regressor {name} was fitted to")
        sha256 = stage_regressor(folder, name, self.regressor(name), config.regressors.get(name))
        config = config.model_copy(update={"regressors": {**config.regressors, name: sha256}})
        write_config(folder, config)
        commit_regressor(folder, name, sha256)
        stored = {n: load_regressor(find_regressor(folder, n, h), len(self.bank.attributes))
                  for n, h in config.regressors.items()}  # fmt: skip
        write_text(folder / "README.md", model_card(config, self.bank, _score_sources(stored)))

    @staticmethod
    def from_pretrained(folder_or_repo: Path | str) -> Artifact:
        """Load an artifact. The text directions that it stores are taken, so that no sentence is encoded.

        Args:
            folder_or_repo: "exiqa-mini", the one that ships; a folder; or a repository `organisation/name` of the
                Hugging Face hub.

        Raises:
            UserError: It is incomplete, cut short or changed, or its bank or backbone is not the one it was tuned with.
        """
        folder = locate_artifact(folder_or_repo)
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
        weights = verified(folder / "model.safetensors", config.weights_sha256)
        embeddings = verified(folder / "embeddings.safetensors", config.embeddings_sha256)
        # Bank, backbone and template set are those that the embeddings were made of, so no sentence is encoded.
        directions = _read_directions(embeddings, (len(bank.attributes), backbone.embed_dim))
        model = AttributeModel(backbone, bank, config.tuning, directions=directions)
        try:
            model.load_trained_state(read_tensors(weights), directions)
        except ValueError as error:
            raise UserError(f"{weights} does not fit its config.json: {error}") from None
        regressors = {
            name: load_regressor(find_regressor(folder, name, sha256), len(model.bank.attributes))
            for name, sha256 in config.regressors.items()
        }
        return Artifact(model, config.preprocessing, regressors, config.training)

    def push_to_hub(self, repo: str, *, private: bool = False, token: str | None = None) -> str:
        """Upload the artifact to the Hugging Face hub.

        Args:
            repo: A model repository `organisation/name`, which is made where it is absent.
            private: Whether one that is made is private.
            token: The user's; None takes the one that is stored on this machine.

        Returns:
            The repository's address.
        """
        import tempfile

        api = hub_api(token)
        address = api.create_repo(repo, private=private, exist_ok=True)
        with tempfile.TemporaryDirectory() as folder:
            self.save_pretrained(folder)
            api.upload_folder(repo_id=repo, folder_path=folder, commit_message=f"Tuned on {self.bank.id}")
        return str(address)

    def _has_weights_of(self, path: Path) -> bool:
        stored, state = read_tensors(path), self.model.trained_state()
        return stored.keys() == state.keys() and all(torch.equal(stored[name], state[name].cpu()) for name in state)

    def _backbone_hash(self) -> str:
        return self.model.backbone.hash


def _read_directions(path: Path, shape: tuple[int, int]) -> torch.Tensor:
    tensors = read_tensors(path)
    if tensors.keys() != {"directions"}:
        raise UserError(f"{path} does not hold an artifact's text directions and nothing else")
    directions = tensors["directions"]
    if tuple(directions.shape) != shape:
        raise UserError(f"{path} holds text directions of shape {tuple(directions.shape)}, and {shape} are needed")
    return directions


def _score_sources(regressors: Mapping[str, Regressor]) -> dict[str, ScoreSource]:
    return {
        name: ScoreSource(one.kind, one.feature_kind, one.origin, one.reach.half_width if one.reach else None)
        for name, one in regressors.items()
    }


def _save(path: Path, tensors: dict[str, torch.Tensor]) -> None:
    write_bytes(path, save(tensors))


def _bytes(tensor: torch.Tensor) -> bytes:
    return tensor.detach().cpu().contiguous().reshape(-1).view(torch.uint8).numpy().tobytes()

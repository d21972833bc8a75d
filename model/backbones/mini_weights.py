"""The small backbone's weights as a file: safetensors in half precision, and what they were made with."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor

from exiqa.core.errors import UserError
from exiqa.core.files import atomic_path

if TYPE_CHECKING:
    from exiqa.model.attribute_model import AttributeModel
    from exiqa.model.backbones.backbone import Backbone


def save_mini_weights(model: AttributeModel, path: Path, about: dict[str, Any]) -> None:
    """Write both towers of a trained small backbone, the weights of Eq. 7 and the logit scale, as float16.

    `about`: JSON values that say how they were made; they become the file's metadata.
    """
    tensors = {name: tensor.detach().to(torch.float16).contiguous() for name, tensor in model.trained_state().items()}
    with atomic_path(path) as temporary:
        save_file(tensors, temporary, metadata={"exiqa": json.dumps(about, sort_keys=True)})


def read_mini_weights(path: Path) -> tuple[dict[str, Tensor], dict[str, Any]]:
    """Float32 tensors by name, and how they were made. Raises UserError where the file is missing or damaged."""
    if path.suffix != ".safetensors" or not path.is_file():
        raise UserError(f"there are no weights {path}; give the .safetensors file that a pretraining run wrote")
    try:
        with safe_open(path, framework="pt") as file:
            tensors = {name: file.get_tensor(name).float() for name in file.keys()}  # noqa: SIM118
            return tensors, json.loads(file.metadata()["exiqa"])
    except (SafetensorError, KeyError, TypeError, json.JSONDecodeError) as error:
        raise UserError(f"{path} is damaged or was not written by a pretraining run ({error})") from None


def load_mini_weights(model: AttributeModel, path: Path) -> None:
    """Put the file's weights into a model of the small backbone, whole: the bank must be the same.

    Raises UserError where the file does not fit.
    """
    tensors, _ = read_mini_weights(path)
    try:
        model.load_trained_state(tensors)
    except ValueError as error:
        raise UserError(f"{path} does not fit this run: {error}") from None


def load_towers(backbone: Backbone, path: Path) -> None:
    """Put the file's towers into a small backbone; weights of Eq. 7 are left aside, and the logit scale is taken.

    Raises UserError where the file does not fit.
    """
    tensors, _ = read_mini_weights(path)
    own = {name: parameter for name, parameter in backbone.named_parameters() if not name.startswith("text.encoder")}
    found = {name.removeprefix("backbone."): t for name, t in tensors.items() if name.startswith("backbone.")}
    scale = tensors.get("head.log_scale")
    if scale is None or own.keys() != found.keys() or any(own[name].shape != found[name].shape for name in own):
        raise UserError(f"{path} does not fit this version's small backbone; train it again")
    with torch.no_grad():
        for name, parameter in own.items():
            parameter.copy_(found[name])
    backbone.logit_scale = float(scale.exp())

"""The small backbone's weights as a file: safetensors in half precision, and what they were made with."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save
from torch import Tensor

from exiqa.bank.taxonomy import load_taxonomy
from exiqa.core.errors import UserError
from exiqa.core.files import write_bytes
from exiqa.model.backbones.card import PretrainingCard


def save_mini_weights(trained: Mapping[str, Tensor], path: Path, about: dict[str, Any]) -> None:
    """Write both towers of a trained small backbone, the weights of Eq. 7 and the logit scale, as float16.

    Args:
        trained: What `AttributeModel.trained_state` gave.
        path: The safetensors file.
        about: JSON values that say how they were made; they become the file's metadata.
    """
    tensors = {name: tensor.detach().to(torch.float16).contiguous() for name, tensor in trained.items()}
    write_bytes(path, save(tensors, metadata={"exiqa": json.dumps(about, sort_keys=True)}))


def read_mini_weights(path: Path) -> tuple[dict[str, Tensor], dict[str, Any]]:
    """The weights in a file.

    Returns:
        Float32 tensors by name, and how they were made.

    Raises:
        UserError: The file is missing or damaged.
    """
    if path.suffix != ".safetensors" or not path.is_file():
        raise UserError(f"there are no weights {path}; give the .safetensors file that a pretraining run wrote")
    try:
        with safe_open(path, framework="pt") as file:
            tensors = {name: file.get_tensor(name).float() for name in file.keys()}  # noqa: SIM118
            return tensors, json.loads(file.metadata()["exiqa"])
    except (SafetensorError, KeyError, TypeError, json.JSONDecodeError) as error:
        raise UserError(f"{path} is damaged or was not written by a pretraining run ({error})") from None


def mini_card(path: Path) -> PretrainingCard:
    """What the weights in a file met.

    Their `config` names the data sets whose distortions were drawn (`shares`) and what of these was held out;
    `attributes` are the phrases, `photos` the photos of data sets that it was trained on.

    Raises:
        UserError: As `read_mini_weights`.
    """
    _, about = read_mini_weights(path)
    config = about["config"]
    shown = {distortion for name in config["shares"] for distortion in load_taxonomy(name).ids}
    return PretrainingCard(
        datasets=tuple(config["shares"]),
        distortions=frozenset(shown - set(config["held_out"])),
        attributes=frozenset(about["attributes"]),
        free_text=False,
        photos={dataset: frozenset(names) for dataset, names in about.get("photos", {}).items()},
    )

"""exiqa-mini: this project's own small CLIP, a small ViT for images and MiniLM with a learned projection for text.

exiqa-mini                   with the weights that come with this package
exiqa-mini@FILE.safetensors  with other weights that `exiqa model pretrain` wrote
exiqa-mini/random            with seeded random weights
"""

from __future__ import annotations

import re
from pathlib import Path

import torch

from exiqa.core.errors import UserError
from exiqa.model.backbones.backbone import Backbone, BackboneFamily
from exiqa.model.backbones.card import PretrainingCard
from exiqa.model.backbones.mini_tower import EMBED_DIM, IMAGE_SIZE, build_visual
from exiqa.model.backbones.mini_weights import mini_card, read_mini_weights
from exiqa.model.backbones.sentence_table import TabledEncoder
from exiqa.model.backbones.text import SentenceText
from exiqa.model.backbones.versions import FAMILY_VERSIONS
from exiqa.model.backbones.vit_tokens import vit_tokens
from exiqa.model.shipped import SHIPPED, SHIPPED_FOLDER

SPEC = SHIPPED
RANDOM = f"{SPEC}/random"
SHIPPED_WEIGHTS = SHIPPED_FOLDER / "weights.safetensors"
"""What `exiqa model pretrain` gave with the shipped settings."""
MEAN = (0.5, 0.5, 0.5)
STD = (0.25, 0.25, 0.25)
TEXT_WIDTH = 384
LOGIT_SCALE = 1 / 0.07
"""What CLIP starts from (Radford et al. 2021). From random weights, 50 overshot and learned markedly worse."""


def load_mini(spec: str) -> Backbone:
    """The small backbone with the weights that `spec` names.

    Raises:
        UserError: The file of weights is missing, damaged or does not fit.
    """
    backbone = Backbone(
        spec,
        build_visual(),
        SentenceText(TabledEncoder(), TEXT_WIDTH, EMBED_DIM),
        image_size=IMAGE_SIZE,
        embed_dim=EMBED_DIM,
        mean=MEAN,
        std=STD,
        logit_scale=LOGIT_SCALE,
    )
    if spec != RANDOM:
        _load_towers(backbone, _weights_of(spec))
    return backbone


def card_of_mini(spec: str) -> PretrainingCard:
    """What the weights that a spec names met before; random ones nothing at all.

    Raises:
        UserError: The file of weights is missing or damaged.
    """
    return PretrainingCard(free_text=False) if spec == RANDOM else mini_card(_weights_of(spec))


def check_mini(spec: str) -> None:
    """Look for the file of weights that a spec names.

    Raises:
        UserError: It is not there.
    """
    _, _, file = spec.partition("@")
    if file and not Path(file).is_file():
        raise UserError(f"there is no checkpoint {file}")


def _weights_of(spec: str) -> Path:
    return Path(spec.removeprefix(f"{SPEC}@")) if spec != SPEC else SHIPPED_WEIGHTS


def _load_towers(backbone: Backbone, path: Path) -> None:
    """Put a file's towers into a small backbone; weights of Eq. 7 are left aside, and the logit scale is taken."""
    tensors, _ = read_mini_weights(path)
    parameters = {name: p for name, p in backbone.named_parameters() if not name.startswith("text.encoder")}
    stored = {name.removeprefix("backbone."): t for name, t in tensors.items() if name.startswith("backbone.")}
    scale = tensors.get("head.log_scale")
    if (
        scale is None
        or parameters.keys() != stored.keys()
        or any(parameter.shape != stored[name].shape for name, parameter in parameters.items())
    ):
        raise UserError(f"{path} does not fit this version's small backbone; train it again")
    with torch.no_grad():
        for name, parameter in parameters.items():
            parameter.copy_(stored[name])
    backbone.logit_scale = float(scale.exp())


EXIQA_MINI = BackboneFamily(
    name=SPEC,
    forms=(SPEC, f"{SPEC}@FILE.safetensors", RANDOM),
    pattern=re.compile(f"{SPEC}(/random|@.+)?"),
    load=load_mini,
    check=check_mini,
    card=card_of_mini,
    visual_tokens=vit_tokens,
    version=FAMILY_VERSIONS[SPEC],
)

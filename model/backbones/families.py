"""The families of backbones, and the backbone that a spec names."""

from __future__ import annotations

import torch

from exiqa.core.errors import UserError
from exiqa.core.registry import Registry
from exiqa.model.backbones.backbone import Backbone, BackboneFamily
from exiqa.model.backbones.card import PretrainingCard

FAMILIES = Registry(
    "exiqa.backbones",
    BackboneFamily,
    "backbone family",
    {
        "exiqa-mini": "exiqa.model.backbones.mini:EXIQA_MINI",
        "open_clip": "exiqa.model.backbones.open_clip_models:OPEN_CLIP",
        "hf-hub": "exiqa.model.backbones.open_clip_models:OPEN_CLIP_HUB",
    },
)
"""By what their specs begin with: ours and those of other packages. The forms of a family's specs are in its module."""


def load_backbone(spec: str, seed: int = 0) -> Backbone:
    """The CLIP that `spec` names, frozen and in evaluation mode, on the CPU.

    Args:
        spec: One of the forms of `FAMILIES`; or one in which `package.module:NAME` of a family stands for its name.
        seed: Draws the weights of `…/random`.

    Raises:
        UserError: An unknown spec, an activation that does not match the weights, a checkpoint that is not safetensors,
            or weights that cannot be fetched.
    """
    family, own_spec = _family(spec)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        backbone = family.load(own_spec)
    backbone.spec = spec
    backbone.seed = seed
    backbone.version = family.version
    backbone.tokens = family.visual_tokens(backbone.visual)
    return backbone.eval()


def check_backbone(spec: str) -> None:
    """What can be said of a spec without loading anything.

    Raises:
        UserError: As `load_backbone`, but for weights that cannot be read or fetched.
    """
    family, own_spec = _family(spec)
    family.check(own_spec)


def card_of(spec: str) -> PretrainingCard | None:
    """What a backbone's weights say that they met before they came here; None where they do not.

    Raises:
        UserError: As `load_backbone`, of a file of weights.
    """
    family, own_spec = _family(spec)
    return family.card(own_spec)


def family_of(spec: str) -> tuple[str, BackboneFamily]:
    """The name of a spec's family in `FAMILIES`, and the family.

    Raises:
        UserError: The spec is of none, or the family cannot be imported.
    """
    name, rest = FAMILIES.beginning(spec) or ("", "")
    family = FAMILIES[name] if name else None
    if family is None or not family.pattern.fullmatch(family.name + rest):
        *forms, last = (form for known in FAMILIES.usable().values() for form in known.forms)
        raise UserError(f"there is no backbone {spec!r}; give {', '.join(forms)} or {last}")
    return name, family


def _family(spec: str) -> tuple[BackboneFamily, str]:
    """The family of a spec, and the spec as that family writes it."""
    name, family = family_of(spec)
    return family, family.name + spec.removeprefix(name)

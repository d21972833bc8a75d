"""The families of backbones, and the backbone that a spec names."""

from __future__ import annotations

import torch

from exiqa.core.errors import UserError
from exiqa.model.backbones.backbone import Backbone, BackboneFamily
from exiqa.model.backbones.mini import EXIQA_MINI
from exiqa.model.backbones.open_clip_models import OPEN_CLIP, OPEN_CLIP_HUB

FAMILIES: dict[str, BackboneFamily] = {family.name: family for family in (EXIQA_MINI, OPEN_CLIP, OPEN_CLIP_HUB)}
"""By name. The forms of a family's specs are in its module."""


def load_backbone(spec: str, seed: int = 0) -> Backbone:
    """The CLIP that `spec` names, frozen and in evaluation mode, on the CPU.

    Args:
        spec: One of the forms in `FAMILIES`.
        seed: Draws the weights of `…/random`.

    Raises:
        UserError: An unknown spec, an activation that does not match the weights, a checkpoint that is not safetensors,
            or weights that cannot be fetched.
    """
    family = next((family for family in FAMILIES.values() if family.pattern.fullmatch(spec)), None)
    if family is None:
        *forms, last = (form for family in FAMILIES.values() for form in family.forms)
        raise UserError(f"there is no backbone {spec!r}; give {', '.join(forms)} or {last}")
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        backbone = family.load(spec)
    backbone.seed = seed
    return backbone.eval()

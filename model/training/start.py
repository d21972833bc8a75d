"""Tuning that goes on from a tuned model."""

from __future__ import annotations

from typing import Any

import torch

from exiqa.core.errors import UserError
from exiqa.model.artifacts.artifact import Artifact
from exiqa.model.attribute_model import AttributeModel


def start_settings(start: Artifact) -> dict[str, Any]:
    """The fields of `TuneConfig` that a run has in common with the model that it goes on from."""
    tuning = start.model.tuning
    return {
        "backbone": start.model.backbone.spec,
        "mode": tuning.mode,
        "prompt_length": tuning.prompt_length,
        "template": tuning.template,
        "preprocessing": start.preprocessing,
        "start_at_prior": False,
    }


def start_from(model: AttributeModel, start: Artifact) -> None:
    """Give a model that is not yet tuned what another one has learned.

    The towers or prompts are those of `start`, and so are the logit scale and the weights of distortions whose
    attributes are the same in both banks. A model with prompts may go on from one that has none.

    Args:
        model: Changed in place.
        start: On the same backbone, in the same mode and with as many prompts, or with none.

    Raises:
        UserError: It is on another backbone, or what it learned has no place in `model`.
    """
    tuning, start_tuning = model.tuning, start.model.tuning
    if start.model.mode.trains_towers:
        same_backbone = start.model.backbone.spec == model.backbone.spec
    else:
        same_backbone = start.model.backbone.hash == model.backbone.hash
    if not same_backbone:
        raise UserError(
            f"the model to start from is on {start.model.backbone.spec}, and this run on {model.backbone.spec}; set "
            "the backbone to its own"
        )
    learned = start.model.mode.trains_towers or start_tuning.prompt_length > 0
    if learned and (tuning.mode, tuning.prompt_length) != (start_tuning.mode, start_tuning.prompt_length):
        raise UserError(
            f"the model to start from was tuned in mode {start_tuning.mode!r} with {start_tuning.prompt_length} "
            f"prompts, and this run is in mode {tuning.mode!r} with {tuning.prompt_length}; set mode and "
            "prompt_length to its own"
        )
    read_out = start.model.with_bank(model.bank)
    state = model.trained_state()
    for name, tensor in read_out.trained_state().items():
        if name in state and tensor.shape == state[name].shape:  # prompts where there were none have another
            state[name] = tensor
    model.load_trained_state(state)
    if tuning.logit_scale is None:
        with torch.no_grad():
            model.head.log_scale.copy_(read_out.head.log_scale)

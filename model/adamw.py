"""AdamW as both trainings use it: what decays, and its state in a checkpoint."""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor, nn

STATE = ("step", "exp_avg", "exp_avg_sq")


def make_adamw(parameters: Mapping[str, nn.Parameter], learning_rate: float, weight_decay: float) -> torch.optim.AdamW:
    """AdamW over named parameters of an `AttributeModel` (or of one that is called `model`).

    Weight decay on the backbone's matrices only, as it would pull scales, biases and prompts to nothing.
    """
    matrices: list[nn.Parameter] = []
    others: list[nn.Parameter] = []
    for name, parameter in parameters.items():
        of_backbone = name.removeprefix("model.").startswith("backbone.")
        decays = parameter.ndim >= 2 and of_backbone and "embedding" not in name
        (matrices if decays else others).append(parameter)
    groups = [{"params": matrices, "weight_decay": weight_decay}, {"params": others, "weight_decay": 0.0}]
    return torch.optim.AdamW([g for g in groups if g["params"]], lr=learning_rate, betas=(0.9, 0.98), fused=True)


def adamw_state(optimiser: torch.optim.Optimizer, parameters: Mapping[str, nn.Parameter]) -> dict[str, Tensor]:
    """Its steps and moments by `NAME.KEY`; nothing for a parameter that has had no gradient yet."""
    return {
        f"{name}.{key}": value
        for name, parameter in parameters.items()
        for key, value in optimiser.state.get(parameter, {}).items()
    }


def restore_adamw(
    optimiser: torch.optim.Optimizer, parameters: Mapping[str, nn.Parameter], state: Mapping[str, Tensor]
) -> None:
    """Put back what `adamw_state` gave.

    The fused optimiser walks through a parameter and its moments side by side: were one channels-last in memory
    and the other not, each weight would get another one's moment. So they are laid out as their parameter is.
    """
    for name, parameter in parameters.items():
        found = {key: state[f"{name}.{key}"] for key in STATE if f"{name}.{key}" in state}
        if found:
            optimiser.state[parameter] = {
                key: value if key == "step" else torch.empty_like(parameter).copy_(value)
                for key, value in found.items()
            }

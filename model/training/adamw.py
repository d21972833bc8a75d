"""AdamW as both trainings use it: what decays, and its state in a checkpoint."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import torch
from torch import Tensor, nn

STATE = ("step", "exp_avg", "exp_avg_sq")


def make_adamw(
    parameters: Mapping[str, nn.Parameter],
    learning_rate: float,
    weight_decay: float,
    lr_multiplier: Callable[[str], float] = lambda name: 1,
) -> torch.optim.AdamW:
    """AdamW over named parameters of an `AttributeModel` (or of one that is called `model`).

    Args:
        parameters: By name.
        learning_rate: Of the first step.
        weight_decay: On the backbone's matrices only, as it would pull scales, biases and prompts to nothing.
        lr_multiplier: A parameter's name -> what its learning rate is multiplied by, in `set_learning_rate` too.
    """
    groups: dict[tuple[float, float], list[nn.Parameter]] = {}
    for name, parameter in parameters.items():
        of_backbone = name.removeprefix("model.").startswith("backbone.")
        decays = parameter.ndim >= 2 and of_backbone and "embedding" not in name
        groups.setdefault((weight_decay if decays else 0.0, lr_multiplier(name)), []).append(parameter)
    optimiser = torch.optim.AdamW(
        [
            {"params": group, "weight_decay": decay, "lr_multiplier": multiplier}
            for (decay, multiplier), group in groups.items()
        ],
        lr=learning_rate,
        betas=(0.9, 0.98),
        fused=True,
    )
    set_learning_rate(optimiser, learning_rate)
    return optimiser


def set_learning_rate(optimiser: torch.optim.Optimizer, learning_rate: float) -> None:
    """The rate of the next step, times each group's multiplier."""
    for group in optimiser.param_groups:
        group["lr"] = group["lr_multiplier"] * learning_rate


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
    and the other not, each weight would get another one's moment. So they are laid out as their parameter is, and on
    its device, the count of steps too.
    """
    for name, parameter in parameters.items():
        stored = {key: state[f"{name}.{key}"] for key in STATE if f"{name}.{key}" in state}
        if stored:
            optimiser.state[parameter] = {
                key: value.to(parameter.device) if key == "step" else torch.empty_like(parameter).copy_(value)
                for key, value in stored.items()
            }

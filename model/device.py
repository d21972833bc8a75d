"""Where a model runs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from exiqa.core.errors import UserError

if TYPE_CHECKING:
    import torch

Device = Literal["auto", "cpu", "cuda"]
"""What can be asked for; "auto" takes a GPU where there is one."""


def device_for(asked: Device) -> torch.device:
    """The device that was asked for.

    Raises:
        UserError: CUDA is asked for and absent.
    """
    import torch  # here, since photos are also assessed without it

    if asked == "cuda" and not torch.cuda.is_available():
        raise UserError("device 'cuda' was asked for, but torch finds no CUDA GPU; ask for cpu or auto")
    return torch.device("cuda" if asked != "cpu" and torch.cuda.is_available() else "cpu")

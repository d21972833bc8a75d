"""The tensors of a safetensors file that others may have written: floating-point numbers, all of them finite."""

from __future__ import annotations

from pathlib import Path

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file

from exiqa.core.errors import UserError


def read_tensors(path: Path) -> dict[str, torch.Tensor]:
    """Every tensor of a file by its name, as float32.

    Raises:
        UserError: The file is no safetensors file, or a tensor of it is not of floating-point numbers or not finite.
    """
    try:
        tensors = load_file(path)
    except SafetensorError as error:
        raise UserError(f"{path} is not a safetensors file, or is cut short ({error}); copy it again") from None
    for name, tensor in tensors.items():
        if not tensor.dtype.is_floating_point:
            raise UserError(f"{path} holds {name!r} as {tensor.dtype}, not as floating-point numbers")
        if not bool(torch.isfinite(tensor).all()):
            raise UserError(f"{path} holds {name!r} with a number that is not finite; copy the file again")
    return {name: tensor.float() for name, tensor in tensors.items()}

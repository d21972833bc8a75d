"""A regressor's file in an artifact, `regressors/NAME.safetensors`, and how one takes another's place.

While a regressor of the same name is being replaced, the new file stands beside the old one as
`NAME~new.safetensors`, until config.json names its hash and it can be renamed. Whenever that is broken off, one of
the two files is the one that config.json names.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import torch
from pydantic import BaseModel, ConfigDict

from exiqa.core.documents import json_value, of_schema
from exiqa.core.errors import UserError
from exiqa.core.files import canonical_json, sha256_file, write_bytes
from exiqa.model.regressors.features import FEATURES
from exiqa.model.regressors.kind import KINDS
from exiqa.model.regressors.reach import is_of_reach, reach_of
from exiqa.model.regressors.regressor import Regressor
from exiqa.model.regressors.regressor_paths import final_path, staged_path
from exiqa.model.regressors.score_origin import ScoreOrigin

_ABOUT = "exiqa"


class RegressorAbout(BaseModel):
    """What stands beside the tensors."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: str = "mlp"
    """Of `exiqa.model.regressors.kind.KINDS`."""
    features: str = "probability"
    """Of `exiqa.model.regressors.features.FEATURES`."""
    config: dict[str, Any]
    """The kind's settings."""
    origin: ScoreOrigin | None = None


def regressor_bytes(regressor: Regressor) -> bytes:
    """The file's content; the same regressor gives the same bytes."""
    from safetensors.torch import save

    about: dict[str, Any] = {
        "config": regressor.config.model_dump(mode="json"),
        "origin": regressor.origin.model_dump(mode="json") if regressor.origin else None,
    }
    # The paper's own need not say what it is.
    if regressor.kind != "mlp":
        about["kind"] = regressor.kind
    if regressor.feature_kind != "probability":
        about["features"] = regressor.feature_kind
    # One key: safetensors writes several in an order that changes from call to call.
    tensors = dict(regressor.state_dict())
    if regressor.reach is not None:
        tensors |= {name: torch.from_numpy(value) for name, value in regressor.reach.tensors().items()}
    return save(tensors, {_ABOUT: canonical_json(about)})


def write_regressor(folder: Path, name: str, regressor: Regressor) -> str:
    """Write a regressor into an artifact, over one of its name.

    Args:
        folder: The artifact's.
        name: The regressor's.
        regressor: What is written.

    Returns:
        The file's SHA-256.
    """
    path = final_path(folder, name)
    write_bytes(path, regressor_bytes(regressor))
    return sha256_file(path)


def stage_regressor(folder: Path, name: str, regressor: Regressor, present: str | None) -> str:
    """Write a regressor beside the one of its name, which stays.

    Once config.json has the new hash, `commit_regressor` puts it in that one's place.

    Args:
        folder: The artifact's.
        name: The regressor's.
        regressor: What is written.
        present: The hash of that name in config.json, if it has one.

    Returns:
        The new file's SHA-256.
    """
    if present is not None:
        # Else what an earlier call left under the name could be overwritten here.
        commit_regressor(folder, name, present)
    write_bytes(staged_path(folder, name), regressor_bytes(regressor))
    return sha256_file(staged_path(folder, name))


def commit_regressor(folder: Path, name: str, sha256: str) -> None:
    """Rename what `stage_regressor` wrote, where it is the file that config.json names; else nothing.

    Args:
        folder: The artifact's.
        name: The regressor's.
        sha256: The hash of that name in config.json.
    """
    staged = staged_path(folder, name)
    if staged.is_file() and sha256_file(staged) == sha256:
        staged.replace(final_path(folder, name))


def read_about(path: Path) -> RegressorAbout:
    """How a regressor is built, and what its scores are where that is recorded. Loads no tensor.

    Raises:
        UserError: The file is no regressor's.
    """
    from safetensors import SafetensorError, safe_open

    try:
        with safe_open(path, framework="np") as file:
            metadata = file.metadata() or {}
    except SafetensorError as error:
        raise UserError(f"{path} is not a safetensors file, or is cut short ({error}); copy it again") from None
    about: dict[str, Any]
    if _ABOUT in metadata:
        about = json_value(metadata[_ABOUT], str(path), "a regressor")
    else:  # artifacts made before the two were written as one
        about = {k: json_value(metadata[k], str(path), "a regressor") for k in ("config", "origin") if k in metadata}
    return of_schema(about, RegressorAbout, str(path), "a regressor")


def load_regressor(path: Path, attributes: int) -> Regressor:
    """The regressor in a file.

    Args:
        path: See `find_regressor`.
        attributes: A, of the artifact's bank.

    Raises:
        UserError: It is no regressor, one of another number of attributes, or of a kind that is not installed.
    """
    from exiqa.model.tensors import read_tensors

    about = read_about(path)
    if about.kind not in KINDS or about.features not in FEATURES:
        raise UserError(
            f"{path} is a regressor of the kind {about.kind!r} on {about.features!r}; there are the kinds "
            f"{', '.join(KINDS.names())}, on {', '.join(FEATURES)}"
        )
    config = of_schema(about.config, KINDS[about.kind].config, str(path), "a regressor")
    tensors = read_tensors(path)
    weights = None
    if about.features == "strengths":
        stored = tensors.get("features.weights")
        weights = np.zeros((attributes, stored.shape[-1] if stored is not None and stored.ndim else 1))
    regressor = Regressor(attributes, config, about.kind, about.features, weights)
    regressor.origin = about.origin
    stored_reach = {name: tensors.pop(name).numpy() for name in list(tensors) if is_of_reach(name)}
    regressor.reach = reach_of(stored_reach, attributes, str(path))
    try:
        regressor.load_state_dict(tensors)
    except RuntimeError as error:
        reason = " ".join(str(error).split())
        raise UserError(f"{path} is not a regressor of {attributes} attributes: {reason[:300]}") from None
    return regressor.eval()

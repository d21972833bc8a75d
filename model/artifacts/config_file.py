"""`config.json`: what an artifact is, and the hashes of its other files. Needs no torch."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from exiqa.core.documents import read_json
from exiqa.core.errors import UserError
from exiqa.core.files import sha256_file, write_text
from exiqa.model.config import Tuning

CONFIG = "config.json"


class ArtifactConfig(BaseModel):
    """`config.json`."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    schema_version: Literal[1] = 1
    backbone: str
    backbone_seed: int
    backbone_hash: str
    tuning: Tuning
    bank: str
    """`name@version`, for people; the hash decides."""
    bank_hash: str
    logit_scale: float
    image_size: int
    preprocessing: Literal["native", "grid", "resize"]
    weights_sha256: str
    """Of model.safetensors."""
    embeddings_sha256: str
    regressors: dict[str, str] = Field(default_factory=dict)
    """Name -> SHA-256 of its file."""
    training: dict[str, Any] = Field(default_factory=dict)
    """How it was made: settings, dataset and split hashes, the chosen step, its validation RMSE."""


def read_config(path: Path) -> ArtifactConfig:
    """The `config.json` at `path`.

    Raises:
        UserError: It is missing, or is not an artifact's.
    """
    if not path.is_file():
        raise UserError(f"{path.parent} is no artifact: it has no {CONFIG} (a tuning run writes it when it is done)")
    return read_json(path, ArtifactConfig, "an artifact's config")


def write_config(folder: Path, config: ArtifactConfig) -> None:
    """Write `config.json` into an artifact's folder."""
    write_text(folder / CONFIG, json.dumps(config.model_dump(mode="json"), indent=1, ensure_ascii=False) + "\n")


def verified(path: Path, sha256: str) -> Path:
    """`path`, its SHA-256 checked.

    Raises:
        UserError: The file is missing, cut short or changed.
    """
    if not path.is_file():
        raise UserError(f"{path} is missing, and {CONFIG} names it; copy the whole artifact again")
    if sha256_file(path) != sha256:
        raise UserError(f"{path} is cut short or changed: its SHA-256 is not the one in {CONFIG}; copy it again")
    return path

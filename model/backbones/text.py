"""Text towers: from an attribute's sentences to unit vectors, encoded once a bank."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from exiqa.bank.phrases.embedding import CachedEncoder
from exiqa.core.files import sha256_hex

BATCH = 64


class TextTower(Protocol):
    """What a backbone's text side can do."""

    def inputs(self, sentences: Sequence[str]) -> Tensor:
        """(M, T): what `forward` takes; computed once, no gradient flows into it."""
        ...

    def __call__(self, inputs: Tensor) -> Tensor:
        """(M, T) -> (M, E) sentence embeddings, of any length; differentiable."""
        ...

    def content_hash(self) -> str:
        """64 hex digits of everything a sentence's embedding depends on."""
        ...


class ClipText(nn.Module):
    """A text tower of open_clip; its inputs are the tokens."""

    def __init__(self, tower: nn.Module, tokenizer: Callable[[list[str]], Tensor]) -> None:
        super().__init__()
        self.tower = tower
        self.tokenizer = tokenizer

    def inputs(self, sentences: Sequence[str]) -> Tensor:
        """(M, context length) int64 tokens."""
        return self.tokenizer(list(sentences))

    def forward(self, inputs: Tensor) -> Tensor:
        """(M, context length) tokens -> (M, E)."""
        output = self.tower(inputs)
        return output[0] if isinstance(output, tuple) else output  # CoCa's tower returns its tokens too

    def content_hash(self) -> str:
        return state_hash(self.tower)


class SentenceText(nn.Module):
    """A frozen sentence encoder and a learned linear projection; its inputs are the encoder's vectors."""

    def __init__(self, encoder: Any, width: int, embed_dim: int) -> None:
        """A projection with random weights from torch's global generator.

        Args:
            encoder: An `exiqa.bank.phrases.encoder.SentenceEncoder` of `width` dimensions.
            width: Of the encoder's vectors.
            embed_dim: E.
        """
        super().__init__()
        self.encoder = encoder
        self.projection = nn.Linear(width, embed_dim, bias=False)

    def inputs(self, sentences: Sequence[str]) -> Tensor:
        """(M, width) float32 unit vectors, cached on disk by encoder and sentences."""
        return torch.from_numpy(CachedEncoder(self.encoder, batch_size=BATCH).encode(sentences))

    def forward(self, inputs: Tensor) -> Tensor:
        """(M, width) -> (M, E)."""
        return self.projection(inputs)

    def content_hash(self) -> str:
        return sha256_hex(self.encoder.hash + state_hash(self.projection))


def state_hash(module: nn.Module) -> str:
    """SHA-256 over a module's tensors, with names, types and shapes: 64 hex digits."""
    parts = []
    for name, tensor in sorted(module.state_dict().items()):
        data = tensor.detach().cpu().contiguous()
        raw = data.reshape(-1).view(torch.uint8).numpy() if data.numel() else np.empty(0, np.uint8)
        parts.append(f"{name} {data.dtype} {tuple(data.shape)} {sha256_hex(raw.tobytes())}")
    return sha256_hex("\n".join(parts))


@dataclass(frozen=True)
class FrozenTower:
    """A text tower that is not trained, as an encoder of sentences (`exiqa.bank.phrases.encoder.SentenceEncoder`)."""

    text: TextTower
    device: torch.device
    """Where the tower lies."""
    name: str = "text tower"

    @property
    def hash(self) -> str:
        return self.text.content_hash()

    def encode(self, sentences: Sequence[str]) -> np.ndarray:
        """(M, E) float32 unit vectors."""
        with torch.no_grad():
            embeddings = self.text(self.text.inputs(sentences).to(self.device))
            return F.normalize(embeddings.float(), dim=-1).cpu().numpy()


def encode_sentences(text: TextTower, sentences: Sequence[str], device: torch.device) -> Tensor:
    """(M, E) float32 unit vectors of a *frozen* text tower, cached on disk by tower and sentences."""
    encoder = CachedEncoder(FrozenTower(text, device), batch_size=BATCH)
    return torch.from_numpy(encoder.encode(sentences)).to(device)

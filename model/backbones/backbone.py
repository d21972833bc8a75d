"""Backbones: any CLIP of open_clip, or this project's own small one, behind one spec.

exiqa-mini                          this project's small CLIP with the weights that come with it
exiqa-mini@FILE.safetensors         the same with other weights that `exiqa model pretrain` wrote
exiqa-mini/random                   the same with seeded random weights
open_clip:ViT-B-32/openai           a model and a weights tag of open_clip
open_clip:ViT-B-32/random           the same architecture with seeded random weights (tests, measurements)
open_clip:ViT-B-32@FILE.safetensors the same architecture with a local checkpoint
hf-hub:ORGANISATION/REPOSITORY      an open_clip model on the Hugging Face hub
"""

from __future__ import annotations

import warnings
from functools import cached_property
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from exiqa.core.errors import UserError
from exiqa.core.files import sha256_hex
from exiqa.model.backbones import mini
from exiqa.model.backbones.text import ClipText, SentenceText, TextTower, state_hash


class Backbone(nn.Module):
    """A CLIP: an image tower, a text tower, and what goes with its weights."""

    def __init__(
        self,
        spec: str,
        visual: nn.Module,
        text: nn.Module,
        *,
        image_size: int,
        embed_dim: int,
        mean: tuple[float, ...],
        std: tuple[float, ...],
        logit_scale: float,
    ) -> None:
        """`logit_scale`: what multiplies dot products of unit vectors (100 for OpenAI's weights), not its logarithm.

        `mean`, `std`: per RGB channel, of pixels in [0, 1].
        """
        super().__init__()
        self.spec = spec
        self.seed = 0
        self.visual = visual
        self.text = text
        self.image_size = image_size
        self.embed_dim = embed_dim
        self.logit_scale = logit_scale
        self.register_buffer("mean", torch.tensor(mean).view(1, 3, 1, 1), persistent=False)
        self.register_buffer("std", torch.tensor(std).view(1, 3, 1, 1), persistent=False)
        self.requires_grad_(False)

    @property
    def text_tower(self) -> TextTower:
        return self.text  # type: ignore[return-value]

    def normalise(self, pixels: Tensor) -> Tensor:
        """(N, 3, S, S) in [0, 1] -> zero mean and unit variance over the backbone's own training photos."""
        return (pixels - self.mean) / self.std  # type: ignore[operator]

    @cached_property
    def hash(self) -> str:
        """SHA-256 of both towers as they were loaded: 64 hex digits. Take it before any training."""
        return sha256_hex(f"{state_hash(self.visual)} {self.text_tower.content_hash()}")


def load_backbone(spec: str, seed: int = 0) -> Backbone:
    """The CLIP that `spec` names (see the module), frozen and in evaluation mode, on the CPU.

    `seed` draws the weights of `…/random`. Raises UserError for an unknown spec, an activation that does not
    match the weights, a checkpoint that is not safetensors, or weights that cannot be fetched.
    """
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        if spec in (mini.SPEC, mini.RANDOM) or spec.startswith(f"{mini.SPEC}@"):
            backbone = _load_mini(spec)
        elif spec.startswith("open_clip:"):
            backbone = _load_open_clip(spec)
        elif spec.startswith("hf-hub:"):
            backbone = _from_clip(spec, _create(spec, spec, None), spec)
        else:
            raise UserError(
                f"there is no backbone {spec!r}; give {mini.SPEC}, {mini.SPEC}@FILE.safetensors, {mini.RANDOM}, "
                "open_clip:MODEL/TAG, open_clip:MODEL@FILE.safetensors or hf-hub:ORGANISATION/REPOSITORY"
            )
    backbone.seed = seed
    return backbone.eval()


def _load_mini(spec: str) -> Backbone:
    from exiqa.model.backbones.sentence_table import TabledEncoder

    visual = mini.build_visual()
    text = SentenceText(TabledEncoder(), mini.TEXT_WIDTH, mini.EMBED_DIM)
    backbone = Backbone(
        spec,
        visual,
        text,
        image_size=mini.IMAGE_SIZE,
        embed_dim=mini.EMBED_DIM,
        mean=mini.MEAN,
        std=mini.STD,
        logit_scale=mini.LOGIT_SCALE,
    )
    if spec != mini.RANDOM:
        _load_mini_towers(backbone, Path(spec.partition("@")[2] or mini.SHIPPED_WEIGHTS))
    return backbone


def _load_mini_towers(backbone: Backbone, path: Path) -> None:
    """Put a file's towers into a small backbone; weights of Eq. 7 are left aside, and the logit scale is taken."""
    from exiqa.model.backbones.mini_weights import read_mini_weights

    tensors, _ = read_mini_weights(path)
    parameters = {name: p for name, p in backbone.named_parameters() if not name.startswith("text.encoder")}
    stored = {name.removeprefix("backbone."): t for name, t in tensors.items() if name.startswith("backbone.")}
    scale = tensors.get("head.log_scale")
    if (
        scale is None
        or parameters.keys() != stored.keys()
        or any(parameter.shape != stored[name].shape for name, parameter in parameters.items())
    ):
        raise UserError(f"{path} does not fit this version's small backbone; train it again")
    with torch.no_grad():
        for name, parameter in parameters.items():
            parameter.copy_(stored[name])
    backbone.logit_scale = float(scale.exp())


def _load_open_clip(spec: str) -> Backbone:
    import open_clip

    body = spec.removeprefix("open_clip:")
    name, at, file = body.partition("@")
    tag = ""
    if not at:
        name, _, tag = body.partition("/")
    known = name in open_clip.list_models()
    if not known or not (tag or file):
        raise UserError(
            f"{spec}: {'no weights are named' if known else f'open_clip has no model {name!r}'}"
            "; give open_clip:MODEL/TAG (pairs: open_clip.list_pretrained()) or open_clip:MODEL@FILE.safetensors"
        )
    if at:
        return _from_clip(spec, _create(spec, name, str(_safetensors(Path(file)))), name)
    if tag == "random":
        return _from_clip(spec, _create(spec, name, None), name)
    name = _matching_activation(spec, name, tag)
    return _from_clip(spec, _create(spec, name, tag), name)


def _safetensors(path: Path) -> Path:
    if path.suffix != ".safetensors":
        raise UserError(
            f"{path} is not a .safetensors file; other checkpoints are pickles, which can run code when they are "
            "opened: convert it with safetensors first"
        )
    if not path.is_file():
        raise UserError(f"there is no checkpoint {path}")
    return path


def _matching_activation(spec: str, name: str, tag: str) -> str:
    """The model whose activation is the one that the weights were trained with.

    open_clip only warns of a mismatch (QuickGELU against GELU), and the embeddings are then quietly wrong.
    """
    from open_clip.factory import get_model_config
    from open_clip.pretrained import get_pretrained_cfg, list_pretrained_tags_by_model

    weights = get_pretrained_cfg(name, tag)
    if not weights:
        tags = list_pretrained_tags_by_model(name)
        raise UserError(f"{spec}: {name} has no weights {tag!r}; there are {', '.join(tags) or 'none'}, and random")
    wanted = bool(weights.get("quick_gelu", False))
    if bool((get_model_config(name) or {}).get("quick_gelu", False)) == wanted:
        return name
    twin = f"{name}-quickgelu" if wanted else name.removesuffix("-quickgelu")
    if tag == "openai" and wanted and get_model_config(twin):
        return twin
    raise UserError(
        f"{spec}: the weights {tag!r} were trained {'with' if wanted else 'without'} QuickGELU and {name} is "
        f"configured {'without' if wanted else 'with'} it; use open_clip:{twin}/{tag}"
    )


def _create(spec: str, name: str, pretrained: str | None) -> Any:
    import logging

    import open_clip
    from huggingface_hub.errors import HfHubHTTPError
    from safetensors import SafetensorError

    level = logging.root.level
    try:
        with warnings.catch_warnings():
            warnings.filterwarnings("error", message="QuickGELU mismatch")
            # open_clip logs its progress, and "initialized randomly" as a warning, on the root logger.
            logging.root.setLevel(logging.ERROR)
            return open_clip.create_model(
                name,
                pretrained=pretrained,
                force_custom_text=True,
                pretrained_text=False,
                require_pretrained=pretrained is not None or name.startswith("hf-hub:"),
                weights_only=True,
            )
    except (RuntimeError, OSError, ValueError, UserWarning, SafetensorError, HfHubHTTPError) as error:
        reason = str(error).splitlines()[0][:200] if str(error) else type(error).__name__
        raise UserError(f"{spec} cannot be loaded: {reason}") from error
    finally:
        logging.root.setLevel(level)


def _from_clip(spec: str, clip: Any, name: str) -> Backbone:
    import open_clip

    config = open_clip.get_model_preprocess_cfg(clip)
    size = clip.visual.image_size
    height, width = size if isinstance(size, tuple | list) else (size, size)
    if height != width:
        raise UserError(f"{spec} takes images of {height}×{width} pixels; only square towers are supported")
    tokenizer = open_clip.get_tokenizer(name)
    return Backbone(
        spec,
        clip.visual,
        ClipText(clip.text, tokenizer),
        image_size=height,
        embed_dim=_embed_dim(clip),
        mean=tuple(config["mean"]),
        std=tuple(config["std"]),
        logit_scale=float(clip.logit_scale.detach().exp()),
    )


def _embed_dim(clip: Any) -> int:
    with torch.no_grad():
        size = clip.visual.image_size
        height, width = size if isinstance(size, tuple | list) else (size, size)
        output = clip.visual.eval()(torch.zeros(1, 3, height, width))
    return int((output[0] if isinstance(output, tuple) else output).shape[-1])

"""The backbones of open_clip, by their names there or from the Hugging Face hub.

open_clip:ViT-B-32/openai           a model and a weights tag of open_clip
open_clip:ViT-B-32/random           the same architecture with seeded random weights (tests, measurements)
open_clip:ViT-B-32@FILE.safetensors the same architecture with a local checkpoint
hf-hub:ORGANISATION/REPOSITORY      an open_clip model on the Hugging Face hub
"""

from __future__ import annotations

import re
import warnings
from pathlib import Path
from typing import Any

import torch

from exiqa.core.errors import UserError
from exiqa.model.backbones.backbone import Backbone, BackboneFamily
from exiqa.model.backbones.text import ClipText
from exiqa.model.backbones.versions import FAMILY_VERSIONS
from exiqa.model.backbones.vit_tokens import vit_tokens


def load_open_clip(spec: str) -> Backbone:
    """The model of open_clip that `spec` names.

    Raises:
        UserError: As `check_open_clip`, or weights that cannot be fetched.
    """
    name, source = _named(spec)
    return _from_clip(spec, _create(spec, name, source), name)


def check_open_clip(spec: str) -> None:
    """Hold a spec against what open_clip knows.

    Raises:
        UserError: An unknown model or tag, an activation that does not match the weights, a checkpoint that is not
            safetensors, or is not there.
    """
    _named(spec)


def _named(spec: str) -> tuple[str, str | None]:
    """open_clip's name of the model, and what it takes its weights from; None for random ones."""
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
        return name, str(_safetensors(Path(file)))
    if tag == "random":
        return name, None
    return _matching_activation(spec, name, tag), tag


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


def load_from_hub(spec: str) -> Backbone:
    """The open_clip model in the hub's repository that `spec` names.

    Raises:
        UserError: It cannot be fetched.
    """
    return _from_clip(spec, _create(spec, spec, None), spec)


OPEN_CLIP = BackboneFamily(
    name="open_clip",
    forms=("open_clip:MODEL/TAG", "open_clip:MODEL@FILE.safetensors"),
    pattern=re.compile("open_clip:.*"),
    load=load_open_clip,
    check=check_open_clip,
    visual_tokens=vit_tokens,
    version=FAMILY_VERSIONS["open_clip"],
)
OPEN_CLIP_HUB = BackboneFamily(
    name="hf-hub",
    forms=("hf-hub:ORGANISATION/REPOSITORY",),
    pattern=re.compile("hf-hub:.*"),
    load=load_from_hub,
    visual_tokens=vit_tokens,
    version=FAMILY_VERSIONS["hf-hub"],
)

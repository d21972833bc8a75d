"""CLIP tuned on a bank: an image tower (with prompts), the bank's text directions, and the attribute head."""

from __future__ import annotations

from typing import NamedTuple

import psutil
import torch
from torch import Tensor, nn

from exiqa.bank.schema import Bank
from exiqa.bank.sentences import sentence_pairs
from exiqa.core.errors import UserError
from exiqa.model.backbones.backbone import Backbone
from exiqa.model.backbones.prompts import PromptedTower, tokens_for_prompts
from exiqa.model.backbones.text import encode_sentences
from exiqa.model.config import Tuning
from exiqa.model.head import (
    AttributeHead,
    attribute_logits,
    distortion_probability,
    photo_attributes,
    text_directions,
)
from exiqa.model.tuning_modes import TUNING_MODES


class AttributeOutput(NamedTuple):
    """What the model says of N views, float32."""

    logits: Tensor
    """(N, A): the logits of Eq. 6."""
    attributes: Tensor
    """(N, A) in [0, 1]: P(a|I)."""
    strengths: Tensor
    """(N, D) in [1e-6, 1 - 1e-6]: P(d|I) of Eq. 7."""


class AttributeModel(nn.Module):
    """A backbone that answers in a bank's A attributes and D distortions.

    Their order is that of `bank.attributes` and `bank.distortions`.
    """

    _directions: Tensor | None
    _text_inputs: Tensor | None
    """(2A, T) what the text tower takes of the sentences; only where that is trained."""

    def __init__(
        self,
        backbone: Backbone,
        bank: Bank,
        tuning: Tuning,
        seed: int = 0,
        *,
        tower: PromptedTower | None = None,
        directions: Tensor | None = None,
    ) -> None:
        """A model whose weights of Eq. 7 are uniform.

        Args:
            backbone: Taken over, not copied.
            bank: What the model answers in.
            tuning: What is learned, and how attributes are read out.
            seed: Draws the prompts.
            tower: The image tower with its prompts, where another model has it already.
            directions: (A, E), what `directions` gives for these sentences; None encodes them.

        Raises:
            UserError: The tower takes no prompts, the bank lacks what the template set needs, or the bank does not fit
                into memory.
        """
        super().__init__()
        check_fits_memory(bank, backbone.embed_dim)
        self.bank = bank
        self.tuning = tuning
        self.mode = TUNING_MODES[tuning.mode]
        self.backbone = backbone
        self.tower = tower
        if tower is None and self.mode.has_prompts:
            tokens = tokens_for_prompts(backbone)
            generator = torch.Generator().manual_seed(seed)
            self.tower = PromptedTower(backbone.visual, tokens, tuning.prompt_length, self.mode.deep_prompts, generator)
        scale = tuning.logit_scale or backbone.logit_scale
        self.head = AttributeHead(torch.from_numpy(bank.membership()), scale, tuning.learn_logit_scale)
        positive, negative = sentence_pairs(bank.attributes, tuning.template)
        self.sentences = (*positive, *negative)
        self.register_buffer("_directions", directions, persistent=False)
        self.register_buffer("_text_inputs", None, persistent=False)
        if directions is None and self.mode.trains_towers:
            self._encoder_inputs()
        elif directions is None:
            vectors = encode_sentences(backbone.text_tower, self.sentences, self._device())
            self._directions = text_directions(*vectors.chunk(2))
        self.backbone.requires_grad_(self.mode.trains_towers)
        self.head.weight_logits.requires_grad_(self.mode.trains_weights)
        self.train(False)

    def train(self, mode: bool = True) -> AttributeModel:
        """Training mode for what is learned; a frozen backbone stays in evaluation mode (dropout, patch dropout)."""
        super().train(mode)
        if not self.mode.trains_towers:
            self.backbone.eval()
        elif mode:
            self._directions = None
        return self

    def directions(self) -> Tensor:
        """(A, E) float32 text directions: fixed, or with a trained text tower computed from its present weights."""
        if self._directions is not None:
            return self._directions
        if self.training:
            return self._encode_directions()
        with torch.no_grad():
            self._directions = self._encode_directions()
        return self._directions

    def encode_image(self, pixels: Tensor) -> Tensor:
        """(N, 3, S, S) RGB pixels in [0, 1] -> (N, E) image embeddings, of any length."""
        tower = self.backbone.visual if self.tower is None else self.tower
        output = tower(self.backbone.normalise(pixels))
        return output[0] if isinstance(output, tuple) else output

    def attribute_logits(self, embeddings: Tensor) -> Tensor:
        """(N, E) image embeddings, of any length -> (N, A) float32 logits of Eq. 6."""
        return attribute_logits(embeddings, self.directions(), self.head.logit_scale)

    def photo_attributes(self, embeddings: Tensor) -> Tensor:
        """(…, V, E) embeddings of photos' views -> (…, A) float32 in [0, 1]: P(a|I) of the photos."""
        return photo_attributes(embeddings, self.directions(), self.head.logit_scale)

    def forward(self, pixels: Tensor) -> AttributeOutput:
        """(N, 3, S, S) RGB pixels in [0, 1], S = `backbone.image_size` -> logits, attributes and strengths."""
        logits = self.attribute_logits(self.encode_image(pixels))
        attributes = torch.sigmoid(logits)
        return AttributeOutput(logits, attributes, distortion_probability(attributes, self.head.weights()))

    def with_bank(self, bank: Bank) -> AttributeModel:
        """The same tuned towers read out with another bank; they are shared, not copied.

        Args:
            bank: A distortion whose attributes are the same in both banks keeps its learned weights; any other gets
                uniform ones.

        Returns:
            A model of that bank, on the same device and in the same mode.

        Raises:
            UserError: As the constructor.
        """
        training = self.training
        other = AttributeModel(self.backbone, bank, self.tuning, tower=self.tower)
        rows = {attribute.id: row for row, attribute in enumerate(self.bank.attributes)}
        old, new = self.head.weight_logits.detach(), other.head.weight_logits.detach()
        other.head.log_scale.detach().copy_(self.head.log_scale.detach())
        for column, distortion in enumerate(bank.distortions):
            ids = {attribute.id for attribute in bank.ranked[distortion]}
            if ids == {attribute.id for attribute in self.bank.ranked.get(distortion, ())}:
                source = self.bank.distortions.index(distortion)
                for row, attribute in enumerate(bank.attributes):
                    if attribute.id in ids:
                        new[row, column] = old[rows[attribute.id], source]
        other.to(self._device())
        return other.train(training)  # the shared towers too are as they were

    def trained_state(self) -> dict[str, Tensor]:
        """What was learned, by name: the tensors an artifact stores."""
        return {name: parameter.detach() for name, parameter in self.named_parameters() if parameter.requires_grad}

    def load_trained_state(self, state: dict[str, Tensor], directions: Tensor | None = None) -> None:
        """Take over what `trained_state` gave.

        Args:
            state: Tensors by the parameters' names.
            directions: (A, E), what `directions` gave with these weights; None computes them where the text tower is
                among what is trained.

        Raises:
            ValueError: Names or shapes differ.
        """
        trained = {name: parameter for name, parameter in self.named_parameters() if parameter.requires_grad}
        if trained.keys() != state.keys():
            unmatched = sorted(trained.keys() ^ state.keys())
            raise ValueError(f"the stored weights and the model disagree about {unmatched[0]!r}")
        with torch.no_grad():
            for name, parameter in trained.items():
                if parameter.shape != state[name].shape:
                    raise ValueError(f"{name} is {tuple(state[name].shape)} in the file, {tuple(parameter.shape)} here")
                parameter.copy_(state[name])
        if self.mode.trains_towers:
            self._directions = directions

    def _encode_directions(self) -> Tensor:
        return text_directions(*self.backbone.text_tower(self._encoder_inputs()).chunk(2))

    def _encoder_inputs(self) -> Tensor:
        """(2A, T), computed once, since no gradient flows there."""
        if self._text_inputs is None:
            self._text_inputs = self.backbone.text_tower.inputs(self.sentences).to(self._device())
        return self._text_inputs

    def _device(self) -> torch.device:
        return next(self.backbone.parameters()).device


def check_fits_memory(bank: Bank, embed_dim: int) -> None:
    """Refuse a bank that is too large for this machine.

    Args:
        bank: With A attributes of D distortions.
        embed_dim: E, of the backbone.

    Raises:
        UserError: The bank's matrices cannot fit into the memory that is free now.
    """
    attributes, distortions = len(bank.attributes), len(bank.distortions)
    # Two sentence vectors and a direction (A, E); mask, weights, their gradient and Adam's two moments (A, D).
    needed = 4 * attributes * (3 * embed_dim + 6 * distortions)
    free = psutil.virtual_memory().available
    if needed > free:
        raise UserError(
            f"bank {bank.id} has {attributes} attributes for {distortions} distortions, which need "
            f"{needed / 1e9:.1f} GB of memory where {free / 1e9:.1f} GB are free; take fewer with `bank.top(k)`"
        )

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
from exiqa.model.backbones.prompts import PromptedTower, check_takes_prompts
from exiqa.model.backbones.text import encode_sentences
from exiqa.model.config import Tuning
from exiqa.model.head import AttributeHead, attribute_logits, distortion_probability, text_directions
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

    def __init__(self, backbone: Backbone, bank: Bank, tuning: Tuning, seed: int = 0) -> None:
        """`seed` draws the prompts.

        Raises UserError where the tower takes no prompts, the bank lacks what the template set needs, or the
        bank does not fit into memory.
        """
        super().__init__()
        check_fits_memory(bank, backbone.embed_dim)
        self.bank = bank
        self.tuning = tuning
        self.mode = TUNING_MODES[tuning.mode]
        self.backbone = backbone
        if self.mode.has_prompts:
            check_takes_prompts(backbone.visual, backbone.spec)
            generator = torch.Generator().manual_seed(seed)
            self.tower: nn.Module | None = PromptedTower(
                backbone.visual, tuning.prompt_length, self.mode.deep_prompts, generator
            )
        else:
            self.tower = None
        self._read_out(bank)
        self._unfreeze()

    def _read_out(self, bank: Bank) -> None:
        scale = self.tuning.logit_scale or self.backbone.logit_scale
        self.head = AttributeHead(torch.from_numpy(bank.membership()), scale, self.tuning.learn_logit_scale)
        positive, negative = sentence_pairs(bank.attributes, self.tuning.template)
        self._directions: Tensor | None = None
        if self.mode.trains_towers:
            inputs = self.backbone.text_tower.inputs([*positive, *negative])
            self.register_buffer("sentences", inputs, persistent=False)  # (2A, T)
        else:
            device = next(self.backbone.parameters()).device
            vectors = encode_sentences(self.backbone.text_tower, [*positive, *negative], device)
            self.register_buffer("fixed_directions", text_directions(*vectors.chunk(2)), persistent=False)

    def _unfreeze(self) -> None:
        self.backbone.requires_grad_(self.mode.trains_towers)
        self.head.weight_logits.requires_grad_(self.mode.trains_weights)
        self.train(False)

    def train(self, mode: bool = True) -> AttributeModel:
        """Training mode for what is learned; a frozen backbone stays in evaluation mode (dropout, patch dropout)."""
        super().train(mode)
        self._directions = None
        if not self.mode.trains_towers:
            self.backbone.eval()
        return self

    def directions(self) -> Tensor:
        """(A, E) float32 text directions: fixed, or with a trained text tower computed from its present weights."""
        if not self.mode.trains_towers:
            return self.fixed_directions  # type: ignore[return-value]
        if self.training:
            return text_directions(*self.backbone.text_tower(self.sentences).chunk(2))  # type: ignore[arg-type]
        if self._directions is None:
            with torch.no_grad():
                vectors = self.backbone.text_tower(self.sentences)  # type: ignore[arg-type]
            self._directions = text_directions(*vectors.chunk(2))
        return self._directions

    def encode_image(self, pixels: Tensor) -> Tensor:
        """(N, 3, S, S) RGB pixels in [0, 1] -> (N, E) image embeddings, of any length."""
        tower = self.backbone.visual if self.tower is None else self.tower
        output = tower(self.backbone.normalise(pixels))
        return output[0] if isinstance(output, tuple) else output

    def forward(self, pixels: Tensor) -> AttributeOutput:
        """(N, 3, S, S) RGB pixels in [0, 1], S = `backbone.image_size` -> logits, attributes and strengths."""
        logits = attribute_logits(self.encode_image(pixels), self.directions(), self.head.logit_scale)
        attributes = torch.sigmoid(logits)
        return AttributeOutput(logits, attributes, distortion_probability(attributes, self.head.weights()))

    def with_bank(self, bank: Bank) -> AttributeModel:
        """The same tuned towers read out with another bank; they are shared, not copied.

        A distortion whose attributes are the same in both banks keeps its learned weights; any other gets
        uniform ones. Raises UserError as the constructor does.
        """
        check_fits_memory(bank, self.backbone.embed_dim)
        other = AttributeModel.__new__(AttributeModel)
        nn.Module.__init__(other)
        other.bank, other.tuning, other.backbone, other.tower = bank, self.tuning, self.backbone, self.tower
        other.mode = self.mode
        other._read_out(bank)
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
        other.to(next(self.parameters()).device)
        return other.train(self.training)  # requires_grad of the shared towers is left as it is

    def trained_state(self) -> dict[str, Tensor]:
        """What was learned, by name: the tensors an artifact stores."""
        return {name: parameter.detach() for name, parameter in self.named_parameters() if parameter.requires_grad}

    def load_trained_state(self, state: dict[str, Tensor]) -> None:
        """Take over what `trained_state` gave. Raises ValueError where names or shapes differ."""
        own = {name: parameter for name, parameter in self.named_parameters() if parameter.requires_grad}
        if own.keys() != state.keys():
            odd = sorted(own.keys() ^ state.keys())
            raise ValueError(f"the stored weights and the model disagree about {odd[0]!r}")
        with torch.no_grad():
            for name, parameter in own.items():
                if parameter.shape != state[name].shape:
                    raise ValueError(f"{name} is {tuple(state[name].shape)} in the file, {tuple(parameter.shape)} here")
                parameter.copy_(state[name])
        self._directions = None


def check_fits_memory(bank: Bank, embed_dim: int) -> None:
    """Raises UserError where a bank's matrices cannot fit into the memory that is free now."""
    attributes, distortions = len(bank.attributes), len(bank.distortions)
    # Two sentence vectors and a direction (A, E); mask, weights, their gradient and Adam's two moments (A, D).
    needed = 4 * attributes * (3 * embed_dim + 6 * distortions)
    free = psutil.virtual_memory().available
    if needed > free:
        raise UserError(
            f"bank {bank.id} has {attributes} attributes for {distortions} distortions, which need "
            f"{needed / 1e9:.1f} GB of memory where {free / 1e9:.1f} GB are free; take fewer with `bank.top(k)`"
        )

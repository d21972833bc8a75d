"""What a pretraining run is told: a pydantic model, and the run that made the shipped weights in pretrain.toml."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from pydantic import AliasChoices, BaseModel, ConfigDict, Field, model_validator

from exiqa.core.documents import of_schema, read_text, toml_value
from exiqa.core.errors import UserError

SHIPPED_SETTINGS = Path(__file__).with_name("pretrain.toml")


def _renamed(name: str, old: str, **options: Any) -> Any:
    """A field that weights written before state under another name."""
    return Field(validation_alias=AliasChoices(name, old), **options)


class PretrainConfig(BaseModel):
    """One pretraining run of the small backbone."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    bank: str = "kadid10k@1"
    """The shipped bank whose distortions are drawn and whose attributes are learned."""
    held_out: tuple[str, ...] = ()
    """Distortions of the bank that are neither drawn nor learned: for the test of attributes never seen."""
    template: str = "paper"
    """The template set of the sentences."""
    seed: int = Field(default=0, ge=0)
    steps: int = Field(ge=1)
    """Updates of the whole run; the learning rate falls to zero at the last."""
    draws: int = Field(default=16, ge=1)
    """Distorted photos a step."""
    crops: int = Field(default=4, ge=1)
    """Crops of each."""
    counts: tuple[float, ...] = (0.05, 0.65, 0.2, 0.1)
    """How often a photo gets 0, 1, 2, … distortions, in any unit."""
    grow_draws: int = Field(default=0, ge=0)
    """Until this draw, more than one distortion on a photo is rarer; the share grows linearly."""
    scenes: int = Field(default=400, ge=1)
    """Procedural scenes, with the seeds from 0 up."""
    scenes_share: float = Field(default=0.25, ge=0, le=1)
    """The share of draws that take a scene and not a photograph."""
    classifier_loss_weight: float = _renamed("classifier_loss_weight", "classifier_share", default=0.3, ge=0)
    """What the loss of the classifier beside Eq. 8 is multiplied by (`pretrain.PretrainingObjective`)."""
    attribute_loss_weight: float = _renamed("attribute_loss_weight", "attributes_share", default=0, ge=0)
    """What the loss on each attribute beside Eq. 8 is multiplied by (`head.attribute_loss`)."""
    learning_rate: float = Field(default=1e-3, gt=0)
    readout_lr_multiplier: float = _renamed("readout_lr_multiplier", "readout_pace", default=1, gt=0)
    """What the learning rate of the text projection, the weights of Eq. 7 and the logit scale is multiplied by."""
    warmup_steps: int = Field(default=200, ge=0)
    weight_decay: float = Field(default=0.05, ge=0)
    clip_norm: float = Field(default=1.0, gt=0)
    ema_decay: float = _renamed("ema_decay", "average", default=0.998, ge=0, lt=1)
    """Of the exponential moving average of the weights over the steps, which is what is kept."""
    checkpoint_every: int = Field(default=250, ge=1)

    @model_validator(mode="after")
    def _is_consistent(self) -> PretrainConfig:
        from exiqa.iqadata.standins.scenes import STANDIN_SEEDS

        if self.scenes > STANDIN_SEEDS:
            raise ValueError(f"scenes with seeds from {STANDIN_SEEDS} up are kept for the stand-in datasets")
        if min(self.counts) < 0 or sum(self.counts) <= 0:
            raise ValueError("counts are shares: none is negative and one at least is above zero")
        return self


def load_pretrain_config(path: Path = SHIPPED_SETTINGS) -> PretrainConfig:
    """The run that a TOML file describes.

    Raises:
        UserError: The file is missing, is not TOML, or has a setting that does not exist or does not fit.
    """
    try:
        text = read_text(path)
    except OSError:
        raise UserError(
            f"there is no pretraining config {path}; see the shipped model/pretraining/pretrain.toml"
        ) from None
    return of_schema(toml_value(text, str(path)), PretrainConfig, str(path))

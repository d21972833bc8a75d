"""What a pretraining run is told: a pydantic model, and the run that made the shipped weights in pretrain.toml."""

from __future__ import annotations

from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from exiqa.core.documents import of_toml_schema, read_text, toml_value
from exiqa.core.errors import UserError
from exiqa.model.device import Device

SHIPPED_SETTINGS = Path(__file__).with_name("pretrain.toml")


class PretrainConfig(BaseModel):
    """One pretraining run of the small backbone."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    bank: str = "kadid10k@3"
    """The shipped bank whose weights of Eq. 7 are learned beside the towers, by its distortions."""
    shares: dict[str, float] = Field(
        default={"kadid10k": 0.5, "authentic": 0.3, "tid2013": 0.13, "lvq": 0.03, "csiq": 0.02, "live": 0.02}
    )
    """Data set -> how often a photo gets distortions of its generator, in any unit. All have levels here."""
    frequencies: dict[str, float] = {}
    """Distortion -> how often it is drawn beside the others of its data set; 1 for those that are not named."""
    held_out: tuple[str, ...] = ()
    """Distortions that are neither drawn nor learned: for the test of attributes never seen."""
    seed: int = Field(default=0, ge=0)
    steps: int = Field(ge=1)
    """Updates of the whole run; the learning rate falls to zero at the last."""
    draws: int = Field(default=8, ge=1)
    """Distorted photos a step."""
    crops: int = Field(default=4, ge=1)
    """Crops of each."""
    counts: tuple[float, ...] = (0.1, 0.55, 0.2, 0.15)
    """How often a photo gets 0, 1, 2, … distortions, in any unit."""
    variants_share: float = Field(default=0.3, ge=0, le=1)
    """How often a distortion of KADID-10k is made by another implementation (`iqadata.distortions.variants`), the last
    of each excepted, which are kept for measuring."""
    between_levels: float = Field(default=0.5, ge=0, le=1)
    """How often a distortion is drawn between two levels, where these have one order."""
    innocent_share: float = Field(default=0.5, ge=0, le=1)
    """How often both sides of a pair go through innocent processing (`iqadata.distortions.innocent`)."""
    camera_share: float = Field(default=0, ge=0, le=1)
    """How often both sides of a pair get the traces that a camera leaves on any photo
    (`iqadata.distortions.camera_traces`): grain, sharpening and compression, weaker than what is called a fault."""
    scenes: int = Field(default=400, ge=1)
    """Procedural scenes, with the seeds from 0 up."""
    scenes_share: float = Field(default=0.1, ge=0, le=1)
    """The share of draws that take a scene and not a photograph."""
    phrases_each: int = Field(default=5, ge=1)
    """Phrases that are drawn for each distortion at each step."""
    phrases_more: int = Field(default=150, ge=0)
    """Further phrases of each step."""
    strength_loss_weight: float = Field(default=1, ge=0)
    """What the loss of Eq. 8 is multiplied by, over the mean of each distortion's drawn phrases."""
    truth_loss_weight: float = Field(default=1, ge=0)
    """What the loss on each phrase's own truth is multiplied by (`head.truth_loss`)."""
    name_loss_weight: float = Field(default=0.5, ge=0)
    """What the loss on the distortions' names is multiplied by, whose truth is the strength."""
    classifier_loss_weight: float = Field(default=0.3, ge=0)
    """What the loss of the classifier beside the others is multiplied by (`objective.PretrainingObjective`)."""
    learning_rate: float = Field(default=5e-4, gt=0)
    readout_lr_multiplier: float = Field(default=4, gt=0)
    """What the learning rate of the text head, the weights of Eq. 7 and the logit scale is multiplied by."""
    warmup_steps: int = Field(default=200, ge=0)
    weight_decay: float = Field(default=0.05, ge=0)
    clip_norm: float = Field(default=1.0, gt=0)
    ema_decay: float = Field(default=0.998, ge=0, lt=1)
    """Of the exponential moving average of the weights over the steps, which is what is kept."""
    start_share: float = Field(default=0, ge=0, lt=1)
    """How much of the towers that a run began with is in those that are kept: what it has to say of one kind of photo
    then costs less of what was known of others (Wortsman et al. 2022, "Robust fine-tuning of zero-shot models")."""
    checkpoint_every: int = Field(default=250, ge=1)
    device: Device = "auto"
    """Where the model is trained; "auto" takes a GPU where there is one. Another device gives other last digits."""
    workers: int = Field(default=1, ge=1)
    """Processes that distort photos beside the training; a GPU waits for them. What they draw is the same for any."""

    @field_validator("shares")
    @classmethod
    def _have_levels(cls, shares: dict[str, float]) -> dict[str, float]:
        from exiqa.iqadata.distortions.levels import LEVELS

        for dataset in shares:
            if dataset not in LEVELS:
                raise ValueError(f"there are no levels of {dataset!r}; there are those of {', '.join(LEVELS)}")
        return shares

    @model_validator(mode="after")
    def _is_consistent(self) -> PretrainConfig:
        from exiqa.iqadata.distortions.levels import LEVELS
        from exiqa.iqadata.standins.scenes import STANDIN_SEEDS

        if self.scenes > STANDIN_SEEDS:
            raise ValueError(f"scenes with seeds from {STANDIN_SEEDS} up are kept for the stand-in datasets")
        drawn = {distortion for dataset in self.shares for distortion in LEVELS[dataset]}
        for distortion in self.frequencies:
            if distortion not in drawn:
                raise ValueError(f"frequencies name {distortion!r}, which no data set of this run has")
        for name, shares in (("counts", self.counts), ("shares", tuple(self.shares.values()))):
            if min(shares, default=0) < 0 or sum(shares) <= 0:
                raise ValueError(f"{name} are shares: none is negative and one at least is above zero")
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
    return of_toml_schema(toml_value(text, str(path)), PretrainConfig, str(path), text)

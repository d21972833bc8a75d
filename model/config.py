"""The settings of a tuning run: pydantic models, and the named recipes in recipes.toml."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Sequence
from importlib import resources
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from exiqa.core.documents import of_toml_schema, read_text, toml_value
from exiqa.core.errors import UserError, known_names
from exiqa.core.schema_error import describe_schema_error
from exiqa.model.device import Device
from exiqa.model.tuning_modes import TUNING_MODES

LARGEST_SEED = 2**23 - 1
"""What is drawn at a step is drawn by a seed and the step's number, which share torch's 64 bits."""


class Tuning(BaseModel):
    """What of a CLIP is learned, and how its attributes are read out. Stored in every artifact."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    mode: Literal["shallow", "deep", "full", "frozen"] = "shallow"
    """shallow: tokens at the input (Eq. 3); deep: tokens at every layer (Eqs. 4-5); full: the whole CLIP;
    frozen: nothing, the zero-shot CLIP. The weights of Eq. 7 are learned in all but frozen."""
    prompt_length: int = Field(default=0, ge=0, le=4096)
    """Number of learnable tokens (per layer in deep); 0 in full and frozen."""
    template: str = "paper"
    """The template set of the sentences: `exiqa.bank.sentences.TEMPLATE_SETS`."""
    logit_scale: float | None = Field(default=None, gt=0)
    """What multiplies the dot products of Eq. 6; None takes the backbone's own (100 for OpenAI's CLIP)."""
    learn_logit_scale: bool = False

    @model_validator(mode="after")
    def _length_fits_mode(self) -> Tuning:
        if self.prompt_length and not TUNING_MODES[self.mode].has_prompts:
            raise ValueError(f"mode {self.mode!r} has no prompts; leave prompt_length at 0")
        return self


class TuneConfig(Tuning):
    """One tuning run. The defaults are the paper's schedule (section V-B2) where the paper states one.

    The paper leaves open the optimiser, the batch size and the cropping; those are ours, and printed.
    """

    backbone: str = "exiqa-mini"
    seed: int = Field(default=0, ge=0, le=LARGEST_SEED)
    """Of the sample order, the crops, the prompts and, where the backbone has random weights, of those."""
    epochs: int = Field(default=100, ge=0)
    warmup_epochs: float = Field(default=20, ge=0)
    learning_rate: float = Field(default=2e-3, gt=0)
    """The peak, reached after the linear warm-up; a cosine falls from it to zero (SGDR without restarts)."""
    weight_decay: float = Field(default=0.0, ge=0)
    """AdamW's, on matrices only."""
    clip_norm: float = Field(default=1.0, gt=0)
    batch_size: int = Field(default=64, ge=1)
    """Crops a step over all processes and accumulation steps together."""
    accumulation: int = Field(default=1, ge=1)
    """Parts in which each process works through its share of a batch: less memory, the same gradient."""
    crops: int = Field(default=1, ge=1)
    """Random crops of each image an epoch."""
    preprocessing: Literal["native", "grid", "resize"] = "native"
    attribute_truth: bool = False
    """Beside Eq. 8, with equal weight, the cross-entropy of each attribute's P(a|I) against its own truth: what is seen
    of it in the image beside its reference (`exiqa.iqadata.grounding.attribute_truth`). Attributes that are linked to
    no effect are left out. The paper has Eq. 8 alone."""
    start_at_prior: bool = False
    """Mode full only: shift the image tower's output so that the untrained model already predicts the
    training split's mean strengths (`exiqa.model.training.prior`). For towers with random weights."""
    patience: int | None = Field(default=20, ge=1)
    """Stop after so many validations without a better RMSE; None never stops early."""
    validate_every: int = Field(default=1, ge=1)
    """Epochs between validations. The last epoch is always validated."""
    checkpoint_every: int | None = Field(default=None, ge=1)
    """Steps between checkpoints; None writes one at the end of each epoch."""
    precision: Literal["no", "bf16", "fp16"] = "no"
    device: Device = "auto"
    compile: bool = False
    """torch.compile the image tower: for GPUs; on a CPU it seldom pays."""
    workers: int = Field(default=0, ge=0)
    """Loader processes; 0 decodes in the training process."""
    cache_gb: float = Field(default=2.0, ge=0)
    """Decoded images are kept in memory up to so many GB."""

    @field_validator("logit_scale", "patience", "checkpoint_every", mode="before")
    @classmethod
    def _none_in_words(cls, value: Any) -> Any:
        """Neither TOML nor a command line has a word for None."""
        return None if value == "none" else value

    @model_validator(mode="after")
    def _is_consistent(self) -> TuneConfig:
        if self.attribute_truth and not TUNING_MODES[self.mode].trains_weights:
            raise ValueError(f"attribute_truth is learned, and mode {self.mode!r} learns nothing; set it to false")
        if self.start_at_prior and not TUNING_MODES[self.mode].trains_towers:
            raise ValueError(f"start_at_prior moves the image tower, which mode {self.mode!r} keeps frozen")
        return self


class RegressorConfig(BaseModel):
    """The regressor's training (Eq. 9; section V-B2: two hidden layers, SELU, dropout .2, 100 epochs, cosine)."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    hidden: int = Field(default=128, ge=1, le=65536)
    dropout: float = Field(default=0.2, ge=0, lt=1)
    epochs: int = Field(default=100, ge=1)
    learning_rate: float = Field(default=2e-3, gt=0)
    weight_decay: float = Field(default=1e-2, ge=0)
    batch_size: int = Field(default=64, ge=1)
    seed: int = Field(default=0, ge=0, le=LARGEST_SEED)


def recipe_names() -> tuple[str, ...]:
    """Names of the recipes in the package, in the file's order."""
    return tuple(_recipes())


def load_recipe(recipe: str | Path, **changes: Any) -> TuneConfig:
    """A recipe of the package, or one in a TOML file of the user's.

    Args:
        recipe: `kadid10k`, …, `demo` (see `recipe_names`), or a file whose name ends in .toml and which holds fields of
            `TuneConfig`; "none" stands for None.
        changes: Settings that take the place of the recipe's.

    Returns:
        The checked settings.

    Raises:
        UserError: An unknown recipe, a file that is none, or a change that does not fit.
    """
    if str(recipe).endswith(".toml"):
        where, text = str(recipe), read_text(Path(recipe))
        values = toml_value(text, where)
        of_toml_schema(values, TuneConfig, where, text)  # what is wrong in the file is told with its line
    else:
        recipes = _recipes()
        if recipe not in recipes:
            raise UserError(
                f"there is no recipe {str(recipe)!r}; there are {', '.join(recipes)}, and one of your own is a .toml "
                "file"
            )
        values, where = recipes[str(recipe)], f"recipe {recipe}"
    return make_config({**values, **changes}, where)


def parse_settings(pairs: Sequence[str]) -> dict[str, str]:
    """What a command line sets: "epochs=8" is the field `epochs` of `TuneConfig`, whose type its text must fit.

    Raises:
        UserError: One is not KEY=VALUE, there is no such key, or it is set twice.
    """
    settings: dict[str, str] = {}
    for pair in pairs:
        key, equals, value = (part.strip() for part in pair.partition("="))
        if not equals:
            raise UserError(f"--set {pair!r}: write KEY=VALUE, such as epochs=8")
        if key not in TuneConfig.model_fields:
            hint = known_names(key, TuneConfig.model_fields)
            raise UserError(f"--set {pair!r}: there is no setting {key!r}; {hint}")
        if key in settings:
            raise UserError(f"--set gives {key} twice")
        settings[key] = value
    return settings


def setting_lines(config: TuneConfig) -> list[str]:
    """All settings as lines of a recipe file: `epochs = 8`."""
    values = config.model_dump(mode="json")
    return [f"{key} = {json.dumps('none' if value is None else value)}" for key, value in values.items()]


def make_config(values: dict[str, Any], where: str) -> TuneConfig:
    """Checked settings of a tuning run.

    Args:
        values: Fields of `TuneConfig`.
        where: Names their source in an error.

    Raises:
        UserError: A field is unknown, or its value does not fit.
    """
    try:
        return TuneConfig.model_validate(values)
    except ValidationError as error:
        raise UserError(f"{where}: {describe_schema_error(error, TuneConfig)}") from None


def _recipes() -> dict[str, dict[str, Any]]:
    return tomllib.loads((resources.files("exiqa.model") / "recipes.toml").read_text(encoding="utf-8"))

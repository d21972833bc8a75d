"""The model card of an artifact: what it is, how it was made, what it is not."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from exiqa.bank.schema import Bank
from exiqa.core.console import printable
from exiqa.model.artifacts.config_file import ArtifactConfig
from exiqa.model.regressors.score_origin import ScoreOrigin
from exiqa.model.tuning_modes import TUNING_MODES


def model_card(config: ArtifactConfig, bank: Bank, scores: Mapping[str, ScoreSource]) -> str:
    """Markdown with the hub's metadata header.

    Args:
        config: The artifact's.
        bank: Its.
        scores: By the name of each of its regressors, what the card says of it.
    """
    training = config.training
    settings = training.get("config", {})
    prompts = f" ({config.tuning.prompt_length} tokens)" if config.tuning.prompt_length else ""
    rmse = training.get("validation_rmse")
    lines = [
        "---",
        "library_name: exiqa",
        "tags: [image-quality-assessment, clip]",
        "---",
        f"# {_plain(config.backbone)} tuned on {_plain(bank.id)}",
        "",
        f"Names {len(bank.distortions)} distortions in a photo, and how strong they are, by "
        f"{len(bank.attributes)} visible attributes.",
        "",
        f"- Backbone: {_code(config.backbone)}, hash `{config.backbone_hash}`",
        f"- Learned: {TUNING_MODES[config.tuning.mode].learned}{prompts}",
        f"- Bank: {_code(bank.id)}, hash `{config.bank_hash}`; template set {_code(config.tuning.template)}",
        f"- Logit scale (Eq. 6): {config.logit_scale:.4g}",
        f"- Preprocessing: `{config.preprocessing}`, {config.image_size} px",
    ]
    if training:
        lines += [
            f"- Trained on: {_plain(training['dataset'])}, strength map {_code(training['strength_map'])}, "
            f"split {_code(training['split_hash'][:16])}, seed {_plain(settings.get('seed'))}",
            f"- Chosen at step {training['best_step']}"
            + (f", validation RMSE {rmse:.4f} (Eq. 11)" if rmse is not None else " (no validation side)"),
        ]
    lines += [f"- {line}" for line in score_lines(scores)]
    lines += [
        "",
        "What it is not: it saw only the distortions above, made by computer; of photos with other faults it can "
        "say nothing. Its strengths are levels on the training set's own scale, not physical amounts.",
        "",
        "```python",
        "from exiqa.model import Artifact",
        "",
        'artifact = Artifact.from_pretrained("THIS FOLDER")',
        "prediction = artifact.predict([photo])  # (H, W, 3) uint8",
        "```",
        "",
    ]
    return "\n".join(lines)


@dataclass(frozen=True)
class ScoreSource:
    """What a card says of a regressor."""

    kind: str
    """Of `exiqa.model.regressors.kind.KINDS`."""
    features: str
    """Of `exiqa.model.regressors.features.FEATURES`."""
    origin: ScoreOrigin | None
    half_width: float | None
    """Of its interval; None where it states none."""


def score_lines(scores: Mapping[str, ScoreSource]) -> list[str]:
    """Name, scale and origin of each score, a line of Markdown each, by name."""
    return [_score_line(name, scores[name]) for name in sorted(scores)]


def _score_line(name: str, source: ScoreSource) -> str:
    said = f"Score {_code(name)} ({_plain(source.kind)} on {_plain(source.features)}; higher is better)"
    origin = source.origin
    if origin is None:
        return f"{said}: of unrecorded origin"
    whose = "a proxy, not opinions of people" if origin.score.proxy else "opinions of people"
    images = f"{origin.images:,} images of " if origin.images is not None else ""
    said += (
        f": {_plain(origin.score.name)}, {whose}, on [0, 1] by {_code(origin.score.formula)} from the raw score x; "
        f"fitted to {images}{_plain(origin.dataset)}, split {_code(origin.split_hash[:16])}"
    )
    if source.half_width is not None:
        said += f"; nine in ten such photos lie within ±{source.half_width:.3f}, and `assess` says which are none such"
    return said


def _plain(text: object) -> str:
    """A name as Markdown that shows it as it is, on one line, and makes nothing of it: no link, no picture, no HTML."""
    line = " ".join(printable(str(text)).split())
    return re.sub(r"([\\`*_{}\[\]()<>#+!|~&])", r"\\\1", line)


def _code(text: object) -> str:
    """A name in a code span; a backtick, which would end that, becomes an apostrophe."""
    return f"`{' '.join(printable(str(text)).split()).replace('`', chr(39))}`"

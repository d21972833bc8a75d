"""The model card of an artifact: what it is, how it was made, what it is not."""

from __future__ import annotations

import re

from exiqa.bank.schema import Bank
from exiqa.core.console import printable
from exiqa.model.artifacts.config_file import ArtifactConfig
from exiqa.model.tuning_modes import TUNING_MODES


def model_card(config: ArtifactConfig, bank: Bank) -> str:
    """Markdown with the hub's metadata header."""
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
    if config.regressors:
        lines.append(
            f"- Quality scores by: {', '.join(map(_plain, sorted(config.regressors)))} (Eq. 9; higher is better)"
        )
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


def _plain(text: object) -> str:
    """A name as Markdown that shows it as it is, on one line, and makes nothing of it: no link, no picture, no HTML."""
    line = " ".join(printable(str(text)).split())
    return re.sub(r"([\\`*_{}\[\]()<>#+!|~&])", r"\\\1", line)


def _code(text: object) -> str:
    """A name in a code span; a backtick, which would end that, becomes an apostrophe."""
    return f"`{' '.join(printable(str(text)).split()).replace('`', chr(39))}`"

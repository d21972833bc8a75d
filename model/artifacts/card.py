"""The model card of an artifact: what it is, how it was made, what it is not."""

from __future__ import annotations

from exiqa.bank.schema import Bank
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
        f"# {config.backbone} tuned on {bank.id}",
        "",
        f"Names {len(bank.distortions)} distortions in a photo, and how strong they are, by "
        f"{len(bank.attributes)} visible attributes.",
        "",
        f"- Backbone: `{config.backbone}`, hash `{config.backbone_hash}`",
        f"- Learned: {TUNING_MODES[config.tuning.mode].learned}{prompts}",
        f"- Bank: `{bank.id}`, hash `{config.bank_hash}`; template set `{config.tuning.template}`",
        f"- Logit scale (Eq. 6): {config.logit_scale:.4g}",
        f"- Preprocessing: `{config.preprocessing}`, {config.image_size} px",
    ]
    if training:
        lines += [
            f"- Trained on: {training['dataset']}, strength map `{training['strength_map']}`, "
            f"split `{training['split_hash'][:16]}`, seed {settings.get('seed')}",
            f"- Chosen at step {training['best_step']}"
            + (f", validation RMSE {rmse:.4f} (Eq. 11)" if rmse is not None else " (no validation side)"),
        ]
    if config.regressors:
        lines.append(f"- Quality scores by: {', '.join(sorted(config.regressors))} (Eq. 9; higher is better)")
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

"""What an artifact is and how it was made, read from its small files alone."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from exiqa.bank.storage.bank_file import read_bank
from exiqa.core.errors import UserError
from exiqa.model.artifacts.config_file import CONFIG, read_config, verified
from exiqa.model.artifacts.locate import locate_artifact


def describe_artifact(artifact: Path | str) -> dict[str, Any]:
    """What an artifact is, without loading its weights.

    Args:
        artifact: As `exiqa.model.artifacts.locate.locate_artifact` takes it.

    Returns:
        `config.json`, the bank's contents by distortion, and the regressors' origins, as JSON values.

    Raises:
        UserError: There is no such artifact, or a file of it is cut short or changed.
    """
    from exiqa.model.regressors.regressor_file import read_about
    from exiqa.model.regressors.regressor_paths import find_regressor

    folder = locate_artifact(artifact)
    config = read_config(folder / CONFIG)
    bank = read_bank(folder / "bank.json")
    if bank.hash != config.bank_hash:
        raise UserError(f"{folder / 'bank.json'} is not the bank that {CONFIG} names; restore the file")
    verified(folder / "model.safetensors", config.weights_sha256)
    verified(folder / "embeddings.safetensors", config.embeddings_sha256)
    origins: dict[str, Any] = {}
    for name, sha256 in config.regressors.items():
        origin = read_about(find_regressor(folder, name, sha256)).origin
        origins[name] = origin.model_dump() if origin else None
    files = [path for path in folder.rglob("*.safetensors") if "training" not in path.relative_to(folder).parts]
    return {
        **config.model_dump(mode="json"),
        "distortions": {d: [a.phrase for a in bank.ranked[d]] for d in bank.distortions},
        "attributes": len(bank.attributes),
        "regressor_origins": origins,
        "bytes": sum(path.stat().st_size for path in files),
    }


def info_lines(about: dict[str, Any]) -> list[str]:
    """`describe_artifact`'s answer for people, a line a fact."""
    tuning, training = about["tuning"], about["training"]
    prompts = f", {tuning['prompt_length']} tokens" if tuning["prompt_length"] else ""
    lines = [
        f"backbone       {about['backbone']}  {about['backbone_hash'][:16]}",
        f"tuning         {tuning['mode']}{prompts}, template set {tuning['template']}, "
        f"logit scale {about['logit_scale']:.4g}",
        f"bank           {about['bank']}  {about['bank_hash'][:16]}",
        f"               {len(about['distortions'])} distortions by {about['attributes']} attributes",
        f"preprocessing  {about['preprocessing']}, {about['image_size']} px",
        f"size           {about['bytes'] / 1e6:.1f} MB",
    ]
    if training:
        rmse = training["validation_rmse"]
        lines += [
            f"trained on     {training['dataset']}, strengths by {training['strength_map']}, "
            f"split {training['split_hash'][:16]}",
            f"chosen         step {training['best_step']}"
            + (f", validation RMSE {rmse:.4f}{_beside(training)}" if rmse is not None else ", no validation side"),
        ]
    for name, origin in about["regressor_origins"].items():
        source = f"{origin['score']['name']}, from {origin['dataset']}" if origin else "origin not recorded"
        lines.append(f"score          {name}: {source}; higher is better")
    if not about["regressors"]:
        lines.append("score          none; fit one with `exiqa model regress`")
    return lines


def _beside(training: dict[str, Any]) -> str:
    prior = training.get("prior_rmse")
    return "" if prior is None else f" (the prior's: {prior:.4f})"

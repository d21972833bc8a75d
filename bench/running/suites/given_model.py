"""What a suite has to know of a tuned model that it reads out, and of a regressor that it names. Loads no weights."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError

from exiqa.core.errors import UserError
from exiqa.core.files import canonical_json, sha256_hex
from exiqa.model.artifacts.config_file import CONFIG, read_config
from exiqa.model.artifacts.locate import locate_artifact


@dataclass(frozen=True)
class GivenModel:
    """A tuned model, as its config.json describes it."""

    backbone: str
    tuning: dict[str, Any]
    """Of `exiqa.model.config.TuneConfig`, those settings that the model was made with."""
    bank: str
    """`name@version` of the bank that it answers in."""
    hash: str
    """SHA-256 of all that its attributes depend on: not of its regressors."""


def given_model(artifact: str) -> GivenModel:
    """The description of a tuned model.

    Args:
        artifact: As `exiqa.model.artifacts.locate.locate_artifact` takes it.

    Raises:
        UserError: There is no such model.
    """
    config = read_config(locate_artifact(artifact) / CONFIG)
    settings = config.model_dump(mode="json", exclude={"regressors", "training"})
    return GivenModel(
        backbone=config.backbone,
        tuning={
            "backbone": config.backbone,
            "mode": config.tuning.mode,
            "prompt_length": config.tuning.prompt_length,
            "template": config.tuning.template,
            "preprocessing": config.preprocessing,
        },
        bank=config.bank,
        hash=sha256_hex(canonical_json(settings)),
    )


def regressor_settings(kind: str, features: str, settings: Mapping[str, Any], method: str) -> dict[str, Any]:
    """All settings of a kind of regressor, those that are given among them.

    Args:
        kind: Of `exiqa.model.regressors.kind.KINDS`.
        features: Of `exiqa.model.regressors.features.FEATURES`.
        settings: The kind's, where they are not its defaults.
        method: Of the suite, for messages.

    Raises:
        UserError: There is no such kind, feature or setting.
    """
    from exiqa.model.regressors.features import FEATURES
    from exiqa.model.regressors.kind import KINDS

    where = f"the regressor of the method {method}"
    if kind not in KINDS:
        raise UserError(f"{where}: there is no kind {kind!r}; there are {', '.join(KINDS.names())}")
    if features not in FEATURES:
        raise UserError(f"{where}: there are no features {features!r}; there are {', '.join(FEATURES)}")
    try:
        return KINDS[kind].config.model_validate(dict(settings)).model_dump()
    except ValidationError as error:
        first = error.errors()[0]
        raise UserError(f"{where}: {'.'.join(map(str, first['loc']))}: {first['msg']}") from None


def regressor_in_words(kind: str, features: str) -> str:
    """A regressor as tables call it: "ridge on logit of P(a|I)"."""
    from exiqa.model.regressors.features import FEATURES

    return f"{kind} on {FEATURES[features].title}"

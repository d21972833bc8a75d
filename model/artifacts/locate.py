"""Where an artifact's files lie: the model that ships, a folder, or a repository on the hub. Needs no torch."""

from __future__ import annotations

from pathlib import Path

from exiqa.bank.storage.hub import NO_ANSWER_OF_A_HUB, hub_api
from exiqa.core.errors import UserError
from exiqa.model.artifacts.config_file import CONFIG
from exiqa.model.shipped import SHIPPED, SHIPPED_FOLDER


def locate_artifact(artifact: Path | str) -> Path:
    """The folder of an artifact, fetched where it lies on the hub.

    Args:
        artifact: "exiqa-mini" (the model that ships; a folder of that name is "./exiqa-mini"), a folder, or a
            repository `organisation/name` of the Hugging Face hub.

    Raises:
        UserError: There is no such artifact, or it is a file.
    """
    text = str(artifact)
    if text == SHIPPED:
        if not (SHIPPED_FOLDER / CONFIG).is_file():
            raise UserError(
                f"this installation lacks the model that ships with exiqa ({SHIPPED_FOLDER} has no {CONFIG}); install "
                "exiqa again, or name another tuned model"
            )
        return SHIPPED_FOLDER
    folder = Path(artifact)
    if folder.is_dir():
        return folder
    if folder.is_file():
        raise UserError(
            f"{artifact} is a file, and a tuned model is a folder with a config.json; other checkpoints are refused, "
            "since a pickle can run code when it is opened"
        )
    if text.count("/") != 1 or text.startswith((".", "/", "~")):
        raise UserError(
            f"there is no artifact {text!r}; give its folder, a hub repository organisation/name, or {SHIPPED}, the "
            "model that ships"
        )
    from huggingface_hub.errors import HfHubHTTPError, HFValidationError, LocalEntryNotFoundError

    try:
        wanted = ["*.json", "*.safetensors", "README.md"]
        return Path(hub_api().snapshot_download(text, allow_patterns=wanted))
    except (HfHubHTTPError, HFValidationError, LocalEntryNotFoundError, OSError, *NO_ANSWER_OF_A_HUB) as error:
        raise UserError(
            f"there is no folder {text!r}, and the hub did not give a repository of that name ({type(error).__name__})"
        ) from None

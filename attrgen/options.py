"""The command line's options as settings; what is not given follows the defaults, or in a replay what was recorded."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from pydantic import ValidationError

from exiqa.attrgen.cost import parse_price
from exiqa.attrgen.llms.llm import LLM
from exiqa.attrgen.llms.replay import ReplayLLM
from exiqa.attrgen.settings import GenerateSettings
from exiqa.bank.phrases.selection import SelectionSettings
from exiqa.core.errors import UserError
from exiqa.core.schema_error import describe_schema_error


def settings_from(
    llm: LLM,
    k: int | None,
    dedup: str | None,
    seed: int,
    rounds: int,
    prompt: Path | None,
    price: str | None,
    max_cost: float | None,
) -> GenerateSettings:
    """Settings for `generate`. Raises UserError for an option that makes no sense."""
    chosen: dict[str, Any] = {}
    if isinstance(llm, ReplayLLM):
        chosen = {
            name: llm.header.choosing[name] for name in SelectionSettings.model_fields if name in llm.header.choosing
        }
    if k is not None:
        chosen["k"] = k
    if dedup is not None:
        chosen["threshold"] = _threshold(dedup)
    if max_cost is not None and not 0 < max_cost < float("inf"):
        raise UserError(f"--max-cost {max_cost} is not a sum of US dollars above 0")
    try:
        selection = SelectionSettings(**chosen)
    except ValidationError as error:
        reason = describe_schema_error(error, SelectionSettings)
        raise UserError(f"the transcript's settings do not fit: {reason}; repair the transcript") from None
    return GenerateSettings(
        selection=selection,
        seed=seed,
        rounds=rounds,
        prompt=prompt,
        price=parse_price(price) if price is not None else None,
        max_cost=max_cost,
    )


def _threshold(text: str) -> float | None:
    if text == "off":
        return None
    try:
        value = float(text)
    except ValueError:
        value = 0.0
    if not 0 < value <= 1:
        raise UserError(f"--dedup {text!r} is neither `off` nor a cosine above 0 and up to 1, as in --dedup 0.8")
    return value

"""The command line's options as settings; what is not given follows the defaults, or in a replay what was recorded."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from pydantic import ValidationError

from exiqa.attrgen.cost import parse_price
from exiqa.attrgen.llms.base import LLM
from exiqa.attrgen.llms.replay import ReplayLLM
from exiqa.attrgen.settings import GenerateSettings
from exiqa.bank.phrases.selection import SelectionSettings, parse_threshold
from exiqa.core.errors import UserError
from exiqa.core.schema_error import describe_schema_error


def settings_from_options(
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
    selection_fields: dict[str, Any] = {}
    if isinstance(llm, ReplayLLM):
        recorded = llm.header.choosing
        selection_fields = {name: recorded[name] for name in SelectionSettings.model_fields if name in recorded}
    if k is not None:
        selection_fields["k"] = k
    if dedup is not None:
        selection_fields["threshold"] = parse_threshold(dedup)
    if max_cost is not None and not 0 < max_cost < float("inf"):
        raise UserError(f"--max-cost {max_cost} is not a sum of US dollars above 0")
    try:
        selection = SelectionSettings(**selection_fields)
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

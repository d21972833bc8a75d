"""The command line's options as settings.

What is not given follows the defaults, or in a replay what was recorded.
"""

from __future__ import annotations

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
    min_topic: float | None,
    seed: int,
    rounds: int,
    prompt: str | None,
    price: str | None,
    max_cost: float | None,
) -> GenerateSettings:
    """Settings for `generate` from the options of the command line.

    Args:
        llm: The LLM to ask. A `ReplayLLM` brings the recorded settings of the selection.
        k: Attributes per distortion; None: as recorded, else the default.
        dedup: `--dedup`, see `parse_threshold`; None: as recorded, else the default.
        min_topic: See `SelectionSettings`; None: as recorded, else the default.
        seed: Seed of the sampling.
        rounds: How many times to ask about a distortion that is short of K.
        prompt: A shipped template or the file of the user's own; None is the default of the kind of LLM.
        price: `--price`, see `parse_price`; None counts no cost.
        max_cost: US dollars; None is no cap.

    Raises:
        UserError: An option makes no sense, or the recorded settings are no settings.
    """
    selection_fields: dict[str, Any] = {}
    if isinstance(llm, ReplayLLM):
        recorded = llm.header.choosing
        selection_fields = {name: recorded[name] for name in SelectionSettings.model_fields if name in recorded}
    if k is not None:
        selection_fields["k"] = k
    if dedup is not None:
        selection_fields["threshold"] = parse_threshold(dedup)
    if min_topic is not None:
        if not -1 <= min_topic <= 1:
            raise UserError(f"--min-topic {min_topic} is no cosine; give one from -1 to 1, as in --min-topic 0.1")
        selection_fields["min_topic"] = min_topic
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

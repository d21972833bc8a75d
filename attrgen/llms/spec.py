"""`--llm SPEC`: which LLM a spec names."""

from __future__ import annotations

from typing import TYPE_CHECKING

from exiqa.attrgen.llms import SHIPPED
from exiqa.attrgen.llms.provider import LLMOptions, LLMProvider
from exiqa.core.errors import UserError
from exiqa.core.registry import Registry

if TYPE_CHECKING:
    from exiqa.attrgen.llms.base import LLM

PROVIDERS = Registry("exiqa.llms", LLMProvider, "LLM", SHIPPED)
"""The kinds of LLMs, ours and those of other packages, by what a spec begins with."""


def parse_llm_spec(spec: str, options: LLMOptions | None = None) -> LLM:
    """The LLM that `--llm SPEC` names.

    Args:
        spec: One of the forms of `PROVIDERS`, or `package.module:NAME` of a provider, a colon and what that takes.
        options: How it is to be asked.

    Raises:
        UserError: The spec names no LLM, or one whose model is not there.
    """
    name, rest = PROVIDERS.beginning(spec) or ("", "")
    provider = PROVIDERS[name] if name and (not rest or rest[0] == ":") else None
    rest = rest.removeprefix(":")
    if provider is None or not provider.takes(rest):
        raise UserError(f"--llm {spec!r} names no LLM; it takes {_forms()}")
    options = options or LLMOptions()
    if options.batch and not provider.batches:
        raise UserError(f"--batch: {name} is not asked by batches; openai:MODEL is")
    return provider.open(rest, options)


def _forms() -> str:
    """The forms of all specs, those of other packages too: "openai:MODEL, smollm2 or replay:TRANSCRIPT"."""
    *forms, last = (form for provider in PROVIDERS.usable().values() for form in provider.forms)
    return f"{', '.join(forms)} or {last}"

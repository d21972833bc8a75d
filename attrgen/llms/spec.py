"""`--llm SPEC`: which LLM a spec names."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

from exiqa.attrgen.llms.base import LLM
from exiqa.attrgen.llms.local import LocalLLM, smollm2_folder
from exiqa.attrgen.llms.openai import OpenAILLM
from exiqa.attrgen.llms.replay import ReplayLLM
from exiqa.core.errors import UserError

SPECS = "openai:MODEL, openai:MODEL@URL, hf:REPO-or-DIR, gguf:FILE, smollm2 or replay:TRANSCRIPT"


def parse_llm_spec(spec: str, concurrency: int = 8) -> LLM:
    """The LLM that `--llm SPEC` names.

    Args:
        spec: One of `SPECS`.
        concurrency: Requests under way at once, or the batch of a local model.

    Raises:
        UserError: The spec names no LLM, or one whose model is not there.
    """
    if spec == "smollm2":
        return LocalLLM(spec, str(smollm2_folder()), None, concurrency)
    kind, _, rest = spec.partition(":")
    if kind not in _KINDS or not rest:
        raise UserError(f"--llm {spec!r} names no LLM; it takes {SPECS}")
    return _KINDS[kind](rest, concurrency)


def _openai(rest: str, concurrency: int) -> LLM:
    """`MODEL` or `MODEL@URL`. A model's own name may hold `@`, `/` and `:`, but then a URL must follow.

    Without one, an address whose scheme was forgotten would pass for a part of the name, and prompts and key would
    go to OpenAI.
    """
    separator = re.search("@(?=https?://)", rest, re.IGNORECASE)
    if separator:
        return OpenAILLM(rest[: separator.start()], rest[separator.end() :], concurrency)
    if "@" in rest:
        # Only what follows the last @ is shown: what stands before may be a password.
        shown = rest.rpartition("@")[2].partition("?")[0]
        raise UserError(
            f"--llm openai: what follows @ must be a URL with its scheme, and {shown!r} is none; write "
            "openai:MODEL@http://HOST:PORT or openai:MODEL@https://HOST"
        )
    return OpenAILLM(rest, None, concurrency)


def _hf(rest: str, concurrency: int) -> LLM:
    return LocalLLM(f"hf:{rest}", rest, None, concurrency)


def _gguf(rest: str, concurrency: int) -> LLM:
    file = Path(rest)
    if not file.is_file():
        raise UserError(f"--llm gguf:{rest}: there is no file {file}")
    return LocalLLM(f"gguf:{rest}", str(file.parent), file.name, concurrency)


def _replay(rest: str, concurrency: int) -> LLM:
    return ReplayLLM(Path(rest))


_KINDS: dict[str, Callable[[str, int], LLM]] = {"openai": _openai, "hf": _hf, "gguf": _gguf, "replay": _replay}

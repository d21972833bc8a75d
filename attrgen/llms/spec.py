"""`--llm SPEC`: which LLM a spec names."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from exiqa.attrgen.llms.llm import LLM
from exiqa.attrgen.llms.local import LocalLLM, smollm2_folder
from exiqa.attrgen.llms.openai import OpenAILLM
from exiqa.attrgen.llms.replay import ReplayLLM
from exiqa.core.errors import UserError

SPECS = "openai:MODEL, openai:MODEL@URL, hf:REPO-or-DIR, gguf:FILE, smollm2 or replay:TRANSCRIPT"


def parse_llm_spec(spec: str, concurrency: int = 8) -> LLM:
    """The LLM that `--llm SPEC` names. `concurrency`: requests under way at once, or the batch of a local model.

    Raises UserError for a spec that names none, or one whose model is not there.
    """
    if spec == "smollm2":
        return LocalLLM(spec, str(smollm2_folder()), None, concurrency)
    kind, _, rest = spec.partition(":")
    if kind not in _KINDS or not rest:
        raise UserError(f"--llm {spec!r} names no LLM; it takes {SPECS}")
    return _KINDS[kind](rest, concurrency)


def _openai(rest: str, concurrency: int) -> LLM:
    """`MODEL` or `MODEL@URL`; a model's own name may hold `@`, `/` and `:`."""
    for scheme in ("@http://", "@https://"):
        model, found, address = rest.rpartition(scheme)
        if found:
            return OpenAILLM(model, scheme.removeprefix("@") + address, concurrency)
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

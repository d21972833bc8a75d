"""What an LLM is here: something that answers prompts, each answer carrying the tokens that it cost."""

from __future__ import annotations

from collections.abc import Generator, Iterable
from functools import cached_property
from pathlib import Path
from typing import Protocol

from pydantic import BaseModel, ConfigDict, Field, field_validator

from bank.errors import UserError
from bank.files import canonical_json, sha256_hex

SPECS = "openai:MODEL, openai:MODEL@URL, hf:REPO-or-DIR, gguf:FILE, smollm2 or replay:TRANSCRIPT"


class Sampling(BaseModel):
    """How an answer is drawn. Temperature 0 is greedy; top-p keeps the likeliest tokens of that total probability."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    temperature: float = Field(default=0.7, ge=0, le=2)
    top_p: float = Field(default=0.9, gt=0, le=1)
    max_tokens: int = Field(default=512, ge=1)


class Request(BaseModel):
    """One prompt for one distortion in one round. Its `key` is what a recorded answer is found by."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    llm: str
    distortion: str
    round: int = Field(ge=1)
    prompt: str
    count: int = Field(ge=1)
    """How many phrases the prompt asks for."""
    seed: int = Field(ge=0)
    sampling: Sampling

    @cached_property
    def key(self) -> str:
        """SHA-256 of all that could change the answer, 64 hex digits."""
        return sha256_hex(canonical_json(self.model_dump()))


class Answer(BaseModel):
    """What the LLM wrote, word for word, and what it cost."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    key: str
    text: str
    cut: bool = False
    """Whether it ended at its token limit rather than where the model wanted to."""
    tokens_in: int = Field(ge=0)
    tokens_out: int = Field(ge=0)
    model: str
    """The model's own name for itself, which may say more than the one it was asked by."""
    ignored: tuple[str, ...] = ()
    """What the server refused to take and so was left out: `temperature`, `seed`, …"""

    @field_validator("text", "model")
    @classmethod
    def _can_be_written(cls, text: str) -> str:
        """JSON can carry halves of characters (`\\ud800`) that no UTF-8 file can hold; they become `?`."""
        return text.encode("utf-8", "replace").decode()


class LLM(Protocol):
    """Anything that answers requests."""

    @property
    def name(self) -> str:
        """The spec that gets the same model again: `openai:gpt-4o-mini`, `smollm2`. Never holds a key."""
        ...

    def complete(self, requests: Iterable[Request]) -> Generator[Answer, None, None]:
        """Answers, each as soon as it is there, in any order. `requests` is drawn from as capacity allows.

        Raises UserError when a request fails for good; the answers that were under way come first.
        """
        ...


def parse_llm_spec(spec: str, concurrency: int = 8) -> LLM:
    """The LLM that `--llm SPEC` names. `concurrency`: requests under way at once, or the batch of a local model.

    Raises UserError for a spec that names none, or one whose model is not there.
    """
    kind, _, rest = spec.partition(":")
    if kind == "openai" and rest:
        from attrgen.openai_llm import OpenAILLM

        model, url = _split_url(rest)
        return OpenAILLM(model, url, concurrency)
    if spec == "smollm2":
        from attrgen.local_llm import LocalLLM, smollm2_folder

        return LocalLLM("smollm2", str(smollm2_folder()), None, concurrency)
    if kind == "hf" and rest:
        from attrgen.local_llm import LocalLLM

        return LocalLLM(spec, rest, None, concurrency)
    if kind == "gguf" and rest:
        from attrgen.local_llm import LocalLLM

        file = Path(rest)
        if not file.is_file():
            raise UserError(f"--llm {spec}: there is no file {file}")
        return LocalLLM(spec, str(file.parent), file.name, concurrency)
    if kind == "replay" and rest:
        from attrgen.replay import ReplayLLM

        return ReplayLLM(Path(rest))
    raise UserError(f"--llm {spec!r} names no LLM; it takes {SPECS}")


def _split_url(rest: str) -> tuple[str, str | None]:
    """Model and URL of `MODEL@URL`; a model's own name may hold `@`, `/` and `:`."""
    for scheme in ("@http://", "@https://"):
        model, found, address = rest.rpartition(scheme)
        if found:
            return model, scheme.removeprefix("@") + address
    return rest, None

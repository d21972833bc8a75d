"""What an LLM is asked and what it answers: the lines of a transcript, and all that an LLM here reads and writes."""

from __future__ import annotations

from functools import cached_property

from pydantic import BaseModel, ConfigDict, Field, field_validator

from exiqa.core.files import canonical_json, sha256_hex, whole_characters


class Sampling(BaseModel):
    """How an answer is drawn. Temperature 0 is greedy; top-p keeps the likeliest tokens of that total probability."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    temperature: float = Field(default=0.7, ge=0, le=2)
    top_p: float = Field(default=0.9, gt=0, le=1)
    max_tokens: int = Field(default=512, ge=1)
    repetition_penalty: float = Field(default=1.0, ge=1)
    """See `exiqa.attrgen.prompts.asking.Asking`."""


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
    pictures: tuple[str, ...] = ()
    """SHA-256 of the PNG files that go along, in their order; the pictures themselves are kept nowhere."""

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
        return whole_characters(text)

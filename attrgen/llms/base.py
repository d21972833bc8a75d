"""What an LLM is here: something that answers prompts, each answer carrying the tokens that it cost."""

from __future__ import annotations

from collections.abc import Generator, Iterable
from typing import Protocol

from exiqa.attrgen.request import Answer, Request


class LLM(Protocol):
    """Anything that answers requests."""

    @property
    def name(self) -> str:
        """The spec that gets the same model again: `openai:gpt-4o-mini`, `smollm2`. Never holds a key."""
        ...

    def complete(self, requests: Iterable[Request]) -> Generator[Answer, None, None]:
        """Answers, each as soon as it is there, in any order.

        Args:
            requests: Drawn from as capacity allows.

        Raises:
            UserError: A request fails for good; the answers that were under way come first.
        """
        ...

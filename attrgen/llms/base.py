"""What an LLM is here: something that answers prompts, each answer carrying the tokens that it cost."""

from __future__ import annotations

from collections.abc import Generator, Iterable, Mapping
from typing import Protocol, runtime_checkable

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


@runtime_checkable
class SeeingLLM(Protocol):
    """An LLM that may be shown pictures."""

    def show(self, pictures: Mapping[str, bytes]) -> None:
        """Have pictures at hand for the requests that name them.

        Args:
            pictures: SHA-256 -> a PNG file.

        Raises:
            UserError: The model takes no pictures.
        """
        ...

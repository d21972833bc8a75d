"""What a kind of LLM is: how its specs look, and what opens one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from exiqa.attrgen.llms.base import LLM


KEY_VARIABLE = "OPENAI_API_KEY"


@dataclass(frozen=True)
class LLMOptions:
    """How an LLM is to be asked, whichever it is; each kind takes what it knows."""

    concurrency: int = 8
    """Requests under way at once, or the batch of a local model; at least 1."""
    key_variable: str = KEY_VARIABLE
    """The environment variable that holds the key of a server; the key itself is handed on nowhere."""
    batch: bool = False
    """Ask by batches, where the kind has them."""


@dataclass(frozen=True)
class LLMProvider:
    """LLMs that are asked in the same way. One object in a module, named by `exiqa.attrgen.llms.spec.PROVIDERS`."""

    forms: tuple[str, ...]
    """Its specs as people write them: "openai:MODEL@URL"; a form without a colon takes nothing more."""
    open: Callable[[str, LLMOptions], LLM]
    """(what follows the name and its colon, "" where nothing does; how it is to be asked) -> the LLM. Raises UserError
    where there is none. Nothing is asked yet."""
    batches: bool = False
    """Whether `LLMOptions.batch` means something to it."""

    def takes(self, rest: str) -> bool:
        """Whether some form is a name followed by `rest`, or by nothing where `rest` is empty."""
        return any((":" in form) == bool(rest) for form in self.forms)

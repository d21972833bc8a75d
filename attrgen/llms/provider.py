"""What a kind of LLM is: how its specs look, and what opens one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from exiqa.attrgen.llms.base import LLM


@dataclass(frozen=True)
class LLMProvider:
    """LLMs that are asked in the same way. One object in a module, named by `exiqa.attrgen.llms.spec.PROVIDERS`."""

    forms: tuple[str, ...]
    """Its specs as people write them: "openai:MODEL@URL"; a form without a colon takes nothing more."""
    open: Callable[[str, int], LLM]
    """(what follows the name and its colon, "" where nothing does; requests at once, at least 1) -> the LLM. Raises
    UserError where there is none. Nothing is asked yet."""

    def takes(self, rest: str) -> bool:
        """Whether some form is a name followed by `rest`, or by nothing where `rest` is empty."""
        return any((":" in form) == bool(rest) for form in self.forms)

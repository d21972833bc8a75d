"""Prompts: Jinja2 templates rendered in Jinja's sandbox, named and hashed."""

from __future__ import annotations

import functools
import json
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from functools import cached_property
from importlib import resources
from pathlib import Path
from typing import Any

from jinja2 import StrictUndefined, Template, TemplateError, meta
from jinja2.sandbox import SandboxedEnvironment

from exiqa.attrgen.prompts.context import Context
from exiqa.bank.taxonomy import Distortion
from exiqa.core.documents import read_text
from exiqa.core.errors import UserError
from exiqa.core.files import sha256_hex

TEMPLATES = ("paper", "examples", "tell_apart", "gaps")
"""The shipped templates: the paper's (section IV-B); three worked examples, for models that follow these better than
instructions; what tells the distortion apart from similar ones; effects that were measured and that no phrase names."""

VARIABLES = (
    *("count", "count_words", "name", "explanation", "levels", "taken", "gaps"),
    *("effects", "similar", "examples", "turn"),
)
"""What a template may use: how many phrases (as a number, in words), the distortion and how many levels it has, the
phrases it already has, the names of the effects that its pictures show and none of them names, of the fields of
`exiqa.attrgen.prompts.context.Context` the plain data, and, where a prompt is asked several times, the number of the
sample from 0."""

OPEN_LIST, OPEN_LINE = "\n-", "->"
"""A prompt that ends like this is a text to go on with, not a message to reply to: a model on this machine goes on
with the list, or with the line, instead of answering in a chat."""

_CHILD = Path(__file__).with_name("template_child.py")
_SECONDS = 30
"""Until a child that renders a template is ended; it ends itself after ten of work."""

_TEENS = ("ten", "eleven", "twelve", "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen")
_UNITS = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", *_TEENS)
_TENS = ("twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety")


@dataclass(frozen=True)
class Prompt:
    """A prompt template. Its hash goes into the bank's provenance."""

    name: str
    source: str

    @property
    def hash(self) -> str:
        """SHA-256 of the template's text, 64 hex digits."""
        return sha256_hex(self.source)

    @cached_property
    def used(self) -> frozenset[str]:
        """The variables that the template uses; none where it cannot be read, which `render` tells."""
        try:
            return frozenset(meta.find_undeclared_variables(SandboxedEnvironment().parse(self.source)))
        except TemplateError:
            return frozenset()

    def render(
        self,
        distortion: Distortion,
        count: int,
        taken: Sequence[str] = (),
        gaps: Sequence[str] = (),
        context: Context | None = None,
        turn: int = 0,
    ) -> str:
        """The text for one distortion.

        Args:
            distortion: Its name and explanation are shown.
            count: How many phrases to ask for.
            taken: Phrases that the distortion has already and the LLM is asked not to repeat.
            gaps: Names of effects that can be seen and that no phrase speaks of yet.
            context: What else it may use; None is nothing.
            turn: The number of the sample, from 0.

        Raises:
            UserError: The template uses an undefined variable or what the sandbox forbids, or comes out empty.
        """
        values = {
            "count": count,
            "count_words": in_words(count),
            "name": distortion.name,
            "explanation": distortion.explanation,
            "levels": distortion.levels,
            "taken": list(taken),
            "gaps": list(gaps),
            "turn": turn,
            **asdict(context or Context()),
        }
        ours = self.name in TEMPLATES and self.source == _shipped(self.name)
        text = _compiled(self.source).render(**values) if ours else self._render_apart(values)
        if not text.strip():
            raise UserError(
                f"prompt {self.name} comes out empty for {distortion.id}; write what the LLM is to be asked"
            )
        return text

    def _render_apart(self, values: dict[str, Any]) -> str:
        """The template's text, rendered by a process of its own, whose memory and time are bounded."""
        asked = json.dumps({"source": self.source, "values": values})
        try:
            child = subprocess.run(
                [sys.executable, "-I", str(_CHILD)],
                input=asked,
                capture_output=True,
                encoding="utf-8",
                timeout=_SECONDS,
            )
            answer = json.loads(child.stdout)
        except subprocess.TimeoutExpired:
            answer = {"error": "it takes too long"}
        except ValueError:
            # Ended by its own limits, before it could say so.
            answer = {"error": "it takes too long, or needs too much memory"}
        if "error" in answer:
            raise UserError(f"prompt {self.name}: {answer['error']}; it may use {', '.join(VARIABLES)}")
        return str(answer["text"])


@functools.cache
def _shipped(name: str) -> str:
    return (resources.files("exiqa.attrgen.prompts") / f"{name}.j2").read_text(encoding="utf-8")


@functools.cache
def _compiled(source: str) -> Template:
    return SandboxedEnvironment(undefined=StrictUndefined, autoescape=False).from_string(source)


def load_prompt(name: str | Path = "paper") -> Prompt:
    """A shipped template by its name, or the user's own by its file.

    Raises:
        UserError: The file is not UTF-8 text, or there is neither a template nor a file of that name.
    """
    if str(name) in TEMPLATES:
        return Prompt(str(name), _shipped(str(name)))
    path = Path(name)
    if not path.suffix and not path.exists():
        raise UserError(f"--prompt {name}: there is no such template or file; templates are {', '.join(TEMPLATES)}")
    return Prompt(path.stem, read_text(path))


def in_words(number: int) -> str:
    """A count as the paper prints it: 5 is "five". From a hundred on, digits."""
    if not 0 <= number < 100:
        return str(number)
    if number < 20:
        return _UNITS[number]
    tens, units = divmod(number, 10)
    return _TENS[tens - 2] + (f"-{_UNITS[units]}" if units else "")

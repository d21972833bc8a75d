"""How a kind of LLM is asked: by which template, how often in a round, for how much, and how its answers are drawn."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field

CANDIDATES_PER_PHRASE = 2
"""Phrases asked for per phrase wanted, since screens and de-duplication take some."""


class Asking(BaseModel):
    """The defaults of a kind of LLM; an `LLM` that has one names it `asking`, any other is asked as `LARGE`."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    template: str = "paper"
    """A shipped template, see `exiqa.attrgen.prompts.prompt.TEMPLATES`."""
    samples: int = Field(default=1, ge=1)
    """Answers to each prompt, each with a seed of its own."""
    samples_per_phrase: int | None = Field(default=None, ge=1)
    """Or as many for each phrase wanted."""
    phrases: int | None = Field(default=None, ge=1)
    """Phrases that a prompt asks for; None: `CANDIDATES_PER_PHRASE` times K."""
    tokens_per_phrase: int = Field(default=40, ge=1)
    """Room that an answer gets for each phrase and one more. 40 is twice what the paper's own take."""
    temperature: float = Field(default=0.7, ge=0, le=2)
    top_p: float = Field(default=0.9, gt=0, le=1)
    repetition_penalty: float = Field(default=1.0, ge=1)
    """The score of a token that the answer has already is divided by this where it is positive, else multiplied
    (Keskar et al., 2019, CTRL, section 4.1); only local models know it. 1 is none."""

    def answers(self, k: int) -> int:
        """Answers to each prompt where K phrases are wanted."""
        return self.samples_per_phrase * k if self.samples_per_phrase else self.samples

    def count(self, k: int) -> int:
        """Phrases that one prompt asks for where K are wanted."""
        return self.phrases or CANDIDATES_PER_PHRASE * k


LARGE = Asking()
"""A model that follows instructions: the paper's prompt, once."""

SMALL = Asking(
    template="examples",
    samples_per_phrase=8,
    phrases=3,
    tokens_per_phrase=12,
    temperature=0.7,
    repetition_penalty=1.15,
)
"""A small model on this machine. It follows worked examples far better than instructions, loses its thread in a long
answer, and says something else every time: so many short answers, of which screens and pictures take the good ones."""

BY_TEMPLATE = {each.template: each for each in (LARGE, SMALL)} | dict.fromkeys(("tell_apart", "gaps"), LARGE)
"""How a shipped template is asked, whichever model is; a template of the user's own is asked as its kind of LLM is."""

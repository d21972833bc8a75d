"""A file of phrases in place of a language model: `phrasebook:FILE`, a line a phrase."""

from __future__ import annotations

from collections.abc import Generator, Iterable
from pathlib import Path

from exiqa.attrgen import Answer, LLMOptions, LLMProvider, Request
from exiqa.core.errors import UserError


class PhraseBook:
    """Answers every prompt with all phrases of the file."""

    def __init__(self, path: str, options: LLMOptions) -> None:
        if not Path(path).is_file():
            raise UserError(f"--llm phrasebook:{path}: there is no such file; give a text file, a line a phrase")
        self.name = f"phrasebook:{path}"
        self._phrases = Path(path).read_text(encoding="utf-8").splitlines()

    def complete(self, requests: Iterable[Request]) -> Generator[Answer, None, None]:
        for request in requests:
            text = "\n".join(f"{n}. There is {phrase}." for n, phrase in enumerate(self._phrases, start=1))
            yield Answer(
                key=request.key,
                text=text,
                tokens_in=len(request.prompt.split()),
                tokens_out=len(text.split()),
                model=self.name,
            )


PROVIDER = LLMProvider(forms=("phrasebook:FILE",), open=PhraseBook)

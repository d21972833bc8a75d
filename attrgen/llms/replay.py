"""Replay: the answers of an earlier generation in place of an LLM."""

from __future__ import annotations

from collections.abc import Generator, Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from exiqa.attrgen.llms.provider import LLMOptions, LLMProvider
from exiqa.core.errors import UserError

if TYPE_CHECKING:
    from exiqa.attrgen.request import Answer, Request
    from exiqa.attrgen.transcript import Header


class ReplayLLM:
    """The requests and answers that a transcript holds, found by distortion and round; asks nobody.

    The requests come from the transcript too, so that no answer is ever filed under a prompt it was not given to.
    """

    def __init__(self, path: Path) -> None:
        """Read a transcript or the draft of one.

        Raises:
            UserError: `path` is no transcript, or an empty one.
        """
        from exiqa.attrgen.transcript import AnswerLine, EffectsLine, EndLine, Header, RequestLine, read_transcript

        if not path.is_file():
            raise UserError(f"--llm replay:{path}: there is no such file")
        lines = read_transcript(path)
        if not lines or not isinstance(lines[0], Header):
            raise UserError(f"--llm replay:{path}: the file is empty, so there is nothing to replay")
        self.path = path
        self.header: Header = lines[0]
        self.name = self.header.llm
        self.effects = next((line.table for line in lines if isinstance(line, EffectsLine)), None)
        """What phrases were held against, if anything."""
        answers = {line.answer.key: line.answer for line in lines if isinstance(line, AnswerLine)}
        self._answers = answers
        self._requests: dict[tuple[str, int], list[Request]] = {}
        for line in lines:
            if isinstance(line, RequestLine) and line.request.key in answers:
                self._requests.setdefault((line.request.distortion, line.request.round), []).append(line.request)
        ends = [line for line in lines if isinstance(line, EndLine)]
        self.bank_hash = ends[-1].hash if ends else None
        """The hash of the bank that the generation gave, None where it never ended."""

    def requests(self, distortion: str, round: int) -> list[Request]:
        """What was asked about a distortion in a round and was answered."""
        return self._requests.get((distortion, round), [])

    def complete(self, requests: Iterable[Request]) -> Generator[Answer, None, None]:
        """The recorded answers of requests that `request` gave."""
        for request in requests:
            yield self._answers[request.key]


def _open(rest: str, options: LLMOptions) -> ReplayLLM:
    return ReplayLLM(Path(rest))


PROVIDER = LLMProvider(forms=("replay:TRANSCRIPT",), open=_open)

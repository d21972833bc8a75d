"""Transcripts: every prompt, answer, phrase and verdict of a generation, as JSON lines.

While a generation runs, its draft is only appended to, and every line is on the disk before it is used; a process
killed at any moment loses at most a line cut in the middle. When the generation ends, the finished transcript is
written beside the bank: the same content, in the order of the requests.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Annotated, Any, Final, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

from exiqa.attrgen.request import Answer, Request
from exiqa.bank.grounding.table import EffectTable
from exiqa.core.documents import read_bytes
from exiqa.core.errors import UserError
from exiqa.core.files import canonical_json, named_errors, parse_json, sha256_hex

SCHEMA: Final = 1


class _Line(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Header(_Line):
    """What the generation was told: the first line. Two drafts with equal headers are the same generation."""

    kind: Literal["generation"] = "generation"
    schema_version: Literal[1] = SCHEMA
    bank: str
    taxonomy: str
    taxonomy_hash: str
    only: tuple[str, ...]
    llm: str
    prompt: str
    prompt_hash: str
    asking: dict[str, Any]
    """Whatever else changes the answers: how many phrases a prompt asks for, seed, sampling."""
    choosing: dict[str, Any]
    """Whatever changes which phrases are taken: K, de-duplication, the ranking's weights, the encoder."""

    @property
    def hash(self) -> str:
        return sha256_hex(canonical_json(self.model_dump(mode="json")))


class EffectsLine(_Line):
    """What the distortions do to pictures, where phrases were held against that: the second line, if any."""

    kind: Literal["effects"] = "effects"
    table: EffectTable


class RequestLine(_Line):
    """A request, written before it is sent."""

    kind: Literal["request"] = "request"
    request: Request


class AnswerLine(_Line):
    """An answer with its token counts, written before it is used."""

    kind: Literal["answer"] = "answer"
    answer: Answer


class VerdictLine(_Line):
    """A phrase read from an answer and what became of it."""

    kind: Literal["verdict"] = "verdict"
    distortion: str
    round: int
    written: str
    """As it stood in the answer."""
    phrase: str
    """The noun phrase that was judged."""
    verdict: str
    detail: str


class ShortLine(_Line):
    """A call that ended with distortions short of K; the next call goes on with the round after `rounds`."""

    kind: Literal["short"] = "short"
    rounds: int
    short: dict[str, int]


class EndLine(_Line):
    """How the generation ended: the hash of its bank, and the totals."""

    kind: Literal["bank"] = "bank"
    hash: str
    tokens_in: int
    tokens_out: int


Line = Header | EffectsLine | RequestLine | AnswerLine | VerdictLine | ShortLine | EndLine
_LINE: TypeAdapter[Line] = TypeAdapter(Annotated[Line, Field(discriminator="kind")])


def line_text(line: Line) -> str:
    """One line of a transcript, with its line feed."""
    return canonical_json(line.model_dump(mode="json")) + "\n"


def read_transcript(path: Path) -> list[Line]:
    """The lines of a transcript, without a last one that was cut in the middle.

    Raises:
        UserError: The file is no transcript, is damaged before its last line, or is newer than this program.
    """
    return _parse(path, read_bytes(path))[0]


def _parse(path: Path, data: bytes) -> tuple[list[Line], int]:
    """The whole lines and how many bytes they take up."""
    whole = data[: data.rfind(b"\n") + 1]
    lines: list[Line] = []
    for number, raw in enumerate(whole.splitlines(), start=1):
        try:
            value = parse_json(raw.decode())
            if number == 1 and isinstance(value, dict) and value.get("kind") == "generation":
                version = value.get("schema_version")
                if isinstance(version, int) and version > SCHEMA:
                    raise UserError(
                        f"{path} is a transcript of schema {version}, this program knows up to {SCHEMA}: update exiqa"
                    )
            lines.append(_LINE.validate_python(value))
        except (ValueError, RecursionError):
            raise UserError(
                f"{path} is no transcript from line {number} on; restore the file, or move it away to begin anew"
            ) from None
        if number == 1 and not isinstance(lines[0], Header):
            raise UserError(f"{path} is no transcript: its first line must say what was generated")
    return lines, len(whole)


class Draft:
    """The transcript of a generation that is under way. Open it by one process at a time."""

    def __init__(self, path: Path, header: Header, effects: EffectTable | None) -> None:
        """Continue the draft at `path`, or begin it.

        Raises:
            UserError: The file is not this generation's draft.
        """
        self.path = path
        self._requests: dict[str, Request] = {}
        self._answers: dict[str, Answer] = {}
        self.rounds_done = 0
        """Rounds that earlier calls used up without reaching K."""
        path.parent.mkdir(parents=True, exist_ok=True)
        lines, size = _parse(path, read_bytes(path)) if path.exists() else ([], 0)
        self._stream = path.open("ab")
        if path.stat().st_size > size:
            # A line cut in the middle by a kill: its request is asked again, since its answer was never used.
            self._stream.truncate(size)
        if not lines:
            self._append(_opening(header, effects))
        elif lines[0] != header:
            raise UserError(f"{path} is the draft of another generation; move it away to begin anew")
        for line in lines:
            if isinstance(line, RequestLine):
                self._requests[line.request.key] = line.request
            elif isinstance(line, AnswerLine):
                self._answers[line.answer.key] = line.answer
            elif isinstance(line, ShortLine):
                self.rounds_done = line.rounds

    def add_requests(self, requests: Sequence[Request]) -> None:
        """Record what is about to be asked."""
        new = [request for request in requests if request.key not in self._requests]
        self._requests.update({request.key: request for request in new})
        self._append([RequestLine(request=request) for request in new])

    def add_answer(self, answer: Answer) -> None:
        """Record an answer; when this returns it is on the disk."""
        self._answers[answer.key] = answer
        self._append([AnswerLine(answer=answer)])

    def answer(self, request: Request) -> Answer | None:
        """The recorded answer, if there is one."""
        return self._answers.get(request.key)

    def end_short(self, rounds: int, short: dict[str, int]) -> None:
        """Record that a call ended after `rounds` rounds with distortions short of K."""
        self._append([ShortLine(rounds=rounds, short=short)])

    def close(self) -> None:
        with named_errors(self.path):
            self._stream.close()

    def _append(self, lines: Sequence[Line]) -> None:
        if lines:
            with named_errors(self.path):
                self._stream.write("".join(map(line_text, lines)).encode())
                self._stream.flush()
                os.fsync(self._stream.fileno())


def _opening(header: Header, effects: EffectTable | None) -> list[Line]:
    return [header] if effects is None else [header, EffectsLine(table=effects)]


def finished_text(
    header: Header,
    effects: EffectTable | None,
    asked: Iterable[tuple[Request, Answer]],
    verdicts: Sequence[VerdictLine],
    bank_hash: str,
) -> str:
    """The transcript that stays beside a bank: per request its answer and the verdicts on the phrases it gave.

    Args:
        header: The first line.
        effects: What phrases were held against, if anything.
        asked: Requests with their answers, in the order of the requests.
        verdicts: On every phrase that was read; each goes below the answers of its distortion in its round.
        bank_hash: Hash of the bank that the generation ended with.
    """
    judged: dict[tuple[str, int], list[VerdictLine]] = {}
    for verdict in verdicts:
        judged.setdefault((verdict.distortion, verdict.round), []).append(verdict)
    lines = _opening(header, effects)
    tokens_in = tokens_out = 0
    asked = list(asked)
    for number, (request, answer) in enumerate(asked):
        lines += [RequestLine(request=request), AnswerLine(answer=answer)]
        about = (request.distortion, request.round)
        following = asked[number + 1][0] if number + 1 < len(asked) else None
        if following is None or (following.distortion, following.round) != about:
            lines += judged.get(about, [])
        tokens_in += answer.tokens_in
        tokens_out += answer.tokens_out
    lines.append(EndLine(hash=bank_hash, tokens_in=tokens_in, tokens_out=tokens_out))
    return "".join(map(line_text, lines))

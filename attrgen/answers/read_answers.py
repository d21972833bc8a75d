"""All answers of a generation with the phrases read from them, and what became of each phrase."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from exiqa.attrgen.answers.items import Item
from exiqa.attrgen.request import Answer, Request
from exiqa.attrgen.transcript import VerdictLine
from exiqa.bank.phrases.screens import PhraseVerdict

UNPARSABLE = "unparsable"
EXCERPT_CHARACTERS = 200
"""How much of an answer without a list stands in its verdict."""


@dataclass(frozen=True)
class ReadAnswer:
    """An answer, what was asked, and the entries of its list."""

    request: Request
    answer: Answer
    items: tuple[Item, ...]


class ReadAnswers:
    """The answers so far, in the order of their requests: by round, and within a round by distortion."""

    def __init__(self, distortions: Sequence[str]) -> None:
        self._by_distortion: dict[str, list[ReadAnswer]] = {distortion: [] for distortion in distortions}
        self._all: list[ReadAnswer] = []

    def add(self, request: Request, answer: Answer, items: Sequence[Item]) -> None:
        """Keep one more answer with the entries of its list (`read_items`)."""
        read = ReadAnswer(request, answer, tuple(items))
        self._by_distortion[request.distortion].append(read)
        self._all.append(read)

    @property
    def asked(self) -> list[tuple[Request, Answer]]:
        """Each request with its answer."""
        return [(read.request, read.answer) for read in self._all]

    def candidates(self) -> dict[str, list[str]]:
        """Distortion id -> the phrases that models wrote themselves; a distortion without any is left out."""
        return {
            distortion: phrases
            for distortion, answers in self._by_distortion.items()
            if (phrases := [item.phrase for read in answers for item in read.items if not item.copied])
        }

    def verdict_lines(self, verdicts: Iterable[PhraseVerdict]) -> list[VerdictLine]:
        """A line for every phrase, and for every answer without a list.

        Args:
            verdicts: On all `candidates`, those of a distortion in their order.
        """
        of_distortion: dict[str, list[PhraseVerdict]] = {distortion: [] for distortion in self._by_distortion}
        for verdict in verdicts:
            of_distortion[verdict.distortion].append(verdict)
        waiting = {distortion: iter(each) for distortion, each in of_distortion.items()}
        return [line for read in self._all for line in _lines(read, waiting[read.request.distortion])]


def _lines(read: ReadAnswer, verdicts: Iterator[PhraseVerdict]) -> Iterator[VerdictLine]:
    distortion = read.request.distortion
    for item in read.items:
        yield _line(read, item.written, item.verdict(distortion) if item.copied else next(verdicts))
    if not read.items:
        excerpt = " ".join(read.answer.text[: 2 * EXCERPT_CHARACTERS].split())[:EXCERPT_CHARACTERS]
        detail = "the answer has no list in it" if excerpt else "the answer is empty"
        yield _line(read, excerpt, PhraseVerdict(distortion, "", UNPARSABLE, detail))


def _line(read: ReadAnswer, written: str, verdict: PhraseVerdict) -> VerdictLine:
    return VerdictLine(
        distortion=verdict.distortion,
        round=read.request.round,
        written=written,
        phrase=verdict.phrase,
        verdict=verdict.verdict,
        detail=verdict.detail,
    )

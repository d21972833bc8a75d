"""Generation: ask, parse, screen, de-duplicate, rank, ask again where it was not enough, save."""

from __future__ import annotations

import contextlib
import datetime
import importlib.metadata
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from exiqa.attrgen.cost import Budget
from exiqa.attrgen.llms.base import LLM, Answer, Request
from exiqa.attrgen.llms.replay import ReplayLLM
from exiqa.attrgen.parse import parse_answer
from exiqa.attrgen.prompt import load_prompt
from exiqa.attrgen.request_source import PromptQuestions, Questions, ReplayQuestions
from exiqa.attrgen.settings import Event, EventKind, GenerateSettings
from exiqa.attrgen.transcript import Draft, Header, VerdictLine, finished_text
from exiqa.bank.attribute import Attribute
from exiqa.bank.phrases.embedding import CachedEncoder
from exiqa.bank.phrases.encoder import SentenceEncoder, load_encoder
from exiqa.bank.phrases.screens import PhraseVerdict, strip_frame
from exiqa.bank.phrases.selection import IdenticalSets, select
from exiqa.bank.schema import Bank, Provenance
from exiqa.bank.storage.store import BankStore, check_name, shipped_banks
from exiqa.bank.taxonomy import Taxonomy
from exiqa.core.errors import UserError
from exiqa.core.files import sha256_hex, write_text

UNPARSABLE = "unparsable"
SHOWN_CHARACTERS = 200
"""How much of an answer without a list stands in its verdict."""


@dataclass(frozen=True)
class GenerationResult:
    """What a call of `generate` came to."""

    bank: Bank | None
    """The saved bank; None while distortions are short of K."""
    verdicts: tuple[VerdictLine, ...]
    """Every phrase that was read, with what became of it, in the order of the requests."""
    short: dict[str, int]
    """Distortions with fewer than K phrases, and how many they have."""
    transcript: Path
    """The finished transcript, or the draft that the next call continues."""
    rounds: int
    tokens: tuple[int, int]
    """Read and written, over all calls that led here."""
    cost: float | None
    """US dollars over all calls; None without prices."""
    replayed: str | None = None
    """In a replay, the hash of the bank that the transcript ended with."""


class NotEnoughPhrases(UserError):
    """After the last round some distortions have fewer than K phrases. Nothing is lost: see `generation`."""

    def __init__(self, message: str, generation: GenerationResult) -> None:
        super().__init__(message)
        self.generation = generation


def generate(
    taxonomy: Taxonomy,
    only: Sequence[str] | None,
    llm: LLM,
    settings: GenerateSettings,
    store: Path,
    bank_name: str,
    on_event: Callable[[Event], None] | None = None,
) -> GenerationResult:
    """Ask `llm` for attributes of a taxonomy's distortions (or `only` some), and save the next version of a bank.

    Every request and answer is on the disk, in a draft in `store`, before it is used. A call that was interrupted
    or did not reach K is continued by the next with the same arguments: no recorded answer is asked for again, and
    the bank does not depend on where it was interrupted or in which order answers came. With a `ReplayLLM` the
    recorded answers go through screens, embeddings and ranking again.

    Raises NotEnoughPhrases (a UserError) when distortions stay short of K, and UserError for an unknown id in
    `only`, a bank name that is reserved or no name, a passed cost cap, an LLM that fails, or two distortions that
    are left with the same attributes.
    """
    wanted = _wanted(taxonomy, only)
    check_name(bank_name)
    if bank_name in {entry.name for entry in shipped_banks()}:
        raise UserError(f"the bank name {bank_name!r} is reserved for the bank in the package; choose another name")
    encoder = CachedEncoder(load_encoder())
    questions: Questions
    if isinstance(llm, ReplayLLM):
        questions = ReplayQuestions(taxonomy, llm)
    else:
        questions = PromptQuestions(taxonomy, llm.name, load_prompt(settings.prompt), settings)
    header = questions.header(bank_name, wanted, settings, encoder)
    with _opened(llm, store, header) as record:
        run = _Run(taxonomy, llm, settings, encoder, questions, header, record, on_event or (lambda event: None))
        run.ask_until_enough()
        return run.save(store)


def _wanted(taxonomy: Taxonomy, only: Sequence[str] | None) -> tuple[str, ...]:
    """The ids to ask about, in the taxonomy's order."""
    unknown = [id for id in only or () if id not in taxonomy.ids]
    if unknown:
        raise UserError(f"taxonomy {taxonomy.id} has no distortion {unknown[0]!r}; it has {', '.join(taxonomy.ids)}")
    return tuple(id for id in taxonomy.ids if not only or id in only)


@contextlib.contextmanager
def _opened(llm: LLM, store: Path, header: Header) -> Iterator[Draft | ReplayLLM]:
    """Where the answers are recorded: a draft, for this process alone, or the transcript that is replayed."""
    if isinstance(llm, ReplayLLM):
        yield llm
        return
    store.mkdir(parents=True, exist_ok=True)
    path = store / f"{header.bank}.{header.hash[:12]}.draft.jsonl"
    try:
        with FileLock(store / f".{path.name}.lock", timeout=0):
            draft = Draft(path, header)
            try:
                yield draft
            finally:
                draft.close()
    except Timeout:
        raise UserError(f"another process is generating {header.bank} here ({path}); wait for it to end") from None


class _Run:
    """One call of `generate`: rounds of questions until every distortion has K phrases."""

    def __init__(
        self,
        taxonomy: Taxonomy,
        llm: LLM,
        settings: GenerateSettings,
        encoder: SentenceEncoder,
        questions: Questions,
        header: Header,
        record: Draft | ReplayLLM,
        tell: Callable[[Event], None],
    ) -> None:
        self._taxonomy = taxonomy
        self._llm = llm
        self._settings = settings
        self._encoder = encoder
        self._questions = questions
        self._header = header
        self._record = record
        self._draft = record if isinstance(record, Draft) else None
        self._replayed = record.bank_hash if isinstance(record, ReplayLLM) else None
        self._tell = tell
        self._budget = Budget(settings.price, settings.max_cost if self._draft else None)
        self._asked: list[tuple[Request, Answer]] = []
        self._tokens = (0, 0)
        self._round = 0
        self._found: dict[str, list[tuple[int, Answer, list[str]]]] = {distortion: [] for distortion in header.only}
        self._ranked: dict[str, tuple[Attribute, ...]] = {}
        self._judged: dict[str, list[PhraseVerdict]] = {}

    def ask_until_enough(self) -> None:
        """Rounds, each for the distortions that are still short. Raises NotEnoughPhrases after the last."""
        last = self._draft.rounds_done + self._settings.rounds if self._draft else None
        while short := self._short():
            taken = {d: [a.phrase for a in self._ranked.get(d, ())] for d in short}
            requests = self._questions.of_round(self._round + 1, taken)
            if not requests or self._round == last:
                raise self._not_enough(short)
            self._round += 1
            for request, answer in self._answered(requests):
                self._asked.append((request, answer))
                self._found[request.distortion].append((request.round, answer, _items(answer)))
            self._select()
            self._report("selected", len(requests), len(requests))

    def save(self, store: Path) -> GenerationResult:
        """Write the finished transcript and the bank, then drop the draft; killed in between, a next call mends it."""
        verdicts = self._verdict_lines()
        ranked = {d: self._ranked[d] for d in self._header.only}
        # A bank's hash does not depend on the version that it is about to get.
        unsaved = Bank(
            name=self._header.bank,
            version=1,
            taxonomy=self._taxonomy,
            ranked=ranked,
            provenance=Provenance(method="generated"),
        )
        text = finished_text(self._header, self._asked, verdicts, unsaved.hash)
        digest = sha256_hex(text)
        bank = _saved_before(store, self._header.bank, digest)
        if bank is None:
            provenance = Provenance(
                method="generated",
                created=datetime.datetime.now(datetime.UTC).date().isoformat(),
                generator=self._generator(),
                settings=self._header.choosing,
                transcript=digest,
            )
            bank = BankStore(store).save(self._header.bank, self._taxonomy, ranked, provenance)
        transcript = store / f"{bank.id}.transcript.jsonl"
        write_text(transcript, text)
        if self._draft:
            self._draft.path.unlink()
        return self._generation(bank, verdicts, {}, transcript)

    def _answered(self, requests: list[Request]) -> list[tuple[Request, Answer]]:
        """Each request with its answer, in the order of the requests; recorded answers are not asked for again."""
        by_key = {request.key: request for request in requests}
        answers: dict[str, Answer] = {}

        def count(answer: Answer) -> None:
            request = by_key[answer.key]
            answers[answer.key] = answer
            self._budget.settle(request, answer)
            self._tokens = (self._tokens[0] + answer.tokens_in, self._tokens[1] + answer.tokens_out)
            self._report("answer", len(answers), len(requests), request.distortion)

        self._report("round", 0, len(requests))
        if self._draft:
            self._draft.add_requests(requests)
            for recorded in filter(None, map(self._draft.answer, requests)):
                count(recorded)
        while missing := [request for request in requests if request.key not in answers]:
            before = len(answers)
            with contextlib.closing(self._llm.complete(self._budget.admit(missing))) as arriving:
                for answer in arriving:
                    if self._draft:
                        self._draft.add_answer(answer)
                    count(answer)
            if len(answers) == before:
                raise UserError(
                    f"--max-cost {self._settings.max_cost} USD: {self._budget.spent:.4f} USD are spent and the next "
                    f"answer may cost {self._budget.worst(missing[0]):.4f} USD; the answers so far are kept, so run "
                    "the same command with a higher cap to go on"
                )
        return [(request, answers[request.key]) for request in requests]

    def _select(self) -> None:
        candidates = {
            distortion: phrases
            for distortion, found in self._found.items()
            if (phrases := [strip_frame(item) for _, _, items in found for item in items])
        }
        try:
            selection = select(self._taxonomy, candidates, self._encoder, self._settings.selection)
        except IdenticalSets as error:
            if self._draft is None:
                raise
            raise UserError(
                f"{error}; the answers are kept: --llm replay:{self._draft.path} chooses among them with other settings"
            ) from None
        self._ranked = selection.ranked
        self._judged = {distortion: [] for distortion in self._found}
        for verdict in selection.verdicts:
            self._judged[verdict.distortion].append(verdict)

    def _short(self) -> dict[str, int]:
        held = {distortion: len(self._ranked.get(distortion, ())) for distortion in self._header.only}
        return {distortion: count for distortion, count in held.items() if count < self._settings.selection.k}

    def _verdict_lines(self) -> list[VerdictLine]:
        """Per phrase read, its verdict, by round and within it by request; an answer without a list has one too."""
        lines = []
        for distortion, found in self._found.items():
            judged = iter(self._judged.get(distortion, ()))
            for round, answer, items in found:
                lines += [_verdict_line(round, item, next(judged)) for item in items]
                if not items:
                    lines.append(_verdict_line(round, *_without_list(distortion, answer)))
        order = {distortion: place for place, distortion in enumerate(self._header.only)}
        return sorted(lines, key=lambda line: (line.round, order[line.distortion]))

    def _not_enough(self, short: dict[str, int]) -> NotEnoughPhrases:
        listed = ", ".join(f"{distortion} {count}" for distortion, count in short.items())
        if self._draft:
            self._draft.end_short(self._round, short)
            advice = (
                f"all answers are kept in {self._record.path}, and the same command goes on from there with "
                f"{self._settings.rounds} more rounds (a stronger --llm writes better phrases)"
            )
        else:
            advice = "the transcript has no further answers about them; take a smaller --k or generate anew"
        generation = self._generation(None, self._verdict_lines(), short, self._record.path)
        return NotEnoughPhrases(
            f"after {self._round} rounds there are fewer than K = {self._settings.selection.k} phrases for: {listed}; "
            + advice,
            generation,
        )

    def _generation(
        self, bank: Bank | None, verdicts: list[VerdictLine], short: dict[str, int], transcript: Path
    ) -> GenerationResult:
        return GenerationResult(
            bank=bank,
            verdicts=tuple(verdicts),
            short=short,
            transcript=transcript,
            rounds=self._round,
            tokens=self._tokens,
            cost=self._cost(),
            replayed=self._replayed,
        )

    def _generator(self) -> dict[str, Any]:
        spent = {} if self._settings.price is None else {"cost_usd": round(self._budget.spent, 6)}
        return {
            "exiqa": importlib.metadata.version("exiqa"),
            "llm": self._header.llm,
            "models": sorted({answer.model for _, answer in self._asked}),
            "prompt": self._header.prompt,
            "prompt_hash": self._header.prompt_hash,
            **self._header.asking,
            "rounds": self._round,
            "requests": len(self._asked),
            "tokens_in": self._tokens[0],
            "tokens_out": self._tokens[1],
            **spent,
        }

    def _cost(self) -> float | None:
        return self._budget.spent if self._settings.price else None

    def _report(self, kind: EventKind, done: int, total: int, distortion: str | None = None) -> None:
        self._tell(Event(kind, self._round, done, total, len(self._short()), self._tokens, self._cost(), distortion))


def _items(answer: Answer) -> list[str]:
    return parse_answer(answer.text, answer.cut)


def _verdict_line(round: int, written: str, verdict: PhraseVerdict) -> VerdictLine:
    return VerdictLine(
        distortion=verdict.distortion,
        round=round,
        written=written,
        phrase=verdict.phrase,
        verdict=verdict.verdict,
        detail=verdict.detail,
    )


def _without_list(distortion: str, answer: Answer) -> tuple[str, PhraseVerdict]:
    """The beginning of an answer that no phrase could be read from, and its verdict."""
    shown = " ".join(answer.text[: 2 * SHOWN_CHARACTERS].split())[:SHOWN_CHARACTERS]
    detail = "the answer has no list in it" if shown else "the answer is empty"
    return shown, PhraseVerdict(distortion, "", UNPARSABLE, detail)


def _saved_before(store: Path, name: str, transcript: str) -> Bank | None:
    """The version that came from this very transcript: a call was killed right after saving, or this is a replay."""
    for entry in reversed(BankStore(store).list()):
        if entry.name == name and (bank := entry.load()).provenance.transcript == transcript:
            return bank
    return None

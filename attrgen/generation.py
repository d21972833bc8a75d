"""Generation: ask, parse, screen, de-duplicate, rank, ask again where it was not enough, save."""

from __future__ import annotations

import contextlib
import datetime
import importlib.metadata
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from exiqa.attrgen.answers.items import read_items
from exiqa.attrgen.answers.read_answers import ReadAnswers
from exiqa.attrgen.cost import Budget
from exiqa.attrgen.events import Event, EventKind
from exiqa.attrgen.llms.base import LLM, SeeingLLM
from exiqa.attrgen.llms.replay import ReplayLLM
from exiqa.attrgen.prompts.asking import BY_TEMPLATE, LARGE, Asking
from exiqa.attrgen.prompts.context import ContextSource
from exiqa.attrgen.prompts.pictures import Pictures
from exiqa.attrgen.prompts.prompt import load_prompt
from exiqa.attrgen.request import Answer, Request
from exiqa.attrgen.request_source import RecordedRequests, RenderedRequests, RequestSource, Wanting
from exiqa.attrgen.settings import GenerateSettings
from exiqa.attrgen.transcript import Draft, Header, VerdictLine, finished_text
from exiqa.bank.attribute import Attribute
from exiqa.bank.grounding.evidence import EvidenceSource
from exiqa.bank.grounding.table import EffectTable
from exiqa.bank.phrases.embedding import CachedEncoder
from exiqa.bank.phrases.encoder import SentenceEncoder, load_encoder
from exiqa.bank.phrases.screens import PhraseVerdict
from exiqa.bank.phrases.selection import IdenticalSets, select
from exiqa.bank.schema import Bank, Provenance
from exiqa.bank.storage.store import BankStore, check_name, check_not_reserved
from exiqa.bank.taxonomy import Taxonomy
from exiqa.core.errors import UserError
from exiqa.core.files import only_one, sha256_hex, write_text


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
    effects: EffectTable | None = None,
    pictures: Pictures | None = None,
) -> GenerationResult:
    """Ask an LLM for attributes of a taxonomy's distortions and save the next version of a bank.

    Every request and answer is on the disk, in a draft in `store`, before it is used. A call that was interrupted
    or did not reach K is continued by the next with the same arguments: no recorded answer is asked for again, and
    the bank does not depend on where it was interrupted or in which order answers came. With a `ReplayLLM` the
    recorded answers go through screens, embeddings and ranking again.

    Args:
        taxonomy: The distortions and the explanations that the LLM is shown.
        only: The ids of the distortions to ask about; None or empty means all.
        llm: Whom to ask.
        settings: K, screens and ranking, sampling, rounds and the cap on the cost.
        store: The folder of the bank, its draft and its transcript; created if need be.
        bank_name: Name of the bank; its next version is saved.
        on_event: Called at every step.
        effects: What the distortions do to pictures. Phrases that this does not bear out are refused, the others are
            ranked by it, and what no phrase names is asked for again. A replay takes the recorded table.
        pictures: Shown to the model with each prompt about their distortion. A replay needs none.

    Returns:
        The saved bank with the verdict on every phrase that was read.

    Raises:
        NotEnoughPhrases: Distortions stay short of K after the last round.
        UserError: An unknown id in `only`, a bank name that is reserved or no name, a passed cost cap, an LLM that
            fails or that takes no pictures, or two distortions that are left with the same attributes.
    """
    distortions = _chosen_distortions(taxonomy, only)
    check_name(bank_name)
    check_not_reserved(bank_name)
    encoder = CachedEncoder(load_encoder())
    request_source: RequestSource
    if isinstance(llm, ReplayLLM):
        request_source, effects = RecordedRequests(taxonomy, llm), llm.effects
    else:
        if pictures:
            if not isinstance(llm, SeeingLLM):
                raise UserError(f"--show: {llm.name} takes no pictures; openai:MODEL and llm:MODEL may")
            llm.show(pictures.by_digest())
        asking: Asking = getattr(llm, "asking", LARGE)
        chosen = str(settings.prompt or asking.template)
        prompt, asking = load_prompt(chosen), BY_TEMPLATE.get(chosen, asking)
        contexts = ContextSource(taxonomy, encoder, effects)
        request_source = RenderedRequests(contexts, llm.name, prompt, asking, settings, pictures)
    evidence = None if effects is None else EvidenceSource(effects, encoder)
    choosing = settings.selection.provenance(encoder) | ({"grounding": evidence.provenance()} if evidence else {})
    header = request_source.header(bank_name, distortions, choosing)
    with _open_record(llm, store, header, effects) as record:
        run = _Run(
            taxonomy, llm, settings, encoder, evidence, request_source, header, record, on_event or (lambda event: None)
        )
        run.ask_until_enough()
        return run.save(store)


def _chosen_distortions(taxonomy: Taxonomy, only: Sequence[str] | None) -> tuple[str, ...]:
    """The ids to ask about, in the taxonomy's order."""
    unknown = [id for id in only or () if id not in taxonomy.ids]
    if unknown:
        raise UserError(f"taxonomy {taxonomy.id} has no distortion {unknown[0]!r}; it has {', '.join(taxonomy.ids)}")
    return tuple(id for id in taxonomy.ids if not only or id in only)


@contextlib.contextmanager
def _open_record(llm: LLM, store: Path, header: Header, effects: EffectTable | None) -> Iterator[Draft | ReplayLLM]:
    """Where the answers are recorded: a draft, for this process alone, or the transcript that is replayed."""
    if isinstance(llm, ReplayLLM):
        yield llm
        return
    path = store / f"{header.bank}.{header.hash[:12]}.draft.jsonl"
    busy = f"another process is generating {header.bank} here ({path}); wait for it to end"
    with (
        only_one(store / f".{path.name}.lock", otherwise=busy),
        contextlib.closing(Draft(path, header, effects)) as draft,
    ):
        yield draft


class _Run:
    """One call of `generate`: rounds of requests until every distortion has K phrases."""

    def __init__(
        self,
        taxonomy: Taxonomy,
        llm: LLM,
        settings: GenerateSettings,
        encoder: SentenceEncoder,
        evidence: EvidenceSource | None,
        request_source: RequestSource,
        header: Header,
        record: Draft | ReplayLLM,
        on_event: Callable[[Event], None],
    ) -> None:
        self._taxonomy = taxonomy
        self._llm = llm
        self._settings = settings
        self._encoder = encoder
        self._evidence = evidence
        self._effects = evidence.table if evidence else None
        self._request_source = request_source
        self._header = header
        self._record = record
        self._draft = record if isinstance(record, Draft) else None
        self._replayed = record.bank_hash if isinstance(record, ReplayLLM) else None
        self._on_event = on_event
        self._budget = Budget(settings.price, settings.max_cost if self._draft else None)
        self._tokens = (0, 0)
        self._round = 0
        self._read = ReadAnswers(header.only)
        self._ranked: dict[str, tuple[Attribute, ...]] = {}
        self._unproven: dict[str, int] = {}
        self._verdicts: tuple[PhraseVerdict, ...] = ()
        self._gaps_asked: set[tuple[str, str]] = set()

    def ask_until_enough(self) -> None:
        """Rounds, each for the distortions that are still short, or that no phrase says enough of.

        Raises NotEnoughPhrases where distortions are short after the last. Where there are pictures, only what they
        bear out counts until then; at the end a phrase that they say nothing of is better than none. An effect that no
        phrase names is asked for once; that it stays unnamed is no failure.
        """
        last_round = self._draft.rounds_done + self._settings.rounds if self._draft else None
        while wanting := self._wanting():
            requests = self._request_source.for_round(self._round + 1, wanting)
            if not requests or self._round == last_round:
                if short := self._short():
                    raise self._not_enough(short)
                return
            self._round += 1
            self._gaps_asked |= {(distortion, gap) for distortion, each in wanting.items() for gap in each.gaps}
            for request, answer in self._answered(requests):
                self._read.add(request, answer, read_items(request, answer))
            self._select()
            self._report("selected", len(requests), len(requests))

    def save(self, store: Path) -> GenerationResult:
        """Write the finished transcript and the bank, then drop the draft; killed in between, a next call mends it."""
        verdicts = self._read.verdict_lines(self._verdicts)
        ranked = {d: self._ranked[d] for d in self._header.only}
        # A bank's hash does not depend on the version that it is about to get.
        unsaved = Bank(
            name=self._header.bank,
            version=1,
            taxonomy=self._taxonomy,
            ranked=ranked,
            provenance=Provenance(method="generated"),
        )
        text = finished_text(self._header, self._effects, self._read.asked, verdicts, unsaved.hash)
        digest = sha256_hex(text)
        bank = _bank_of_transcript(store, self._header.bank, digest)
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
        request_of = {request.key: request for request in requests}
        answers: dict[str, Answer] = {}

        def take(answer: Answer) -> None:
            request = request_of[answer.key]
            answers[answer.key] = answer
            self._budget.settle(request, answer)
            self._tokens = (self._tokens[0] + answer.tokens_in, self._tokens[1] + answer.tokens_out)
            self._report("answer", len(answers), len(requests), request.distortion)

        self._report("round", 0, len(requests))
        if self._draft:
            self._draft.add_requests(requests)
            for recorded in filter(None, map(self._draft.answer, requests)):
                take(recorded)
        while missing := [request for request in requests if request.key not in answers]:
            answered_before = len(answers)
            with contextlib.closing(self._llm.complete(self._budget.admit(missing))) as arriving:
                for answer in arriving:
                    if self._draft:
                        self._draft.add_answer(answer)
                    take(answer)
            if len(answers) == answered_before:
                raise UserError(
                    f"--max-cost {self._settings.max_cost} USD: {self._budget.spent:.4f} USD are spent and the next "
                    f"answer may cost {self._budget.largest_cost(missing[0]):.4f} USD; the answers so far are kept, "
                    "so run the same command with a higher cap to go on"
                )
        return [(request, answers[request.key]) for request in requests]

    def _select(self) -> None:
        weigh = self._evidence.weigh if self._evidence else None
        candidates, settings = self._read.candidates(), self._settings.selection
        try:
            selection = select(self._taxonomy, candidates, self._encoder, settings, weigh=weigh)
        except IdenticalSets as error:
            if self._draft is None:
                raise
            raise UserError(
                f"{error}; the answers are kept: --llm replay:{self._draft.path} chooses among them with other settings"
            ) from None
        self._ranked, self._unproven = selection.ranked, selection.unproven
        self._verdicts = tuple(selection.verdicts)

    def _wanting(self) -> dict[str, Wanting]:
        """The distortions to ask about in the next round."""
        wanting = {}
        for distortion in self._header.only:
            attributes = self._ranked.get(distortion, ())
            proven = len(attributes) - self._unproven.get(distortion, 0)
            short = proven < self._settings.selection.k
            phrases = tuple(attribute.phrase for attribute in attributes)
            gaps = self._evidence.gaps(distortion, phrases) if self._evidence and self._round else ()
            gaps = tuple(gap for gap in gaps if short or (distortion, gap) not in self._gaps_asked)
            if short or gaps:
                wanting[distortion] = Wanting(phrases, gaps)
        return wanting

    def _short(self) -> dict[str, int]:
        """The distortions that have fewer than K phrases, and how many they have."""
        counts = {distortion: len(self._ranked.get(distortion, ())) for distortion in self._header.only}
        return {distortion: count for distortion, count in counts.items() if count < self._settings.selection.k}

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
        generation = self._generation(None, self._read.verdict_lines(self._verdicts), short, self._record.path)
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
        cost = {} if self._settings.price is None else {"cost_usd": round(self._budget.spent, 6)}
        return {
            "exiqa": importlib.metadata.version("exiqa"),
            "llm": self._header.llm,
            "models": sorted({answer.model for _, answer in self._read.asked}),
            "prompt": self._header.prompt,
            "prompt_hash": self._header.prompt_hash,
            **self._header.asking,
            "rounds": self._round,
            "requests": len(self._read.asked),
            "tokens_in": self._tokens[0],
            "tokens_out": self._tokens[1],
            **cost,
        }

    def _cost(self) -> float | None:
        return self._budget.spent if self._settings.price else None

    def _report(self, kind: EventKind, done: int, total: int, distortion: str | None = None) -> None:
        self._on_event(
            Event(kind, self._round, done, total, len(self._short()), self._tokens, self._cost(), distortion)
        )


def _bank_of_transcript(store: Path, name: str, transcript: str) -> Bank | None:
    """The version that came from this very transcript: a call was killed right after saving, or this is a replay."""
    for entry in reversed(BankStore(store).list()):
        if entry.name == name and (bank := entry.load()).provenance.transcript == transcript:
            return bank
    return None

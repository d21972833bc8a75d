"""Opposites that a bank's attributes lack, asked of an LLM: what one sees where the fault is not there."""

from __future__ import annotations

import contextlib
import functools
import importlib.metadata
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib import resources
from pathlib import Path

from jinja2 import StrictUndefined, Template
from jinja2.sandbox import SandboxedEnvironment

from exiqa.attrgen.answers.items import COPIED, read_items
from exiqa.attrgen.llms.base import LLM
from exiqa.attrgen.request import Answer, Request, Sampling
from exiqa.attrgen.transcript import Draft, Header, VerdictLine, finished_text
from exiqa.bank.attribute import Attribute, attribute_id, normalise_phrase
from exiqa.bank.curated.build import curated_phrases
from exiqa.bank.linking.linker import link
from exiqa.bank.phrases.embedding import CachedEncoder
from exiqa.bank.phrases.encoder import SentenceEncoder, load_encoder
from exiqa.bank.phrases.lint import ANTONYM_SCREENS
from exiqa.bank.phrases.screens import KEPT, SCREENS, strip_frame
from exiqa.bank.schema import Bank, Provenance
from exiqa.bank.storage.store import BankStore, check_name, check_not_reserved
from exiqa.bank.taxonomy import Distortion
from exiqa.core.files import only_one, sha256_hex, write_text

EXAMPLES = 6
"""Curated phrases with their opposites that a prompt shows."""
SAMPLING = Sampling(temperature=0.7, max_tokens=64)


@dataclass(frozen=True)
class AddedAntonyms:
    """What came of asking."""

    bank: Bank | None
    """The next version; None where no opposite was found, or none was missing."""
    verdicts: tuple[VerdictLine, ...]
    """Each answer, with what became of it."""
    missing: tuple[str, ...]
    """The phrases that still have no opposite."""


def add_antonyms(
    bank: Bank,
    llm: LLM,
    store: Path,
    name: str,
    seed: int = 0,
    rounds: int = 3,
    on_answer: Callable[[int, int], None] = lambda done, total: None,
) -> AddedAntonyms:
    """Ask an LLM for the opposites that are missing, and save the next version of a bank.

    Every answer is on the disk before it is used: a call that was interrupted is continued by the next.

    Args:
        bank: Its attributes without an antonym are asked about.
        llm: Whom to ask.
        store: The folder of the new version, its draft and its transcript.
        name: The new version's bank.
        seed: Of the sampling.
        rounds: How many times at most a phrase is asked about.
        on_answer: Told (done, total) phrases of a round.

    Raises:
        UserError: A name that is reserved or no name, or an LLM that fails.
    """
    check_name(name)
    check_not_reserved(name)
    owner = {attribute.phrase: d for d in reversed(bank.distortions) for attribute in bank.ranked[d]}
    missing = [attribute.phrase for attribute in bank.attributes if attribute.antonym is None]
    header = _header(bank, name, llm, seed)
    encoder = CachedEncoder(load_encoder())
    found: dict[str, str] = {}
    asked: list[tuple[Request, Answer]] = []
    verdicts: list[VerdictLine] = []
    with _draft(store, header) as draft:
        for round in range(1, rounds + 1):
            requests = {phrase: _request(llm, owner[phrase], phrase, round, seed) for phrase in missing}
            draft.add_requests(list(requests.values()))
            answers = _answers(llm, draft, list(requests.values()), on_answer)
            for phrase, request in requests.items():
                answer = answers[request.key]
                asked.append((request, answer))
                verdict = _judged(phrase, bank.taxonomy[owner[phrase]], request, answer, encoder)
                verdicts.append(verdict)
                if verdict.verdict == KEPT:
                    found[phrase] = verdict.phrase
            missing = [phrase for phrase in missing if phrase not in found]
        saved = _saved(bank, found, asked, verdicts, header, store) if found else None
        draft.path.unlink()
    return AddedAntonyms(saved, tuple(verdicts), tuple(missing))


def _header(bank: Bank, name: str, llm: LLM, seed: int) -> Header:
    return Header(
        bank=name,
        taxonomy=bank.taxonomy.id,
        taxonomy_hash=bank.taxonomy.hash,
        only=bank.distortions,
        llm=llm.name,
        prompt="antonyms",
        prompt_hash=sha256_hex(_template()),
        asking={"seed": seed, "sampling": SAMPLING.model_dump(mode="json"), "bank": bank.pinned_id},
        choosing={},
    )


@contextlib.contextmanager
def _draft(store: Path, header: Header) -> Iterator[Draft]:
    path = store / f"{header.bank}.{header.hash[:12]}.draft.jsonl"
    busy = f"another process is asking for the antonyms of {header.bank} here ({path}); wait for it to end"
    with only_one(store / f".{path.name}.lock", otherwise=busy), contextlib.closing(Draft(path, header, None)) as draft:
        yield draft


def _answers(
    llm: LLM, draft: Draft, requests: list[Request], on_answer: Callable[[int, int], None]
) -> dict[str, Answer]:
    answers = {request.key: answer for request in requests if (answer := draft.answer(request))}
    with contextlib.closing(llm.complete([r for r in requests if r.key not in answers])) as arriving:
        for answer in arriving:
            draft.add_answer(answer)
            answers[answer.key] = answer
            on_answer(len(answers), len(requests))
    return answers


def _request(llm: LLM, distortion: str, phrase: str, round: int, seed: int) -> Request:
    return Request(
        llm=llm.name,
        distortion=distortion,
        round=round,
        prompt=_compiled().render(phrase=phrase, examples=_examples(phrase, round)),
        count=1,
        seed=int(sha256_hex(f"{seed} {phrase} {round}")[:8], 16) >> 1,
        sampling=SAMPLING,
    )


def _examples(phrase: str, round: int) -> list[Attribute]:
    """Curated attributes of different distortions with their opposites; other ones for every phrase and round."""
    firsts = [a for row in curated_phrases().values() for a in row[:1] if a.antonym and a.phrase != phrase]
    return sorted(firsts, key=lambda attribute: sha256_hex(f"{phrase} {round} {attribute.phrase}"))[:EXAMPLES]


def _judged(
    phrase: str, distortion: Distortion, request: Request, answer: Answer, encoder: SentenceEncoder
) -> VerdictLine:
    """The first thing that an answer says, and whether it can stand as the opposite of a phrase."""
    items = read_items(request, answer)
    line = answer.text.strip().partition("\n")[0].strip(" -")
    written = items[0].written if items else line[:200]
    opposite = strip_frame(written)
    if items and items[0].copied:
        verdict, detail = COPIED, "it stands in the prompt"
    else:
        verdict, detail = _verdict(phrase, opposite, distortion, encoder)
    return VerdictLine(
        distortion=distortion.id, round=request.round, written=written, phrase=opposite, verdict=verdict, detail=detail
    )


def _verdict(phrase: str, opposite: str, distortion: Distortion, encoder: SentenceEncoder) -> tuple[str, str]:
    for name in ANTONYM_SCREENS:
        reason = SCREENS[name].find(opposite, distortion)
        if reason is not None:
            return name, reason
    if normalise_phrase(opposite) == normalise_phrase(phrase):
        return "duplicate", "it is the phrase itself"
    first, second = link([phrase, opposite], encoder)
    same = set(first.claims) & set(second.claims)
    if same:
        return "not opposite", f"both claim {', '.join(sorted(map(str, same)))}"
    if second.verdict == "refused" and second.reason.startswith("it is not about"):
        return "off topic", second.reason
    return KEPT, f"the opposite of {phrase!r}"


def _saved(
    bank: Bank,
    found: dict[str, str],
    asked: Sequence[tuple[Request, Answer]],
    verdicts: Sequence[VerdictLine],
    header: Header,
    store: Path,
) -> Bank:
    opposite = {attribute_id(phrase): antonym for phrase, antonym in found.items()}
    ranked = {
        distortion: tuple(
            attribute.model_copy(update={"antonym": attribute.antonym or opposite.get(attribute.id)})
            for attribute in attributes
        )
        for distortion, attributes in bank.ranked.items()
    }
    unsaved = bank.model_copy(update={"ranked": ranked})
    text = finished_text(header, None, asked, verdicts, Bank.model_validate(unsaved.model_dump()).hash)
    provenance = Provenance(
        method="edited",
        parents=(bank.pinned_id,),
        created=datetime.now(UTC).date().isoformat(),
        generator={
            "exiqa": importlib.metadata.version("exiqa"),
            "llm": header.llm,
            "models": sorted({answer.model for _, answer in asked}),
            "prompt": header.prompt,
            "prompt_hash": header.prompt_hash,
            **header.asking,
            "antonyms": len(found),
        },
        transcript=sha256_hex(text),
        note=f"{len(found)} opposites by {header.llm}",
    )
    saved = BankStore(store).save(header.bank, bank.taxonomy, ranked, provenance)
    write_text(store / f"{saved.id}.transcript.jsonl", text)
    return saved


@functools.cache
def _template() -> str:
    return (resources.files("exiqa.attrgen.prompts") / "antonyms.j2").read_text(encoding="utf-8")


@functools.cache
def _compiled() -> Template:
    return SandboxedEnvironment(undefined=StrictUndefined, autoescape=False).from_string(_template())

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

import pytest
from chat_server import ChatServer, Reply, answer_by_prompt

from exiqa.attrgen.cost import Price
from exiqa.attrgen.events import Event
from exiqa.attrgen.generation import GenerationResult, NotEnoughPhrases, generate
from exiqa.attrgen.llms.openai import OpenAILLM
from exiqa.attrgen.llms.provider import LLMOptions
from exiqa.attrgen.llms.replay import ReplayLLM
from exiqa.attrgen.settings import GenerateSettings
from exiqa.attrgen.transcript import AnswerLine, EndLine, Header, RequestLine, VerdictLine, read_transcript
from exiqa.bank.phrases.selection import SelectionSettings
from exiqa.bank.storage.store import load_bank
from exiqa.bank.taxonomy import Distortion, Taxonomy
from exiqa.core.errors import UserError

from .conftest import FEW, refuses_at_first

pytestmark = pytest.mark.usefixtures("key", "one_encoder")

K2 = GenerateSettings(selection=SelectionSettings(k=2))


def run(
    few: Taxonomy, server: ChatServer, store: Path, settings: GenerateSettings = K2, concurrency: int = 4, **more: Any
) -> GenerationResult:
    llm = OpenAILLM("m", server.url, LLMOptions(concurrency))
    return generate(few, more.get("only"), llm, settings, store, "mine", more.get("on_event"))


def test_a_generated_bank_is_saved_with_all_that_it_came_from(
    few: Taxonomy, chat_server: ChatServer, tmp_path: Path
) -> None:
    events: list[Event] = []
    settings = K2.model_copy(update={"price": Price(10.0, 20.0)})
    generation = run(few, chat_server, tmp_path, settings, on_event=events.append)

    bank = generation.bank
    assert bank is not None and load_bank("mine@1", tmp_path).hash == bank.hash
    assert bank.distortions == FEW and all(len(attributes) == 2 for attributes in bank.ranked.values())
    curated = load_bank("kadid10k@1")
    for distortion in FEW:
        known = {attribute.phrase for attribute in curated.ranked[distortion]}
        shared = {attribute.phrase for attribute in curated.attributes}
        assert {attribute.phrase for attribute in bank.ranked[distortion]} <= known | shared
    generator = bank.provenance.generator
    assert generator["llm"] == f"openai:m@{chat_server.url}/v1" and generator["models"] == ["m"]
    assert generator["tokens_in"] == 100 * len(chat_server.asked) and generator["tokens_out"] == 50 * len(
        chat_server.asked
    )
    # 100 tokens at 10 USD and 50 at 20 USD a million are 0.002 USD.
    assert generator["cost_usd"] == pytest.approx(0.002 * len(chat_server.asked)) == generation.cost
    assert generator["prompt"] == "paper" and generator["seed"] == 0 and generator["asked"] == 4
    assert bank.provenance.settings["encoder"] == "all-MiniLM-L6-v2"
    assert [path.name for path in tmp_path.glob("*.draft.jsonl")] == []
    assert events[0].kind == "round" and events[-1].kind == "selected" and events[-1].short == 0
    assert [event.done for event in events if event.kind == "answer"][: len(FEW)] == [1, 2, 3, 4]


def test_the_prompt_is_the_papers_and_asks_for_twice_k(few: Taxonomy, chat_server: ChatServer, tmp_path: Path) -> None:
    run(few, chat_server, tmp_path, only=["jpeg"])
    prompt = chat_server.asked[0]["messages"][0]["content"]
    assert prompt == (
        "Give me four visual attributes that describe the visual effects of the given distortion.\n#INPUT\n"
        f"{few['jpeg'].name}: {few['jpeg'].explanation}"
    )


def test_the_finished_transcript_has_every_prompt_answer_phrase_and_verdict(
    few: Taxonomy, chat_server: ChatServer, tmp_path: Path
) -> None:
    generation = run(few, chat_server, tmp_path)
    lines = read_transcript(generation.transcript)
    assert isinstance(lines[0], Header) and isinstance(lines[-1], EndLine)
    assert generation.bank is not None and lines[-1].hash == generation.bank.hash
    requests = [line.request for line in lines if isinstance(line, RequestLine)]
    answers = [line.answer for line in lines if isinstance(line, AnswerLine)]
    verdicts = [line for line in lines if isinstance(line, VerdictLine)]
    assert [request.distortion for request in requests] == list(FEW)
    assert [answer.key for answer in answers] == [request.key for request in requests]
    assert tuple(verdicts) == generation.verdicts
    for distortion in FEW:
        verdict_of = {line.written: line.verdict for line in verdicts if line.distortion == distortion}
        assert len(verdict_of) == 6 and verdict_of["I hope it helps"] == "meta talk"
        assert sum(verdict == "kept" for verdict in verdict_of.values()) == 2
        assert verdict_of[f"a visible {few[distortion].name}"] == "names the distortion"


def test_short_distortions_are_asked_again_with_the_phrases_they_have(
    few: Taxonomy, chat_server: ChatServer, tmp_path: Path
) -> None:
    chat_server.reply = refuses_at_first
    generation = run(few, chat_server, tmp_path)
    assert generation.rounds == 2 and len(chat_server.asked) == len(FEW) + 1
    again = chat_server.asked[-1]["messages"][0]["content"]
    assert "- There is a softening of fine details in the photo.\n" in again
    assert chat_server.asked[-1]["seed"] not in [body["seed"] for body in chat_server.asked[:-1]]
    read = {line.phrase: line.verdict for line in generation.verdicts if line.distortion == "gaussian_blur"}
    assert read.pop("no edges") == "negated" and read.pop("a Gaussian kernel") == "names the distortion"
    # All rounds compete: one of the three good phrases is out-ranked, whichever round it came from.
    assert sorted(read.values()) == ["kept", "kept", "out-ranked"]


def test_not_enough_names_the_distortion_and_the_next_call_goes_on(
    few: Taxonomy, chat_server: ChatServer, tmp_path: Path
) -> None:
    def stingy(body: dict[str, Any], number: int) -> Reply:
        prompt = body["messages"][0]["content"]
        if "Gaussian blur" in prompt:
            return Reply("I'm sorry, but I can't." if number < 6 else "- a milky softness\n- a loss of fine lines")
        return Reply(answer_by_prompt(prompt, body["seed"]))

    chat_server.reply = stingy
    two_rounds = K2.model_copy(update={"rounds": 2})
    with pytest.raises(NotEnoughPhrases, match=r"after 2 rounds .* K = 2 .* gaussian_blur 0;") as caught:
        run(few, chat_server, tmp_path, two_rounds)
    left = caught.value.generation
    assert left.bank is None and left.short == {"gaussian_blur": 0} and left.transcript.exists()
    assert "the answer has no list in it" in {line.detail for line in left.verdicts}
    assert len(chat_server.asked) == len(FEW) + 1

    # The third round is refused as well, the fourth is not: one request a round, none of the old ones.
    before = chat_server.identities()
    generation = run(few, chat_server, tmp_path, two_rounds)
    assert generation.rounds == 4 and generation.bank is not None
    assert len(chat_server.asked) == len(before) + 2
    assert len(set(chat_server.identities())) == len(chat_server.asked)
    assert not left.transcript.exists() and generation.transcript.exists()


def test_concurrency_changes_neither_bank_nor_transcript(
    few: Taxonomy, chat_server: ChatServer, tmp_path: Path
) -> None:
    def later_ones_sooner(body: dict[str, Any], number: int) -> Reply:
        time.sleep(0.03 * (4 - number % 4))
        return refuses_at_first(body, number)

    chat_server.reply = later_ones_sooner
    texts = []
    for concurrency in (1, 3, 8):
        generation = run(few, chat_server, tmp_path / str(concurrency), concurrency=concurrency)
        texts.append((generation.bank.hash if generation.bank else "", generation.transcript.read_bytes()))
    assert texts[0] == texts[1] == texts[2]
    assert chat_server.at_once >= 3


def test_every_place_to_be_cut_off_leads_to_the_same_bank(
    few: Taxonomy, chat_server: ChatServer, tmp_path: Path
) -> None:
    chat_server.reply = refuses_at_first
    whole = run(few, chat_server, tmp_path / "whole")
    assert whole.bank is not None
    draft = _draft_of(whole.transcript)
    name = _draft_name(draft)
    lines = draft.splitlines(keepends=True)
    starts = [sum(map(len, lines[:i])) for i in range(len(lines) + 1)]
    cuts = starts + [start + 1 for start in starts[:-1:2]] + [start - 1 for start in starts[1::2]]
    for cut in sorted(set(cuts)):
        store = tmp_path / f"cut{cut}"
        store.mkdir()
        (store / name).write_bytes(draft[:cut])
        recorded = [json.loads(line)["answer"]["key"] for line in _whole(draft[:cut]) if b'"kind":"answer"' in line]
        before = len(chat_server.asked)
        again = run(few, chat_server, store)
        assert again.bank is not None and again.bank.hash == whole.bank.hash
        assert again.transcript.read_bytes() == whole.transcript.read_bytes()
        assert len(chat_server.asked) - before == len(FEW) + 1 - len(recorded)


def _draft_of(transcript: Path) -> bytes:
    """The draft as it stood before the end: all but verdicts and the end line."""
    lines = transcript.read_bytes().splitlines(keepends=True)
    return b"".join(line for line in lines if json.loads(line)["kind"] not in ("verdict", "bank"))


def _draft_name(draft: bytes) -> str:
    header = Header.model_validate(json.loads(draft.splitlines()[0]))
    return f"{header.bank}.{header.hash[:12]}.draft.jsonl"


def _whole(data: bytes) -> list[bytes]:
    return data[: data.rfind(b"\n") + 1].splitlines()


def test_a_kill_right_after_saving_does_not_save_twice(few: Taxonomy, chat_server: ChatServer, tmp_path: Path) -> None:
    first = run(few, chat_server, tmp_path)
    draft = _draft_of(first.transcript)
    first.transcript.unlink()
    (tmp_path / _draft_name(draft)).write_bytes(draft)
    asked = len(chat_server.asked)
    second = run(few, chat_server, tmp_path)
    assert second.bank is not None and first.bank is not None and second.bank.id == first.bank.id == "mine@1"
    assert len(chat_server.asked) == asked and second.transcript == first.transcript and second.transcript.exists()


def test_a_second_generation_is_a_second_version(few: Taxonomy, chat_server: ChatServer, tmp_path: Path) -> None:
    run(few, chat_server, tmp_path)
    other = run(few, chat_server, tmp_path, K2.model_copy(update={"seed": 7}))
    assert other.bank is not None and other.bank.id == "mine@2"
    assert {body["seed"] for body in chat_server.asked[:4]}.isdisjoint(body["seed"] for body in chat_server.asked[4:])


def test_a_replay_gives_the_recorded_hash_and_asks_nobody(
    few: Taxonomy, chat_server: ChatServer, tmp_path: Path
) -> None:
    chat_server.reply = refuses_at_first
    first = run(few, chat_server, tmp_path / "a")
    asked = len(chat_server.asked)
    again = generate(few, None, ReplayLLM(first.transcript), K2, tmp_path / "b", "mine")
    assert again.bank is not None and first.bank is not None
    assert again.bank.hash == first.bank.hash == again.replayed
    assert again.transcript.read_bytes() == first.transcript.read_bytes()
    assert again.bank.provenance.generator == first.bank.provenance.generator
    # Into the store that has the bank already: the same version, not a copy of it.
    same = generate(few, None, ReplayLLM(first.transcript), K2, tmp_path / "a", "mine")
    assert same.bank is not None and same.bank.id == "mine@1"
    assert len(chat_server.asked) == asked


def test_half_characters_in_answers_end_no_generation_and_replay(
    few: Taxonomy, chat_server: ChatServer, tmp_path: Path
) -> None:
    def halves(body: dict[str, Any], number: int) -> Reply:
        phrases = answer_by_prompt(body["messages"][0]["content"], body["seed"]).splitlines()[2:6]
        return Reply(json.dumps({"attributes": ["a \ud800 glow in \udfff", *(line[3:] for line in phrases)]}))

    chat_server.reply = halves
    first = run(few, chat_server, tmp_path / "a")
    assert first.bank is not None and first.bank.distortions == FEW
    assert "\\ud800" in first.transcript.read_text(), "the answer stays word for word"
    assert {line.written for line in first.verdicts if "glow" in line.written} == {"a ? glow in ?"}
    again = generate(few, None, ReplayLLM(first.transcript), K2, tmp_path / "b", "mine")
    assert again.bank is not None and again.bank.hash == first.bank.hash == again.replayed
    assert again.transcript.read_bytes() == first.transcript.read_bytes()


def test_a_replay_may_choose_otherwise(few: Taxonomy, chat_server: ChatServer, tmp_path: Path) -> None:
    first = run(few, chat_server, tmp_path)
    k1 = GenerateSettings(selection=SelectionSettings(k=1))
    one = generate(few, ["jpeg"], ReplayLLM(first.transcript), k1, tmp_path, "one")
    assert one.bank is not None and len(one.bank.ranked["jpeg"]) == 1 and one.bank.distortions == ("jpeg",)
    assert one.bank.hash != one.replayed
    k9 = GenerateSettings(selection=SelectionSettings(k=9))
    with pytest.raises(NotEnoughPhrases, match="no further answers"):
        generate(few, None, ReplayLLM(first.transcript), k9, tmp_path, "nine")


def test_a_replay_wants_its_own_taxonomy(few: Taxonomy, chat_server: ChatServer, tmp_path: Path) -> None:
    first = run(few, chat_server, tmp_path)
    changed = Taxonomy(id=few.id, name=few.name, distortions=few.distortions[:2])
    with pytest.raises(UserError, match="recorded for another taxonomy"):
        generate(changed, None, ReplayLLM(first.transcript), K2, tmp_path, "other")


def test_the_cost_cap_is_never_passed_and_a_higher_one_goes_on(
    few: Taxonomy, chat_server: ChatServer, tmp_path: Path
) -> None:
    # An answer costs 0.002 USD; before it is there it may cost up to (prompt bytes + 64) * 10e-6 + 200 * 20e-6 USD.
    capped = K2.model_copy(update={"price": Price(10.0, 20.0), "max_cost": 0.0125})
    with pytest.raises(UserError, match=r"--max-cost 0\.0125 USD: 0\.00\d+ USD are spent"):
        run(few, chat_server, tmp_path, capped)
    asked = len(chat_server.asked)
    assert 0 < asked < len(FEW)
    generation = run(few, chat_server, tmp_path, capped.model_copy(update={"max_cost": 1.0}))
    assert generation.bank is not None and len(chat_server.asked) == len(FEW)
    assert generation.cost == pytest.approx(0.002 * len(FEW))


def test_an_unreported_answer_counts_as_the_longest_possible(
    few: Taxonomy, chat_server: ChatServer, tmp_path: Path
) -> None:
    chat_server.reply = lambda body, number: Reply(answer_by_prompt(body["messages"][0]["content"], 0), usage=False)
    priced = K2.model_copy(update={"price": Price(10.0, 20.0), "max_cost": 1.0})
    generation = run(few, chat_server, tmp_path, priced)
    assert generation.cost is not None and generation.cost > 0.002 * len(FEW)


def test_two_distortions_with_one_set_of_attributes_are_an_error_that_names_both(
    chat_server: ChatServer, tmp_path: Path
) -> None:
    twins = Taxonomy(
        id="twins",
        name="Twins",
        distortions=tuple(
            Distortion(id=id, code=id, name=id.title(), explanation=f"The photo is smeared, way {id}.", levels=5)
            for id in ("first", "second")
        ),
    )
    chat_server.reply = lambda body, number: Reply("- a softening of fine details\n- a milky veil over bright areas")
    with pytest.raises(UserError, match=r"first and second have the same 2 attributes.*--llm replay:.*draft"):
        run(twins, chat_server, tmp_path)
    assert len(list(tmp_path.glob("*.draft.jsonl"))) == 1


@pytest.mark.parametrize("name", ["../escape", "a/b", "", "A", "kadid10k", "x" * 65, "\x1b[31m", ".hidden", "a\nb"])
def test_a_bank_name_is_checked_before_anybody_is_asked(
    few: Taxonomy, chat_server: ChatServer, tmp_path: Path, name: str
) -> None:
    with pytest.raises(UserError):
        generate(few, None, OpenAILLM("m", chat_server.url), K2, tmp_path / "store", name)
    assert chat_server.asked == [] and not (tmp_path / "store").exists()


def test_an_unknown_id_is_named(few: Taxonomy, chat_server: ChatServer, tmp_path: Path) -> None:
    with pytest.raises(UserError, match="no distortion 'gauss'; it has gaussian_blur, jpeg"):
        run(few, chat_server, tmp_path, only=["jpeg", "gauss"])


def test_only_one_process_works_on_a_draft(few: Taxonomy, chat_server: ChatServer, tmp_path: Path) -> None:
    refused: list[str] = []

    def second(event: Event) -> None:
        if event.kind == "answer" and not refused:
            with pytest.raises(UserError, match="another process is generating mine") as caught:
                run(few, chat_server, tmp_path)
            refused.append(str(caught.value))

    run(few, chat_server, tmp_path, on_event=second)
    assert len(refused) == 1 and len(chat_server.asked) == len(FEW)


HOSTILE = {
    "empty": "",
    "refusal": "I'm sorry, but as an AI language model I cannot help with that.",
    "huge": "- " + "a softening of details " * 45_000,
    "huge list": "".join(f"- a kind of softening number {i}\n" for i in range(40_000)),
    "truncated JSON": '{"attributes": ["There is a milky veil over everything in the photo.", "a blee',
    "deep JSON": "[" * 100_000,
    "right to left": "- \u202egnirbmulp fo ssol a\u202c\n- أثر ناعم على الصورة",
    "zero width": "- a soft\u200bening of de\u200dtails\n- a\ufeff glow",
    "HTML": "<ul><li>a <b>soft</b> glow</li></ul>\n- <script>alert(1)</script>",
    "LaTeX": "- $\\sigma$ grows\n- \\textbf{a soft glow}",
    "escapes": "- a \x1b[31mred\x1b[0m glow\n- \x1b]0;title\x07a glow\n- \x9b2J a glow",
    "half a character": "- a \ud800 glow",
    "half a character in JSON": '{"attributes": ["a \\ud800 glow", "a\\udfff", "\\ud83d\\ude00 haze", "\\ud800"]}',
    "half a character in cut JSON": '["a \\udc00\\ud800 glow", "a haze \\ud8',
    "nulls": "\x00\x00\n- a\x00b",
    "numbers": "9" * 5000 + "\n[" + "9" * 5000 + "]",
}


@pytest.mark.parametrize("answer", HOSTILE.values(), ids=HOSTILE.keys())
def test_hostile_answers_are_refused_recorded_and_lost_nowhere(
    few: Taxonomy, chat_server: ChatServer, tmp_path: Path, answer: str
) -> None:
    chat_server.reply = lambda body, number: Reply(answer)
    once = GenerateSettings(selection=SelectionSettings(k=60), rounds=1)
    with pytest.raises(NotEnoughPhrases) as caught:
        run(few, chat_server, tmp_path, once, only=["gaussian_blur"])
    generation = caught.value.generation
    lines = read_transcript(generation.transcript)
    kept = [line.answer.text for line in lines if isinstance(line, AnswerLine)]
    assert kept == [answer.encode("utf-8", "replace").decode()]
    assert generation.verdicts and len(generation.verdicts) <= 101
    for line in generation.verdicts:
        if line.verdict in ("kept", "out-ranked"):
            assert line.phrase.isprintable() and "<" not in line.phrase

"""The shipped banks that a language model wrote: what their transcripts say, of the present curves, and replayed."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from exiqa.attrgen.generation import generate
from exiqa.attrgen.llms.replay import ReplayLLM
from exiqa.attrgen.recorded.build import LARGE, WRITTEN, RecordedLLM, WrittenBank, from_answers, from_transcript
from exiqa.attrgen.recorded.comparison import PAGE, comparison_page
from exiqa.attrgen.recorded.server import serving
from exiqa.attrgen.settings import GenerateSettings
from exiqa.bank.curated.build import SHIPPED
from exiqa.bank.grounding.grounding import load_grounding, table_of
from exiqa.bank.phrases.encoder import SentenceEncoder
from exiqa.bank.phrases.selection import SelectionSettings
from exiqa.bank.storage.store import load_bank
from exiqa.bank.taxonomy import load_taxonomy
from exiqa.core.errors import UserError
from exiqa.core.files import sha256_file

ROOT = Path(__file__).parents[3]
AGAIN = "run `python -m exiqa.attrgen.recorded.build`"
LVQ = next(bank for bank in LARGE if bank.taxonomy == "lvq")

every_bank = pytest.mark.parametrize("written", WRITTEN, ids=lambda written: written.id)


@every_bank
def test_its_transcript_is_beside_it_and_of_the_present_curves(written: WrittenBank) -> None:
    bank = load_bank(written.id)
    assert bank.provenance.method == "generated" and bank.provenance.note == written.note
    assert bank.provenance.transcript == sha256_file(written.transcript)
    curated = load_grounding(load_bank(written.taxonomy), Path("no store"))
    recorded = ReplayLLM(written.transcript)
    assert recorded.effects is not None
    assert recorded.effects.curves == table_of(curated).curves, AGAIN
    grounding = load_grounding(bank, Path("no store"))
    assert grounding.source == curated.source, AGAIN
    assert bank.distortions == written.distortions
    assert {len(attributes) for attributes in bank.ranked.values()} == {written.k}
    counts = grounding.counts()
    # What is taken was held against pictures; a phrase that became another distortion's attribute was not, as that.
    assert counts["not seen"] + counts["opposite"] <= 0.05 * sum(counts.values())


@pytest.mark.parametrize("written", [bank for bank in WRITTEN if bank.missing], ids=lambda written: written.id)
def test_what_it_leaves_out_is_named_and_refused(written: WrittenBank) -> None:
    bank = load_bank(written.id)
    assert all(distortion in bank.provenance.note for distortion in written.missing)
    assert set(written.missing) | set(bank.distortions) == set(bank.taxonomy.ids)
    with pytest.raises(UserError, match=f"{written.id} has no attributes for {written.missing[0]!r}"):
        bank.select(bank.taxonomy.ids)


@every_bank
@pytest.mark.usefixtures("one_encoder")
def test_replayed_it_comes_to_its_hash(written: WrittenBank, tmp_path: Path) -> None:
    bank, llm = load_bank(written.id), ReplayLLM(written.transcript)
    settings = GenerateSettings(selection=SelectionSettings(k=written.k), rounds=1)
    replayed = generate(bank.taxonomy, written.distortions, llm, settings, tmp_path, "again")
    assert replayed.bank is not None
    assert replayed.bank.hash == replayed.replayed == bank.hash, AGAIN


@pytest.mark.usefixtures("one_encoder")
def test_made_again_of_its_transcript_it_is_the_same_bytes(tmp_path: Path, minilm: SentenceEncoder) -> None:
    made = from_transcript(LVQ, tmp_path, minilm)
    assert [path.read_bytes() for path in made] == [(SHIPPED / path.name).read_bytes() for path in made], AGAIN


@pytest.mark.usefixtures("one_encoder")
def test_asked_for_by_the_client_it_is_the_same_bytes(tmp_path: Path, test_data: Path, minilm: SentenceEncoder) -> None:
    made = from_answers(LVQ, test_data / "llm_answers" / "answers.jsonl", tmp_path, minilm)
    assert [path.read_bytes() for path in made] == [(SHIPPED / path.name).read_bytes() for path in made], AGAIN


def test_the_committed_comparison_is_of_the_shipped_groundings() -> None:
    page = comparison_page([(each.taxonomy, each.id) for each in WRITTEN], Path("no store"))
    assert (ROOT / PAGE).read_text(encoding="utf-8") == page, AGAIN


@pytest.mark.parametrize("written", LARGE, ids=lambda written: written.id)
def test_its_transcript_holds_the_recorded_answers_word_for_word(written: WrittenBank, test_data: Path) -> None:
    rows = map(json.loads, (test_data / "llm_answers" / "answers.jsonl").read_text(encoding="utf-8").splitlines())
    answers = {row["prompt"]: row["answer"] for row in rows}
    llm = ReplayLLM(written.transcript)
    requests = [request for d in load_bank(written.id).distortions for request in llm.requests(d, 1)]
    assert len(requests) == 2 * len(load_bank(written.id).distortions)
    assert [answer.text for answer in llm.complete(requests)] == [answers[request.prompt] for request in requests]


def test_what_cannot_be_changed_of_a_recorded_answer_is_not_claimed() -> None:
    taxonomy = load_taxonomy("lvq")
    distortion = taxonomy.ids[0]
    with serving({"What?": "1- a haze"}, "claude") as url:
        llm = RecordedLLM(taxonomy, {distortion: ["What?", "Who?"]}, url)
        known, unknown = llm.requests(distortion, 1)
        [answer] = llm.complete([known])
        assert (answer.text, answer.model) == ("1- a haze", "claude")
        assert answer.ignored == ("response_format", "seed", "temperature", "top_p")
        with pytest.raises(UserError, match="no recorded answer to this prompt"):
            list(llm.complete([unknown]))

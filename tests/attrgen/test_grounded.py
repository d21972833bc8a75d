"""Generation held against what pictures show: the real client, a real server, curves that are written down here."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from chat_server import ChatServer, Reply
from typer.testing import CliRunner

from exiqa.attrgen.generation import GenerationResult, generate
from exiqa.attrgen.llms.openai import OpenAILLM
from exiqa.attrgen.llms.provider import LLMOptions
from exiqa.attrgen.llms.replay import ReplayLLM
from exiqa.attrgen.settings import GenerateSettings
from exiqa.attrgen.transcript import EffectsLine, read_transcript
from exiqa.bank.grounding.curves import EffectCurves
from exiqa.bank.grounding.table import EffectTable
from exiqa.bank.phrases.selection import SelectionSettings
from exiqa.bank.storage.store import load_bank
from exiqa.bank.taxonomy import Taxonomy
from exiqa.cli import app

pytestmark = pytest.mark.usefixtures("key", "one_encoder")

SETTINGS = GenerateSettings(selection=SelectionSettings(k=2), rounds=3)
TABLE = EffectTable(
    pairs="written down in a test",
    pairs_hash="0" * 64,
    effects_version=1,
    curves={
        "gaussian_blur": EffectCurves(
            levels=(1, 2), photos=1, visibility={"blur": (0.4, 0.9), "darker": (0.2, 0.3), "ringing": (0.0, 0.6)}
        ),
        "jpeg": EffectCurves(levels=(1, 2), photos=1, visibility={"block_grid": (0.5, 0.9), "blur": (0.1, 0.2)}),
    },
)
FIRST = (
    "- a softening of fine details\n- a much brighter picture\n- oversaturated, garish colors\n"
    "- blurred, smeared edges everywhere\n- a darkening of the whole picture"
)


def answers(body: dict[str, Any], number: int) -> Reply:
    prompt = body["messages"][0]["content"]
    if "ringing beside edges" in prompt:
        return Reply("- faint ripples that repeat every edge beside it")
    return Reply(FIRST)


@pytest.fixture
def generation(few: Taxonomy, chat_server: ChatServer, tmp_path: Path) -> GenerationResult:
    chat_server.reply = answers
    llm = OpenAILLM("m", chat_server.url, LLMOptions(4))
    return generate(few, ["gaussian_blur"], llm, SETTINGS, tmp_path, "mine", effects=TABLE)


def test_what_pictures_do_not_bear_out_is_refused_with_the_reason(generation: GenerationResult) -> None:
    verdicts = {line.phrase: (line.verdict, line.detail) for line in generation.verdicts}
    assert verdicts["a much brighter picture"] == ("opposite", "claims brighter+; the pictures do the opposite")
    assert verdicts["oversaturated, garish colors"] == ("not seen", "claims more_saturation+; no level shows it")
    kept, detail = verdicts["a softening of fine details"]
    assert kept == "kept" and detail.startswith("rank 1;") and "seen from level 1" in detail


def test_an_effect_that_no_phrase_names_is_asked_for_once_by_its_name(
    generation: GenerationResult, chat_server: ChatServer
) -> None:
    prompts = [body["messages"][0]["content"] for body in chat_server.asked]
    assert len(prompts) == 2 == generation.rounds
    assert "No phrase speaks yet of what else can be seen: ringing beside edges." in prompts[1]
    assert "ringing" not in prompts[0]


def test_a_replay_needs_no_pictures_and_gives_the_recorded_hash(
    generation: GenerationResult, few: Taxonomy, tmp_path: Path
) -> None:
    assert generation.bank is not None
    lines = read_transcript(generation.transcript)
    assert isinstance(lines[1], EffectsLine) and lines[1].table == TABLE
    assert generation.bank.provenance.settings["grounding"]["effects"] == TABLE.hash
    again = generate(few, ["gaussian_blur"], ReplayLLM(generation.transcript), SETTINGS, tmp_path / "other", "mine")
    assert again.bank is not None and again.bank.hash == generation.bank.hash == again.replayed
    assert load_bank("mine@1", tmp_path / "other").provenance.transcript == generation.bank.provenance.transcript


def test_without_pictures_the_same_answers_keep_what_the_words_allow(
    few: Taxonomy, chat_server: ChatServer, tmp_path: Path
) -> None:
    chat_server.reply = answers
    llm = OpenAILLM("m", chat_server.url, LLMOptions(4))
    plain = generate(few, ["gaussian_blur"], llm, SETTINGS, tmp_path, "mine")
    verdicts = {line.phrase: line.verdict for line in plain.verdicts}
    assert verdicts["a much brighter picture"] in {"kept", "out-ranked"}
    assert verdicts["oversaturated, garish colors"] in {"kept", "out-ranked"}
    assert not any(isinstance(line, EffectsLine) for line in read_transcript(plain.transcript))


def test_a_distortion_without_pictures_is_judged_by_its_words(
    few: Taxonomy, chat_server: ChatServer, tmp_path: Path
) -> None:
    chat_server.reply = answers
    llm = OpenAILLM("m", chat_server.url, LLMOptions(4))
    generation = generate(few, ["pixelate"], llm, SETTINGS, tmp_path, "mine", effects=TABLE)
    assert {line.verdict for line in generation.verdicts} <= {"kept", "out-ranked", "duplicate"}


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (["--llm", "smollm2", "--pairs", "pairs.csv"], "give --ground too"),
        (["--llm", "replay:none.jsonl", "--ground"], "leave --ground out"),
    ],
)
def test_options_that_contradict_each_other(options: list[str], sentence: str) -> None:
    answer = CliRunner().invoke(app, ["attrgen", "generate", "kadid10k", "--bank", "mine", *options])
    assert answer.exit_code == 2 and sentence in answer.output

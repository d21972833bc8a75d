"""Opposites that are missing, asked of a server on loopback through the real client."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from chat_server import ChatServer, Reply
from typer.testing import CliRunner

from exiqa.attrgen.antonyms import add_antonyms
from exiqa.attrgen.llms.openai import OpenAILLM
from exiqa.attrgen.llms.provider import LLMOptions
from exiqa.bank.attribute import Attribute
from exiqa.bank.schema import Bank, Provenance
from exiqa.bank.storage.store import BankStore, load_bank
from exiqa.bank.taxonomy import Taxonomy
from exiqa.cli import app
from exiqa.core.errors import UserError

pytestmark = pytest.mark.usefixtures("key", "one_encoder")

ANSWERS = {
    "a softening of fine details": "crisp, clearly drawn details",
    "a visible grid of small square blocks": "a grid of small square blocks",
    "a milky veil over bright areas": "Sure! I can help with that",
}


def opposites(body: dict[str, Any], number: int) -> Reply:
    asked = body["messages"][0]["content"].splitlines()[-1].removeprefix("- ").removesuffix(" ->")
    return Reply(json.dumps({"attributes": [ANSWERS[asked]]}))


@pytest.fixture
def bank(few: Taxonomy, tmp_path: Path) -> Bank:
    ranked = {
        "gaussian_blur": (
            Attribute(phrase="a softening of fine details"),
            Attribute(phrase="a hazy, unfocused look", antonym="a clear, focused look"),
        ),
        "jpeg": (
            Attribute(phrase="a visible grid of small square blocks"),
            Attribute(phrase="a softening of fine details"),
        ),
        "pixelate": (Attribute(phrase="a milky veil over bright areas"),),
    }
    return BankStore(tmp_path).save("mine", few, ranked, Provenance(method="imported"))


def test_what_is_opposite_is_added_and_what_is_not_is_told(bank: Bank, chat_server: ChatServer, tmp_path: Path) -> None:
    chat_server.reply = opposites
    added = add_antonyms(bank, OpenAILLM("m", chat_server.url), tmp_path, "mine", rounds=2)
    assert added.bank is not None and added.bank.id == "mine@2"
    first = added.bank.ranked["gaussian_blur"]
    assert first[0].antonym == "crisp, clearly drawn details" == added.bank.ranked["jpeg"][1].antonym
    assert first[1].antonym == "a clear, focused look", "what is there stays, and is not asked about"
    assert added.missing == ("a visible grid of small square blocks", "a milky veil over bright areas")
    verdicts = {(line.round, line.phrase): line.verdict for line in added.verdicts}
    assert verdicts[1, "crisp, clearly drawn details"] == "kept"
    assert [verdicts[round, "a grid of small square blocks"] for round in (1, 2)] == ["not opposite"] * 2
    assert len(chat_server.asked) == 5, "three phrases, then the two that are still missing"
    assert len({body["seed"] for body in chat_server.asked}) == 5
    assert added.bank.provenance.parents == (bank.pinned_id,) and added.bank.provenance.generator["antonyms"] == 1
    assert load_bank("mine@2", tmp_path).hash == added.bank.hash
    assert (tmp_path / "mine@2.transcript.jsonl").is_file() and not list(tmp_path.glob("*.draft.jsonl"))


def test_an_interrupted_call_goes_on_where_it_was(bank: Bank, chat_server: ChatServer, tmp_path: Path) -> None:
    chat_server.reply = lambda body, number: Reply("enough", status=403) if number == 2 else opposites(body, number)
    one_by_one = OpenAILLM("m", chat_server.url, LLMOptions(concurrency=1))
    with pytest.raises(UserError, match="refused the key"):
        add_antonyms(bank, one_by_one, tmp_path, "mine", rounds=1)
    chat_server.reply = opposites
    added = add_antonyms(bank, one_by_one, tmp_path, "mine", rounds=1)
    assert added.bank is not None and len(chat_server.asked) == 4, "two were kept, one failed, one was left"


def test_the_command_tells_what_is_still_missing(bank: Bank, chat_server: ChatServer, tmp_path: Path) -> None:
    chat_server.reply = opposites
    command = ["bank", "antonyms", "mine", "--llm", f"openai:m@{chat_server.url}", "--store", str(tmp_path)]
    done = CliRunner().invoke(app, [*command, "--rounds", "1"], env={"COLUMNS": "160"})
    assert done.exit_code == 0, done.output
    assert "2 phrases without an opposite" in done.stdout and "saved mine@2" in done.stdout
    again = CliRunner().invoke(app, [*command, "--rounds", "1", "--json"])
    assert json.loads(again.stdout)["bank"] is None

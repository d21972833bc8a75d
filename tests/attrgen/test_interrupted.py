"""kill -9 with real processes: what was answered stays answered, and the bank is the one of an undisturbed run."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from chat_server import ChatServer

from exiqa.attrgen.generation import generate
from exiqa.attrgen.llms.openai import OpenAILLM
from exiqa.attrgen.llms.provider import LLMOptions
from exiqa.attrgen.settings import GenerateSettings
from exiqa.attrgen.transcript import read_transcript
from exiqa.bank.phrases.selection import SelectionSettings
from exiqa.bank.storage.store import load_bank
from exiqa.bank.taxonomy import Taxonomy, load_taxonomy

from .conftest import refuses_at_first


@pytest.fixture
def taxonomy_file(few: Taxonomy, tmp_path: Path) -> Path:
    blocks = [f'id = "{few.id}"\nname = "{few.name}"\n']
    for distortion in few.distortions:
        lines = (f"{name} = {json.dumps(value)}" for name, value in distortion.model_dump().items())
        blocks.append("[[distortions]]\n" + "\n".join(lines) + "\n")
    file = tmp_path / "few.toml"
    file.write_text("\n".join(blocks))
    assert load_taxonomy(file).hash == few.hash
    return file


# A test run in the background ignores Ctrl-C, and its children would inherit that; a user's shell does not.
HEED_CTRL_C = (
    "import runpy, signal; signal.signal(signal.SIGINT, signal.default_int_handler); "
    "runpy.run_module('exiqa.attrgen', run_name='__main__')"
)


def start(taxonomy: Path, server: ChatServer, store: Path, concurrency: int) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", HEED_CTRL_C, "generate", str(taxonomy), "--llm", f"openai:m@{server.url}"]
    command += ["--bank", "mine", "--k", "2", "--store", str(store), "--concurrency", str(concurrency), "--json"]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=os.environ)


def answers_in(store: Path) -> list[tuple[str, int]]:
    """(prompt, seed) of every request whose answer is recorded, as far as the lines are whole."""
    recorded = []
    for draft in store.glob("*.draft.jsonl"):
        requests: dict[str, tuple[str, int]] = {}
        for line in draft.read_bytes().rpartition(b"\n")[0].splitlines():
            value = json.loads(line)
            if value["kind"] == "answer":
                recorded.append(requests[value["answer"]["key"]])
            elif value["kind"] == "request":
                request = value["request"]
                requests[_key(request)] = (request["prompt"], request["seed"])
    return recorded


def _key(request: dict[str, object]) -> str:
    from exiqa.attrgen.request import Request

    return Request.model_validate(request).key


@pytest.mark.usefixtures("key", "one_encoder")
def test_killed_three_times_the_bank_is_that_of_an_undisturbed_run(
    few: Taxonomy, taxonomy_file: Path, chat_server: ChatServer, tmp_path: Path
) -> None:
    chat_server.reply = refuses_at_first
    chat_server.delay = 0.1
    settings = GenerateSettings(selection=SelectionSettings(k=2))
    whole = generate(few, None, OpenAILLM("m", chat_server.url, LLMOptions(8)), settings, tmp_path / "whole", "mine")
    assert whole.bank is not None

    store = tmp_path / "killed"
    for moment, concurrency in ((1, 1), (3, 1), (5, 8)):
        recorded = answers_in(store)
        before = len(chat_server.asked)
        process = start(taxonomy_file, chat_server, store, concurrency)
        deadline = time.monotonic() + 120
        while len(answers_in(store)) < moment and process.poll() is None and time.monotonic() < deadline:
            time.sleep(0.01)
        os.kill(process.pid, signal.SIGKILL)
        process.communicate()
        assert process.returncode == -signal.SIGKILL, "it ended before it could be killed"
        assert len(answers_in(store)) >= moment
        assert not set(chat_server.identities()[before:]) & set(recorded)

    recorded = answers_in(store)
    before = len(chat_server.asked)
    process = start(taxonomy_file, chat_server, store, 3)
    output, errors = process.communicate(timeout=180)
    assert process.returncode == 0, errors
    assert json.loads(output)["bank"] == {"id": "mine@1", "hash": whole.bank.hash}
    assert not set(chat_server.identities()[before:]) & set(recorded)
    assert load_bank("mine", store).hash == whole.bank.hash
    finished = store / "mine@1.transcript.jsonl"
    assert finished.read_bytes() == whole.transcript.read_bytes() and read_transcript(finished)
    assert not list(store.glob("*.draft.jsonl"))


@pytest.mark.usefixtures("key", "one_encoder")
def test_ctrl_c_ends_with_one_sentence_and_drops_what_is_under_way(
    taxonomy_file: Path, chat_server: ChatServer, tmp_path: Path
) -> None:
    chat_server.delay = 30
    process = start(taxonomy_file, chat_server, tmp_path / "store", 2)
    deadline = time.monotonic() + 120
    while len(chat_server.asked) < 2 and process.poll() is None and time.monotonic() < deadline:
        time.sleep(0.01)
    process.send_signal(signal.SIGINT)
    # Well before the 30 s that the server takes; the limit leaves room for a busy machine.
    _, errors = process.communicate(timeout=25)
    assert process.returncode == 130
    assert errors.strip().splitlines()[-1] == "Error: stopped by Ctrl-C; run the same command again to go on"
    assert len(chat_server.asked) == 2 and "Traceback" not in errors

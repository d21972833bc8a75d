from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from chat_server import ChatServer, Reply, answer_by_prompt
from typer.testing import CliRunner, Result

from exiqa.attrgen.cli import app
from exiqa.bank.storage.store import load_bank
from exiqa.bank.taxonomy import load_taxonomy


@pytest.fixture(autouse=True)
def _folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "200")


def exiqa(*arguments: str) -> Result:
    return CliRunner().invoke(app, list(arguments))


def generate(server: ChatServer, *more: str) -> Result:
    spec = f"openai:m@{server.url}"
    return exiqa("generate", "kadid10k", "--only", "jpeg,pixelate", "--llm", spec, "--bank", "mine", "--k", "2", *more)


@pytest.mark.usefixtures("key", "one_encoder")
def test_the_tables_show_phrases_verdicts_and_totals(chat_server: ChatServer) -> None:
    done = generate(chat_server, "--price", "10,20")
    assert done.exit_code == 0, done.output
    assert re.search(r"i hope it helps +│ meta talk +│ 'i hope' speaks of the task", done.stdout), done.stdout
    assert "4 of 12 phrases kept in 1 round\n" in done.stdout
    assert "200 tokens read, 100 written, 0.0040 USD" in done.stdout
    assert f"Bank mine@1, hash {load_bank('mine', Path('banks')).hash}" in done.stdout
    assert "Transcript banks/mine@1.transcript.jsonl" in done.stdout


@pytest.mark.usefixtures("key", "one_encoder")
def test_json_and_replay(chat_server: ChatServer) -> None:
    first = json.loads(generate(chat_server, "--json", "--seed", "4", "--dedup", "0.7").stdout)
    assert first["bank"]["id"] == "mine@1" and first["short"] == {} and first["rounds"] == 1
    assert first["cost_usd"] is None and first["recorded_hash"] is None
    assert {line["verdict"] for line in first["verdicts"]} >= {"kept", "meta talk", "names the distortion"}

    asked = len(chat_server.asked)
    replay = ("generate", "kadid10k", "--llm", f"replay:{first['transcript']}", "--bank", "again")
    again = json.loads(exiqa(*replay, "--only", "jpeg,pixelate", "--json").stdout)
    assert again["bank"] == {"id": "again@1", "hash": first["bank"]["hash"]} and len(chat_server.asked) == asked
    assert again["recorded_hash"] == first["bank"]["hash"]
    assert load_bank("again@1", Path("banks")).provenance.settings["threshold"] == 0.7
    shown = exiqa(*replay, "--only", "jpeg,pixelate").stdout
    assert f"Replayed: the recorded hash ({first['bank']['hash']})" in shown
    other = exiqa(*replay, "--only", "jpeg", "--k", "1")
    assert "Replayed: NOT the recorded hash" in other.stdout and other.exit_code == 0


@pytest.mark.usefixtures("key", "one_encoder")
def test_too_few_phrases_show_what_there_is_and_end_with_one_sentence(chat_server: ChatServer) -> None:
    chat_server.reply = lambda body, number: Reply(
        "- a soft \x1b[31mred\x1b[0m glow\n- [bold]a haze[/bold]\n- a \u202eglow"
    )
    done = generate(chat_server, "--rounds", "1", "--only", "jpeg")
    assert done.exit_code == 1
    assert re.fullmatch(
        r"Error: after 1 rounds there are fewer than K = 2 phrases for: jpeg 0; all answers are kept in banks/mine\."
        r"[0-9a-f]{12}\.draft\.jsonl, and the same command goes on from there with 1 more rounds \(.*\)",
        done.stderr.strip().splitlines()[-1],
    )
    assert "\x1b" not in done.output and "\u202e" not in done.output
    assert r"\x1b" in done.stdout and r"\u202e" in done.stdout and "[bold]a haze[/bold]" in done.stdout
    as_json = generate(chat_server, "--rounds", "1", "--only", "jpeg", "--json")
    assert as_json.exit_code == 1 and json.loads(as_json.stdout)["short"] == {"jpeg": 0}
    assert "\x1b" not in as_json.output


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["--dedup", "2"], "--dedup '2' is neither `off` nor a cosine"),
        (["--dedup", "no"], "--dedup 'no' is neither"),
        (["--price", "1"], "--price '1' is not IN,OUT"),
        (["--max-cost", "1"], "--max-cost needs --price"),
        (["--max-cost", "-1", "--price", "1,1"], "--max-cost -1.0 is not a sum"),
        (["--prompt", "missing.j2"], "No such file or directory: missing.j2"),
        (["--bank", "../up"], "is no bank name"),
        (["--bank", "kadid10k"], "is reserved"),
        (["--only", "jpg"], "no distortion 'jpg'"),
    ],
)
@pytest.mark.usefixtures("key")
def test_wrong_options_end_in_one_sentence_before_anybody_is_asked(
    chat_server: ChatServer, arguments: list[str], sentence: str
) -> None:
    done = generate(chat_server, *arguments)
    assert done.exit_code == 1 and chat_server.asked == []
    assert sentence in done.stderr and "Traceback" not in done.output


def test_a_taxonomy_with_an_id_twice_is_refused(tmp_path: Path) -> None:
    exiqa("new", "mine.toml")
    text = Path("mine.toml").read_text()
    Path("twice.toml").write_text(text + text[text.index("[[distortions]]\n#") :])
    done = exiqa("generate", "twice.toml", "--llm", "smollm2", "--bank", "b")
    assert done.exit_code == 1 and "two distortions have the id 'rolling_shutter'" in done.stderr


def test_new_writes_a_template_that_is_a_taxonomy_and_overwrites_nothing() -> None:
    assert exiqa("new", "mine.toml").exit_code == 0
    taxonomy = load_taxonomy("mine.toml")
    assert taxonomy.ids == ("rolling_shutter",)
    text = Path("mine.toml").read_text()
    assert "exiqa attrgen generate mine.toml" in text
    assert all(
        line.startswith("#") or not line or "=" in line or line == "[[distortions]]" for line in text.splitlines()
    )
    again = exiqa("new", "mine.toml")
    assert again.exit_code == 1 and "mine.toml exists already" in again.stderr
    assert Path("mine.toml").read_text() == text
    assert "does not end in .toml" in exiqa("new", "mine.txt").stderr


def echoing(key: str, status: int) -> Any:
    """A server that puts the key wherever it can."""

    def reply(body: dict[str, Any], number: int) -> Reply:
        if status != 200:
            return Reply(f"bad key {key}", status=status, headers={"X-Key": key, "retry-after-ms": "1"})
        return Reply(f"{answer_by_prompt(body['messages'][0]['content'], 0)}\n7. {key}", headers={"X-Key": key})

    return reply


@pytest.mark.parametrize(("status", "code"), [(200, 0), (400, 1), (401, 1)])
def test_the_key_is_in_no_file_and_in_no_output(
    chat_server: ChatServer, key: str, tmp_path: Path, status: int, code: int
) -> None:
    chat_server.reply = echoing(key, status)
    environment = {**os.environ, "OPENAI_LOG": "debug", "XDG_CACHE_HOME": str(tmp_path / "cache")}
    command = [sys.executable, "-m", "exiqa.attrgen", "generate", "kadid10k", "--only", "jpeg", "--k", "1"]
    command += ["--bank", "mine", "--llm", f"openai:m@{chat_server.url}"]
    done = subprocess.run(command, env=environment, cwd=tmp_path, capture_output=True, text=True, timeout=180)
    assert done.returncode == code, done.stderr
    assert chat_server.authorisations[0] == f"Bearer {key}"
    assert key not in done.stdout + done.stderr
    files = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert any(path.name.endswith(".jsonl") for path in files)
    assert not [path for path in files if key.encode() in path.read_bytes()]


def test_a_traceback_does_not_show_the_key(chat_server: ChatServer, key: str, tmp_path: Path) -> None:
    chat_server.reply = echoing(key, 401)
    program = (
        "from exiqa.attrgen.llms.openai import OpenAILLM\n"
        "from exiqa.attrgen.request import Request, Sampling\n"
        "asked = Request(llm='m', distortion='d', round=1, prompt='p', count=1, seed=1, sampling=Sampling())\n"
        f"list(OpenAILLM('m', {chat_server.url!r}).complete([asked]))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=Path(__file__).parents[2], capture_output=True, text=True
    )
    assert done.returncode == 1 and "Traceback" in done.stderr and "UserError" in done.stderr
    assert key not in done.stdout + done.stderr

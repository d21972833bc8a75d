"""A key is in no log, transcript, record, error or traceback, and on no child's command line."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from chat_server import ChatServer, Reply
from hub_stand_in import TOKEN, running_hub

from .conftest import Tally
from .parts import whole
from .processes import command_lines, start
from .test_kills_of_runs import few_distortions

pytestmark = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="looks processes up in /proc")

KEY = "sk-0123456789-of-nobody"


def places(folder: Path, secret: str, *texts: str) -> Iterator[str]:
    """Where a secret is: files of a folder, and texts."""
    for path in folder.rglob("*"):
        if path.is_file() and secret.encode() in path.read_bytes():
            yield str(path)
    for text in texts:
        if secret in text:
            yield text[max(0, text.index(secret) - 100) :][:200]


def run(folder: Path, *command: str, **environment: str) -> tuple[str, str, list[str]]:
    """Standard output, standard error, and the command lines of the process and all that it started."""
    process = start(command, cwd=folder, XDG_CACHE_HOME=str(folder / "cache"), **environment)
    lines: set[str] = set()
    while process.poll() is None:
        lines |= set(command_lines(process))
        time.sleep(0.05)
    return *process.communicate(), sorted(lines)


@pytest.mark.parametrize(
    "reply",
    [
        pytest.param(None, marks=whole),
        lambda body, number: Reply(f"the key {KEY} is not known here", status=401),
        pytest.param(lambda body, number: Reply(raw=f'{{"Authorization": "Bearer {KEY}"'.encode()), marks=whole),
    ],
    ids=["answers", "refuses and quotes the key", "no JSON, with the key"],
)
@pytest.mark.parametrize("debug", [pytest.param("0", marks=whole), "1"])
def test_a_key_of_a_server(reply: object, debug: str, chat_server: ChatServer, tmp_path: Path, tally: Tally) -> None:
    few_distortions(tmp_path / "few.toml", "pixelate")
    chat_server.reply = reply  # type: ignore[assignment]
    variable = "MY_KEY" if debug == "1" else "OPENAI_API_KEY"
    output, errors, lines = run(
        tmp_path, "attrgen", "generate", "few.toml", "--llm", f"openai:m@{chat_server.url}", "--bank", "mine", "--k",
        "1", *(("--key-env", "MY_KEY") if debug == "1" else ()),
        EXIQA_DEBUG=debug, **{variable: KEY},
    )  # fmt: skip
    assert chat_server.authorisations and set(chat_server.authorisations) == {f"Bearer {KEY}"}
    assert (tmp_path / "banks" / "mine@1.json").exists() == (reply is None), errors
    assert debug == "0" or reply is None or "Traceback" in errors, "there is a traceback to look at"
    tally("secrets", 1, list(places(tmp_path, KEY, output, errors, *lines)))


@pytest.mark.parametrize("debug", [pytest.param("0", marks=whole), "1"])
def test_a_key_where_nobody_answers(debug: str, tmp_path: Path, tally: Tally) -> None:
    few_distortions(tmp_path / "few.toml", "pixelate")
    output, errors, lines = run(
        tmp_path, "attrgen", "generate", "few.toml", "--llm", "openai:m@http://127.0.0.1:9/v1", "--bank", "mine",
        EXIQA_DEBUG=debug, OPENAI_API_KEY=KEY,
    )  # fmt: skip
    assert "127.0.0.1:9" in errors
    tally("secrets", 1, list(places(tmp_path, KEY, output, errors, *lines)))


@pytest.mark.parametrize("token", [pytest.param(TOKEN, marks=whole), "hf_WRONGwrongWRONGwrong"])
def test_a_token_of_the_hub(token: str, tmp_path: Path, tally: Tally) -> None:
    with running_hub() as hub:
        where = {"HF_ENDPOINT": hub.endpoint, "HF_TOKEN": token, "HF_HOME": str(tmp_path / "hf"), "EXIQA_DEBUG": "1"}
        output, errors, lines = run(tmp_path, "bank", "push", "kadid10k@1", "me/banks", **where)
    assert bool(hub.files.get("me/banks")) == (token == TOKEN), errors
    tally("secrets", 1, list(places(tmp_path, token, output, errors, *lines)))

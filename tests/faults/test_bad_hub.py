"""A model hub that answers with anything: one sentence, and soon."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from typer.testing import CliRunner

from exiqa.cli import app

from .conftest import Tally
from .parts import whole

BODIES = [
    b"", b"null", b"[]", b"{}", b"17", b'"text"', b"{", b"\xff\xfe", b"<html>", b"[" * 20_000, b"9" * 6000,
    json.dumps({"sha": 5, "siblings": 5}).encode(), json.dumps({"sha": "a" * 40, "siblings": [5, None]}).encode(),
    json.dumps({"sha": None, "siblings": [{"rfilename": 5}]}).encode(),
    json.dumps({"sha": "a" * 40, "siblings": [{"rfilename": "../../mine@1.json"}]}).encode(),
    json.dumps({"id": [], "sha": {}, "siblings": {"a": 1}}).encode(),
    json.dumps([{"type": 5}]).encode(), json.dumps([{"type": "file", "path": None, "size": "x", "oid": 1}]).encode(),
]  # fmt: skip
COMMANDS = [
    ("bank", "pull", "me/banks", "mine@1"),
    pytest.param(("model", "info", "me/model"), marks=whole),
    pytest.param(("bank", "push", "lvq@1", "me/banks"), marks=whole),
]


@contextmanager
def answering(body: bytes) -> Iterator[str]:
    """The address of a server that gives one answer to whatever it is asked."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.rfile.read(int(self.headers.get("Content-Length", 0)))
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(body)

        do_HEAD = do_POST = do_GET

        def log_message(self, format: str, *arguments: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: " ".join(command[:2]))
def test_answers(command: tuple[str, ...], tmp_path: Path, tally: Tally, monkeypatch: pytest.MonkeyPatch) -> None:
    from huggingface_hub import constants

    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HF_TOKEN", "hf_of_nobody")
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path / "hub"))
    found = []
    for body in BODIES:
        with answering(body) as address:
            monkeypatch.setenv("HF_ENDPOINT", address)
            monkeypatch.setattr(constants, "ENDPOINT", address)
            done = CliRunner().invoke(app, list(command))
        if done.exit_code != 1 or not done.stderr.startswith("Error: ") or "fault of exiqa itself" in done.stderr:
            found.append(f"{body[:60]!r}: {done.exit_code}: {done.output[-300:]}")
    tally("bad hubs", len(BODIES), found)

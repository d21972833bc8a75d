"""A deterministic OpenAI-compatible server on loopback."""

from __future__ import annotations

import hashlib
import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from exiqa.bank.storage.store import load_bank


def answer_by_prompt(prompt: str, seed: int) -> str:
    """Curated phrases of the distortion that the prompt is about, listed as models do, mixed by the seed."""
    bank = load_bank("kadid10k@1")
    distortion = next(d for d in bank.taxonomy.distortions if f"\n{d.name}: " in prompt)
    phrases = [attribute.phrase for attribute in bank.ranked[distortion.id]]
    phrases.sort(key=lambda phrase: hashlib.sha256(f"{seed} {phrase}".encode()).digest())
    lines = [f"{i}. **There is {phrase} in the photo.**" for i, phrase in enumerate(phrases[:4], start=1)]
    # What models also write: their own name for the effect, and talk.
    lines += [f"5. a visible {distortion.name}", "6. I hope it helps"]
    return "\n".join(["Sure! Here are some:", "", *lines])


@dataclass
class Reply:
    """What the server sends back: a chat answer, or with another status an error."""

    text: str = ""
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    raw: bytes | None = None
    """The whole body where it is not to be a chat answer or an error."""
    usage: bool = True


@dataclass
class ChatServer:
    """A chat server on loopback. `asked` holds the bodies of all requests, in the order in which they came."""

    url: str = ""
    delay: float = 0.0
    """Seconds per answer."""
    reply: Callable[[dict[str, Any], int], Reply] | None = None
    """Given a request's body and its number from 0, what to send; None: the phrases of `answer_by_prompt`."""
    asked: list[dict[str, Any]] = field(default_factory=list)
    authorisations: list[str] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)
    """Of all requests, by name in lower case."""
    at_once: int = 0
    """The most requests that were ever under way together."""
    _under_way: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def identities(self) -> list[tuple[str, int]]:
        """(prompt, seed) of every request."""
        return [(body["messages"][0]["content"], body["seed"]) for body in self.asked]

    def handle(self, body: dict[str, Any], headers: dict[str, str]) -> Reply:
        with self._lock:
            number = len(self.asked)
            self.asked.append(body)
            self.authorisations.append(headers.get("authorization", ""))
            self.headers.append(headers)
            self._under_way += 1
            self.at_once = max(self.at_once, self._under_way)
        try:
            time.sleep(self.delay)
            if self.reply is not None:
                return self.reply(body, number)
            return Reply(answer_by_prompt(body["messages"][0]["content"], body["seed"]))
        finally:
            with self._lock:
                self._under_way -= 1


def _handler(server: ChatServer) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            reply = server.handle(body, {name.lower(): value for name, value in self.headers.items()})
            data = _encoded(body, reply)
            try:
                self.send_response(reply.status)
                for name, value in {"Content-Type": "application/json", **reply.headers}.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(data)))
                self.end_headers()
                self.wfile.write(data)
            except (BrokenPipeError, ConnectionResetError):
                self.close_connection = True  # The client was killed, as some tests do.

        def log_message(self, format: str, *args: object) -> None:
            pass

    return Handler


def _encoded(body: dict[str, Any], reply: Reply) -> bytes:
    if reply.raw is not None:
        return reply.raw
    if reply.status != 200:
        return json.dumps({"error": {"message": reply.text, "type": "error"}}).encode()
    message = {"role": "assistant", "content": reply.text}
    completion: dict[str, Any] = {
        "id": "1",
        "object": "chat.completion",
        "created": 0,
        "model": body["model"],
        "choices": [{"index": 0, "message": message, "finish_reason": "stop"}],
    }
    if reply.usage:
        completion["usage"] = {"prompt_tokens": 100, "completion_tokens": 50, "total_tokens": 150}
    return json.dumps(completion).encode()


@contextmanager
def serving() -> Iterator[ChatServer]:
    """A server that runs until the end of the block."""
    server = ChatServer()
    http = ThreadingHTTPServer(("127.0.0.1", 0), _handler(server))
    http.daemon_threads = True
    server.url = f"http://127.0.0.1:{http.server_address[1]}"
    thread = threading.Thread(target=http.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    yield server
    http.shutdown()
    http.server_close()
    thread.join()

"""OpenAI's Batch API on loopback: its state outlives the server, as OpenAI's does the connection."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from chat_server import answer_by_prompt


@dataclass
class BatchState:
    """What the service holds."""

    files: dict[str, str] = field(default_factory=dict)
    batches: list[dict[str, Any]] = field(default_factory=list)
    looks: int = 2
    """How often a batch is asked for before it is done."""
    refused: str = ""
    """A field that no line may have; lines with it end in the error file."""
    drop_after_create: bool = False
    """Take the next batch in and close the connection without a word."""
    killed: bool = False
    """Whether the server is gone: connections that are still open are closed without a word."""
    keys: list[str] = field(default_factory=list)
    """The Authorization header of every request."""
    line: Callable[[str, int], str] = answer_by_prompt
    """(prompt, seed) -> the text of an answer."""

    @property
    def paid(self) -> list[str]:
        """The keys of all lines that were answered, and so paid for."""
        texts = (self.files[batch["output_file_id"]] for batch in self.batches if batch.get("output_file_id"))
        return [json.loads(line)["custom_id"] for text in texts for line in text.splitlines()]

    def create(self, input_file_id: str, metadata: dict[str, str]) -> dict[str, Any]:
        batch = {
            "id": f"batch_{len(self.batches)}",
            "object": "batch",
            "endpoint": "/v1/chat/completions",
            "completion_window": "24h",
            "created_at": len(self.batches),
            "input_file_id": input_file_id,
            "metadata": metadata,
            "status": "validating",
            "looked": 0,
        }
        self.batches.insert(0, batch)
        return batch

    def look(self, batch: dict[str, Any]) -> dict[str, Any]:
        batch["looked"] += 1
        if batch["status"] in ("validating", "in_progress"):
            batch["status"] = "in_progress"
            if batch["looked"] >= self.looks:
                self._finish(batch)
        return batch

    def _finish(self, batch: dict[str, Any]) -> None:
        good, bad = [], []
        for line in map(json.loads, self.files[batch["input_file_id"]].splitlines()):
            body = line["body"]
            if self.refused in body:
                error = {"error": {"message": f"Unsupported value: '{self.refused}'", "param": self.refused}}
                bad.append({"custom_id": line["custom_id"], "response": {"status_code": 400, "body": error}})
                continue
            message = {"role": "assistant", "content": self.line(body["messages"][0]["content"], body["seed"])}
            completion = {
                "model": body["model"],
                "choices": [{"index": 0, "message": message, "finish_reason": "stop"}],
                "usage": {"prompt_tokens": 100, "completion_tokens": 50, "total_tokens": 150},
            }
            good.append({"custom_id": line["custom_id"], "response": {"status_code": 200, "body": completion}})
        batch["status"] = "completed"
        for name, lines in {"output_file_id": good, "error_file_id": bad}.items():
            if lines:
                batch[name] = f"{name}-{batch['id']}"
                self.files[batch[name]] = "".join(json.dumps(line) + "\n" for line in lines)


def _handler(state: BatchState) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def _gone(self) -> bool:
            if state.killed:
                self.close_connection = True
                self.connection.close()
            return state.killed

        def do_GET(self) -> None:
            if self._gone():
                return
            state.keys.append(self.headers.get("Authorization", ""))
            path = self.path.partition("?")[0].removeprefix("/v1")
            if path == "/batches":
                self._send({"object": "list", "data": state.batches, "has_more": False})
            elif path.startswith("/batches/"):
                self._send(state.look(next(b for b in state.batches if b["id"] == path.rpartition("/")[2])))
            else:
                self._send_text(state.files[path.split("/")[2]])

        def do_POST(self) -> None:
            if self._gone():
                return
            state.keys.append(self.headers.get("Authorization", ""))
            body = self.rfile.read(int(self.headers["Content-Length"]))
            if self.path == "/v1/files":
                head = f"Content-Type: {self.headers['Content-Type']}\r\n\r\n".encode()
                parts = message_from_bytes(head + body).get_payload()
                text = next(part.get_payload(decode=True).decode() for part in parts if part.get_filename())
                name = f"file_{len(state.files)}"
                state.files[name] = text
                size = len(text)
                self._send(
                    {
                        "id": name, "object": "file", "bytes": size, "created_at": 0, "filename": "requests.jsonl",
                        "purpose": "batch", "status": "processed",
                    }
                )  # fmt: skip
                return
            asked = json.loads(body)
            batch = state.create(asked["input_file_id"], asked["metadata"])
            if state.drop_after_create:
                state.drop_after_create = False
                self.close_connection = True
                self.connection.close()
                return
            self._send(batch)

        def _send(self, document: object) -> None:
            self._send_text(json.dumps(document), "application/json")

        def _send_text(self, text: str, kind: str = "application/octet-stream") -> None:
            data = text.encode()
            try:
                self.send_response(200)
                self.send_header("Content-Type", kind)
                self.send_header("Content-Length", str(len(data)))
                self.end_headers()
                self.wfile.write(data)
            except (BrokenPipeError, ConnectionResetError):
                self.close_connection = True

        def log_message(self, format: str, *args: object) -> None:
            pass

    return Handler


@contextmanager
def serving_batches(state: BatchState, port: int = 0) -> Iterator[str]:
    """The address of a server over `state`, until the end of the block."""
    http = ThreadingHTTPServer(("127.0.0.1", port), _handler(state))
    http.daemon_threads = True
    state.killed = False
    thread = threading.Thread(target=http.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{http.server_address[1]}"
    finally:
        state.killed = True
        http.shutdown()
        http.server_close()
        thread.join()

"""An OpenAI-compatible server on loopback that gives recorded answers to the prompts that they were given to."""

from __future__ import annotations

import contextlib
import json
import threading
from collections.abc import Iterator, Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from exiqa.attrgen.llms.openai_server import OPTIONAL


@contextlib.contextmanager
def serving(answers: Mapping[str, str], model: str) -> Iterator[str]:
    """Serve recorded answers until the block is left.

    How a recorded answer was drawn cannot be changed any more, so that the server refuses to be told: clients leave
    out what it names, and write down that they did.

    Args:
        answers: Prompt -> answer, word for word.
        model: What the server says that it was answered by.

    Yields:
        The server's base URL.
    """

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            unchangeable = [name for name in OPTIONAL if name in body]
            prompt = body["messages"][0]["content"]
            if unchangeable:
                self._send(400, _error(f"a recorded answer takes no {', '.join(unchangeable)}"))
            elif prompt not in answers:
                self._send(422, _error("there is no recorded answer to this prompt"))
            else:
                message = {"role": "assistant", "content": answers[prompt]}
                choice = {"index": 0, "finish_reason": "stop", "message": message}
                completion = {"id": "recorded", "object": "chat.completion", "created": 0, "model": model}
                self._send(200, {**completion, "choices": [choice]})

        def log_message(self, format: str, *args: Any) -> None:
            pass  # the client says what went wrong

        def _send(self, status: int, body: dict[str, Any]) -> None:
            data = json.dumps(body).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_address[1]}/v1"
        finally:
            server.shutdown()
            thread.join()


def _error(message: str) -> dict[str, Any]:
    return {"error": {"message": message, "type": "invalid_request_error", "param": None, "code": None}}

"""Concurrency: what generation takes for 65 distortions against a server that needs 200 ms an answer.

    python tests/perf/bench_generate.py

prints the seconds for concurrency 1 and 8 and their ratio, which has to be at most 1/5: until the last answer is on
the disk, and until the bank is saved, given embeddings (they are in the cache from a first run).
"""

from __future__ import annotations

import contextlib
import json
import multiprocessing
import os
import re
import tempfile
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from multiprocessing.connection import Connection
from pathlib import Path

from exiqa.attrgen.events import Event
from exiqa.attrgen.generation import generate
from exiqa.attrgen.llms.openai import OpenAILLM
from exiqa.attrgen.llms.provider import LLMOptions
from exiqa.attrgen.settings import GenerateSettings
from exiqa.bank.phrases.selection import SelectionSettings
from exiqa.bank.taxonomy import Distortion, Taxonomy

DISTORTIONS = 65
SECONDS_PER_ANSWER = 0.2
K = 5
KINDS = ("pale", "dark", "soft", "coarse", "bright", "dull", "thin", "broad", "warm", "cold")
THINGS = (
    "rims",
    "stripes",
    "specks",
    "patches",
    "waves",
    "steps",
    "smears",
    "dots",
    "veils",
    "rings",
    "flecks",
    "bands",
)
PLACES = ("edges", "faces", "skies", "shadows", "highlights", "leaves", "walls")


def phrases(distortion: int) -> list[str]:
    """Ten phrases that no other distortion has."""
    place, thing = PLACES[distortion % len(PLACES)], THINGS[distortion // len(PLACES)]
    return [f"{kind} {thing} along {place}" for kind in KINDS]


TAXONOMY = Taxonomy(
    id="bench",
    name="Bench",
    distortions=tuple(
        Distortion(
            id=f"d{i}",
            code=str(i),
            name=f"Number {i}",
            explanation=f"It brings {phrases(i)[0]} and the like.",
            levels=5,
        )
        for i in range(DISTORTIONS)
    ),
)


class SlowServer(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        prompt = json.loads(self.rfile.read(int(self.headers["Content-Length"])))["messages"][0]["content"]
        time.sleep(SECONDS_PER_ANSWER)
        number = int(re.search(r"Number (\d+): ", prompt)[1])  # type: ignore[index]
        message = {"role": "assistant", "content": "\n".join(f"- There is {phrase}." for phrase in phrases(number))}
        completion = {
            "id": "1",
            "object": "chat.completion",
            "created": 0,
            "model": "m",
            "choices": [{"index": 0, "message": message, "finish_reason": "stop"}],
            "usage": {"prompt_tokens": 100, "completion_tokens": 100, "total_tokens": 200},
        }
        data = json.dumps(completion).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, format: str, *args: object) -> None:
        pass


def serve(port: Connection) -> None:
    """Serve on loopback until killed, having sent the port number."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), SlowServer)
    server.daemon_threads = True
    port.send(server.server_address[1])
    server.serve_forever()


@contextlib.contextmanager
def slow_server() -> Iterator[str]:
    """The URL of a server in a process of its own, so that it takes nothing from the client's interpreter."""
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    process = context.Process(target=serve, args=(theirs,), daemon=True)
    process.start()
    try:
        yield f"http://127.0.0.1:{ours.recv()}"
    finally:
        process.terminate()
        process.join()


def seconds(url: str, concurrency: int) -> tuple[float, float]:
    """Wall-clock seconds until all answers were on the disk, and until the bank was saved."""
    asked: list[float] = []
    settings = GenerateSettings(selection=SelectionSettings(k=K, threshold=None))
    with tempfile.TemporaryDirectory() as folder:
        started = time.perf_counter()

        def listen(event: Event) -> None:
            if event.kind == "answer" and event.done == event.total:
                asked.append(time.perf_counter() - started)

        generation = generate(
            TAXONOMY, None, OpenAILLM("m", url, LLMOptions(concurrency)), settings, Path(folder), "bench", listen
        )
        ended = time.perf_counter() - started
    if generation.rounds != 1:
        raise SystemExit(f"{generation.rounds} rounds instead of one: the server's phrases do not pass the screens")
    return asked[0], ended


def main() -> None:
    with tempfile.TemporaryDirectory() as cache, slow_server() as url:
        os.environ["XDG_CACHE_HOME"] = cache
        # Imports, the encoder's start and the phrases' embeddings are not what is measured.
        seconds(url, DISTORTIONS)
        one, eight = seconds(url, 1), seconds(url, 8)
    print(f"{DISTORTIONS} distortions, {SECONDS_PER_ANSWER * 1000:.0f} ms an answer, {len(KINDS)} phrases each")
    print("                     asked   bank saved")
    print(f"concurrency 1      {one[0]:6.2f} s     {one[1]:6.2f} s")
    print(f"concurrency 8      {eight[0]:6.2f} s     {eight[1]:6.2f} s")
    print(f"ratio              1/{one[0] / eight[0]:.2f}       1/{one[1] / eight[1]:.2f}   (has to be at most 1/5)")


if __name__ == "__main__":
    main()

"""Runs a page of the documentation: its files, Python blocks and console commands, in a folder of their own."""

from __future__ import annotations

import contextlib
import io
import os
import re
import shlex
import shutil
from collections.abc import Iterator
from pathlib import Path

from PIL import Image
from typer.testing import CliRunner

from exiqa.cli import app
from exiqa.iqadata.photos import read_packaged_photo

BLOCK = re.compile(r'^```(\w+)(?: title="([^"]+)")?\n(.*?)^```$', re.MULTILINE | re.DOTALL)
LEFT_OUT = "…"
"""A line of a page that stands for any lines."""
DOCS = Path(__file__).parents[1] / "docs"


def run_page(page: str, folder: Path) -> Iterator[tuple[str, str, str]]:
    """Yields (command, what the page says it prints, what it prints) in the page's order.

    A block with a title is written to the file of that name, a Python block without one is run, as the command
    "python". `photo.jpg` is a packaged photo; the transcripts of docs/ lie there too.
    """
    Image.fromarray(read_packaged_photo("coffee")).save(folder / "photo.jpg", quality=95)
    for transcript in DOCS.glob("*.transcript.jsonl"):
        shutil.copy(transcript, folder)
    for language, title, body in BLOCK.findall(page):
        if title:
            (folder / title).write_text(body, encoding="utf-8")
        elif language == "python":
            yield "python", "", _run_python(body, folder)
        elif language == "console":
            for command, said in _commands(body):
                yield command, said, run_command(command, folder)


def run_command(command: str, folder: Path) -> str:
    """What `exiqa …` or `python make_set.py` prints, in a terminal 100 wide; both streams."""
    words = shlex.split(command)
    if words[0] == "python":
        return _run_python((folder / words[1]).read_text(encoding="utf-8"), folder)
    with contextlib.chdir(folder):
        result = CliRunner().invoke(app, words[1:], env={"COLUMNS": "100"})
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    # In a terminal these lines are a bar, which is gone at the end.
    return re.sub(r"^step \d+ of \d+: .*\n", "", result.output, flags=re.MULTILINE)


def _run_python(source: str, folder: Path) -> str:
    printed = io.StringIO()
    with contextlib.chdir(folder), contextlib.redirect_stdout(printed):
        exec(compile(source, "the page", "exec"), {"__name__": "__main__"})
    return printed.getvalue()


def commands_of(page: str) -> list[tuple[str, str]]:
    """(command, what the page says it prints) of the page's console blocks, in its order."""
    return [found for language, _, body in BLOCK.findall(page) if language == "console" for found in _commands(body)]


def links_of(page: str) -> list[str]:
    """Where the page's links and pictures lead, from its own folder; web addresses and places on a page left out."""
    return re.findall(r"\]\((?!https?://)([^)#]+)", page)


def _commands(body: str) -> list[tuple[str, str]]:
    parts = re.split(r"^\$ ", body, flags=re.MULTILINE)[1:]
    return [(command, said) for command, _, said in (part.partition("\n") for part in parts)]


def main(path: Path, folder: Path) -> None:
    """Rewrite a page with what its commands print now, all but those that lines are left out of."""
    os.makedirs(folder, exist_ok=True)
    page, done = path.read_text(encoding="utf-8"), 0
    for command, said, printed in run_page(page, folder):
        if command != "python" and LEFT_OUT not in said.splitlines():
            lines = "".join(f"{line.rstrip()}\n" for line in printed.strip("\n").splitlines())
            at = page.index(f"$ {command}\n{said}", done)
            done = at + len(f"$ {command}\n{lines}")
            page = page[:at] + f"$ {command}\n{lines}" + page[at + len(f"$ {command}\n{said}") :]
            path.write_text(page, encoding="utf-8")


if __name__ == "__main__":
    import sys

    main(Path(sys.argv[1]), Path(sys.argv[2]))

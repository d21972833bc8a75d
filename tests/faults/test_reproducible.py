"""One command in two processes whose hashes of texts differ, in two folders: the same bytes, whatever it writes."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from bench_tiny_suite import TINY
from chat_server import ChatServer
from made_run import made_records
from PIL import Image

from exiqa.bank.exchange.import_export import export_file
from exiqa.bank.storage.store import load_bank
from exiqa.bench.cells.record import write_record

from .conftest import Tally
from .kills import same_files, tree
from .own_data import REGRESS, TUNE, make_own_data
from .parts import WHOLE, whole
from .processes import start
from .test_kills_of_runs import few_distortions

VARIES = {"seconds", "peak_memory_mib", "machine"}
"""What a record says of the run itself."""


def made_twice(before: Path, commands: list[list[str]], tally: Tally, stable: Callable[[bytes], bytes] = bytes) -> None:
    """Run commands in two copies of a folder and compare all files that are there afterwards.

    Args:
        before: The folder.
        commands: What follows `exiqa`.
        tally: Where the files are counted.
        stable: What of a JSON file's content has to be the same.
    """
    trees = []
    for seed in ("1", "2"):
        folder = before.with_name(f"copy-{seed}")
        shutil.copytree(before, folder)
        for command in commands:
            process = start(command, cwd=folder, PYTHONHASHSEED=seed, OPENAI_API_KEY="sk-of-nobody")
            errors = process.communicate(timeout=600)[1]
            assert process.returncode == 0, errors
        files = tree(folder)
        trees.append({name: stable(data) if name.endswith(".json") else data for name, data in files.items()})
    made = trees[0].keys() - tree(before).keys()
    assert made
    tally("files made twice", len(made), same_files(*trees))


@pytest.fixture
def before(tmp_path: Path) -> Path:
    (tmp_path / "before").mkdir()
    return tmp_path / "before"


def test_banks(before: Path, tally: Tally) -> None:
    export_file(load_bank("csiq@1"), before / "whole.csv")
    made_twice(
        before,
        [
            ["bank", "import", "whole.csv", "--taxonomy", "csiq", "--name", "mine"],
            ["bank", "export", "mine", "out.csv"],
            ["bank", "export", "mine", "out.txt"],
            ["bank", "export", "mine", "out.json"],
            ["bank", "diff", "mine", "mine@1", "--html", "diff.html"],
        ][: None if WHOLE else 2],
        tally,
    )


def test_report(before: Path, tally: Tally) -> None:
    for record, frame in made_records(["kadid10k", "tid2013"], 2):
        write_record(before / "runs", record, frame)
    made_twice(before, [["bench", "report", "runs", "--out", "report"]], tally)


@whole
def test_generation(before: Path, chat_server: ChatServer, tally: Tally) -> None:
    few_distortions(before / "few.toml", "jpeg", "pixelate")
    llm = f"openai:m@{chat_server.url}"
    made_twice(before, [["attrgen", "generate", "few.toml", "--llm", llm, "--bank", "mine", "--k", "2"]], tally)


@whole
def test_grounding(before: Path, tally: Tally) -> None:
    (before / "photos").mkdir()
    pixels = np.random.default_rng(0).integers(0, 256, (200, 256, 3), dtype=np.uint8)
    Image.fromarray(pixels).save(before / "photos" / "noise.png")
    bank = "csiq@2"
    made_twice(
        before,
        [
            ["bank", "ground", bank, "--photos", "photos", "--html", "ground.html"],
            ["bank", "review", bank, "--photos", "photos", "--html", "review.html"],
        ],
        tally,
    )


@whole
def test_models(before: Path, tally: Tally) -> None:
    make_own_data(before / "data")
    for path in (before / "data").iterdir():
        path.rename(before / path.name)
    (before / "data").rmdir()
    made_twice(before, [list(TUNE), list(REGRESS)], tally)


@whole
def test_benchmark(before: Path, tally: Tally) -> None:
    def stable(content: bytes) -> bytes:
        value = json.loads(content)
        return json.dumps(
            {k: v for k, v in value.items() if k not in VARIES} if isinstance(value, dict) else value
        ).encode()

    head = TINY.partition("[datasets.mini-csiq]")[0].replace("mine@1", "lvq@1")
    cells = '[[cells]]\nprotocol = "quality"\ntest = ["mini-lvq"]\nmethods = ["mean_score", "exiqa"]\n'
    (before / "tiny.toml").write_text(head + cells)
    made_twice(before, [["bench", "run", "tiny.toml"]], tally, stable)

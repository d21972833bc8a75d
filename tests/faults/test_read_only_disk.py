"""A disk that cannot be written to: one sentence that names the file and what to do; caches are done without."""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from .conftest import Tally
from .own_data import TUNE, make_own_data
from .parts import whole

# A mount of its own in a namespace of its own: folders' modes do not bind an administrator, a read-only mount does.
SCRIPT = """
mount --bind {folder} {folder} && mount -o remount,bind,ro {folder} || exit 77
cd {folder} && {command}
"""
CANNOT = "Read-only file system: "
WHAT_TO_DO = "; name a folder that can be written to"


def on_a_read_only_disk(folder: Path, command: Sequence[object], **environment: str) -> tuple[int, str, str]:
    """Exit code, standard output and standard error of a command in a folder that cannot be written to."""
    line = shlex.join([sys.executable, "-c", "from exiqa.cli import main; main()", *map(str, command)])
    script = SCRIPT.format(folder=shlex.quote(str(folder)), command=line)
    done = subprocess.run(
        ["unshare", "--map-root-user", "--mount", "sh", "-c", script],
        capture_output=True, text=True, timeout=300, env={**os.environ, **environment},
    )  # fmt: skip
    if done.returncode == 77 or "unshare" in done.stderr:
        pytest.skip(f"no read-only disk can be had here: {done.stderr}")
    return done.returncode, done.stdout, done.stderr


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    make_own_data(tmp_path / "disk", references=3)
    (tmp_path / "disk" / "bank.csv").write_text("distortion,rank,phrase\njpeg,1,square tiles\n")
    return tmp_path / "disk"


COMMANDS = [
    pytest.param(["bank", "import", "bank.csv", "--taxonomy", "kadid10k", "--name", "other"]),
    pytest.param(["bank", "export", "own", "out.csv"], marks=whole),
    pytest.param(["bank", "diff", "own", "kadid10k@1", "--html", "out.html"], marks=whole),
    pytest.param(["data", "synth", "--pristine", "images", "--out", "set"], marks=whole),
    pytest.param(["data", "gallery", "--dataset", "csiq"], marks=whole),
    pytest.param(["assess", "images", "--html", "out.html"], marks=whole),
    pytest.param(list(TUNE), marks=whole),
    pytest.param(["model", "regress", "exiqa-mini", "table:own.csv=images", "--out", "model"], marks=whole),
    pytest.param(
        ["attrgen", "generate", "own.toml", "--llm", "openai:m@http://127.0.0.1:9/v1", "--bank", "b"], marks=whole
    ),
    pytest.param(["bench", "run", "tiny.toml"], marks=whole),
]


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: " ".join(command[:2]))
def test_what_has_to_be_written(command: list[str], folder: Path, tmp_path: Path, tally: Tally) -> None:
    (folder / "tiny.toml").write_text(
        'title = "T"\n[datasets.mini-lvq]\noptions = { references = 4, height = 48 }\n[[cells]]\n'
        'protocol = "identification"\ntest = ["mini-lvq"]\nmethods = ["prior"]\n'
    )
    code, _, errors = on_a_read_only_disk(
        folder, command, XDG_CACHE_HOME=str(tmp_path / "cache"), OPENAI_API_KEY="sk-of-nobody"
    )
    sentences = [line for line in errors.splitlines() if line.startswith("Error: ")]
    whole_sentence = len(sentences) == 1 and CANNOT in sentences[0] and sentences[0].endswith(WHAT_TO_DO)
    tally("read-only disks", 1, [] if code == 1 and whole_sentence and "Traceback" not in errors else [errors])


def test_caches_are_done_without(folder: Path, tmp_path: Path, tally: Tally) -> None:
    """The same scores as with one, and one warning a cache at most."""
    pixels = np.random.default_rng(0).integers(0, 256, (64, 80, 3), dtype=np.uint8)
    Image.fromarray(pixels).save(tmp_path / "photo.png")
    command = ["assess", tmp_path / "photo.png", "--json"]
    code, output, errors = on_a_read_only_disk(folder, command, XDG_CACHE_HOME=str(folder / "cache"))
    usual = subprocess.run(
        [sys.executable, "-c", "from exiqa.cli import main; main()", *map(str, command)],
        capture_output=True, text=True, timeout=300, env={**os.environ, "XDG_CACHE_HOME": str(tmp_path / "cache")},
    )  # fmt: skip
    lines = errors.splitlines()
    found = [] if code == 0 and output == usual.stdout else [errors]
    found += [line for line in lines if not line.startswith("Warning: ")] + ["told twice"] * (
        len(set(lines)) < len(lines)
    )
    found += [f"{path} is left" for path in (tmp_path / "cache").rglob("*") if "onnxruntime" in path.name]
    tally("read-only disks", 1, found)

"""Files of other formats under a photo's name are refused in one sentence, and nothing is started for them."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

POSTSCRIPT = (
    b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 64 64\n%%EndComments\n(x) (w) file closefile\nshowpage\n%%EOF\n"
)
DISGUISED = {
    "PostScript": POSTSCRIPT,
    "SVG": b'<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg" width="64" height="64"/>',
    "PDF": b"%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n",
    "FITS": b"".join(
        line.encode().ljust(80)
        for line in ("SIMPLE  = T", "BITPIX  = 8", "NAXIS   = 2", "NAXIS1  = 64", "NAXIS2  = 64", "END")
    ).ljust(2880)
    + bytes(5760),
}

WATCHED = """
import sys
import numpy, cv2
from exiqa.core.image_io import read_photo
from exiqa.core.errors import UserError
started = []
sys.addaudithook(lambda event, _: started.append(event) if event in
                 {"subprocess.Popen", "os.system", "os.exec", "os.posix_spawn", "os.fork"} else None)
for path in sys.argv[1:]:
    try:
        read_photo(path)
        print("read", path)
    except UserError as error:
        print(error)
print("started:", started)
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The disguised files."""
    folder = tmp_path / "photos"
    folder.mkdir()
    for name, data in DISGUISED.items():
        (folder / f"{name}.png").write_bytes(data)
    return folder


@pytest.fixture
def ghostscript(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A program `gs` on the PATH; the file returned exists once it was started."""
    trace = tmp_path / "started"
    program = tmp_path / "bin" / "gs"
    program.parent.mkdir()
    program.write_text(f"#!/bin/sh\n: > '{trace}'\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{program.parent}{os.pathsep}{os.environ['PATH']}")
    return trace


def _python(*words: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, *map(str, words)], capture_output=True, text=True, check=False, timeout=300)


def test_pillow_itself_would_start_ghostscript(folder: Path, ghostscript: Path) -> None:
    _python("-c", "import sys; from PIL import Image; Image.open(sys.argv[1]).load()", folder / "PostScript.png")
    assert ghostscript.exists(), "else the other tests here would prove nothing"


def test_reading_refuses_them_and_starts_nothing(folder: Path, ghostscript: Path) -> None:
    files = sorted(folder.iterdir())
    done = _python("-c", WATCHED, *files)
    *sentences, started = done.stdout.splitlines()
    assert started == "started: []", done.stderr
    for file, sentence in zip(files, sentences, strict=True):
        assert sentence.startswith(f"{file} is not an image in a format that can be read (PNG, JPEG, ")
    assert not ghostscript.exists()


def test_assess_refuses_them(folder: Path, ghostscript: Path) -> None:
    done = _python("-m", "exiqa", "assess", *sorted(folder.iterdir()))
    assert done.returncode != 0
    assert "Traceback" not in done.stderr + done.stdout
    for name in DISGUISED:
        told = [line for line in done.stderr.splitlines() if f"{name}.png is not an image in a format" in line]
        assert len(told) == 1, done.stderr
    assert not ghostscript.exists()


def test_synth_skips_them(folder: Path, ghostscript: Path, tmp_path: Path) -> None:
    Image.fromarray(np.full((40, 48, 3), 90, np.uint8)).save(folder / "whole.png")
    out = tmp_path / "out"
    done = _python(
        "-m", "exiqa", "data", "synth", "--pristine", folder, "--out", out, "--repeats", "1", "--jobs", "1"
    )  # fmt: skip
    assert done.returncode == 1
    assert "Traceback" not in done.stderr + done.stdout
    assert "1 rendered" in done.stdout
    for name in DISGUISED:
        assert f"skipped: {name}.png" in done.stderr, done.stderr
    assert not ghostscript.exists()

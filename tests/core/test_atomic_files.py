"""Files that are whole or absent, the temporary ones beside them, and locks."""

from __future__ import annotations

import errno
import os
import subprocess
import sys
from pathlib import Path

import pytest
from safetensors import SafetensorError

from exiqa.core.errors import UserError
from exiqa.core.files import atomic_path, named_errors, only_one, write_text

KILLED = (
    "import os, signal; from pathlib import Path; from exiqa.core.files import atomic_path\n"
    "with atomic_path(Path('a.json')) as t: t.write_text('half'); os.kill(os.getpid(), signal.SIGKILL)"
)


def test_what_a_killed_writer_left_is_gone_after_the_next_one(tmp_path: Path) -> None:
    for _ in range(3):
        subprocess.run([sys.executable, "-c", KILLED], cwd=tmp_path, timeout=60)
    assert [path.name for path in tmp_path.iterdir()] == [".a.tmp.json"]
    write_text(tmp_path / "a.json", "whole")
    assert {path.name: path.read_text() for path in tmp_path.iterdir()} == {"a.json": "whole"}


def test_two_who_write_the_same_file_at_once_do_not_mix(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    with atomic_path(path) as first, atomic_path(path) as second, atomic_path(path) as third:
        assert len({first, second, third}) == 3
        for number, temporary in enumerate((first, second, third)):
            temporary.write_text(f"{number}" * 1000)
    assert path.read_text() == "0" * 1000, "the first is the last to end"
    assert [p.name for p in tmp_path.iterdir()] == ["a.json"]


@pytest.mark.parametrize("link", [os.symlink, os.link])
def test_a_link_under_the_temporary_name_is_not_written_through(tmp_path: Path, link) -> None:
    other = tmp_path / "other"
    other.write_text("mine")
    link(other, tmp_path / ".a.tmp.json")
    write_text(tmp_path / "a.json", "new")
    assert (other.read_text(), (tmp_path / "a.json").read_text()) == ("mine", "new")
    assert not (tmp_path / "a.json").is_symlink()


def test_a_failed_write_leaves_the_old_file_and_nothing_else(tmp_path: Path) -> None:
    write_text(tmp_path / "a.json", "old")
    with pytest.raises(ZeroDivisionError), atomic_path(tmp_path / "a.json") as temporary:
        temporary.write_text("half")
        raise ZeroDivisionError
    assert {path.name: path.read_text() for path in tmp_path.iterdir()} == {"a.json": "old"}


def test_a_lock_is_one_process_s_and_leaves_no_file(tmp_path: Path) -> None:
    lock = tmp_path / "folder" / ".lock"
    for _ in range(2):
        with only_one(lock, "busy"):
            with pytest.raises(UserError, match="busy"), only_one(lock, "busy"):
                pytest.fail("two have it")
            assert lock.exists(), "who did not get it leaves it alone"
        assert not lock.exists()


def test_a_full_disk_is_an_error_with_the_file_s_name(tmp_path: Path) -> None:
    """/dev/full is a disk without room; safetensors' own error is no OSError."""
    path = tmp_path / "a.bin"
    full = os.open("/dev/full", os.O_WRONLY)
    with pytest.raises(OSError, match="No space left on device") as caught, named_errors(path):
        os.write(full, b"1")
    os.close(full)
    assert caught.value.filename == str(path)
    with pytest.raises(OSError, match="No space left on device") as caught, named_errors(path):
        raise SafetensorError("Error while serializing: I/O error: No space left on device (os error 28)")
    assert (caught.value.errno, caught.value.filename) == (errno.ENOSPC, str(path))
    with pytest.raises(SafetensorError), named_errors(path):
        raise SafetensorError("Error while deserializing header: header too small")


def test_files_have_the_default_mode_whoever_makes_them(tmp_path: Path) -> None:
    with atomic_path(tmp_path / "a.bin") as temporary:
        temporary.unlink()
        os.close(os.open(temporary, os.O_CREAT | os.O_WRONLY, 0o600))
    (tmp_path / "other").touch()
    assert (tmp_path / "a.bin").stat().st_mode == (tmp_path / "other").stat().st_mode

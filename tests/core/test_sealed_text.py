"""A text in the cache is what was kept, or absent."""

from __future__ import annotations

from pathlib import Path

import pytest

from exiqa.core.errors import UserNotice
from exiqa.core.sealed_text import read_sealed, write_sealed


def test_a_changed_text_is_none(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "a.json"
    assert read_sealed(path) is None
    write_sealed(path, "one\ntwo\n")
    assert read_sealed(path) == "one\ntwo\n"
    content = path.read_bytes()
    for damaged in (content[:-1], content.replace(b"two", b"tow"), b"", b"\xff", b"one\ntwo\n"):
        path.write_bytes(damaged)
        assert read_sealed(path) is None
    (tmp_path / "deep" / "b.json").write_bytes(content)
    assert read_sealed(tmp_path / "deep" / "b.json") is None, "another key's"


def test_a_cache_that_cannot_be_written_is_told_and_done_without(tmp_path: Path) -> None:
    (tmp_path / "cache").touch()
    with pytest.warns(UserNotice, match="the cache cannot be used and is done without: .*cache"):
        write_sealed(tmp_path / "cache" / "a.json", "text")

"""Files that others wrote: whatever is in them, one sentence that names the file and the place."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from pydantic import BaseModel, ConfigDict

from exiqa.core.documents import DEEPEST, LARGEST, json_value, of_schema, read_json, read_text, toml_value
from exiqa.core.errors import UserError
from exiqa.core.options import checked_options


class _Two(BaseModel):
    model_config = ConfigDict(extra="forbid", allow_inf_nan=False)

    number: float
    names: tuple[str, ...] = ()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{", "is not a pair: it is not valid JSON"),
        ("[" * 20_000 + "]" * 20_000, "it is nested too deep"),
        ("[" * (DEEPEST + 1) + "]" * (DEEPEST + 1), f"nested more than {DEEPEST} deep"),
        ('{"number": ' + "9" * 5000 + "}", "digits"),
        ('{"number": NaN}', "NaN is no number of JSON"),
        ('{"number": -Infinity}', "-Infinity is no number"),
        ('{"number": "\\ud800"}', "half a character"),
        ('{"number": 1e999}', "number: Input should be a finite number"),
        ('{"number": true, "nmes": []}', "nmes: there is no such key; the nearest is 'names'"),
        ("[]", "should be a valid dictionary"),
    ],
)
def test_json(tmp_path: Path, text: str, said: str) -> None:
    path = tmp_path / "a.json"
    path.write_text(text)
    with pytest.raises(UserError, match=said) as caught:
        read_json(path, _Two, "a pair")
    assert str(caught.value).startswith(f"{path} is not a pair: ")
    assert len(str(caught.value)) < 500


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("a = [" + "[" * 20_000 + "]" * 20_000 + "]", f"nested more than {DEEPEST} deep"),
        ("a = " + "[" * DEEPEST + "]" * DEEPEST, f"nested more than {DEEPEST} deep"),
        ("a = " + "9" * 5000, "digits"),
        ("a = ", "at end of document"),
    ],
)
def test_toml(text: str, said: str) -> None:
    with pytest.raises(UserError, match=f"^my.toml is not valid TOML: .*{said}"):
        toml_value(text, "my.toml")


def test_what_is_well_nested_is_read() -> None:
    text = "[" * DEEPEST + "]" * DEEPEST
    assert json_value(text, "a") is not None
    assert of_schema({"number": 1, "names": ["a"]}, _Two, "a") == _Two(number=1, names=("a",))


def test_what_is_no_file_is_refused_and_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(UserError, match="pipe is not a regular file"):
        read_text(tmp_path / "pipe")
    with pytest.raises(UserError, match="is a folder"):
        read_text(tmp_path)
    with pytest.raises(UserError, match="/dev/zero is not a regular file"):
        read_text(Path("/dev/zero"))
    with pytest.raises(FileNotFoundError):
        read_text(tmp_path / "none")
    with (tmp_path / "large").open("wb") as stream:
        stream.truncate(LARGEST + 1)  # takes no room
    with pytest.raises(UserError, match=f"has {LARGEST + 1} bytes"):
        read_text(tmp_path / "large")
    (tmp_path / "latin").write_bytes("naïve".encode("latin-1"))
    with pytest.raises(UserError, match=r"latin is not UTF-8 text .* at byte 2"):
        read_text(tmp_path / "latin")


def test_options() -> None:
    def read(root: Path, size: int = 3, *, file: Path | None = None, share: float = 0.5) -> None:
        pass

    assert checked_options(read, {"size": "4", "file": "a.csv"}, "x") == {"size": 4, "file": Path("a.csv")}
    for options, said in (
        ({"sise": 4}, "x has no option 'sise'; it has root, size, file, share"),
        ({"size": "four"}, "x: size: Input should be a valid integer"),
        ({"size": [4]}, "x: size: "),
        ({"share": float("inf")}, "x: share: Input should be a finite number"),
    ):
        with pytest.raises(UserError, match=said):
            checked_options(read, options, "x")

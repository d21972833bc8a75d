r"""Every reader of text refuses half a character (`\ud800` in JSON or TOML, or its bytes) and names the file."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from exiqa.attrgen.llms.replay import ReplayLLM
from exiqa.attrgen.prompts.prompt import load_prompt
from exiqa.attrgen.transcript import read_transcript
from exiqa.bank.exchange.import_export import import_file
from exiqa.bank.storage.bank_file import read_bank
from exiqa.bank.storage.store import BankEntry, BankStore
from exiqa.bank.taxonomy import load_taxonomy
from exiqa.bench.cells.record import read_failure, read_record
from exiqa.bench.running.suites.suite import load_suite
from exiqa.core.errors import UserError
from exiqa.iqadata.datasets.leakage import Leakage
from exiqa.iqadata.datasets.splits import Split
from exiqa.iqadata.synthesis.synth import read_skipped
from exiqa.model.artifacts.config_file import read_config
from exiqa.model.engines.graph_description import read_description
from exiqa.model.pretraining.config import load_pretrain_config

ESCAPED = r"\ud800"
RAW = b"\xed\xa0\x80"


def _import(path: Path) -> Any:
    return import_file(path, load_taxonomy("csiq"), "mine", BankStore(path.parent / "store"))


# What is read, by a file's name.
JSON: dict[str, Callable[[Path], Any]] = {
    "mine@1.json": read_bank,
    "phrases.json": _import,
    "transcript.jsonl": read_transcript,
    "replayed.jsonl": ReplayLLM,
    "split.json": Split.load,
    "skipped.json": lambda path: read_skipped(path.parent),
    "leakage.json": Leakage.load,
    "record.json": read_record,
    "failure.json": read_failure,
    "config.json": read_config,
    "exported.json": read_description,
}
TOML: dict[str, Callable[[Path], Any]] = {
    "taxonomy.toml": load_taxonomy,
    "suite.toml": lambda path: load_suite(str(path)),
    "pretrain.toml": load_pretrain_config,
}
BYTES: dict[str, Callable[[Path], Any]] = {
    **JSON,
    **TOML,
    "stored@1.json": lambda path: BankEntry("stored", 1, path, shipped=False).load(),
    "prompt.j2": load_prompt,
    "phrases.csv": _import,
    "phrases.txt": _import,
}


def _is_refused(path: Path, reader: Callable[[Path], Any]) -> None:
    with pytest.raises(UserError) as caught:
        reader(path)
    assert str(path) in str(caught.value) and "\n" not in str(caught.value)
    str(caught.value).encode()


@pytest.mark.parametrize(
    "text", ['{"KEY": "HALF"}', '{"HALF": 1}', '["HALF"]', '"HALF"', '{"training": {"a": ["HALF"]}}']
)
@pytest.mark.parametrize("name", JSON)
def test_in_json(name: str, text: str, tmp_path: Path) -> None:
    path = tmp_path / name
    path.write_text(text.replace("HALF", ESCAPED) + "\n")
    _is_refused(path, JSON[name])


@pytest.mark.parametrize("text", ['id = "HALF"', '"HALF" = 1', 'name = """HALF"""'])
@pytest.mark.parametrize("name", TOML)
def test_in_toml(name: str, text: str, tmp_path: Path) -> None:
    path = tmp_path / name
    path.write_text(text.replace("HALF", ESCAPED) + "\n")
    _is_refused(path, TOML[name])


@pytest.mark.parametrize("name", BYTES)
def test_as_bytes(name: str, tmp_path: Path) -> None:
    path = tmp_path / name
    path.write_bytes(b'{"a": "' + RAW + b'"}\n')
    _is_refused(path, BYTES[name])


def test_in_a_mapping_that_would_be_a_bank(tmp_path: Path) -> None:
    """The phrase is refused for its half, nothing else being wrong with the file."""
    path = tmp_path / "phrases.json"
    for phrase, whole in (("a soft haze", True), ("a soft \ud800 haze", False)):
        path.write_text(json.dumps({"gaussian_blur": [phrase]}))
        if whole:
            assert _import(path).attributes[0].phrase == phrase
        else:
            with pytest.raises(
                UserError, match=r"phrases\.json is not valid JSON: \\ud800 is half a character: line 1"
            ):
                _import(path)


def test_in_what_may_hold_anything(tmp_path: Path) -> None:
    """A config's training record is free in form, but not in its characters."""
    shipped = Path(__file__).parents[2] / "model" / "exiqa_mini" / "config.json"
    config = json.loads(shipped.read_text(encoding="utf-8"))
    path = tmp_path / "config.json"
    path.write_text(json.dumps({**config, "training": {"dataset": "whole"}}))
    read_config(path)
    path.write_text(json.dumps({**config, "training": {"dataset": "\ud800"}}))
    _is_refused(path, read_config)

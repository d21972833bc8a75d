"""push and pull through the real hub library, against a stand-in of the hub on loopback."""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path

import pandas as pd
import pytest
from hub_stand_in import TOKEN, Hub, running_hub
from huggingface_hub import DatasetCard
from small_banks import RANKED, TAXONOMY, small_bank
from typer.testing import CliRunner

from exiqa.bank.cli import app
from exiqa.bank.schema import Provenance
from exiqa.bank.storage.bank_file import bank_text
from exiqa.bank.storage.hub import pull, push
from exiqa.bank.storage.store import BankStore
from exiqa.core.errors import UserError


@pytest.fixture
def hub(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Hub]:
    from huggingface_hub import constants

    with running_hub() as hub:
        monkeypatch.setenv("HF_ENDPOINT", hub.endpoint)
        monkeypatch.setenv("HF_TOKEN", TOKEN)
        monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path / "hub-cache"))
        yield hub


def test_what_is_pushed_is_pulled(hub: Hub) -> None:
    bank = small_bank()
    address = push(bank, "user/banks")
    assert address == f"{hub.endpoint}/datasets/user/banks/blob/main/small@1.json"
    assert set(hub.files["user/banks"]) == {"small@1.json", "small@1.parquet", "README.md"}
    assert hub.files["user/banks"]["small@1.json"] == bank_text(bank).encode()
    assert pull("user/banks", "small@1") == bank
    newer = small_bank(version=10, ranked={"white_noise": RANKED["white_noise"]})
    push(small_bank(version=9), "user/banks")
    push(newer, "user/banks")
    assert pull("user/banks", "small") == newer


def test_the_attributes_are_a_table_that_the_card_names(hub: Hub) -> None:
    push(small_bank(), "user/banks")
    push(small_bank(version=2, ranked={"white_noise": RANKED["white_noise"][1:]}), "user/banks")
    files = hub.files["user/banks"]
    card = DatasetCard(files["README.md"].decode())
    configurations = {entry["config_name"]: entry for entry in card.data.configs}
    assert list(configurations) == ["small@1", "small@2"]
    assert configurations["small@2"]["default"] and "default" not in configurations["small@1"]
    for version, ranked in (("small@1", RANKED), ("small@2", {"white_noise": RANKED["white_noise"][1:]})):
        frame = pd.read_parquet(io.BytesIO(files[configurations[version]["data_files"]]))
        assert list(frame.columns) == ["distortion", "distortion_name", "rank", "phrase", "antonym"]
        antonyms = [None if pd.isna(antonym) else antonym for antonym in frame["antonym"]]
        said = list(zip(frame["distortion"], frame["rank"], frame["phrase"], antonyms, strict=True))
        assert said == [(d, n, a.phrase, a.antonym) for d, many in ranked.items() for n, a in enumerate(many, start=1)]


def test_a_card_that_its_owner_wrote_keeps_its_words(hub: Hub) -> None:
    hub.put("user/banks", "README.md", b"---\nlicense: mit\n---\n# My banks\n")
    push(small_bank(), "user/banks")
    card = DatasetCard(hub.files["user/banks"]["README.md"].decode())
    assert card.data.license == "mit" and "# My banks" in card.text
    assert card.data.configs == [{"config_name": "small@1", "data_files": "small@1.parquet", "default": True}]


def test_a_version_is_pushed_once_and_never_changes(hub: Hub) -> None:
    push(small_bank(), "user/banks")
    commits = hub.commits["user/banks"]
    push(small_bank(), "user/banks")
    assert hub.commits["user/banks"] == commits
    other = small_bank(ranked={"white_noise": RANKED["white_noise"]})
    with pytest.raises(UserError, match="already holds another small@1"):
        push(other, "user/banks")
    assert pull("user/banks", "small") == small_bank()


def test_two_who_push_at_once_do_not_write_over_each_other(hub: Hub) -> None:
    other = small_bank(ranked={"white_noise": RANKED["white_noise"]})
    hub.before_commit.append(lambda: hub.put("user/banks", "small@1.json", bank_text(other).encode()))
    with pytest.raises(UserError, match="HTTP 412"):
        push(small_bank(), "user/banks")
    assert pull("user/banks", "small") == other


def test_a_tampered_bank_on_the_hub_is_refused_and_named(hub: Hub) -> None:
    hub.put("user/banks", "small@1.json", bank_text(small_bank()).replace("softening", "hardening").encode())
    with pytest.raises(UserError, match="attribute 1 of gaussian_blur, 'a hardening of details'"):
        pull("user/banks", "small")
    hub.put("user/banks", "small@2.json", bank_text(small_bank()).encode())
    with pytest.raises(UserError, match="holds the bank small@1"):
        pull("user/banks", "small@2")
    hub.put("user/banks", "small@3.json", b"\xff")
    with pytest.raises(UserError, match="not UTF-8"):
        pull("user/banks", "small@3")


def test_what_is_not_there_says_so(hub: Hub) -> None:
    with pytest.raises(UserError, match="no dataset repository user/nothing"):
        pull("user/nothing", "small")
    push(small_bank(), "user/banks")
    with pytest.raises(UserError, match=r"has no bank small@2; of small it has the versions \[1\]"):
        pull("user/banks", "small@2")
    with pytest.raises(UserError, match="has no bank 'large'"):
        pull("user/banks", "large")
    for repo in ("banks", "../x/y", "a/b/c", "a b/c", ""):
        with pytest.raises(UserError, match="no repository on the hub"):
            pull(repo, "small")
    with pytest.raises(UserError, match="is no bank name"):
        pull("user/banks", "../small")


def test_no_error_shows_the_token(hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_TOKEN", "hf_WRONGwrongWRONGwrong")
    with pytest.raises(UserError) as refused:
        push(small_bank(), "user/banks")
    monkeypatch.setenv("HF_ENDPOINT", "http://127.0.0.1:9")
    with pytest.raises(UserError, match="did not answer about user/banks") as unreachable:
        push(small_bank(), "user/banks")
    for caught in (refused, unreachable):
        assert "WRONG" not in str(caught.value)
        assert caught.value.__suppress_context__


def test_the_commands_push_and_pull(hub: Hub, tmp_path: Path) -> None:
    saved = BankStore(tmp_path / "one").save("mine", TAXONOMY, RANKED, Provenance(method="edited"))
    run = CliRunner()
    pushed = run.invoke(app, ["push", "mine", "user/banks", "--store", str(tmp_path / "one")])
    assert (pushed.exit_code, "mine@1.json" in pushed.stdout) == (0, True)
    for _ in range(2):
        pulled = run.invoke(app, ["pull", "user/banks", "mine", "--store", str(tmp_path / "two")])
        assert (pulled.exit_code, saved.hash in pulled.stdout) == (0, True)
    assert BankStore(tmp_path / "two").load("mine") == saved
    BankStore(tmp_path / "three").save("mine", TAXONOMY, {"white_noise": RANKED["white_noise"]}, saved.provenance)
    clash = run.invoke(app, ["pull", "user/banks", "mine", "--store", str(tmp_path / "three")])
    assert clash.exit_code == 1
    assert "already holds another mine@1" in clash.stderr

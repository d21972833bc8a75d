"""Editing by hand: the next version, the edits on record, and drafts that are never lost."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from small_banks import RANKED, TAXONOMY

from exiqa.bank.attribute import Attribute
from exiqa.bank.editing.edit import edit, open_in_editor
from exiqa.bank.schema import Bank, Provenance
from exiqa.bank.storage.store import BankStore, find_bank, shipped_banks
from exiqa.bank.storage.verify import verify
from exiqa.core.errors import UserError


@pytest.fixture
def store(tmp_path: Path) -> BankStore:
    return BankStore(tmp_path)


@pytest.fixture
def parent(store: BankStore) -> Bank:
    return store.save("mine", TAXONOMY, RANKED, Provenance(method="edited"))


def _replacing(old: str, new: str) -> Callable[[Path], None]:
    def change(path: Path) -> None:
        text = path.read_text(encoding="utf-8")
        assert old in text
        path.write_text(text.replace(old, new), encoding="utf-8")

    return change


def _writing(data: bytes) -> Callable[[Path], None]:
    def change(path: Path) -> None:
        path.write_bytes(data)

    return change


def _draft(store: BankStore) -> Path:
    return store.folder / "mine.draft.txt"


def test_an_edit_is_the_next_version_with_the_edits_on_record(store: BankStore, parent: Bank) -> None:
    saved = edit(parent, store, "mine", _replacing("a fine grain over flat areas", "a coarse grain over flat areas"))
    assert saved is not None
    assert saved.id == "mine@2"
    assert saved.ranked["white_noise"][0] == Attribute(
        phrase="a coarse grain over flat areas", antonym="clean flat areas"
    )
    assert saved.provenance.parents == (f"mine@1 {parent.hash}",)
    rewording = saved.provenance.generator["edits"]["white_noise"]["reworded"][0]
    assert rewording["before"]["phrase"] == "a fine grain over flat areas"
    assert list(saved.provenance.generator["edits"]) == ["white_noise"]
    assert store.load("mine@1") == parent
    assert verify(find_bank("mine@2", store.folder), store.folder) == []
    assert not _draft(store).exists()


def test_nothing_changed_makes_no_version(store: BankStore, parent: Bank) -> None:
    assert edit(parent, store, "mine", lambda path: None) is None
    assert [entry.id for entry in store.list()] == ["mine@1"]
    assert not _draft(store).exists()


def test_a_draft_that_cannot_be_saved_stays_for_the_next_time(store: BankStore, parent: Bank) -> None:
    with pytest.raises(UserError, match=r"the draft .* stays .* second heading"):
        edit(parent, store, "mine", _replacing("[white_noise]", "[gaussian_blur]\na new haze\n[white_noise]"))
    assert "a new haze" in _draft(store).read_text(encoding="utf-8")
    saved = edit(parent, store, "mine", _replacing("[gaussian_blur]\na new haze", "a new haze"))
    assert saved is not None
    assert saved.ranked["gaussian_blur"][-1].phrase == "a new haze"


def test_an_inconsistent_bank_keeps_the_draft_too(store: BankStore, parent: Bank) -> None:
    with pytest.raises(UserError, match="twice"):
        edit(parent, store, "mine", _replacing("a café-window look", "a softening of details"))
    assert _draft(store).exists()


def test_a_draft_that_is_no_text_any_more_is_left_alone(store: BankStore, parent: Bank) -> None:
    with pytest.raises(UserError, match="not UTF-8"):
        edit(parent, store, "mine", _writing(b"\xff"))
    with pytest.raises(UserError, match="not UTF-8"):
        edit(parent, store, "mine", lambda path: None)
    assert _draft(store).read_bytes() == b"\xff"


def test_a_draft_of_another_bank_is_left_alone(store: BankStore, parent: Bank) -> None:
    def fail(path: Path) -> None:
        raise UserError("the editor fell over")

    with pytest.raises(UserError, match="the editor fell over"):
        edit(parent, store, "mine", fail)
    newer = store.save("mine", TAXONOMY, {"white_noise": RANKED["white_noise"]}, Provenance(method="edited"))
    before = _draft(store).read_bytes()
    with pytest.raises(UserError, match="a draft of another bank than mine@2"):
        edit(newer, store, "mine", lambda path: None)
    assert _draft(store).read_bytes() == before


def test_a_shipped_bank_is_edited_under_another_name(store: BankStore) -> None:
    shipped = shipped_banks()[0].load()
    with pytest.raises(UserError, match="is reserved"):
        edit(shipped, store, shipped.name, lambda path: None)
    first = shipped.attributes[0].phrase
    saved = edit(shipped, store, "mine", _replacing(f"\n{first}", "\na brand new effect"))
    assert saved is not None
    assert saved.provenance.parents == (f"{shipped.id} {shipped.hash}",)


def test_the_users_own_editor_is_started(
    store: BankStore, parent: Bank, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    script = tmp_path / "my editor.py"
    script.write_text(
        "import sys, pathlib; p = pathlib.Path(sys.argv[1]); p.write_text(p.read_text() + 'a new haze\\n')"
    )
    monkeypatch.setenv("EDITOR", f"{sys.executable} '{script}'")
    monkeypatch.delenv("VISUAL", raising=False)
    saved = edit(parent, store, "mine", open_in_editor)
    assert saved is not None
    assert saved.ranked["white_noise"][-1].phrase == "a new haze"


@pytest.mark.parametrize(
    ("command", "message"),
    [
        ("", "set the environment variable EDITOR"),
        ("no-such-editor-anywhere", "could not be started"),
        ("'unclosed", "could not be started"),
        (f"{sys.executable} -c 'raise SystemExit(3)'", "ended with the code 3"),
    ],
)
def test_an_editor_that_fails_saves_nothing(
    command: str, message: str, store: BankStore, parent: Bank, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("EDITOR", command)
    monkeypatch.delenv("VISUAL", raising=False)
    with pytest.raises(UserError, match=message):
        edit(parent, store, "mine", open_in_editor)
    assert [entry.id for entry in store.list()] == ["mine@1"]

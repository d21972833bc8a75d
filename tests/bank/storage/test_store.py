"""The store: versions that never collide, names that never leave the folder, files that are what they were."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from small_banks import RANKED, TAXONOMY

from exiqa.bank.schema import Provenance
from exiqa.bank.storage.store import BankStore, load_bank, shipped_banks
from exiqa.core.errors import UserError

EDITED = Provenance(method="edited")


def test_versions_count_up_and_all_stay(tmp_path: Path) -> None:
    store = BankStore(tmp_path / "banks")
    first = store.save("mine", TAXONOMY, RANKED, EDITED)
    second = store.save("mine", TAXONOMY, {"white_noise": RANKED["white_noise"]}, EDITED)
    other = store.save("other", TAXONOMY, RANKED, EDITED)
    assert [first.id, second.id, other.id] == ["mine@1", "mine@2", "other@1"]
    assert [entry.id for entry in store.list()] == ["mine@1", "mine@2", "other@1"]
    assert store.load("mine") == second
    assert store.load("mine@1") == first
    assert load_bank("mine@1", tmp_path / "banks") == first


def test_version_10_comes_after_version_9(tmp_path: Path) -> None:
    store = BankStore(tmp_path)
    for number in range(10):
        newest = store.save("mine", TAXONOMY, RANKED, EDITED.model_copy(update={"note": str(number)}))
    assert newest.id == "mine@10"
    assert store.load("mine").version == 10


def test_what_the_latest_version_says_already_is_not_saved_again(tmp_path: Path) -> None:
    """An import that was killed right after saving, and is run again the next day."""
    store = BankStore(tmp_path)
    imported = Provenance(method="imported", created="2026-01-01", generator={"file": "a.csv", "rows": [1, 2]})
    first = store.save("mine", TAXONOMY, RANKED, imported)
    assert store.save("mine", TAXONOMY, RANKED, imported.model_copy(update={"created": "2026-01-02"})) == first
    assert store.save("mine", TAXONOMY, RANKED, EDITED).id == "mine@2"
    assert store.save("mine", TAXONOMY, RANKED, imported).id == "mine@3", "another one has come in between"


def test_the_banks_in_the_package_come_first_and_their_names_are_reserved(tmp_path: Path) -> None:
    shipped = shipped_banks()[0]
    assert load_bank(shipped.id, tmp_path).hash == shipped.load().hash
    with pytest.raises(UserError, match=f"{shipped.name}.* is reserved"):
        BankStore(tmp_path).save(shipped.name, TAXONOMY, RANKED, EDITED)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "name",
    [
        "",
        "../evil",
        "a/b",
        "a\\b",
        "/etc/passwd",
        ".hidden",
        "-x",
        "A",
        "a b",
        "a\n",
        "naïve",
        "x" * 65,
        "a@1",
        "\x1b[2J",
    ],
)
def test_what_is_no_name_is_refused_before_anything_is_written(name: str, tmp_path: Path) -> None:
    folder = tmp_path / "banks"
    with pytest.raises(UserError, match="is no bank name"):
        BankStore(folder).save(name, TAXONOMY, RANKED, EDITED)
    if "@" not in name:
        with pytest.raises(UserError, match="is no bank name"):
            load_bank(name, folder)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("spec", ["mine@", "mine@0", "mine@01", "mine@x", "mine@1@2", "mine@-1", "mine@../1"])
def test_what_is_no_version_is_refused(spec: str, tmp_path: Path) -> None:
    with pytest.raises(UserError, match="write mine@3, or mine for the latest"):
        load_bank(spec, tmp_path)


def test_a_missing_bank_says_which_there_are(tmp_path: Path) -> None:
    store = BankStore(tmp_path)
    store.save("mine", TAXONOMY, RANKED, EDITED)
    with pytest.raises(UserError, match=r"no bank 'yours' in the store .*; there are mine"):
        store.load("yours")
    with pytest.raises(UserError, match=r"no bank mine@2 .* has the versions 1"):
        store.load("mine@2")
    with pytest.raises(UserError, match="there are none"):
        BankStore(tmp_path / "nowhere").load("mine")


def test_an_inconsistent_bank_is_refused_and_leaves_nothing(tmp_path: Path) -> None:
    store = BankStore(tmp_path)
    with pytest.raises(UserError, match="small has no distortion 'rain'"):
        store.save("mine", TAXONOMY, {"rain": RANKED["white_noise"]}, EDITED)
    assert store.list() == []


def test_a_renamed_file_and_one_of_another_encoding_say_so(tmp_path: Path) -> None:
    store = BankStore(tmp_path)
    store.save("mine", TAXONOMY, RANKED, EDITED)
    (tmp_path / "mine@1.json").rename(tmp_path / "mine@7.json")
    with pytest.raises(UserError, match="holds the bank mine@1"):
        store.load("mine")
    (tmp_path / "latin@1.json").write_bytes("{'é'}".encode("latin-1"))
    with pytest.raises(UserError, match="not UTF-8"):
        store.load("latin")


def test_other_files_in_the_folder_are_left_alone(tmp_path: Path) -> None:
    for name in ("README.md", "mine@1.jsonl", "mine@1.json.bak", ".mine@1-x.json", "mine@01.json", "Mine@1.json"):
        (tmp_path / name).write_text("x")
    assert BankStore(tmp_path).list() == []
    assert BankStore(tmp_path).save("mine", TAXONOMY, RANKED, EDITED).id == "mine@1"


_SAVER = """
import sys
from pathlib import Path
sys.path.insert(0, sys.argv[1])
from small_banks import RANKED, TAXONOMY
from exiqa.bank.schema import Provenance
from exiqa.bank.storage.store import BankStore
store = BankStore(Path(sys.argv[2]))
print("ready", flush=True)
sys.stdin.readline()
for number in range(int(sys.argv[4])):
    saved = store.save("mine", TAXONOMY, RANKED, Provenance(method="edited", note=f"{sys.argv[3]} {number}"))
    print(saved.version, flush=True)
"""


def test_processes_that_save_at_once_lose_nothing(tmp_path: Path) -> None:
    each, names = 15, ("one", "two", "three")
    command = [sys.executable, "-c", _SAVER, str(Path(__file__).parents[1]), str(tmp_path)]
    processes = [
        subprocess.Popen([*command, name, str(each)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        for name in names
    ]
    for process in processes:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
    for process in processes:
        assert process.stdin is not None
        process.stdin.write("go\n")
        process.stdin.flush()
    versions = [int(line) for process in processes for line in process.communicate(timeout=60)[0].split()]
    assert [process.returncode for process in processes] == [0, 0, 0]
    assert sorted(versions) == list(range(1, each * len(names) + 1))
    notes = {entry.load().provenance.note for entry in BankStore(tmp_path).list()}
    assert notes == {f"{name} {number}" for name in names for number in range(each)}

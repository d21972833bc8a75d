"""The commands: what they print, their exit codes, and that nothing from outside reaches the terminal raw."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from small_banks import RANKED, TAXONOMY
from typer.testing import CliRunner, Result

from exiqa.bank.attribute import Attribute
from exiqa.bank.cli import app
from exiqa.bank.phrases.encoder import SentenceEncoder
from exiqa.bank.schema import Provenance
from exiqa.bank.storage.store import BankStore, shipped_banks

HOSTILE = "a \x1b[2J\x1b]0;owned\x07 \u202ehaze [bold red]x[/bold red] \x9b31m"


@pytest.fixture
def store(tmp_path: Path) -> BankStore:
    store = BankStore(tmp_path / "banks")
    store.save("mine", TAXONOMY, RANKED, Provenance(method="edited"))
    return store


def _run(store: BankStore, *arguments: str) -> Result:
    return CliRunner().invoke(app, [*arguments, "--store", str(store.folder)])


def _is_safe(text: str) -> bool:
    return not any((ord(c) < 32 and c != "\n") or 0x7F <= ord(c) < 0xA0 or c in "\u202e\u200b" for c in text)


def test_list_shows_the_package_and_the_store(store: BankStore) -> None:
    shown = _run(store, "list")
    assert shown.exit_code == 0
    assert shown.stdout.count("\n") == 1 + len(shipped_banks()) + 1
    assert "mine@1" in shown.stdout
    rows = {row["bank"]: row for row in json.loads(_run(store, "list", "--json").stdout)}
    assert rows["mine@1"]["attributes"] == 4
    assert (rows["mine@1"]["k_min"], rows["mine@1"]["k_max"]) == (2, 3)
    assert rows["kadid10k@1"]["shipped"]
    assert rows["kadid10k@1"]["distortions"] == 25


def test_list_goes_on_past_a_broken_bank(store: BankStore) -> None:
    (store.folder / "broken@1.json").write_text("{\x1b[2J")
    shown = _run(store, "list")
    assert shown.exit_code == 0
    assert "broken@1.json is not a bank: it is not valid JSON" in shown.stdout
    assert "mine@1" in shown.stdout
    assert _is_safe(shown.stdout)


@pytest.mark.parametrize("place", ["phrase", "distortion", "note", "taxonomy"])
def test_list_goes_on_past_a_bank_with_half_a_character(store: BankStore, place: str) -> None:
    text = (store.folder / "mine@1.json").read_text().replace('"mine"', '"halved"')
    old = {"phrase": '"phrase": "', "distortion": '"ranked": {\n  "', "note": '"note": "', "taxonomy": '"source": "'}[
        place
    ]
    assert old in text
    (store.folder / "halved@1.json").write_text(text.replace(old, f"{old}\\udfff", 1))
    shown = _run(store, "list")
    assert shown.exit_code == 0
    assert f"halved@1: {store.folder / 'halved@1.json'} is not a bank: it is not valid JSON (\\udfff is half a" in (
        shown.stdout.replace("\n", " ")
    )
    assert "mine@1" in shown.stdout
    rows = {row["bank"]: row for row in json.loads(_run(store, "list", "--json").stdout)}
    assert "problem" in rows["halved@1"] and "problem" not in rows["mine@1"]
    for command in ("show", "verify"):
        refused = _run(store, command, "halved")
        assert refused.exit_code == 1 and "UnicodeEncodeError" not in repr(refused.exception)
    assert _run(store, "verify", "mine").exit_code == 0


def test_show_limits_what_is_shown_not_the_hash(store: BankStore) -> None:
    bank = store.load("mine")
    shown = _run(store, "show", "mine", "-d", "gaussian_blur", "--k", "1")
    assert shown.exit_code == 0
    assert bank.hash in shown.stdout
    assert "a softening of details" in shown.stdout
    assert "a loss of fine texture" not in shown.stdout
    contents = json.loads(_run(store, "show", "mine", "--json").stdout)
    assert contents["hash"] == bank.hash
    assert contents["distortions"]["white_noise"]["attributes"][1]["shared_with"] == ["gaussian_blur"]
    assert "K = 3" in _run(store, "show", "mine", "--k", "3").stderr


def test_diff_exits_with_1_where_they_differ(store: BankStore, tmp_path: Path) -> None:
    changed = {**RANKED, "white_noise": (Attribute(phrase="wavy lines"), *RANKED["white_noise"])}
    store.save("mine", TAXONOMY, changed, Provenance(method="edited"))
    same = _run(store, "diff", "mine@1", "mine@1")
    assert (same.exit_code, same.stdout) == (0, "mine@1 and mine@1 say the same\n")
    different = _run(store, "diff", "mine@1", "mine@2")
    assert different.exit_code == 1
    assert "added" in different.stdout
    assert "wavy lines" in different.stdout
    as_json = _run(store, "diff", "mine@1", "mine@2", "--json")
    assert as_json.exit_code == 1
    assert json.loads(as_json.stdout)["distortions"]["white_noise"]["added"][0]["phrase"] == "wavy lines"
    page = tmp_path / "diff.html"
    assert _run(store, "diff", "mine@1", "mine@2", "--html", str(page)).exit_code == 1
    assert "wavy lines" in page.read_text(encoding="utf-8")


def test_lint_names_the_phrase_and_exits_with_1(store: BankStore, minilm: SentenceEncoder) -> None:
    bad = {"white_noise": (Attribute(phrase="a noisy sky"), *RANKED["white_noise"])}
    store.save("bad", TAXONOMY, bad, Provenance(method="edited"))
    shown = _run(store, "lint", "bad", "--k", "1")
    assert shown.exit_code == 1
    assert "a noisy sky" in shown.stdout
    assert "1 bank checked: 1 error, 1 warning" in shown.stdout
    findings = json.loads(_run(store, "lint", "bad", "--k", "1", "--json").stdout)["bad@1"]
    assert [finding["rule"] for finding in findings] == ["left out", "names the distortion"]
    good = _run(store, "lint", "mine", "--k", "2", "--dedup", "off")
    assert (good.exit_code, good.stdout) == (0, "1 bank checked: 0 errors, 0 warnings\n")
    assert "nor a cosine" in _run(store, "lint", "mine", "--dedup", "2").stderr
    assert "say which banks" in _run(store, "lint").stderr
    assert "say which banks" in _run(store, "lint", "mine", "--all").stderr


def test_verify_names_the_tampered_attribute_and_exits_with_1(store: BankStore) -> None:
    file = store.folder / "mine@1.json"
    file.write_text(file.read_text().replace("softening", "hard\\u001b[2Jening"))
    shown = _run(store, "verify")
    assert shown.exit_code == 1
    assert "attribute 1 of gaussian_blur" in " ".join(shown.stdout.split())
    assert "1 error" in shown.stdout
    assert _is_safe(shown.stdout)
    problems = json.loads(_run(store, "verify", "mine", "--json").stdout)["problems"]
    assert [problem["severity"] for problem in problems] == ["error"]
    assert _run(store, "verify", "kadid10k").exit_code == 0


def test_terminal_escapes_never_reach_the_terminal(store: BankStore, tmp_path: Path) -> None:
    hostile = {"white_noise": (Attribute(phrase=HOSTILE, antonym=HOSTILE + "!"),)}
    note = Provenance(method="edited", note=HOSTILE, parents=(HOSTILE,))
    store.save("bad", TAXONOMY, hostile, note)
    for arguments in (
        ("show", "bad"),
        ("show", "bad", "--json"),
        ("list",),
        ("verify", "bad"),
        ("diff", "mine", "bad"),
        ("diff", "mine", "bad", "--json"),
        ("show", HOSTILE),
        ("import", HOSTILE, "--taxonomy", "kadid10k", "--name", "x"),
        ("export", "bad", str(tmp_path / "x.\x1b[2J")),
    ):
        shown = _run(store, *arguments)
        assert shown.stdout or shown.stderr
        assert _is_safe(shown.stdout), arguments
        assert _is_safe(shown.stderr), arguments
    # Nor is markup taken for markup.
    assert "[bold red]x[/bold red]" in "".join(_run(store, "show", "bad").stdout.split("\n")).replace("  ", " ")


def test_import_export_edit_merge_and_embed(
    store: BankStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, minilm: SentenceEncoder
) -> None:
    taxonomy = tmp_path / "small.toml"
    taxonomy.write_text(
        'id = "small"\nname = "Small"\n'
        + "".join(
            f'[[distortions]]\nid = "{d.id}"\ncode = "{d.code}"\nname = "{d.name}"\n'
            f'explanation = "{d.explanation}"\nlevels = {d.levels}\n'
            for d in TAXONOMY.distortions
        )
    )
    for suffix in (".txt", ".csv", ".json"):
        file = tmp_path / f"bank{suffix}"
        assert _run(store, "export", "mine@1", str(file)).exit_code == 0
        imported = _run(store, "import", str(file), "--taxonomy", str(taxonomy), "--name", "copy")
        assert (imported.exit_code, store.load("mine@1").hash in imported.stdout) == (0, True)
    assert "No such file" in _run(store, "import", "no.csv", "--taxonomy", "csiq", "--name", "x").stderr
    monkeypatch.setenv("VISUAL", f"{sys.executable} -c pass")
    assert _run(store, "edit", "mine").stdout == "nothing was changed, so nothing was saved\n"
    merged = _run(store, "merge", "mine", "copy", "--name", "both")
    assert (merged.exit_code, store.load("mine@1").hash in merged.stdout) == (0, True)
    assert "is reserved" in _run(store, "merge", "mine", "copy", "--name", "kadid10k").stderr
    embedded = json.loads(_run(store, "embed", "mine", "--json").stdout)
    assert (embedded["phrases"], embedded["size"], Path(embedded["path"]).is_file()) == (4, 384, True)
    assert "from the cache" in _run(store, "embed", "both").stdout


def test_an_export_replaces_a_file_only_when_told(store: BankStore, tmp_path: Path) -> None:
    file = tmp_path / "mine.csv"
    file.write_text("precious")
    refused = _run(store, "export", "mine", str(file))
    assert refused.exit_code == 1 and "exists already" in refused.stderr and "--force" in refused.stderr
    assert file.read_text() == "precious"
    assert _run(store, "export", "mine", str(file), "--force").exit_code == 0
    assert "a softening of details" in file.read_text()


def test_a_selection_is_a_bank_of_its_own(store: BankStore) -> None:
    mine = store.load("mine@1")
    said = _run(store, "select", "mine", "--k", "1", "-d", "white_noise", "--name", "few")
    few = store.load("few@1")
    assert said.exit_code == 0 and few.hash in said.stdout
    assert few.hash == mine.select(["white_noise"]).top(1).hash
    assert few.provenance.parents == (mine.pinned_id,)
    assert few.provenance.settings == {"k": 1, "distortions": ["white_noise"]}
    assert _run(store, "select", "mine", "--k", "2", "--name", "few").exit_code == 0
    assert store.load("few@2").hash == mine.top(2).hash
    for words, sentence in (
        (["--name", "x"], "say what to select"),
        (["--name", "x", "--k", "3"], "so K = 3 cannot be taken"),
        (["--name", "x", "-d", "fog"], "has no attributes for 'fog'"),
        (["--name", "x", "-d", "white_nose"], "'white_nose'; the nearest is 'white_noise'"),
        (["--name", "kadid10k", "--k", "1"], "is reserved"),
    ):
        refused = _run(store, "select", "mine", *words)
        assert refused.exit_code == 1 and sentence in refused.stderr


def test_help_is_quick_because_nothing_heavy_is_imported() -> None:
    script = (
        "import sys, exiqa.bank.cli; from typer.testing import CliRunner; "
        "assert CliRunner().invoke(exiqa.bank.cli.app, ['--help']).exit_code == 0; "
        "heavy = {'torch', 'numpy', 'pandas', 'scipy', 'transformers', 'sklearn', 'matplotlib', 'pydantic'}; "
        "print(sorted(heavy & set(sys.modules)))"
    )
    answer = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert answer.stdout.strip() == "[]"

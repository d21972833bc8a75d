"""One evil text as phrase, name, path and note, through every output: shown as text, and nothing of it is live."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from made_run import made_records
from PIL import Image
from typer.testing import CliRunner

from exiqa.bank.attribute import Attribute
from exiqa.bank.schema import Provenance
from exiqa.bank.storage.dataset_card import dataset_card
from exiqa.bank.storage.store import BankStore, load_bank
from exiqa.bank.taxonomy import Taxonomy, load_taxonomy
from exiqa.bench.cells.record import write_record
from exiqa.cli import app

from .conftest import Tally
from .injection import EVIL, FILE_NAME, KIND, problems
from .parts import whole


def said(*command: object) -> str:
    """What a command prints; it may end with 1 or 2, but not by a fault, and its errors are a terminal's text."""
    done = CliRunner().invoke(app, [str(part) for part in command])
    assert done.exit_code in (0, 1, 2), (command, done.output)
    assert not problems("terminal", done.stderr)
    return done.stdout


def store_with(folder: Path, text: str) -> Path:
    """Banks mine@1 and mine@2 in which everything that can be is called `text`."""
    entry = load_taxonomy("kadid10k")["jpeg"]
    fields = {**entry.model_dump(), "name": text, "explanation": text, "code": text}
    taxonomy = Taxonomy(id="own", name=text, distortions=(type(entry)(**fields),))
    store = BankStore(folder)
    note = Provenance(method="edited", note=text, parents=(text,), generator={"edits": [text], text: text})
    for number in (1, 2):
        phrases = [text, f"-{text}", *(f"{text} {n}" for n in range(number))]
        ranked = {"jpeg": tuple(Attribute(phrase=phrase, antonym=f"no {phrase}") for phrase in phrases)}
        store.save("mine", taxonomy, ranked, note)
    return folder


BANK_COMMANDS = [
    ("bank", "list"), ("bank", "list", "--json"), ("bank", "show", "mine"), ("bank", "show", "mine", "--json"),
    ("bank", "lint", "mine"), ("bank", "lint", "mine", "--json"), ("bank", "diff", "mine@1", "mine@2"),
    ("bank", "diff", "mine@1", "mine@2", "--json"), ("bank", "verify"), ("bank", "verify", "--json"),
    ("bank", "show", "mine", "--why"), ("bank", "show", EVIL), ("bank", "show", "mine", "-d", EVIL),
    ("bank", "import", EVIL, "--taxonomy", "kadid10k", "--name", "x"),
    ("bank", "import", EVIL, "--taxonomy", EVIL, "--name", EVIL), ("bank", "apply", EVIL), ("bank", "edit", EVIL),
    ("bank", "select", "mine", EVIL, "--name", "less"), ("bank", "agreement", EVIL, EVIL),
]  # fmt: skip


def test_banks(tmp_path: Path, tally: Tally) -> None:
    found, tried = [], 0
    evil, kind = store_with(tmp_path / "evil", EVIL), store_with(tmp_path / "kind", KIND)

    def check(what: str, form: str, text: str, harmless: str = "") -> None:
        nonlocal tried
        tried += 1
        found.extend(f"{what}: {problem}" for problem in problems(form, text, harmless))

    for command in BANK_COMMANDS:
        text = said(*command, "--store", evil)
        check(" ".join(command)[:40], "json" if "--json" in command else "terminal", text)
    for name in ("bank.csv", "bank.txt", "bank.json"):
        said("bank", "export", "mine", tmp_path / name, "--store", evil)
        # Of text and JSON that are written for a program the program is the judge: they are read back as they are.
        if name.endswith(".csv"):
            check("bank export", "csv", (tmp_path / name).read_text())
    for folder in (evil, kind):
        said("bank", "diff", "mine@1", "mine@2", "--store", folder, "--html", folder.with_suffix(".html"))
    check("bank diff", "html", evil.with_suffix(".html").read_text(), kind.with_suffix(".html").read_text())
    cards = [dataset_card(load_bank("mine", folder), ["mine@1", "mine@2"]) for folder in (evil, kind)]
    check("card of a bank", "md", *cards)
    tally("injections", tried, found)


def test_assess(tmp_path: Path, tally: Tally) -> None:
    """By the names of photos and folders; the model is the one that ships."""
    pixels = np.random.default_rng(0).integers(0, 256, (64, 80, 3), dtype=np.uint8)
    photos = {"evil": tmp_path / FILE_NAME[:-4] / FILE_NAME, "kind": tmp_path / KIND / f"{KIND}.png"}
    for path in photos.values():
        path.parent.mkdir()
        Image.fromarray(pixels).save(path)
        (path.parent / f"x{path.name}").write_bytes(b"no photo")
    found = []
    for form, option in (("terminal", None), ("json", "--json"), ("csv", "--csv")):
        text = said("assess", photos["evil"].parent, *([option] if option else []))
        found += [f"assess {form}: {problem}" for problem in problems(form, text)]
    for name, path in photos.items():
        said("assess", path.parent, "--html", tmp_path / f"{name}.html")
    pages = [(tmp_path / f"{name}.html").read_text() for name in photos]
    found += [f"assess page: {problem}" for problem in problems("html", *pages)]
    tally("injections", 4, found)


def test_benchmark(tmp_path: Path, tally: Tally) -> None:
    """By the names of data sets, banks, distortions and images, and by notes."""
    found, tried = [], 0
    outputs: dict[str, dict[str, str]] = {}
    for name, text in (("evil", EVIL), ("kind", KIND)):
        runs = tmp_path / name
        distortions = [f"{text} {n}" for n in range(2)]
        for record, frame in made_records([f"{text} A", f"{text} B"], 2, [f"{text}@1"], distortions, text):
            write_record(runs, record, frame)
        outputs[name] = {
            "tables.terminal": said("bench", "tables", runs),
            "tables.json": said("bench", "tables", runs, "--json"),
            "report.terminal": said("bench", "report", runs, "--out", tmp_path / f"{name}-report"),
        }
        for path in sorted((tmp_path / f"{name}-report").iterdir()):
            if path.suffix in (".md", ".html", ".tex", ".csv"):
                outputs[name][path.name] = path.read_text()
    for name, text in outputs["evil"].items():
        tried += 1
        form = name.rpartition(".")[2]
        found += [f"bench {name}: {problem}" for problem in problems(form, text, outputs["kind"].get(name, ""))]
    assert outputs["evil"].keys() == outputs["kind"].keys() and tried >= 8
    tally("injections", tried, found)


SENTENCES = [
    ("data", "check", EVIL, EVIL), ("data", "list", EVIL), ("data", "split", EVIL, EVIL),
    ("data", "leakage", EVIL, EVIL),
    ("data", "distort", EVIL, "--distortion", EVIL), ("data", "synth", "--pristine", EVIL, "--out", "set"),
    ("model", "info", EVIL), ("model", "tune", EVIL, "--bank", EVIL, "--out", "x"), ("model", "regress", EVIL, EVIL),
    ("bench", "plan", EVIL), ("bench", "run", EVIL), ("bench", "tables", EVIL), ("bench", "report", EVIL),
    ("assess", EVIL), ("assess", "--model", EVIL, EVIL),
    ("attrgen", "generate", EVIL, "--llm", EVIL, "--bank", EVIL), ("attrgen", "generate", "kadid10k", "--llm", EVIL),
]  # fmt: skip


def test_sentences(tmp_path: Path, tally: Tally, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    found = []
    for command in SENTENCES:
        done = CliRunner().invoke(app, list(command))
        found += [f"{command[:2]}: {problem}" for problem in problems("terminal", done.output)]
        if done.exit_code not in (0, 1, 2):
            found.append(f"{command[:2]} ended with {done.exit_code}: {done.output[-300:]}")
    tally("injections", len(SENTENCES), found)


def test_suite(tmp_path: Path, tally: Tally) -> None:
    """By what a suite calls its things."""
    path = tmp_path / "suite.toml"
    evil = json.dumps(EVIL.replace("\x7f", ""))
    path.write_text(
        f"title = {evil}\n[datasets.mini-lvq]\nlabel = {evil}\noptions = {{ references = 4, height = 48 }}\n"
        'banks = { own = "lvq@1" }\n[[cells]]\nprotocol = "identification"\ntest = ["mini-lvq"]\n'
        'methods = ["prior", "exiqa"]\n'
    )
    found = [f"bench plan: {problem}" for problem in problems("terminal", said("bench", "plan", path))]
    tally("injections", 1, found)


@whole
def test_a_model_of_an_evil_bank(tmp_path: Path, tally: Tally) -> None:
    """Its card, and every form of what it says of a photo."""
    found, outputs = [], {}
    Image.fromarray(np.random.default_rng(0).integers(0, 256, (64, 80, 3), dtype=np.uint8)).save(tmp_path / "p.png")
    for name, text in (("evil", EVIL), ("kind", KIND)):
        store, model = store_with(tmp_path / name, text), tmp_path / f"{name}-model"
        said("model", "with-bank", "exiqa-mini", "mine@1", "--store", store, "--out", model)
        outputs[name] = {
            "card.md": (model / "README.md").read_text(),
            "info.terminal": said("model", "info", model),
            "assess.terminal": said("assess", tmp_path / "p.png", "--model", model),
            "assess.json": said("assess", tmp_path / "p.png", "--model", model, "--json"),
            "assess.csv": said("assess", tmp_path / "p.png", "--model", model, "--csv"),
        }
        page = tmp_path / f"{name}.html"
        said("assess", tmp_path / "p.png", "--model", model, "--html", page)
        outputs[name]["assess.html"] = page.read_text()
    for name, text in outputs["evil"].items():
        found += [f"{name}: {p}" for p in problems(name.rpartition(".")[2], text, outputs["kind"][name])]
    tally("injections", len(outputs["evil"]), found)

"""`exiqa bank`: parses and prints; everything it does is elsewhere in `bank`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from exiqa.bank.terminal import new_table, print_diff, print_json, print_table, severity, text
from exiqa.core.console import counted, new_app, printable

app = new_app("Attribute banks: list, show, compare, check, edit and share them.")

Store = Annotated[Path, typer.Option("--store", help="Folder of your own banks.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON instead of tables.")]
BankSpec = Annotated[str, typer.Argument(metavar="BANK", help="NAME@VERSION, or NAME for its latest version.")]
Threshold = Annotated[
    str | None, typer.Option("--dedup", metavar="THRESHOLD|off", help="Cosine from which two phrases are duplicates.")
]

Format = Annotated[
    str | None, typer.Option("--format", help="text, csv, json or descriptions; default: by the suffix.")
]

DEFAULT_STORE = Path("banks")


@app.command("list")
def list_banks(store: Store = DEFAULT_STORE, as_json: AsJson = False) -> None:
    """All banks: those in the package and those in your store.

    Method: how it was made. Control banks hold names of distortions, or phrases shuffled or drawn at random, for
    comparison. K: how many attributes each distortion has.
    """
    from exiqa.bank.storage.listing import bank_rows
    from exiqa.bank.storage.store import BankStore, shipped_banks

    rows = bank_rows([*shipped_banks(), *BankStore(store).list()])
    if as_json:
        return print_json(rows)
    table = new_table("Bank", "Taxonomy", "Dist.", "Attr.", "K", "Method", "Hash", "Where", no_wrap=("Bank", "Hash"))
    for row in rows:
        where = "package" if row["shipped"] else "store"
        if "problem" in row:
            table.add_row(text(row["bank"]), *[""] * 4, text("broken", "red"), "", where)
        else:
            low, high = row["k_min"], row["k_max"]
            k = str(low) if low == high else f"{low}–{high}"
            cells = [row["bank"], row["taxonomy"], row["distortions"], row["attributes"], k, row["method"]]
            table.add_row(*[text(cell) for cell in [*cells, row["hash"][:8], where]])
    print_table(table)
    for row in rows:
        if "problem" in row:
            print(printable(f"{row['bank']}: {row['problem']}"))
    return None


@app.command()
def show(
    bank: BankSpec,
    distortion: Annotated[list[str] | None, typer.Option("--distortion", "-d", help="Only this distortion.")] = None,
    k: Annotated[int | None, typer.Option("--k", min=1, help="Only the best K attributes.")] = None,
    why: Annotated[bool, typer.Option("--why", help="How each attribute came to its rank.")] = False,
    store: Store = DEFAULT_STORE,
    as_json: AsJson = False,
) -> None:
    """What a bank says, best attributes first, and where it came from."""
    from exiqa.bank.storage.listing import bank_contents
    from exiqa.bank.storage.reasons import reasons
    from exiqa.bank.storage.store import load_bank

    shown = load_bank(bank, store)
    contents = bank_contents(shown, distortion, k)
    if why:
        reason_of = reasons(shown, store)
        for name, entry in contents["distortions"].items():
            for row in entry["attributes"]:
                row["why"] = reason_of[name, row["rank"]]
    if as_json:
        return print_json(contents)
    provenance = contents["provenance"]
    print(f"{contents['bank']}  {printable(contents['taxonomy']['name'])}  hash {contents['hash']}")
    print(printable(f"{provenance['method']}{': ' + provenance['note'] if provenance['note'] else ''}"))
    for parent in provenance["parents"]:
        print(printable(f"from {parent}"))
    for name, entry in contents["distortions"].items():
        last = "Why" if why else "Shared with"
        table = new_table("", "Attribute", "Opposite", last, title=f"{entry['name']} ({name})")
        for row in entry["attributes"]:
            told = row["why"] if why else ", ".join(row["shared_with"])
            cells = [row["rank"], row["phrase"], row["antonym"] or "–", told]
            table.add_row(*[text(cell) for cell in cells])
        print_table(table)
    return None


@app.command()
def diff(
    first: BankSpec,
    second: BankSpec,
    store: Store = DEFAULT_STORE,
    as_json: AsJson = False,
    html: Annotated[Path | None, typer.Option("--html", metavar="FILE", help="Write a page instead.")] = None,
) -> None:
    """What changed from FIRST to SECOND. Exit code 1 where they differ, 0 where they say the same."""
    from exiqa.bank.editing.diff import diff as compare
    from exiqa.bank.storage.store import load_bank

    changes = compare(load_bank(first, store), load_bank(second, store))
    if html is not None:
        from exiqa.bank.editing.diff_page import diff_page
        from exiqa.core.files import write_text

        write_text(html, diff_page(changes))
        print(printable(f"wrote {html}"))
    elif as_json:
        print_json(changes.as_json())
    else:
        print_diff(changes)
    raise typer.Exit(0 if changes.equal else 1)


@app.command()
def lint(
    banks: Annotated[list[str] | None, typer.Argument(metavar="[BANK]...", help="Banks to check.")] = None,
    every: Annotated[bool, typer.Option("--all", help="Check all shipped banks.")] = False,
    k: Annotated[int, typer.Option("--k", min=1, help="Attributes that every distortion should have.")] = 5,
    dedup: Threshold = None,
    grounded: Annotated[
        bool,
        typer.Option(
            "--grounded", help="Apply the verdicts of `exiqa bank ground` too; with --all, where a bank has some."
        ),
    ] = False,
    store: Store = DEFAULT_STORE,
    as_json: AsJson = False,
) -> None:
    """Bad phrases, duplicates, sets that tell nothing apart. Exit code 1 where there is an error."""
    from dataclasses import asdict

    from exiqa.bank.grounding.findings import grounding_findings
    from exiqa.bank.grounding.grounding import find_grounding, load_grounding
    from exiqa.bank.phrases.embedding import CachedEncoder
    from exiqa.bank.phrases.encoder import load_encoder
    from exiqa.bank.phrases.lint import lint as check
    from exiqa.bank.phrases.selection import SelectionSettings, parse_threshold
    from exiqa.bank.storage.store import load_bank, shipped_banks
    from exiqa.core.errors import UserError

    if every == bool(banks):
        raise UserError("say which banks to check: either their names or --all for those in the package")
    checked = [entry.load() for entry in shipped_banks()] if every else [load_bank(b, store) for b in banks or []]
    settings = SelectionSettings(k=k) if dedup is None else SelectionSettings(k=k, threshold=parse_threshold(dedup))
    encoder = CachedEncoder(load_encoder())
    findings_of = {bank.id: check(bank, encoder, settings) for bank in checked}
    if grounded:
        for bank in checked:
            if every and find_grounding(bank.id, store) is None:
                continue
            findings_of[bank.id] += grounding_findings(load_grounding(bank, store))
    if as_json:
        print_json({name: [asdict(finding) for finding in findings] for name, findings in findings_of.items()})
    else:
        table = new_table("Bank", "", "Distortion", "Attribute", "Finding")
        for name, findings in findings_of.items():
            for finding in findings:
                cells = [finding.distortion, finding.phrase, f"{finding.rule}: {finding.detail}"]
                table.add_row(text(name), severity(finding.severity), *[text(cell) for cell in cells])
        if table.row_count:
            print_table(table)
        errors = sum(f.severity == "error" for findings in findings_of.values() for f in findings)
        warnings = sum(f.severity == "warning" for findings in findings_of.values() for f in findings)
        print(
            f"{counted(len(findings_of), 'bank')} checked: {counted(errors, 'error')}, {counted(warnings, 'warning')}"
        )
    if any(finding.severity == "error" for findings in findings_of.values() for finding in findings):
        raise typer.Exit(1)


@app.command()
def verify(
    banks: Annotated[list[str] | None, typer.Argument(metavar="[BANK]...", help="Banks; none: every one.")] = None,
    store: Store = DEFAULT_STORE,
    as_json: AsJson = False,
) -> None:
    """Whether saved banks are what they were: hashes, ancestors, transcripts. Exit code 1 where one is not."""
    from dataclasses import asdict

    from exiqa.bank.storage.store import BankStore, find_bank, shipped_banks
    from exiqa.bank.storage.verify import verify_all

    entries = [find_bank(b, store) for b in banks] if banks else [*shipped_banks(), *BankStore(store).list()]
    problems = verify_all(entries, store)
    if as_json:
        print_json({"checked": [entry.id for entry in entries], "problems": [asdict(p) for p in problems]})
    else:
        table = new_table("Bank", "", "Problem")
        for problem in problems:
            table.add_row(text(problem.bank), severity(problem.severity), text(problem.detail))
        if table.row_count:
            print_table(table)
        errors = sum(problem.severity == "error" for problem in problems)
        print(f"{counted(len(entries), 'bank')} verified: {counted(errors, 'error')}")
    if any(problem.severity == "error" for problem in problems):
        raise typer.Exit(1)


@app.command()
def edit(
    bank: BankSpec,
    name: Annotated[str | None, typer.Option("--as", metavar="NAME", help="Save under this name instead.")] = None,
    store: Store = DEFAULT_STORE,
) -> None:
    """Change a bank in your editor ($EDITOR); what you save becomes the next version, the edits on record."""
    from exiqa.bank.editing.edit import edit as change
    from exiqa.bank.editing.edit import open_in_editor
    from exiqa.bank.storage.store import BankStore, load_bank

    parent = load_bank(bank, store)
    saved = change(parent, BankStore(store), name or parent.name, open_in_editor)
    print(f"saved {saved.id}  hash {saved.hash}" if saved else "nothing was changed, so nothing was saved")


@app.command()
def apply(
    bank: BankSpec,
    file: Annotated[Path, typer.Argument(metavar="REVIEW", help="What the page of `exiqa bank review` saved.")],
    name: Annotated[str | None, typer.Option("--as", metavar="NAME", help="Save under this name instead.")] = None,
    store: Store = DEFAULT_STORE,
) -> None:
    """Make the next version of a bank from a review of it, the edits on record."""
    from exiqa.bank.review.apply import apply_review
    from exiqa.bank.review.review import read_review
    from exiqa.bank.storage.store import BankStore, load_bank

    reviewed, review = load_bank(bank, store), read_review(file)
    saved = apply_review(reviewed, review, BankStore(store), name or reviewed.name, str(file))
    print(f"saved {saved.id}  hash {saved.hash}" if saved else "nothing was changed, so nothing was saved")


@app.command()
def agreement(
    first: Annotated[Path, typer.Argument(metavar="REVIEW", help="What one reviewer saved.")],
    second: Annotated[Path, typer.Argument(metavar="REVIEW", help="What another one saved of the same bank.")],
    as_json: AsJson = False,
) -> None:
    """How far two reviewers agree on which phrases to keep: the share of equal decisions, and Cohen's kappa."""
    from exiqa.bank.review.agreement import agreement as compare
    from exiqa.bank.review.review import read_review

    found = compare(read_review(first), read_review(second))
    if as_json:
        return print_json(found.as_json())
    kappa = "not defined, both decided the same about all" if found.kappa is None else f"{found.kappa:.3f}"
    first_name, second_name = (name or "no name" for name in found.reviewers)
    print(printable(f"{found.bank}, reviewed by {first_name} and {second_name}"))
    print(f"{counted(found.both, 'phrase')} judged by both, {found.one} by one only")
    print(f"equal decisions: {found.equal} ({found.share:.1%}); Cohen's kappa: {kappa}")
    if found.disputed:
        table = new_table("Distortion", "Attribute", "First", "Second")
        for row in found.disputed:
            table.add_row(*map(text, (row.distortion, row.phrase, row.first, row.second)))
        print_table(table)
    return None


@app.command()
def merge(
    first: BankSpec,
    second: BankSpec,
    name: Annotated[str, typer.Option("--name", help="Name of the merged bank.")],
    dedup: Threshold = None,
    store: Store = DEFAULT_STORE,
) -> None:
    """All that FIRST says and what SECOND adds to it, as a bank of its own."""
    from exiqa.bank.editing.merge import merge_into_store
    from exiqa.bank.phrases.embedding import CachedEncoder
    from exiqa.bank.phrases.encoder import load_encoder
    from exiqa.bank.phrases.selection import SelectionSettings, parse_threshold
    from exiqa.bank.storage.store import BankStore, load_bank

    ours, theirs = load_bank(first, store), load_bank(second, store)
    threshold = SelectionSettings().threshold if dedup is None else parse_threshold(dedup)
    encoder = CachedEncoder(load_encoder())
    saved, merged = merge_into_store(ours, theirs, name, BankStore(store), encoder, threshold)
    for distortion, dropped, kept in merged.duplicates:
        print(printable(f"{distortion}: {dropped!r} duplicates {kept!r}"))
    print(f"saved {saved.id}  hash {saved.hash}")


@app.command()
def select(
    bank: BankSpec,
    name: Annotated[str, typer.Option("--name", help="Name of the new bank.")],
    k: Annotated[int | None, typer.Option("--k", min=1, help="Only the best K attributes of each distortion.")] = None,
    distortion: Annotated[list[str] | None, typer.Option("--distortion", "-d", help="Only this distortion.")] = None,
    store: Store = DEFAULT_STORE,
) -> None:
    """The best attributes of some distortions, as a bank of their own. Repeat -d for more distortions."""
    from exiqa.bank.editing.select import select_into_store
    from exiqa.bank.storage.store import BankStore, load_bank

    saved = select_into_store(load_bank(bank, store), name, BankStore(store), k, distortion or ())
    print(f"saved {saved.id}  hash {saved.hash}")


@app.command("import")
def import_bank(
    file: Annotated[Path, typer.Argument(help="CSV, JSON, plain text, or classify_by_description's JSON.")],
    taxonomy: Annotated[str, typer.Option("--taxonomy", help="Id of a shipped taxonomy, or a .toml file.")],
    name: Annotated[str, typer.Option("--name", help="Name of the new bank.")],
    file_format: Format = None,
    store: Store = DEFAULT_STORE,
) -> None:
    """Make a bank of attributes that another program or person wrote."""
    from exiqa.bank.exchange.import_export import import_file
    from exiqa.bank.storage.store import BankStore
    from exiqa.bank.taxonomy import load_taxonomy

    saved = import_file(file, load_taxonomy(taxonomy), name, BankStore(store), file_format)
    print(f"saved {saved.id}  hash {saved.hash}")
    print(f"`exiqa bank lint {saved.id}` tells what is wrong with it")


@app.command()
def export(
    bank: BankSpec,
    file: Annotated[Path, typer.Argument(help="File to write: .txt, .csv or .json.")],
    file_format: Format = None,
    force: Annotated[bool, typer.Option("--force", help="Replace a file that exists.")] = False,
    store: Store = DEFAULT_STORE,
) -> None:
    """Write a bank for another program or person."""
    from exiqa.bank.exchange.import_export import export_file
    from exiqa.bank.storage.store import load_bank

    written = export_file(load_bank(bank, store), file, file_format, force)
    print(printable(f"wrote {file}: {written.explanation}"))


@app.command()
def push(
    bank: BankSpec,
    repo: Annotated[str, typer.Argument(metavar="USER/NAME", help="Dataset repository on the Hugging Face Hub.")],
    private: Annotated[bool, typer.Option("--private", help="Make a new repository private.")] = False,
    store: Store = DEFAULT_STORE,
) -> None:
    """Share a bank on the Hugging Face Hub."""
    from exiqa.bank.storage.hub import push as upload
    from exiqa.bank.storage.store import load_bank

    print(printable(upload(load_bank(bank, store), repo, private)))


@app.command()
def pull(
    repo: Annotated[str, typer.Argument(metavar="USER/NAME", help="Dataset repository on the Hugging Face Hub.")],
    bank: BankSpec,
    store: Store = DEFAULT_STORE,
) -> None:
    """Take a bank from the Hugging Face Hub into your store."""
    from exiqa.bank.storage.hub import pull as download
    from exiqa.bank.storage.store import BankStore

    pulled = download(repo, bank)
    BankStore(store).add(pulled)
    print(f"pulled {pulled.id}  hash {pulled.hash}")


@app.command()
def embed(bank: BankSpec, store: Store = DEFAULT_STORE, as_json: AsJson = False) -> None:
    """Embed a bank's phrases into the cache, and say where they are."""
    from exiqa.bank.phrases.embedding import CachedEncoder
    from exiqa.bank.phrases.encoder import load_encoder
    from exiqa.bank.storage.store import load_bank

    phrases = [attribute.phrase for attribute in load_bank(bank, store).attributes]
    encoder = CachedEncoder(load_encoder())
    cached = encoder.has(phrases)
    rows, size = encoder.encode(phrases).shape
    if as_json:
        return print_json(
            {
                "path": str(encoder.path),
                "cached": cached,
                "phrases": rows,
                "size": size,
                "encoder": encoder.name,
                "encoder_sha256": encoder.hash,
            }
        )
    print(printable(f"{rows} phrases x {size} ({encoder.name}){', from the cache' if cached else ''}: {encoder.path}"))
    return None

"""`exiqa bank ground`: the one command on banks that looks at pictures, which the bank's own package must not."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from exiqa.bank.cli import DEFAULT_STORE, AsJson, BankSpec, Store
from exiqa.core.console import printable

if TYPE_CHECKING:
    from exiqa.bank.grounding.grounding import Grounding
    from exiqa.iqadata.grounding.pairs import PairSource


def ground(
    bank: BankSpec,
    pairs: Annotated[
        Path | None,
        typer.Option(
            metavar="TABLE",
            help="Your own pairs: a CSV file with distorted, reference, distortion and, if known, level.",
        ),
    ] = None,
    photos: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Photos to distort, in place of those that come along.")
    ] = None,
    store: Store = DEFAULT_STORE,
    html: Annotated[Path | None, typer.Option("--html", metavar="FILE", help="Write a page with pictures too.")] = None,
    as_json: AsJson = False,
) -> None:
    """Hold a bank's phrases against pictures: which are seen, from which level on, and what no phrase says.

    With --pairs, paths are taken from the table's folder, or from --photos. The verdicts are kept beside the bank, in
    the store; the bank itself stays as it is.
    """
    from exiqa.bank.grounding.grounding import grounding_path, write_grounding
    from exiqa.bank.phrases.embedding import CachedEncoder
    from exiqa.bank.phrases.encoder import load_encoder
    from exiqa.bank.storage.store import load_bank
    from exiqa.core.files import write_text
    from exiqa.core.progress import progress_bar
    from exiqa.iqadata.grounding.ground import ground_bank
    from exiqa.iqadata.grounding.page import grounding_page
    from exiqa.iqadata.grounding.pairs import distorted_photos, table_pairs

    grounded = load_bank(bank, store)
    source: PairSource
    if pairs is not None:
        source = table_pairs(pairs, photos or pairs.parent, grounded.distortions)
    else:
        source = distorted_photos(grounded.taxonomy, grounded.distortions, photos)
    with progress_bar("measuring effects") as step:
        grounding = ground_bank(grounded, source, CachedEncoder(load_encoder()), step)
    path = grounding_path(store, grounded.id)
    write_grounding(path, grounding)
    if html is not None:
        with progress_bar("cutting out crops") as step:
            write_text(html, grounding_page(grounding, grounded.taxonomy, source, step))
    if as_json:
        typer.echo(json.dumps(grounding.model_dump(mode="json"), indent=1))
        return
    _print(grounding)
    typer.echo(printable(f"verdicts: {path}"))
    if html is not None:
        typer.echo(printable(f"page: {html}"))


def _print(grounding: Grounding) -> None:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    from exiqa.bank.grounding.grounding import verdict_words
    from exiqa.bank.phrases.effects import EFFECTS

    console = Console()
    table = Table("Distortion", "Seen", "Not seen", "Opposite", "Not linked", "Unnamed effects")
    for distortion, entry in grounding.distortions.items():
        count = [record.verdict for record in entry.phrases].count
        figures = [str(count(verdict)) for verdict in ("seen", "not seen", "opposite", "not linked")]
        table.add_row(Text(printable(distortion)), *figures, ", ".join(EFFECTS[effect].name for effect in entry.gaps))
    console.print(table)
    doubtful = Table("Distortion", "Phrase", "Verdict")
    for distortion, entry in grounding.distortions.items():
        for record in entry.phrases:
            if record.verdict in ("not seen", "opposite"):
                cells = (distortion, record.phrase, verdict_words(record))
                doubtful.add_row(*[Text(printable(cell)) for cell in cells])
    if doubtful.row_count:
        console.print(doubtful)
    for distortion, reason in grounding.not_measured.items():
        typer.echo(printable(f"{distortion}: {reason}"))
    counts = grounding.counts()
    total = sum(counts.values())
    typer.echo(f"{total} phrases: " + ", ".join(f"{count} {verdict}" for verdict, count in counts.items()))

"""`exiqa bank review`: where a bank, pictures of its distortions and a reader meet."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from exiqa.bank.cli import DEFAULT_STORE, BankSpec, Store
from exiqa.core.console import printable


def review(
    bank: BankSpec,
    html: Annotated[Path, typer.Option("--html", metavar="FILE", help="The page to write.")],
    pairs: Annotated[
        Path | None,
        typer.Option(metavar="TABLE", help="Your own pairs of pictures, as for `exiqa bank ground`."),
    ] = None,
    photos: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Photos to distort, in place of those that come along.")
    ] = None,
    store: Store = DEFAULT_STORE,
) -> None:
    """Write one page to review a bank on by eye: keep, drop, edit and reorder its phrases beside pictures.

    The page needs no network and no server. What it saves, `exiqa bank apply` makes the next version of, and
    `exiqa bank agreement` compares with another reviewer's. A bank without verdicts is held against pictures first, as
    by `exiqa bank ground`.
    """
    from exiqa.bank.grounding.grounding import find_grounding, grounding_path, load_grounding, write_grounding
    from exiqa.bank.phrases.embedding import CachedEncoder
    from exiqa.bank.phrases.encoder import load_encoder
    from exiqa.bank.phrases.selection import SelectionSettings
    from exiqa.bank.storage.store import load_bank
    from exiqa.core.files import write_text
    from exiqa.core.progress import progress_bar
    from exiqa.grounding import pictures_of
    from exiqa.iqadata.grounding.ground import ground_bank
    from exiqa.iqadata.review.page import review_page

    reviewed = load_bank(bank, store)
    source = pictures_of(reviewed.taxonomy, reviewed.distortions, pairs, photos)
    encoder = CachedEncoder(load_encoder())
    if find_grounding(reviewed.id, store) is None:
        with progress_bar("measuring effects") as step:
            write_grounding(grounding_path(store, reviewed.id), ground_bank(reviewed, source, encoder, step))
    grounding = load_grounding(reviewed, store)
    threshold = SelectionSettings().threshold or 1.0
    with progress_bar("cutting out crops") as step:
        write_text(html, review_page(reviewed, grounding, source, encoder, threshold, step))
    typer.echo(printable(f"wrote {html}: open it in a browser"))

"""Where banks and pictures meet: `exiqa bank ground`, and what a generation is handed to hold phrases against."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from exiqa.bank.cli import DEFAULT_STORE, AsJson, BankSpec, Store
from exiqa.bank.terminal import print_json, print_table, text
from exiqa.core.console import printable
from exiqa.core.errors import UserError

if TYPE_CHECKING:
    from exiqa.bank.grounding.grounding import Grounding
    from exiqa.bank.grounding.table import EffectTable
    from exiqa.bank.taxonomy import Taxonomy
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
    dataset: Annotated[
        str | None,
        typer.Option(
            metavar="NAME=DIR",
            help="A data set with references: its images are the pairs. kadid10k=DIR; mini-kadid10k needs no folder.",
        ),
    ] = None,
    store: Store = DEFAULT_STORE,
    html: Annotated[Path | None, typer.Option("--html", metavar="FILE", help="Write a page with pictures too.")] = None,
    as_json: AsJson = False,
) -> None:
    """Hold a bank's phrases against pictures: which are seen, from which level on, and what no phrase says.

    Packaged photos are distorted for it unless --photos, --pairs or --dataset gives others. With --pairs, paths are
    taken from the table's folder, or from --photos. The verdicts are kept beside the bank, in
    the store; the bank itself stays as it is.
    """
    from exiqa.bank.grounding.grounding import grounding_path, write_grounding
    from exiqa.bank.phrases.embedding import CachedEncoder
    from exiqa.bank.phrases.encoder import load_encoder
    from exiqa.bank.storage.store import load_bank
    from exiqa.core.files import write_text
    from exiqa.core.progress import progress_bar
    from exiqa.iqadata.catalog.loading import open_dataset
    from exiqa.iqadata.grounding.ground import ground_bank
    from exiqa.iqadata.grounding.page import grounding_page
    from exiqa.iqadata.grounding.pairs import dataset_pairs

    grounded = load_bank(bank, store)
    if dataset is None:
        source = pictures_of(grounded.taxonomy, grounded.distortions, pairs, photos)
    elif pairs is None and photos is None:
        source = dataset_pairs(open_dataset(dataset), grounded.distortions)
    else:
        raise UserError("--dataset brings its own pictures: leave out --pairs and --photos, or --dataset")
    with progress_bar("measuring effects") as step:
        grounding = ground_bank(grounded, source, CachedEncoder(load_encoder()), step)
    path = grounding_path(store, grounded.id)
    write_grounding(path, grounding)
    if html is not None:
        with progress_bar("cutting out crops") as step:
            write_text(html, grounding_page(grounding, grounded.taxonomy, source, step))
    if as_json:
        print_json(grounding.model_dump(mode="json"))
        return
    _print(grounding)
    typer.echo(printable(f"verdicts: {path}"))
    if html is not None:
        typer.echo(printable(f"page: {html}"))


def measure_effects(taxonomy: Taxonomy, pairs: Path | None, photos: Path | None) -> EffectTable:
    """What the distortions of a taxonomy do to pictures, with a progress bar; what generations are handed.

    Args:
        taxonomy: The distortions, those that a generation does not ask about included: phrases are told apart by them.
        pairs: The user's table of pairs; None distorts photos here.
        photos: The user's photos, or the folder that the table's paths lie below.

    Raises:
        UserError: There are no pictures of any of them, or some cannot be measured.
    """
    from exiqa.core.progress import progress_bar
    from exiqa.iqadata.grounding.measure import measure_table

    with progress_bar("measuring effects") as step:
        return measure_table(pictures_of(taxonomy, taxonomy.ids, pairs, photos), step)


def crops_of_effects(taxonomy: Taxonomy, pairs: Path, photos: Path | None) -> dict[str, tuple[bytes, ...]]:
    """What a model that sees is shown of each distortion: see `exiqa.iqadata.grounding.shown.shown_crops`.

    Args:
        taxonomy: The distortions.
        pairs: The user's table of pairs.
        photos: The folder that its paths lie below; None is the table's own.

    Raises:
        UserError: The table cannot be read, or a pair of it cannot be measured.
    """
    from exiqa.core.progress import progress_bar
    from exiqa.iqadata.grounding.shown import shown_crops

    with progress_bar("cutting out crops") as step:
        return shown_crops(pictures_of(taxonomy, taxonomy.ids, pairs, photos), step)


def pictures_of(
    taxonomy: Taxonomy, distortions: tuple[str, ...], pairs: Path | None, photos: Path | None
) -> PairSource:
    """The pairs that the options name: the user's own, or photos distorted here.

    Args:
        taxonomy: Whose levels.
        distortions: Ids of it.
        pairs: A table of pairs; None distorts photos.
        photos: Photos to distort, or the folder that the table's paths lie below.

    Raises:
        UserError: The table cannot be read, or the folder holds no photo.
    """
    from exiqa.iqadata.grounding.pairs import distorted_photos, table_pairs

    if pairs is not None:
        return table_pairs(pairs, photos or pairs.parent, distortions)
    return distorted_photos(taxonomy, distortions, photos)


def _print(grounding: Grounding) -> None:
    from rich.table import Table

    from exiqa.bank.grounding.grounding import verdict_words
    from exiqa.bank.linking.effects import EFFECTS

    table = Table("Distortion", "Seen", "Not seen", "Opposite", "Not linked", "Unnamed effects")
    for distortion, entry in grounding.distortions.items():
        count = [record.verdict for record in entry.phrases].count
        figures = [str(count(verdict)) for verdict in ("seen", "not seen", "opposite", "not linked")]
        table.add_row(text(distortion), *figures, ", ".join(EFFECTS[effect].name for effect in entry.gaps))
    print_table(table)
    doubtful = Table("Distortion", "Phrase", "Verdict")
    for distortion, entry in grounding.distortions.items():
        for record in entry.phrases:
            if record.verdict in ("not seen", "opposite"):
                cells = (distortion, record.phrase, verdict_words(record))
                doubtful.add_row(*map(text, cells))
    if doubtful.row_count:
        print_table(doubtful)
    for distortion, reason in grounding.not_measured.items():
        typer.echo(printable(f"{distortion}: {reason}"))
    counts = grounding.counts()
    total = sum(counts.values())
    typer.echo(f"{total} phrases: " + ", ".join(f"{count} {verdict}" for verdict, count in counts.items()))

"""The groundings in the package: of the latest curated bank of each taxonomy, and KADID-10k's as a page.

`python -m exiqa.iqadata.grounding.shipped` writes them again, after a change of the banks, the effects, the distortions
or the labelled phrases. What has been measured comes from the user's cache, so that it goes on where it was stopped.
"""

from __future__ import annotations

from pathlib import Path

from exiqa.bank.curated.build import SHIPPED
from exiqa.bank.grounding.grounding import grounding_path, write_grounding
from exiqa.bank.phrases.embedding import CachedEncoder
from exiqa.bank.phrases.encoder import SentenceEncoder, load_encoder
from exiqa.bank.storage.store import load_bank
from exiqa.bank.taxonomy import shipped_taxonomies
from exiqa.core.files import write_text
from exiqa.core.progress import progress_bar
from exiqa.iqadata.grounding.ground import ground_bank
from exiqa.iqadata.grounding.page import grounding_page
from exiqa.iqadata.grounding.pairs import distorted_photos

PAGES = Path("reports/grounding")
SHOWN = ("kadid10k",)
"""The taxonomies whose grounding is committed as a page too."""


def write_shipped_grounding(name: str, folder: Path, pages: Path, encoder: SentenceEncoder) -> list[Path]:
    """Ground the latest shipped bank of a name on the packaged photos.

    Args:
        name: A taxonomy's id, which is its curated bank's name.
        folder: Where the grounding is written, as `NAME@VERSION.grounding.json`.
        pages: Where the page of one that is `SHOWN` is written, as `NAME.html`.
        encoder: Links phrases to effects.

    Returns:
        The paths of the files.
    """
    bank = load_bank(name)
    source = distorted_photos(bank.taxonomy, bank.distortions)
    with progress_bar(f"measuring effects for {bank.id}") as step:
        grounding = ground_bank(bank, source, encoder, step)
    paths = [grounding_path(folder, bank.id)]
    write_grounding(paths[0], grounding)
    if name in SHOWN:
        with progress_bar(f"cutting out crops for {bank.id}") as step:
            paths.append(pages / f"{name}.html")
            write_text(paths[-1], grounding_page(grounding, bank.taxonomy, source, step))
    return paths


if __name__ == "__main__":
    sentences = CachedEncoder(load_encoder())
    for taxonomy in shipped_taxonomies():
        for path in write_shipped_grounding(taxonomy, SHIPPED, PAGES, sentences):
            print(path)

"""A bank for the hub's data viewer and `datasets.load_dataset`: a Parquet file a version, and the card that names them.

No script is needed to load it; the JSON file beside it stays what `exiqa bank pull` reads.
"""

from __future__ import annotations

import io
from collections.abc import Sequence

from exiqa.bank.schema import Bank

CARD = "README.md"


def parquet_name(bank_id: str) -> str:
    """The file of a bank's attributes in its repository."""
    return f"{bank_id}.parquet"


def bank_parquet(bank: Bank) -> bytes:
    """A row an attribute of a distortion, best first: distortion, distortion_name, rank (from 1), phrase, antonym."""
    import pandas as pd

    rows = [
        (distortion, bank.taxonomy[distortion].name, rank, attribute.phrase, attribute.antonym)
        for distortion in bank.distortions
        for rank, attribute in enumerate(bank.ranked[distortion], start=1)
    ]
    frame = pd.DataFrame(rows, columns=["distortion", "distortion_name", "rank", "phrase", "antonym"])
    frame["antonym"] = frame["antonym"].astype("string")  # a column of text, also where no attribute has one
    stream = io.BytesIO()
    frame.to_parquet(stream, index=False)
    return stream.getvalue()


def dataset_card(bank: Bank, versions: Sequence[str], present: str | None = None) -> str:
    """The repository's card, with a configuration for each version that is there.

    Args:
        bank: The one that is pushed: what a new card describes, and the default configuration.
        versions: Ids of all banks in the repository that have a Parquet file, this one among them.
        present: The card that is there; its text and its other metadata stay.
    """
    from huggingface_hub import DatasetCard

    card = DatasetCard(_new_card(bank) if present is None else present)
    card.data["configs"] = [
        {
            "config_name": version,
            "data_files": parquet_name(version),
            **({"default": True} if version == bank.id else {}),
        }
        for version in versions
    ]
    return str(card)


def _new_card(bank: Bank) -> str:
    return "\n".join(
        [
            "---",
            "pretty_name: Attribute banks for image quality",
            "tags: [image-quality-assessment, exiqa]",
            "---",
            "# Attribute banks for image quality",
            "",
            "What image distortions look like, in words: for each distortion a ranked list of visible attributes, best "
            f"first. `{bank.id}` describes {len(bank.distortions)} distortions by {len(bank.attributes)} attributes "
            f"(made by: {bank.provenance.method}).",
            "",
            "Each version is a configuration with the columns `distortion`, `distortion_name`, `rank`, `phrase` and "
            "`antonym`; the JSON file beside it also holds the taxonomy and where the bank came from.",
            "",
            "```python",
            "from datasets import load_dataset",
            "",
            f'attributes = load_dataset("THIS REPOSITORY", "{bank.id}", split="train")',
            "```",
            "",
            "```console",
            f"$ exiqa bank pull THIS/REPOSITORY {bank.id}",
            "```",
            "",
        ]
    )

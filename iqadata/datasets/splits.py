"""Reference-disjoint splits, drawn by a seed or as a dataset's authors publish them, as files with a hash."""

from __future__ import annotations

import json
from functools import cached_property
from pathlib import Path
from typing import Literal

import numpy as np
from pydantic import BaseModel, ConfigDict, model_validator

from exiqa.core.documents import json_value, of_schema, read_text
from exiqa.core.errors import UserError
from exiqa.core.files import canonical_json, sha256_hex, write_text
from exiqa.iqadata.datasets.dataset import Dataset

RATIOS = {"70/10/20": (0.7, 0.1, 0.2), "80/20": (0.8, 0.0, 0.2), "30/10/60": (0.3, 0.1, 0.6)}
"""Shares of the references that train, validate and test. The last is for data sets of few references, of which a fifth
is too few to say anything of."""

OFFICIAL = "official"
"""What stands in the place of a ratio for the split that a dataset's authors publish."""

VALIDATION_SHARE = 0.125
"""Of the official training side, drawn by the seed to validate where the authors publish no validation side."""


class Split(BaseModel):
    """Which references train, validate and test. No reference is on two sides."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    schema_version: Literal[1] = 1
    dataset: str
    seed: int
    ratio: str
    train: tuple[str, ...]
    validation: tuple[str, ...]
    test: tuple[str, ...]

    @model_validator(mode="after")
    def _is_disjoint(self) -> Split:
        seen: set[str] = set()
        for reference in (*self.train, *self.validation, *self.test):
            if reference in seen:
                raise ValueError(f"reference {reference!r} is in the split twice")
            seen.add(reference)
        if not self.train or not self.test:
            raise ValueError("a split needs at least one reference to train and one to test")
        return self

    @cached_property
    def hash(self) -> str:
        """SHA-256 of the split, 64 hex digits."""
        return sha256_hex(canonical_json(self.model_dump()))

    def rows(self, dataset: Dataset) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Row numbers of the training, validation and test images.

        Raises:
            UserError: The split is of another dataset, or a reference is on no side.
        """
        reference = dataset.table["reference"].to_numpy()
        known = {*self.train, *self.validation, *self.test}
        missing = sorted(set(reference) - known)
        if missing or dataset.name != self.dataset:
            raise UserError(
                f"the split of {self.dataset} (seed {self.seed}) does not fit {dataset.name}"
                + (f": it has no side for reference {missing[0]!r}" if missing else "")
            )
        train, validation, test = (
            np.flatnonzero(np.isin(reference, side)) for side in (self.train, self.validation, self.test)
        )
        return train, validation, test

    @property
    def file_name(self) -> str:
        """The name of this split's file in a folder of splits: `kadid10k-70-10-20-seed3.json`."""
        dataset = "".join(c if c.isascii() and (c.isalnum() or c in "._-") else "-" for c in self.dataset)
        return f"{dataset}-{self.ratio.replace('/', '-')}-seed{self.seed}.json"

    def save(self, path: Path) -> None:
        """Write the split and its hash as JSON, whole or not at all."""
        write_text(path, json.dumps({"hash": self.hash, **self.model_dump()}, indent=1, ensure_ascii=False) + "\n")

    @staticmethod
    def load(path: Path) -> Split:
        """The split in a file.

        Raises:
            UserError: The file is no split, or was changed after it was written.
        """
        content = json_value(read_text(path), str(path), "a split file")
        if not isinstance(content, dict):
            raise UserError(f"{path} is not a split file: it holds no JSON object")
        stated = content.pop("hash", None)
        split = of_schema(content, Split, str(path), "a split file")
        if stated != split.hash:
            raise UserError(
                f"{path} was changed after it was written: its hash is not that of its content; make it anew"
            )
        return split


def make_split(dataset: Dataset, seed: int, ratio: str = "70/10/20") -> Split:
    """The split of a dataset's references for one seed.

    Counts are those of ARNIQA's splits (KADID-10k's 81 references give 57/8/16, TID2013's 25 give 18/2/5):
    training and validation are rounded (half to even), every side with a positive share gets at least one
    reference, and test takes the rest. The order is that of the SHA-256 of (dataset, seed, reference), so it
    depends on no library's random stream. Where the dataset has subsets, each is split so. What may only be trained
    on (`Dataset.training_only`) is, and the other sides are as large as without it.

    Args:
        dataset: Whose references are split.
        seed: Decides the order; of an official split, only which training photos validate.
        ratio: One of `RATIOS`, or `OFFICIAL`.

    Raises:
        UserError: There are fewer references than sides, too few that may be tested on, the ratio is unknown, or there
            is no official split.
    """
    if ratio == OFFICIAL:
        return _official_split(dataset, seed)
    if ratio not in RATIOS:
        raise UserError(f"there is no split ratio {ratio!r}; choose one of {', '.join((*RATIOS, OFFICIAL))}")
    shares = RATIOS[ratio]
    sides = sum(share > 0 for share in shares)
    train: list[str] = []
    validation: list[str] = []
    test: list[str] = []
    for subset, references in _strata(dataset).items():
        if len(references) < sides:
            part = f"{dataset.name}, subset {subset}," if subset else dataset.name
            raise UserError(
                f"{part} has {len(references)} reference images; a {ratio} split by reference needs {sides}"
            )
        # What may only be trained on comes first, where the training side is cut off.
        order = sorted(_shuffled(dataset, seed, references), key=lambda r: r not in dataset.training_only)
        n_validation = max(1, round(len(order) * shares[1])) if shares[1] else 0
        n_test = max(1, len(order) - n_validation - round(len(order) * shares[0]))
        n_train = len(order) - n_validation - n_test
        if dataset.training_only.intersection(order[n_train:]):
            raise UserError(
                f"{dataset.name}: a backbone was pretrained on {len(dataset.training_only.intersection(order))} of "
                f"{len(order)} photos, which leaves too few for a {ratio} split"
            )
        train += order[:n_train]
        validation += order[n_train : n_train + n_validation]
        test += order[n_train + n_validation :]
    return _sorted_split(dataset, seed, ratio, train, validation, test)


def _official_split(dataset: Dataset, seed: int) -> Split:
    """The published sides; where none validates, `VALIDATION_SHARE` of the training side of each subset.

    What may only be trained on leaves the other sides.
    """
    if dataset.sides is None:
        raise UserError(f"{dataset.name} has no official split; choose a ratio, one of {', '.join(RATIOS)}")
    side = dict(zip(dataset.table["reference"], dataset.sides, strict=True))
    side |= dict.fromkeys(dataset.training_only, "train")
    on = {name: [r for r in dataset.references if side[r] == name] for name in ("train", "validation", "test")}
    for name in ("train", "test"):
        if not on[name]:
            raise UserError(
                f"this copy of {dataset.name} has no photo of the official {name} side; choose a ratio, one of "
                f"{', '.join(RATIOS)}"
            )
    validation = on["validation"]
    if not validation:
        for references in _strata(dataset).values():
            order = _shuffled(dataset, seed, [r for r in references if side[r] == "train"])
            may_validate = [r for r in order if r not in dataset.training_only]
            validation += may_validate[: round(len(order) * VALIDATION_SHARE)]
    train = sorted(set(on["train"]) - set(validation))
    return _sorted_split(dataset, seed, OFFICIAL, train, validation, on["test"])


def _strata(dataset: Dataset) -> dict[str, list[str]]:
    """The references of each subset, under its name; all under "" where the dataset has none."""
    if dataset.subsets is None:
        return {"": list(dataset.references)}
    subset = dict(zip(dataset.table["reference"], dataset.subsets, strict=True))
    return {name: [r for r in dataset.references if subset[r] == name] for name in sorted(set(subset.values()))}


def _shuffled(dataset: Dataset, seed: int, references: list[str]) -> list[str]:
    return sorted(references, key=lambda reference: sha256_hex(canonical_json([dataset.name, seed, reference])))


def _sorted_split(
    dataset: Dataset, seed: int, ratio: str, train: list[str], validation: list[str], test: list[str]
) -> Split:
    return Split(
        dataset=dataset.name,
        seed=seed,
        ratio=ratio,
        train=tuple(sorted(train)),
        validation=tuple(sorted(validation)),
        test=tuple(sorted(test)),
    )


def write_splits(dataset: Dataset, seeds: int, ratio: str, folder: Path) -> list[Path]:
    """Write the splits of the first seeds to a folder, a file each.

    Args:
        dataset: Whose references are split.
        seeds: How many splits; their seeds are 0, 1, …
        ratio: As `make_split` takes it.
        folder: Where the files go.

    Returns:
        The files, in the seeds' order.
    """
    paths = []
    for seed in range(seeds):
        split = make_split(dataset, seed, ratio)
        path = folder / split.file_name
        split.save(path)
        paths.append(path)
    return paths

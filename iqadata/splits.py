"""Reference-disjoint splits, as files with a hash."""

from __future__ import annotations

from functools import cached_property
from pathlib import Path
from typing import Literal

import numpy as np
from pydantic import BaseModel, ConfigDict, ValidationError, model_validator

from bank.errors import UserError
from bank.files import canonical_json, sha256_hex, write_text
from iqadata.dataset import Dataset

RATIOS = {"70/10/20": (0.7, 0.1, 0.2), "80/20": (0.8, 0.0, 0.2)}


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
        sides = [*self.train, *self.validation, *self.test]
        if len(set(sides)) != len(sides):
            raise ValueError("a reference is on two sides of the split")
        if not self.train or not self.test:
            raise ValueError("a split needs at least one reference to train and one to test")
        return self

    @cached_property
    def hash(self) -> str:
        """SHA-256 of the split, 64 hex digits."""
        return sha256_hex(canonical_json(self.model_dump()))

    def rows(self, dataset: Dataset) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Row numbers of the training, validation and test images. Raises UserError where a reference is in no side."""
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

    def save(self, path: Path) -> None:
        write_text(path, self.model_dump_json(indent=1) + "\n")

    @staticmethod
    def load(path: Path) -> Split:
        try:
            return Split.model_validate_json(path.read_text(encoding="utf-8"))
        except (ValidationError, UnicodeDecodeError) as error:
            raise UserError(f"{path} is not a split file: {str(error).splitlines()[-1].strip()}") from None


def make_split(dataset: Dataset, seed: int, ratio: str = "70/10/20") -> Split:
    """The split of a dataset's references for one seed.

    Counts are those of ARNIQA's splits (KADID-10k's 81 references give 57/8/16, TID2013's 25 give 18/2/5):
    training and validation are rounded (half to even), every side with a positive share gets at least one
    reference, and test takes the rest.
    Raises UserError with fewer references than sides.
    """
    shares = RATIOS[ratio]
    references = np.array(dataset.references)
    sides = sum(share > 0 for share in shares)
    if len(references) < sides:
        raise UserError(
            f"{dataset.name} has {len(references)} reference images; a {ratio} split by reference needs {sides}"
        )
    order = np.random.default_rng(seed).permutation(references)
    n_validation = max(1, round(len(order) * shares[1])) if shares[1] else 0
    n_test = max(1, len(order) - n_validation - round(len(order) * shares[0]))
    n_train = len(order) - n_validation - n_test
    return Split(
        dataset=dataset.name,
        seed=seed,
        ratio=ratio,
        train=tuple(sorted(order[:n_train])),
        validation=tuple(sorted(order[n_train : n_train + n_validation])),
        test=tuple(sorted(order[n_train + n_validation :])),
    )

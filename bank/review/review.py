"""A review: what one person decided about the phrases of a bank, as the page of `exiqa bank review` saves it."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from exiqa.bank.attribute import Attribute
from exiqa.bank.schema import Bank
from exiqa.core.documents import read_json
from exiqa.core.errors import UserError

Decision = Literal["keep", "drop"]


class PhraseReview(BaseModel):
    """One phrase of one distortion."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    phrase: str
    """As the bank has it."""
    decision: Decision | None
    """None: not judged, so that it stays."""
    edited: Attribute | None = None
    """What it became; None where its words stay."""


class Review(BaseModel):
    """What a reviewer made of a bank."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    schema_version: Literal[1]
    kind: Literal["review"]
    bank: str
    """`name@version`."""
    bank_hash: str
    reviewer: str = Field(max_length=100)
    distortions: dict[str, tuple[PhraseReview, ...]]
    """Distortion id -> all of its phrases in the order that the reviewer gave them; a distortion in which nothing was
    decided or changed is left out."""

    def count(self, decision: Decision | None) -> int:
        """How many phrases were decided so, of the distortions that are in the file."""
        return sum(row.decision == decision for rows in self.distortions.values() for row in rows)


def read_review(path: Path) -> Review:
    """The review in a file.

    Raises:
        UserError: There is no such file, or it is none.
    """
    if not path.is_file():
        raise UserError(f"there is no file {path}; save one on the page of `exiqa bank review`")
    return read_json(path, Review, "a review")


def check_review(review: Review, bank: Bank, where: str) -> None:
    """Whether a review is one of a bank: of this version, with just its phrases.

    Args:
        review: The review.
        bank: The bank.
        where: Names the review in errors.

    Raises:
        UserError: It is not.
    """
    if review.bank_hash != bank.hash:
        raise UserError(
            f"{where} is a review of {review.bank} with the hash {review.bank_hash[:16]}…, and {bank.id} has "
            f"{bank.hash[:16]}…; review {bank.id} itself: exiqa bank review {bank.id} --html review.html"
        )
    for distortion, rows in review.distortions.items():
        phrases = sorted(attribute.phrase for attribute in bank.ranked.get(distortion, ()))
        if sorted(row.phrase for row in rows) != phrases:
            raise UserError(
                f"{where} does not list the phrases of {distortion} as {bank.id} has them; save it anew on the page"
            )

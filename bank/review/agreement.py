"""How far two reviewers of the same bank agree: the share of equal decisions, and Cohen's kappa."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from exiqa.bank.review.review import Decision, Review
from exiqa.core.errors import UserError


@dataclass(frozen=True)
class Disputed:
    """A phrase that one keeps and the other drops."""

    distortion: str
    phrase: str
    first: Decision
    second: Decision


@dataclass(frozen=True)
class Agreement:
    """Two reviews of a bank, over the phrases that both judged."""

    bank: str
    reviewers: tuple[str, str]
    both: int
    """Phrases that both judged."""
    one: int
    """Phrases that only one of them judged, of which nothing here is said."""
    equal: int
    """Phrases that both keep or both drop."""
    kept: tuple[int, int]
    """How many of those that both judged each keeps."""
    kappa: float | None
    """In [-1, 1]: 0 where they agree as often as chance would have it, 1 where always; None where chance alone would
    make them agree always, since both decided the same about all."""
    disputed: tuple[Disputed, ...]

    @property
    def share(self) -> float:
        """Of equal decisions, in [0, 1]."""
        return self.equal / self.both

    def as_json(self) -> dict[str, Any]:
        """Plain data: what `exiqa bank agreement --json` prints."""
        return {
            "bank": self.bank,
            "reviewers": list(self.reviewers),
            "judged_by_both": self.both,
            "judged_by_one": self.one,
            "equal": self.equal,
            "share": self.share,
            "kept": list(self.kept),
            "kappa": self.kappa,
            "disputed": [vars(row) for row in self.disputed],
        }


def agreement(first: Review, second: Review) -> Agreement:
    """Compare two reviews of the same version of a bank.

    Raises:
        UserError: They are reviews of different banks, or there is no phrase that both judged.
    """
    if first.bank_hash != second.bank_hash:
        raise UserError(
            f"the reviews are of different banks, {first.bank} ({first.bank_hash[:16]}…) and {second.bank} "
            f"({second.bank_hash[:16]}…); compare two of the same version"
        )
    ours, theirs = _decisions(first), _decisions(second)
    both = [place for place in ours if place in theirs]
    if not both:
        raise UserError(f"there is no phrase of {first.bank} that both reviewers kept or dropped; judge more of it")
    pairs = [(ours[place], theirs[place]) for place in both]
    return Agreement(
        bank=first.bank,
        reviewers=(first.reviewer, second.reviewer),
        both=len(both),
        one=len(ours.keys() ^ theirs.keys()),
        equal=sum(a == b for a, b in pairs),
        kept=(sum(a == "keep" for a, _ in pairs), sum(b == "keep" for _, b in pairs)),
        kappa=cohens_kappa(pairs),
        disputed=tuple(Disputed(*place, ours[place], theirs[place]) for place in both if ours[place] != theirs[place]),
    )


def cohens_kappa(pairs: Sequence[tuple[str, str]]) -> float | None:
    """Agreement beyond chance, (p_o - p_e) / (1 - p_e) (Cohen, 1960, equation 1).

    Args:
        pairs: The two raters' labels of each thing, at least one.

    Returns:
        In [-1, 1]; None where p_e is 1, so that it is not defined.
    """
    total = len(pairs)
    labels = {label for pair in pairs for label in pair}
    by_chance = sum(sum(a == label for a, _ in pairs) * sum(b == label for _, b in pairs) for label in labels)
    if by_chance == total**2:
        return None
    equal = sum(a == b for a, b in pairs)
    return (equal * total - by_chance) / (total**2 - by_chance)


def _decisions(review: Review) -> dict[tuple[str, str], Decision]:
    return {
        (distortion, row.phrase): row.decision
        for distortion, rows in review.distortions.items()
        for row in rows
        if row.decision
    }

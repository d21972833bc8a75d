"""What a cell takes of a bank."""

from __future__ import annotations

from exiqa.bank.schema import Bank
from exiqa.bench.cells.record import Cell


def bank_of_cell(cell: Cell, saved: Bank, distortions: tuple[str, ...]) -> Bank | None:
    """A cell's K attributes of each distortion of its data set; of all that the bank has where the set has none, or
    where a tuned model answers in the bank.

    Args:
        cell: The cell.
        saved: Its bank, as it is saved.
        distortions: The data set's.

    Returns:
        None for a cell without a K.

    Raises:
        UserError: The bank lacks a distortion, or has fewer than K attributes of one.
    """
    if cell.k is None:
        return None
    whole = cell.model is not None or not distortions
    return (saved if whole else saved.select(distortions)).top(cell.k)

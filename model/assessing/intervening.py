"""What a photo's score would be if some of its attributes were otherwise."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from difflib import get_close_matches

import numpy as np

from exiqa.bank.attribute import attribute_id
from exiqa.bank.schema import Bank
from exiqa.core.errors import UsageError, UserError
from exiqa.model.assessing.assessment import Intervention
from exiqa.model.regressors.regressor import Regressor


def intervene(regressor: Regressor, bank: Bank, attributes: np.ndarray, values: Mapping[str, float]) -> Intervention:
    """The score with some attributes set, all others as they are.

    Args:
        regressor: What scores.
        bank: Whose attributes they are.
        attributes: (A,) P(a|I) of the photo, in the bank's order.
        values: Phrase -> the P(a|I) in [0, 1] that it is set to.

    Raises:
        UserError: The bank has no such attribute, or a value is no probability.
    """
    changed = attributes.astype(np.float32, copy=True)
    said: dict[str, float] = {}
    for phrase, value in values.items():
        column = _column(bank, phrase)
        if not 0 <= value <= 1:
            raise UserError(f"{phrase!r} is set to {value:g}; give a probability, from 0 (not there) to 1")
        changed[column] = value
        said[bank.attributes[column].phrase] = float(value)
    before, after = (float(regressor.predict(row[None])[0]) for row in (attributes, changed))
    return Intervention(said, after, after - before)


def parse_values(given: Sequence[str]) -> dict[str, float]:
    """What `--set PHRASE=P …` says.

    Raises:
        UsageError: A text has another form, or a phrase is set twice.
    """
    values: dict[str, float] = {}
    for text in given:
        phrase, equals, number = text.rpartition("=")
        try:
            value = float(number)
        except ValueError:
            value = float("nan")
        if not (equals and phrase.strip()) or not np.isfinite(value):
            raise UsageError(f'--set {text}: write "PHRASE"=P, an attribute of the bank and a probability from 0 to 1')
        if phrase.strip() in values:
            raise UsageError(f"--set {phrase.strip()} is given twice")
        values[phrase.strip()] = value
    return values


def _column(bank: Bank, phrase: str) -> int:
    ids = [attribute.id for attribute in bank.attributes]
    if (wanted := attribute_id(phrase)) in ids:
        return ids.index(wanted)
    nearest = get_close_matches(phrase, [attribute.phrase for attribute in bank.attributes], n=1, cutoff=0.3)
    hint = f"; the nearest is {nearest[0]!r}" if nearest else ""
    raise UserError(f"the bank {bank.id} has no attribute {phrase!r}{hint}")

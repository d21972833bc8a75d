"""The scale of the scores in a user's own CSV file."""

from __future__ import annotations

import math
from collections.abc import Sequence

import pandas as pd

from exiqa.core.errors import UserError
from exiqa.iqadata.datasets.labels.checks import numbers
from exiqa.iqadata.datasets.spec import Scale


def scale_of(labels: pd.DataFrame, where: str, name: str, worst: float | None, best: float | None) -> Scale:
    """The scale of scores from the columns `worst` and `best`, or else from the two arguments.

    Args:
        labels: Text columns.
        where: Names the file in messages.
        name: "MOS", "DMOS" or "score".
        worst: The raw score of the worst quality, where no column says it.
        best: That of the best.

    Raises:
        UserError: Neither says it, both do, or the columns are not the same finite number in every line.
    """
    stated: dict[str, float | None] = {"worst": worst, "best": best}
    for column, given in stated.items():
        if column in labels.columns:
            values = set(numbers(labels, column))
            if given is not None:
                raise UserError(f"{where} has a column {column}; do not give {column} a second time")
            if len(values) != 1 or not abs(value := values.pop()) < float("inf"):
                raise UserError(f"{where}: the column {column} must hold the same number in every line")
            stated[column] = value
        elif given is None:
            raise UserError(
                f"{where} does not say which way its scores run; add the columns worst and best: the scores of the "
                "worst and of the best quality on its scale"
            )
    low, high = stated["worst"], stated["best"]
    assert low is not None and high is not None
    if low == high:
        raise UserError(f"{where}: worst and best are both {low:g}; they are the two ends of the scale")
    return Scale(name=name, worst=low, best=high, formula=linear_formula(low, high))


def linear_formula(worst: float, best: float) -> str:
    """(x − worst) / (best − worst), written out: "(x - 1) / 4", "x"."""
    if best < worst:
        top = f"({worst:g} - x)" if worst else "-x"
        span = worst - best
    else:
        top = "x" if not worst else f"(x - {worst:g})" if worst > 0 else f"(x + {-worst:g})"
        span = best - worst
    return f"{top} / {span:g}" if span != 1 else top.strip("()")


def parse_scale(stated: str | Sequence[float]) -> tuple[float, float]:
    """The scale that a command line or a suite states: "1,5" or [1, 5] is 1 for the worst and 5 for the best quality.

    Raises:
        UserError: It is not two different finite numbers.
    """
    try:
        worst, best = (float(part) for part in (stated.split(",") if isinstance(stated, str) else stated))
    except (ValueError, TypeError):
        worst = best = math.nan
    if not (math.isfinite(worst) and math.isfinite(best) and worst != best):
        raise UserError(
            f"{stated!r} is no scale; give the scores of the worst and of the best quality, such as 1,5 for opinions "
            "from 1 to 5, or 100,0 where lower is better"
        )
    return worst, best

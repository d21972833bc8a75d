"""The one question a report answers before anything else: do we beat a constant?"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from exiqa.bench.cells.record import Cell, Record
from exiqa.bench.cells.variants import by_variant
from exiqa.bench.methods.method import METHODS
from exiqa.bench.metrics.registry import METRICS
from exiqa.bench.tables.parts.rows import column_of, dataset_order, median_entry, settings_in_common
from exiqa.bench.tables.parts.significance import lead, mark_pairs, paired_values
from exiqa.bench.tables.parts.table import FEW_IMAGES, format_value, join_settings

Answer = Literal["Yes", "No", "No difference", "No verdict"]
"""Yes: the lead is the metric's margin or more, and beyond the noise. No: there is no lead. No difference: a lead below
the margin, or one that the splits do not bear out."""


@dataclass(frozen=True)
class Lead:
    """One metric of ours beside a constant's, on the splits that both have."""

    metric: str
    rival: str
    """What the constant is called."""
    ours: float | None
    """Median over the splits; None where it is undefined. Likewise `constant`."""
    constant: float | None
    splits_ahead: int
    """Splits on which ours is the better."""
    splits: int
    borne_out: bool
    """Whether the lead is beyond the noise: significant from ten splits on, below that on every split."""

    @property
    def answer(self) -> Answer:
        """By a rule that was written before any figure was seen (`Answer`)."""
        if self.ours is None or self.constant is None:
            return "No verdict"
        metric = METRICS[self.metric]
        ahead = self.ours - self.constant if metric.direction == "higher" else self.constant - self.ours
        if ahead <= 0:
            return "No"
        # Both are decimals a reader can subtract: the last bit of a float decides nothing.
        return "Yes" if ahead >= metric.margin - 1e-12 and self.borne_out else "No difference"

    @property
    def words(self) -> str:
        """The figures: "RMSE 0.1512 against the prior row's 0.2268, 0.67 times it, better on 3 of 3 splits"."""
        metric = METRICS[self.metric]
        column = column_of(metric)
        percent = " %" if metric.percent else ""
        ours, constant = (f"{format_value(value, column)}{percent}" for value in (self.ours, self.constant))
        if self.ours is None or self.constant is None:
            return f"{metric.label} is not defined on every split"
        lower = metric.direction == "lower" and self.constant > 0
        ratio = f", {self.ours / self.constant:.2f} times it" if lower else ""
        splits = f"{self.splits_ahead} of {self.splits} splits"
        return f"{metric.label} {ours} against {self.rival}'s {constant}{ratio}, better on {splits}"


@dataclass(frozen=True)
class PriorVerdict:
    """Do we beat a constant on the held-out photos of one data set, in RMSE (Eq. 11) and in accuracy (Eq. 10)?"""

    testset: str
    rmse: Lead
    """Over the prior row."""
    accuracy: Lead
    """Over the better of the trivial rows."""
    images: int = FEW_IMAGES
    """Test images of a split, the fewest."""
    settings: str = ""
    """What tells ours from its other variants on the data set, K for example; "" where it is the only one."""

    @property
    def holds(self) -> bool:
        """Whether both answers are Yes."""
        return self.rmse.answer == self.accuracy.answer == "Yes"

    @property
    def sentence(self) -> str:
        """The verdict with its figures."""
        variant = f" ({self.settings})" if self.settings else ""
        few = f", n = {self.images}" if self.images < FEW_IMAGES else ""
        answers = [f"{one.answer}: {one.words}" for one in (self.rmse, self.accuracy)]
        return f"{self.testset}{variant}, held-out photos{few}: {'. '.join(answers)} (medians)."


def prior_verdicts(records: Iterable[Record]) -> tuple[PriorVerdict, ...]:
    """One verdict for each data set and variant of ours in Table II, where one data set was trained and tested on; the
    data sets in the paper's order.

    The constants are those of the same data set; ours and they are compared on the splits that both have.
    """
    chosen = [record for record in records if record.cell.table == "II"]
    variants = by_variant(r for r in chosen if METHODS[r.cell.method].kind == "ours")
    trivial = [r for r in chosen if METHODS[r.cell.method].kind == "trivial"]
    constants_on: dict[str, dict[str, list[Record]]] = {
        variant.test: {record.cell.method: [] for record in trivial} for variant in variants
    }
    for record in trivial:
        if record.cell.test in constants_on:
            constants_on[record.cell.test][record.cell.method].append(record)
    verdicts = []
    telling = _telling(variants)
    for variant, ours in sorted(variants.items(), key=lambda item: dataset_order(item[0].test)):
        constants = constants_on[variant.test]
        verdicts.append(
            PriorVerdict(
                testset=ours[0].test_label,
                rmse=_lead(ours, constants.get("prior", []), "rmse"),
                accuracy=_lead(ours, _better(constants.values(), "accuracy"), "accuracy"),
                images=min(record.testset.images for record in ours),
                settings=join_settings(telling[variant]),
            )
        )
    return tuple(verdicts)


def _telling(variants: Iterable[Cell]) -> dict[Cell, list[tuple[str, str]]]:
    """By variant, the settings that another variant on its data set has not, or has otherwise."""
    settings = {variant: settings_in_common([variant]) for variant in variants}
    return {
        variant: [
            setting
            for setting in own
            if any(setting not in others for other, others in settings.items() if other.test == variant.test)
        ]
        for variant, own in settings.items()
    }


def _better(constants: Iterable[Sequence[Record]], metric: str) -> Sequence[Record]:
    """The constant with the best median."""
    best: Sequence[Record] = []
    highest: float | None = None
    for group in constants:
        value = median_entry(group, metric).median
        if value is not None:
            value = value if METRICS[metric].direction == "higher" else -value
            if highest is None or value > highest:
                best, highest = group, value
    return best


def _lead(ours: Sequence[Record], constant: Sequence[Record], metric: str) -> Lead:
    common = {record.cell.seed for record in ours} & {record.cell.seed for record in constant}
    mine, theirs = ([r for r in side if r.cell.seed in common] for side in (ours, constant))
    values = paired_values(mine, theirs, metric)
    leads = lead(*values, metric)
    (mark,) = mark_pairs([(mine, theirs)], metric)
    return Lead(
        metric=metric,
        rival=f"the {constant[0].method_label.lower()} row" if constant else "a constant row",
        ours=median_entry(mine, metric).median,
        constant=median_entry(theirs, metric).median,
        splits_ahead=int((leads > 0).sum()),
        splits=len(common),
        borne_out=bool((leads > 0).all()) if mark in ("", "few") else mark == "better",
    )

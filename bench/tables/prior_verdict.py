"""The one question a report answers before anything else: do we beat a constant?"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from exiqa.bench.cells.record import Record, by_variant
from exiqa.bench.methods.method import METHODS
from exiqa.bench.metrics.registry import METRICS
from exiqa.bench.tables.rows import column_of, dataset_order, median_entry, settings_in_common
from exiqa.bench.tables.table import format_value, join_settings


@dataclass(frozen=True)
class PriorVerdict:
    """Is our RMSE (Eq. 11) on the held-out photos of one data set below the prior row's?"""

    testset: str
    ours: float | None
    """Median over the splits; None where it is undefined."""
    prior: float | None
    splits_below: int
    """Splits on which ours is below the prior."""
    splits: int
    """Splits that have both."""
    settings: str = ""
    """Bank, K and all else that tells ours from its other variants on the data set; "" where it is the only one."""

    @property
    def holds(self) -> bool:
        return self.ours is not None and self.prior is not None and self.ours < self.prior

    @property
    def sentence(self) -> str:
        """The verdict with its figures, yes or no."""
        variant = f" ({self.settings})" if self.settings else ""
        if self.ours is None or self.prior is None:
            return (
                f"No verdict on {self.testset}: the RMSE of ours{variant} or of the prior row is not defined on every "
                "split."
            )
        column = column_of(METRICS["rmse"])
        ours, prior = format_value(self.ours, column), format_value(self.prior, column)
        ratio = f", {self.ours / self.prior:.2f} times it" if self.prior > 0 else ""
        return (
            f"{'Yes' if self.holds else 'No'}: on held-out photos of {self.testset} our RMSE of {ours}{variant} is "
            f"{'below' if self.holds else 'not below'} the prior row's {prior}{ratio} (medians; below on "
            f"{self.splits_below} of {self.splits} splits)."
        )


def prior_verdicts(records: Iterable[Record]) -> tuple[PriorVerdict, ...]:
    """One verdict for each data set and variant of ours in Table II, where one data set was trained and tested on; the
    data sets in the paper's order.

    The prior is the one of the same data set; ours and it are compared on the splits that both have.
    """
    chosen = [record for record in records if record.cell.table == "II"]
    variants = by_variant(r for r in chosen if METHODS[r.cell.method].kind == "ours")
    on_testset = Counter(variant.test for variant in variants)
    verdicts = []
    for variant, ours in sorted(variants.items(), key=lambda item: dataset_order(item[0].test)):
        prior = {r.cell.seed: r for r in chosen if r.cell.method == "prior" and r.cell.test == variant.test}
        pairs = [(record, prior[record.cell.seed]) for record in ours if record.cell.seed in prior]
        verdicts.append(
            PriorVerdict(
                testset=ours[0].test_label,
                ours=median_entry([ours_there for ours_there, _ in pairs], "rmse").median,
                prior=median_entry([prior_there for _, prior_there in pairs], "rmse").median,
                splits_below=sum(_rmse_below(ours_there, prior_there) for ours_there, prior_there in pairs),
                splits=len(pairs),
                settings=join_settings(settings_in_common([variant])) if on_testset[variant.test] > 1 else "",
            )
        )
    return tuple(verdicts)


def _rmse_below(ours_record: Record, prior_record: Record) -> bool:
    ours, prior = ours_record.metrics["rmse"], prior_record.metrics["rmse"]
    return ours is not None and prior is not None and ours < prior

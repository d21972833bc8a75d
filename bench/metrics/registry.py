"""All metrics by id: ours, and those that other packages add to the tables."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from exiqa.bench.metrics.metric import Metric
from exiqa.core.registry import Registry

if TYPE_CHECKING:
    from exiqa.bench.protocol import ProtocolId

METRICS = Registry(
    "exiqa.metrics",
    Metric,
    "metric",
    {
        "accuracy": "exiqa.bench.metrics.strengths.accuracy:METRIC",
        "rmse": "exiqa.bench.metrics.strengths.rmse:METRIC",
        "active_accuracy": "exiqa.bench.metrics.strengths.active_accuracy:METRIC",
        "map": "exiqa.bench.metrics.strengths.mean_average_precision:METRIC",
        "f1": "exiqa.bench.metrics.strengths.f1:METRIC",
        "top1": "exiqa.bench.metrics.strengths.top1:METRIC",
        "plcc": "exiqa.bench.metrics.scores.plcc:METRIC",
        "plcc_logistic": "exiqa.bench.metrics.scores.plcc_logistic:METRIC",
        "srcc": "exiqa.bench.metrics.scores.srcc:METRIC",
        "krcc": "exiqa.bench.metrics.scores.krcc:METRIC",
        "score_rmse": "exiqa.bench.metrics.scores.rmse:METRIC",
        "linked": "exiqa.bench.metrics.attributes.linked:METRIC",
        "auroc": "exiqa.bench.metrics.attributes.auroc:METRIC",
        "agreement": "exiqa.bench.metrics.attributes.agreement:METRIC",
        "siblings": "exiqa.bench.metrics.attributes.siblings:METRIC",
        "effective_rank": "exiqa.bench.metrics.attributes.effective_rank:METRIC",
        "oracle_impurity": "exiqa.bench.metrics.attributes.oracle_impurity:METRIC",
        "niche_impurity": "exiqa.bench.metrics.attributes.niche_impurity:METRIC",
        "rating_srcc": "exiqa.bench.metrics.ratings:METRIC",
    },
)
"""In the order of a table's columns. Another package adds one by an entry point of the group `exiqa.metrics`."""


def metrics_of(protocol: ProtocolId) -> dict[str, Metric]:
    """The metrics that a protocol is judged by, by id; one that cannot be had is named in a `UserNotice`."""
    return {name: metric for name, metric in METRICS.usable().items() if protocol in metric.protocols}


def with_added(protocol: ProtocolId, ours: Iterable[str]) -> tuple[str, ...]:
    """The ids of some of our metrics, and after them those that other packages add to the protocol."""
    return (*ours, *(name for name in metrics_of(protocol) if name not in METRICS.own))

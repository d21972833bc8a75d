"""Root mean squared error of strengths (Eq. 11)."""

from __future__ import annotations

from exiqa.bench.metrics.metric import STRENGTHS, UNSEEN, Metric
from exiqa.bench.metrics.squared_error import resampled_root_mean_squared_error, root_mean_squared_error

METRIC = Metric(
    label="RMSE",
    direction="lower",
    meaning="root mean squared error of the strengths (Eq. 11)",
    protocols=(*STRENGTHS, *UNSEEN),
    value=root_mean_squared_error,
    resampled=resampled_root_mean_squared_error,
    decimals=4,
    margin=0.01,
)

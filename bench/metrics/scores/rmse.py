"""Root mean squared error of scores."""

from __future__ import annotations

from exiqa.bench.metrics.metric import SCORES, Metric
from exiqa.bench.metrics.squared_error import resampled_root_mean_squared_error, root_mean_squared_error

METRIC = Metric(
    label="RMSE",
    direction="lower",
    meaning="root mean squared error of the scores on [0, 1]",
    protocols=SCORES,
    value=root_mean_squared_error,
    resampled=resampled_root_mean_squared_error,
    decimals=4,
    margin=0.01,
    same_scale=True,
)

"""The figures: one file a metric, the intervals of all, and the registry that finds them, other packages' included.

Nothing here knows of data sets, methods or files. To add a metric is to write one module whose `METRIC` is a
`exiqa.bench.metrics.metric.Metric`, and to name it in `registry.METRICS` or under the entry points `exiqa.metrics`.
"""

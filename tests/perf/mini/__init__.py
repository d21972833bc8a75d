"""What the small backbone is measured by, a subject a module; `tests/perf/measure_mini.py` runs them."""

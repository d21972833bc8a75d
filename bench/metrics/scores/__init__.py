"""Metrics of scores, (N,), higher is better: one file each, and what the correlations share."""

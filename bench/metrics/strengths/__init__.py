"""Metrics of strengths, (N, D) in [0, 1]: one file each."""

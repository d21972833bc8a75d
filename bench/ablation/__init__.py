"""Ablations: single settings varied around a suite's, their tables and plots."""

"""Ablations: single settings varied around a suite's, their tables and plots.

What is run for one is in `exiqa.bench.running.ablation_jobs`.
"""

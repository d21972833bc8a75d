"""Tuning a backbone on a bank (Eq. 8), and fitting an artifact's quality score: batches, optimiser, checkpoints, log.

What is trained once, to make the files that ship, is in `pretraining`.
"""

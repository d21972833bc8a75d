"""Tuning a backbone on a bank (Eq. 8): batches, optimiser, checkpoints, log."""

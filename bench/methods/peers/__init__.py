"""Methods of others, run on the same splits as ours: one a file, each with `predict(task)` and what it needs."""

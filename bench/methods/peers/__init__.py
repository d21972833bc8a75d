"""Methods of others, run on the same splits as ours: one a file."""

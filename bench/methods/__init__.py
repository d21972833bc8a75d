"""The methods a table can have rows for: ours, controls, baselines, and those of others in `peers`."""

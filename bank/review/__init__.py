"""Review by eye: what a reviewer decided about a bank's phrases, the version made of it, two reviewers compared."""

"""A tuned model as a folder of files, its card, and what can be told of it without loading it."""

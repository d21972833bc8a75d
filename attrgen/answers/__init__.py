"""What an LLM answers: the phrases in a text, and which of them are its own."""

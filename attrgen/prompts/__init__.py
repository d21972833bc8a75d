"""What an LLM is asked: prompt templates, what they may use, and how each kind of LLM is asked by default."""

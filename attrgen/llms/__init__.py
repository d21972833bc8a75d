"""The language models that can be asked: OpenAI-compatible servers, models on this machine, recorded answers.

Nothing here knows what a bank is.
"""

"""The language models that can be asked: OpenAI-compatible servers, models on this machine, recorded answers.

Nothing here knows what a bank is.
"""

SHIPPED = {
    "openai": f"{__name__}.openai:PROVIDER",
    "hf": f"{__name__}.local:HF",
    "gguf": f"{__name__}.local:GGUF",
    "smollm2": f"{__name__}.smollm2:PROVIDER",
    "llm": f"{__name__}.llm_package:PROVIDER",
    "replay": f"{__name__}.replay:PROVIDER",
}
"""What a spec begins with -> where its `LLMProvider` is, in the order in which they are listed."""

SHIPPED_FORMS = "openai:MODEL, openai:MODEL@URL, hf:REPO-or-DIR, gguf:FILE, smollm2, llm:MODEL or replay:TRANSCRIPT"
"""The forms of their specs, for a help text: written out, so that showing it imports none of them."""

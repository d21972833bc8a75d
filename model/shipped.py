"""The model that ships with this package: its name, and the folder of its files. Needs no torch."""

from __future__ import annotations

from pathlib import Path

SHIPPED = "exiqa-mini"
"""The name that a tuned model, and a backbone, is asked for by."""
SHIPPED_FOLDER = Path(__file__).with_name("exiqa_mini")
"""The artifact; the backbone's own weights and its table of sentences lie in it too."""

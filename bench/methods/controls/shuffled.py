"""Our bank, its attributes dealt out wrongly."""

from __future__ import annotations

from exiqa.bench.methods.controls.control import control

METHOD = control("Shuffled bank", "ours with each distortion's attributes given to another")

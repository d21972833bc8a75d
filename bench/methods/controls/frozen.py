"""Our bank, read out of an untuned backbone."""

from __future__ import annotations

from exiqa.bench.methods.controls.control import control

METHOD = control("Frozen CLIP", "ours without tuning: the backbone as it is loaded, read out with the bank")

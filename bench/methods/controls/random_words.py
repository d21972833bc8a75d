"""A bank of phrases about something else."""

from __future__ import annotations

from exiqa.bench.methods.controls.control import control

METHOD = control("Random words", "ours with phrases that have nothing to do with distortions")

"""A bank of the distortions' own names."""

from __future__ import annotations

from exiqa.bench.methods.controls.control import control

METHOD = control("Names only", "ours with each distortion's name as its only attribute")

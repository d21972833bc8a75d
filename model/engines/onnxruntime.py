"""onnxruntime, without what it would send: its official builds count their use, and keep an identifier for that."""

from __future__ import annotations

import os
from types import ModuleType


def import_onnxruntime() -> ModuleType:
    """The package, its telemetry off for the life of this process.

    Raises:
        ImportError: It is not installed.
    """
    os.environ["ORT_DISABLE_TELEMETRY"] = "1"  # read once, when it starts
    import onnxruntime

    return onnxruntime

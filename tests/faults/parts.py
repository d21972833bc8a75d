"""What the normal run leaves to `make faults`."""

from __future__ import annotations

import os

import pytest

WHOLE = os.environ.get("EXIQA_FAULTS") == "whole"

whole = pytest.mark.skipif(not WHOLE, reason="takes long; `make faults` runs it")

"""The page on the architecture names modules and functions that are there."""

from __future__ import annotations

import re
from importlib import import_module
from pathlib import Path

import pytest

PAGE = (Path(__file__).parents[2] / "docs" / "architecture.md").read_text(encoding="utf-8")
NAMES = sorted(set(re.findall(r"`((?:attrgen|bank|bench|cli|core|grounding|iqadata|model)\.[\w.]+)", PAGE)))


@pytest.mark.parametrize("name", NAMES)
def test_what_the_page_names_is_there(name: str) -> None:
    parts = name.split(".")
    for length in range(len(parts), 0, -1):
        try:
            named = import_module(".".join(["exiqa", *parts[:length]]))
        except ModuleNotFoundError:
            continue
        for attribute in parts[length:]:
            named = getattr(named, attribute)
        return
    pytest.fail(f"there is no exiqa.{name}")

"""Builds each fixture tree once, when it is first asked for."""

from __future__ import annotations

from pathlib import Path

import cv2
import pytest
from dataset_trees import BUILDERS

# Several test processes share the cores: one thread each.
cv2.setNumThreads(1)


class Trees(dict[str, Path]):
    """Dataset name -> the root of a whole copy in its original layout, built when first asked for."""

    def __init__(self, folder: Path) -> None:
        super().__init__()
        self.folder = folder

    def __missing__(self, name: str) -> Path:
        BUILDERS[name](self.folder / name)
        self[name] = self.folder / name
        return self[name]


@pytest.fixture(scope="session")
def trees(tmp_path_factory: pytest.TempPathFactory) -> Trees:
    """The fixture trees. Never written to: tests that damage copy one."""
    return Trees(tmp_path_factory.mktemp("trees"))

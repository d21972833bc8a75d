"""Makes `dataset_trees` importable and builds each fixture tree once."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))


@pytest.fixture(scope="session")
def trees(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Dataset name -> the root of a whole copy in its original layout. Never written to: tests that damage copy it."""
    from dataset_trees import BUILDERS

    folder = tmp_path_factory.mktemp("trees")
    for name, build in BUILDERS.items():
        build(folder / name)
    return {name: folder / name for name in BUILDERS}

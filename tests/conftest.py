"""What all tests share."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from chat_server import ChatServer, serving

# Several test processes share the cores: one thread each.
os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
# What reaches for a model hub by mistake is refused at once instead of waiting for a time-out.
os.environ.setdefault("HF_ENDPOINT", "http://127.0.0.1:9")


@pytest.fixture(scope="session")
def test_data() -> Path:
    """The folder that EXIQA_TEST_DATA names: photos and damaged datasets that some tests use where present."""
    folder = os.environ.get("EXIQA_TEST_DATA")
    if not folder:
        pytest.skip("EXIQA_TEST_DATA is not set")
    return Path(folder)


@pytest.fixture
def chat_server() -> Iterator[ChatServer]:
    with serving() as server:
        yield server

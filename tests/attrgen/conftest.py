"""What the tests of generation share: a taxonomy small enough to generate in a second, an encoder, a key."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from chat_server import Reply, answer_by_prompt

from exiqa.bank.phrases.encoder import SentenceEncoder, load_encoder
from exiqa.bank.taxonomy import Taxonomy, load_taxonomy

KEY = "sk-a-secret-that-nobody-may-see-0123456789"
FEW = ("gaussian_blur", "jpeg", "impulse_noise", "pixelate")


def refuses_at_first(body: dict[str, Any], number: int) -> Reply:
    """Nothing for Gaussian blur until the second round, and there only because it is told what is taken."""
    prompt = body["messages"][0]["content"]
    if "Gaussian blur" not in prompt:
        return Reply(answer_by_prompt(prompt, body["seed"]))
    if "taken already" in prompt:
        return Reply("- There is a milky softness\n- There is a melting of thin lines into smears")
    return Reply("1. There is a softening of fine details in the photo.\n2. no edges\n3. a Gaussian kernel")


@pytest.fixture(scope="session")
def few() -> Taxonomy:
    """Four of KADID-10k's distortions."""
    whole = load_taxonomy("kadid10k")
    return Taxonomy(id="few", name="Four of KADID-10k's", distortions=tuple(whole[id] for id in FEW))


@pytest.fixture(scope="session")
def minilm() -> SentenceEncoder:
    return load_encoder()


@pytest.fixture(scope="session")
def embeddings(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("cache")


@pytest.fixture
def one_encoder(minilm: SentenceEncoder, embeddings: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """`generate` uses the encoder that is loaded already, and a cache that ends with the tests."""
    monkeypatch.setattr("exiqa.attrgen.generation.load_encoder", lambda: minilm)
    monkeypatch.setenv("XDG_CACHE_HOME", str(embeddings))


@pytest.fixture
def key(monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    return KEY

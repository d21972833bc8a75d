"""The proxy: anchored to the published mean, moved inside the published spread, cached by content."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from exiqa.core.errors import UserNotice
from exiqa.iqadata import scene
from exiqa.iqadata.distortions.registry import distort
from exiqa.iqadata.standins import proxy
from exiqa.iqadata.standins.opinions import opinion
from exiqa.iqadata.standins.proxy import METRICS, anchored_scores, cached_fidelity, content_terms, fidelity


def test_fidelity_is_one_for_no_change_and_falls_with_noise() -> None:
    clean = scene(1, 64, 96)
    noisy = np.stack([clean, *(distort(clean, "white_noise", level, "kadid10k", 1) for level in (1, 3, 5))])
    scores = fidelity(clean, noisy)
    assert scores.shape == (4, len(METRICS))
    assert np.allclose(scores[0], 1, atol=1e-5)
    assert (np.diff(scores, axis=0) < 0).all()


def test_fidelity_averages_large_images_down_first() -> None:
    clean = scene(2, 400, 420)
    changed = distort(clean, "jpeg", 4, "kadid10k", 0)
    half = [np.rint(image.reshape(200, 2, 210, 2, 3).mean(axis=(1, 3))).astype(np.uint8) for image in (clean, changed)]
    assert np.allclose(fidelity(clean, changed[None]), fidelity(half[0], half[1][None]), atol=2e-3)


def test_the_number_of_threads_changes_no_digit() -> None:
    rng = np.random.default_rng(0)
    clean = rng.integers(0, 256, (192, 256, 3), dtype=np.uint8)
    images = [np.clip(clean + rng.normal(0, 20, clean.shape), 0, 255).astype(np.uint8) for _ in range(4)]

    def score(threads: int) -> np.ndarray:
        torch.set_num_threads(threads)
        scores = proxy._all_fidelities(lambda row: images[row], lambda name: clean, np.array(["a"] * 4))
        assert torch.get_num_threads() == threads
        return scores

    before = torch.get_num_threads()
    try:
        assert np.array_equal(score(1), score(2))
    finally:
        torch.set_num_threads(before)


def test_content_terms_by_hand() -> None:
    scores = np.array([[0.2, 5.0], [0.4, 5.0], [0.9, 1.0], [0.9, 1.0]])
    terms = content_terms(scores, np.array(["a", "a", "b", "b"]))
    # Cell a: the first metric standardises to -1 and 1, the second is flat and counts as 0.
    assert terms == pytest.approx([-0.5, 0.5, 0, 0])


@given(
    hnp.arrays(float, st.tuples(st.integers(1, 30), st.just(2)), elements=st.floats(0, 1)),
    st.integers(0, 99),
)
def test_content_terms_are_bounded_and_blind_to_units(scores: np.ndarray, seed: int) -> None:
    cells = np.random.default_rng(seed).integers(0, 3, len(scores))
    terms = content_terms(scores, cells)
    assert np.abs(terms).max() <= 2
    for cell in np.unique(cells):
        alone = content_terms(scores[cells == cell], np.zeros((cells == cell).sum()))
        assert np.allclose(terms[cells == cell], alone)  # other cells do not matter


def test_scores_keep_to_the_published_cell() -> None:
    rng = np.random.default_rng(0)
    n = 400
    distortions, levels = np.full(n, "jpeg"), np.full(n, 3)
    scores = anchored_scores("kadid10k", distortions, levels, {"jpeg": 5}, rng.random((n, 2)))
    mean, sd, low, high = opinion("kadid10k", "jpeg", 3, 5)
    assert scores.min() >= low and scores.max() <= high
    assert scores.mean() == pytest.approx(mean, abs=0.1 * sd)
    assert 0.4 * sd < scores.std() <= sd


def test_better_fidelity_is_a_better_score_within_a_cell() -> None:
    fidelities = np.linspace(0.5, 0.9, 7)[:, None].repeat(2, axis=1)
    scores = anchored_scores("tid2013", np.full(7, "jpeg"), np.full(7, 2), {"jpeg": 5}, fidelities)
    assert (np.diff(scores) > 0).all()


def test_cache_is_read_back_and_keyed_by_content(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    loaded: list[int] = []

    def load(row: int) -> np.ndarray:
        loaded.append(row)
        return distort(scene(row // 2, 40, 48), "jpeg", 1 + row % 2, "kadid10k", 0)

    def ask(content: object) -> np.ndarray:
        return cached_fidelity(load, lambda key: scene(int(key), 40, 48), ["0", "0", "1", "1"], content)

    first = ask("some pixels")
    assert sorted(loaded) == [0, 1, 2, 3]
    assert np.array_equal(ask("some pixels"), first) and len(loaded) == 4
    ask("other pixels")
    assert len(loaded) == 8
    monkeypatch.setattr(proxy, "PIXELS_VERSION", proxy.PIXELS_VERSION + 1)
    ask("some pixels")
    assert len(loaded) == 12
    (file,) = tmp_path.rglob("proxy.sqlite")
    content = file.read_bytes()
    place = content.index(first.tobytes()) + 7  # sign and exponent of the first
    file.write_bytes(content[:place] + bytes([content[place] ^ 0x80]) + content[place + 1 :])
    with pytest.warns(UserNotice, match="not as it was put there"):
        assert np.array_equal(ask("some pixels"), first)
    file.write_bytes(b"cut short")
    assert np.array_equal(ask("some pixels"), first)


def test_a_cache_that_cannot_be_written_is_only_a_warning(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "exiqa").write_text("a file where the cache's folder should be")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    image = scene(0, 40, 48)
    with pytest.warns(UserNotice, match="is done without"):
        scores = cached_fidelity(lambda row: image, lambda key: image, ["a"], "x")
    assert np.allclose(scores, 1, atol=1e-5)

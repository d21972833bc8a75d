"""The phrases of pretraining: which are trained on, what a draw holds, and how true each is."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from exiqa.bank.grounding.truth import claim_matrix, truth_of
from exiqa.bank.linking.effects import ABSENT, EFFECTS, PRESENT
from exiqa.bank.linking.labelled import labelled_phrases
from exiqa.core.files import sha256_hex
from exiqa.model.pretraining.phrases import (
    HELD_OUT_EVERY,
    HELD_OUT_SOURCES,
    SampledPhrases,
    TrainingPhrases,
    everyday_names,
    is_held_out,
)

DISTORTIONS = ("gaussian_blur", "jpeg", "defocus", "brighten")


def _inputs(sentences: object) -> torch.Tensor:
    """A stand-in for sentence vectors: the sentences' own hashes, so that rows can be told apart."""
    return torch.tensor([[int(sha256_hex(sentence)[:12], 16)] for sentence in sentences])  # type: ignore[attr-defined]


@pytest.fixture(scope="module")
def phrases() -> TrainingPhrases:
    return TrainingPhrases(DISTORTIONS, _inputs)


def test_held_out_phrases_are_never_trained_on(phrases: TrainingPhrases) -> None:
    kept = {p.phrase for p in labelled_phrases() if is_held_out(p)}
    trained = set(phrases.inputs[: phrases.labelled, 0].tolist())
    assert not trained & set(_inputs([f"There is {phrase} in the photo." for phrase in kept])[:, 0].tolist())
    others = [p for p in labelled_phrases() if p.source not in HELD_OUT_SOURCES]
    share = sum(map(is_held_out, others)) / len(others)
    assert share == pytest.approx(1 / HELD_OUT_EVERY, abs=0.02)
    assert all(is_held_out(p) for p in labelled_phrases() if p.source in HELD_OUT_SOURCES)


def test_a_draw_has_phrases_and_a_name_of_each_distortion(phrases: TrainingPhrases) -> None:
    drawn = phrases.draw(np.random.default_rng(3), for_each=4, more=10)
    count = len(drawn.inputs) - 1
    assert count == len(DISTORTIONS) * 5 + 10
    assert drawn.weights.shape == drawn.names.shape == (count, len(DISTORTIONS))
    torch.testing.assert_close(drawn.weights.sum(dim=0), torch.ones(len(DISTORTIONS)))
    assert set(drawn.weights.unique().tolist()) == {0, 0.25}
    assert (drawn.names.sum(dim=0) == 1).all()
    assert not (drawn.names.bool() & drawn.weights.bool()).any()
    assert not drawn.linked[drawn.names.bool().any(dim=1)].any(), "a name claims no effect"
    # Those of a blur say that something is there, not that it is absent.
    assert drawn.present[drawn.weights[:, 0] > 0].any(dim=1).all()
    negative = _inputs(["There is nothing wrong with the photo."])
    torch.testing.assert_close(drawn.inputs[-1:], negative)
    again = phrases.draw(np.random.default_rng(3), for_each=4, more=10)
    torch.testing.assert_close(again.inputs, drawn.inputs)


def test_truth_is_that_of_the_bank(phrases: TrainingPhrases) -> None:
    rng = np.random.default_rng(5)
    claims = [p.effects for p in labelled_phrases() if p.effects][::7]
    matrix = claim_matrix(claims)
    visibility = rng.random((7, len(EFFECTS)), np.float32)
    present, absent = torch.from_numpy(matrix == PRESENT), torch.from_numpy(matrix == ABSENT)
    nothing = torch.empty(0)
    drawn = SampledPhrases(nothing, nothing, nothing, present, absent)
    np.testing.assert_allclose(drawn.truth(torch.from_numpy(visibility)), truth_of(matrix, visibility), rtol=1e-5)
    assert (matrix == ABSENT).any()


def test_every_distortion_with_levels_has_names() -> None:
    from exiqa.iqadata.distortions.levels import LEVELS

    names = everyday_names()
    assert set(names) == {distortion for levels in LEVELS.values() for distortion in levels}
    called = [name.casefold() for of_one in names.values() for name in of_one]
    assert all(len(of_one) >= 3 for of_one in names.values())
    assert len(set(called)) == len(called)

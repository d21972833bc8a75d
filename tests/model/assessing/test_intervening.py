"""The score if attributes were otherwise, and the break-down by distortion."""

from __future__ import annotations

import numpy as np
import pytest

from exiqa.bank.storage.store import load_bank
from exiqa.core.errors import UsageError, UserError
from exiqa.model.assessing.breakdown import break_down
from exiqa.model.assessing.intervening import intervene, parse_values
from exiqa.model.regressors.regressor import Regressor, fit_regressor

BANK = load_bank("csiq@1").select(("gaussian_blur", "jpeg")).top(3)
NUMBER = len(BANK.attributes)


def fitted(weights: np.ndarray, kind: str = "ridge") -> Regressor:
    x = np.random.default_rng(0).random((400, NUMBER)).astype(np.float32)
    return fit_regressor(x, (x @ weights).astype(np.float32), kind=kind)


def test_one_attribute_set_moves_a_linear_score_by_its_weight() -> None:
    weights = np.linspace(-0.3, -0.1, NUMBER)
    photo = np.full(NUMBER, 0.5, np.float32)
    phrase = BANK.attributes[1].phrase
    done = intervene(fitted(weights), BANK, photo, {phrase.upper() + ".": 0})
    assert done.change == pytest.approx(-0.5 * weights[1], abs=1e-3)
    assert done.attributes == {phrase: 0.0}
    assert photo[1] == 0.5, "the photo's own attributes stay"


@pytest.mark.parametrize(
    ("values", "message"),
    [({"no such thing": 0.0}, "has no attribute 'no such thing'"), ({BANK.attributes[0].phrase: 1.5}, "from 0")],
)
def test_what_cannot_be_set_is_a_sentence(values: dict[str, float], message: str) -> None:
    with pytest.raises(UserError, match=message):
        intervene(fitted(np.ones(NUMBER)), BANK, np.full(NUMBER, 0.5, np.float32), values)


def test_settings_are_parsed_from_the_right() -> None:
    assert parse_values(["a = b=0.25", "grain=1"]) == {"a = b": 0.25, "grain": 1.0}
    for wrong in (["grain"], ["=0"], ["grain=much"], ["grain=nan"], ["grain=0", "grain=1"]):
        with pytest.raises(UsageError):
            parse_values(wrong)


def test_groups_sum_to_the_score_and_say_what_contradicts() -> None:
    blur = [a.id in {one.id for one in BANK.ranked["gaussian_blur"]} for a in BANK.attributes]
    weights = np.where(blur, -0.2, -0.1)
    weights[0] = 0.25  # one attribute of blur counts as a merit
    photo = np.linspace(0.9, 0.7, NUMBER).astype(np.float32)
    found = break_down(fitted(weights), photo, [a.phrase for a in BANK.attributes], BANK)
    total = sum(group.contribution for group in found.groups)
    assert total == pytest.approx(found.prediction - found.baseline, abs=1e-3)
    groups = {group.id: group for group in found.groups}
    assert groups["gaussian_blur"].contradicts and not groups["jpeg"].contradicts
    assert groups["gaussian_blur"].better == pytest.approx(0.25 * (0.9 - 0.5), abs=0.02)
    sizes = [abs(group.contribution) for group in found.groups]
    assert sizes == sorted(sizes, reverse=True)


def test_with_curves_that_only_fall_nothing_contradicts() -> None:
    weights = np.linspace(-0.3, 0.2, NUMBER)  # people see merits; the additive kind cannot
    regressor = fitted(weights, "additive")
    for photo in np.random.default_rng(3).random((20, NUMBER)).astype(np.float32):
        found = break_down(regressor, photo, [a.phrase for a in BANK.attributes], BANK)
        assert not any(group.contradicts or group.better > 0 for group in found.groups)

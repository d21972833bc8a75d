"""Verdicts on curves that are written down here."""

from __future__ import annotations

import pytest

from exiqa.bank.grounding.curves import EffectCurves
from exiqa.bank.grounding.verdict import GroundingSettings, gaps, judge
from exiqa.bank.linking.labelled import parse_claims

SETTINGS = GroundingSettings(seen=0.15, gap=0.5)
CURVES = EffectCurves(
    levels=(2, 3, 5),
    photos=4,
    visibility={"blur": (0.05, 0.2, 0.9), "darker": (0.0, 0.3, 0.6), "veil": (0.0, 0.0, 0.1), "ringing": (0, 0.4, 0.5)},
)


@pytest.mark.parametrize(
    ("claims", "verdict", "level"),
    [
        ("blur+", "seen", 3),
        ("veil+", "not seen", None),
        ("veil+;darker+", "seen", 3),
        ("brighter+", "opposite", None),
        ("brighter-", "seen", 3),  # not brighter is darker
        ("darker-", "opposite", None),
        ("more_contrast+", "not seen", None),
        ("blur-", "opposite", None),  # says that detail stays
        ("specks-", "seen", 2),
        ("blur+;specks-", "seen", 3),
        ("mosaic+;blur-", "not seen", None),
        ("", "not linked", None),
    ],
)
def test_a_phrase_is_judged_by_what_it_says_is_there(claims: str, verdict: str, level: int | None) -> None:
    judged = judge(parse_claims(claims), CURVES, SETTINGS)
    assert (judged.verdict, judged.level) == (verdict, level)


def test_gaps_are_the_plain_effects_that_no_phrase_names_the_most_visible_first() -> None:
    verdicts = [judge(parse_claims(claims), CURVES, SETTINGS) for claims in ("veil+", "blur-")]
    assert gaps(verdicts, CURVES, SETTINGS) == ("blur", "darker", "ringing")
    verdicts.append(judge(parse_claims("blur+;ringing+"), CURVES, SETTINGS))
    assert gaps(verdicts, CURVES, SETTINGS) == ("darker",)


@pytest.mark.parametrize("visibility", [{"blur": (0.1, 0.2)}, {"blur": (0.1, 0.2, 1.2)}, {"blurr": (0.1, 0.2, 0.3)}])
def test_curves_that_do_not_fit_are_refused(visibility: dict[str, tuple[float, ...]]) -> None:
    with pytest.raises(ValueError, match="effect"):
        EffectCurves(levels=(1, 2, 3), photos=1, visibility=visibility)

"""Lint finds each kind of fault, and nothing in the banks of the package."""

from __future__ import annotations

import pytest
from small_banks import RANKED, small_bank

from exiqa.bank.attribute import Attribute
from exiqa.bank.phrases.encoder import SentenceEncoder
from exiqa.bank.phrases.lint import Finding, lint
from exiqa.bank.phrases.selection import SelectionSettings
from exiqa.bank.schema import Bank, Provenance
from exiqa.bank.storage.store import shipped_banks

GOOD = {
    "gaussian_blur": ("a softening of details", "a merging of neighboring tones", "dim, spread-out highlights"),
    "white_noise": ("a fine grain over flat areas", "a speckle of bright and dark dots", "sandpaper-like skin"),
}


def _bank(**changed: tuple[str, ...]) -> Bank:
    ranked = {d: tuple(Attribute(phrase=p) for p in phrases) for d, phrases in {**GOOD, **changed}.items() if phrases}
    return small_bank(ranked=ranked)


def _lint(bank: Bank, minilm: SentenceEncoder, k: int = 3) -> list[Finding]:
    return lint(bank, minilm, SelectionSettings(k=k))


def test_a_good_bank_is_clean(minilm: SentenceEncoder) -> None:
    assert _lint(_bank(), minilm) == []


@pytest.mark.parametrize(
    ("phrase", "rule"),
    [("no sharp edges", "negated"), ("a noisy sky", "names the distortion"), ("a \u200bgrain", "untidy")],
)
def test_phrases_are_screened(phrase: str, rule: str, minilm: SentenceEncoder) -> None:
    (finding,) = _lint(_bank(white_noise=(*GOOD["white_noise"], phrase)), minilm)
    assert (finding.severity, finding.rule, finding.distortion, finding.phrase) == (
        "error",
        rule,
        "white_noise",
        phrase,
    )


def test_antonyms_are_screened_but_may_use_the_distortions_words(minilm: SentenceEncoder) -> None:
    def findings(antonym: str) -> list[Finding]:
        attribute = Attribute(phrase="a fine grain over flat areas", antonym=antonym)
        ranked = {"white_noise": (attribute,)}
        return [f for f in _lint(small_bank(ranked=ranked), minilm, k=1) if f.distortion == "white_noise"]

    assert findings("a sky as quiet as before the noise") == []
    assert [f.rule for f in findings("no grain")] == ["negated"]
    assert [f.rule for f in findings("A fine grain over flat areas.")] == ["antonym", "clause"]


def test_duplicates_are_errors_and_opposites_are_not(minilm: SentenceEncoder) -> None:
    (finding,) = _lint(_bank(white_noise=(*GOOD["white_noise"], "fine grain over the flat areas")), minilm)
    assert (finding.rule, finding.severity) == ("duplicate", "error")
    assert "'a fine grain over flat areas'" in finding.detail
    assert _lint(_bank(white_noise=(*GOOD["white_noise"], "increased contrast", "decreased contrast")), minilm) == []


def test_too_few_is_an_error_and_none_at_all_a_warning(minilm: SentenceEncoder) -> None:
    findings = _lint(_bank(gaussian_blur=()), minilm, k=4)
    assert [(f.severity, f.rule, f.distortion, f.detail) for f in findings] == [
        ("warning", "left out", "gaussian_blur", "has no attributes"),
        ("error", "too few", "white_noise", "has 3 attributes, fewer than K = 4"),
    ]


def test_sets_that_tell_nothing_apart(minilm: SentenceEncoder) -> None:
    phrases = ("a grainy haze", "a merging of tones", "dull highlights", "sandpaper-like skin", "mottled skies")
    same = _lint(_bank(gaussian_blur=phrases, white_noise=tuple(reversed(phrases))), minilm)
    assert [(f.severity, f.detail) for f in same] == [("error", "has the same attributes as gaussian_blur")]
    nearly = _lint(_bank(gaussian_blur=phrases, white_noise=(*phrases[:2], "wavy lines", *phrases[2:])), minilm)
    assert [(f.severity, f.detail) for f in nearly] == [
        ("warning", "has nearly the same attributes as gaussian_blur (83% of both in common)"),
        ("warning", "has the same best 1 attributes as gaussian_blur, so K = 1 does not tell them apart"),
        ("warning", "has the same best 2 attributes as gaussian_blur, so K = 2 does not tell them apart"),
    ]


def test_a_control_is_only_checked_for_form(minilm: SentenceEncoder) -> None:
    ranked = {"white_noise": (Attribute(phrase="White noise"), Attribute(phrase="not  tidy"))}
    control = small_bank(ranked=ranked, provenance=Provenance(method="control"))
    assert [(f.rule, f.phrase) for f in _lint(control, minilm)] == [("untidy", "not  tidy")]


def test_the_banks_in_the_package_are_clean(minilm: SentenceEncoder) -> None:
    banks = [entry.load() for entry in shipped_banks()]
    written = {b.id for b in banks if b.provenance.method == "generated"}
    findings_of = {b.id: _lint(b, minilm, k=5 if b.id in written else 10) for b in banks}
    errors = [(name, f) for name, findings in findings_of.items() for f in findings if f.severity == "error"]
    assert errors == []
    warned = [f for name, findings in findings_of.items() if name not in written for f in findings]
    # Curated moods ("a cheap-lens look") are warned of and stay: what they claim is for grounding to say.
    assert {f.rule for f in warned} == {"nothing seen"} and len(warned) < 20
    # What a model wrote too little of is left out, and of two kin the first phrase may be the same.
    rules = {f.rule for name in written for f in findings_of[name] if f.severity == "warning"}
    assert rules <= {"left out", "same attributes"}


def test_lint_without_a_threshold_looks_for_no_duplicates(minilm: SentenceEncoder) -> None:
    bank = small_bank(ranked={**RANKED, "white_noise": (*_bank().ranked["white_noise"],)})
    settings = SelectionSettings(k=1, threshold=None)
    assert [f for f in lint(bank, minilm, settings) if f.rule == "duplicate"] == []

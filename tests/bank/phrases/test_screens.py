"""The screens: what an LLM writes when it goes wrong is refused, with the right reason."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st
from small_banks import BLUR, NOISE

from exiqa.bank.attribute import Attribute
from exiqa.bank.phrases.screen_words import stem
from exiqa.bank.phrases.screens import CLIP_TOKENS, SCREENS, clip_tokens, screen, strip_frame
from exiqa.bank.sentences import TEMPLATE_SETS
from exiqa.bank.taxonomy import Distortion


@pytest.mark.parametrize(
    "phrase",
    [
        # The paper's own example, figure 1.
        "a softening of details",
        "a gentle blending of colors and tones",
        "a reduction in image clarity",
        "a slight loss of fine texture, edges, and detail",
        "a dreamy or softened appearance",
        # What must not be refused by accident.
        "a moiré-like shimmer",
        "an 8×8 grid of squares",
        "edges that are soft",
        "a double image",
        "a non-uniform brightness",
        "a smooth look",
        "a notable haze",
        "a loss of high-frequency detail",
        "a soft-focus mood",
        # What is denied is not the effect.
        "a large-scale pattern that the scene does not have",
        "a grain that is not there in the scene",
        "dots where none belong",
        "colors which real skin never has",
        # The phrase is about the picture itself.
        "a mismatch between rows, as if the picture had been cut into strips",
        "darker corners of the picture",
        "windows that look like parallelograms",
        "concentric rings where a mesh should be",
    ],
)
def test_good_phrases_pass(phrase: str) -> None:
    assert screen(phrase, BLUR).verdict == "kept"


@pytest.mark.parametrize(
    ("phrase", "rule"),
    [
        ("", "empty"),
        ("   ", "empty"),
        ("1.", "empty"),
        ("---", "empty"),
        ("a\x1b[31mred\x1b[0m tint", "untidy"),
        ("a zero\u200bwidth tint", "untidy"),
        ("a \u202ereversed\u202c tint", "untidy"),
        ("a private \ue000 tint", "untidy"),
        ("a  doubled space", "untidy"),
        ("a trailing space ", "untidy"),
        ("a two-line\nphrase", "untidy"),
        ("a no-break\u00a0space", "untidy"),
        ("a " + "very " * 100 + "long phrase", "too long"),
        ("a 模糊 of edges", "foreign"),
        ("размытие краёв", "foreign"),
        ("تشويش في الصورة", "foreign"),
        ("a σ-like softness", "foreign"),
        ("a <b>bold</b> softness", "markup"),
        ("a softness of \\(x^2\\)", "markup"),
        ("a softness of $x$", "markup"),
        ('{"phrase": "a softness"', "markup"),
        ("a **soft** look", "markup"),
        ("a softness &amp; haze", "markup"),
        ("a page at http://example.org", "markup"),
        ("there is a softness", "framed"),
        ("a softness in the photo", "framed"),
        ("a softness of the image", "framed"),
        ("a haze in photos", "framed"),
        ("no sharp edges", "negated"),
        ("an edge that isn't crisp", "negated"),
        ("edges without definition", "negated"),
        ("an outline that does not look sharp", "negated"),
        ("a surface that never looks clean", "negated"),
        ("edges which are not crisp", "negated"),
        ("an absence of detail", "negated"),
        ("as an AI language model", "meta talk"),
        ("Sure", "meta talk"),
        ("here are five", "meta talk"),
        ("a softness that you see", "meta talk"),
        ("a description of softness", "meta talk"),
        ("one more attribute", "meta talk"),
        ("sorry about that", "meta talk"),
        ("edges are soft", "clause"),
        ("it looks soft", "clause"),
        ("to soften edges", "clause"),
        ("a softness. A haze", "clause"),
        ("a softness: a haze", "clause"),
        ("a softness!", "clause"),
        ("a pale, wavy layer such as smoke or glare lies", "clause"),
        ("a darker background that is", "ungrammatical"),
        ("a pattern that lies", "ungrammatical"),
        ("a softness such as", "ungrammatical"),
        ("a muted, dull colors", "ungrammatical"),
        ("a color rims or double run of lines", "ungrammatical"),
        ("a rainbow-like band of colored colors", "ungrammatical"),
        ("a lightness of light", "ungrammatical"),
        ("a blur over edges", "names the distortion"),
        ("Blurry edges", "names the distortion"),
        ("a blurring of edges", "names the distortion"),
        ("a kernel-like pattern", "names an operation"),
        ("a JPEG-like look", "names an operation"),
        ("a wide kernel", "names an operation"),
        ("a high sigma", "names an operation"),
        ("a low quality factor", "names an operation"),
        ("a coarse quantisation table", "names an operation"),
        ("a shift in HSV", "names an operation"),
        ("a low bitrate", "names an operation"),
        ("a JPEG look", "names an operation"),
        ("a jpeg2000 haze", "names an operation"),
        ("strong compression", "names an operation"),
        ("a strire", "not words"),
        ("a translucent sootheskin", "not words"),
        ("image", "nothing seen"),
        ("a beautiful sunset", "nothing seen"),
        ("an aging take", "nothing seen"),
        ("a bowl of soup", "nothing seen"),
    ],
)
def test_each_rule_finds_its_own(phrase: str, rule: str) -> None:
    verdict = screen(phrase, BLUR)
    assert (verdict.verdict, verdict.phrase, verdict.distortion) == (rule, phrase, "gaussian_blur")
    assert verdict.detail


@pytest.mark.parametrize(
    "phrase",
    [
        "a few soft edges",
        "a glass-like smoothness",
        "a series of lines",
        "line after line of haze",
        "a lens-like bulge of lines",
        "a row of squares inside areas",
        "a total cover of whatever lies behind a square",
        "a glow that is wider than it was",
    ],
)
def test_grammar_that_only_looks_wrong_stays(phrase: str) -> None:
    assert screen(phrase, BLUR).kept


def test_a_phrase_is_screened_for_its_distortion() -> None:
    assert screen("a blur over edges", NOISE).kept
    assert screen("a noisy sky", NOISE).verdict == "names the distortion"
    assert screen("a noisy sky", BLUR).kept


@pytest.mark.parametrize(
    ("name", "phrase", "kept"),
    [
        ("Color saturation 1", "a desaturated sky", False),
        ("Color saturation 1", "washed-out color", True),
        ("Quantization", "quantised tones", False),
        ("Pixelate", "a pixelated outline", False),
        ("Pixelate", "large square pixels", True),
        ("Brighten", "a brightening of shadows", False),
        ("Brighten", "bright shadows", True),
        ("Contrast change", "a flattened contrast", True),
        ("High sharpen", "over-sharpened edges", False),
        ("High sharpen", "sharp edges", True),
        ("Mean shift", "a shifted tone", False),
    ],
)
def test_the_words_of_the_name_are_found_in_any_form(name: str, phrase: str, kept: bool) -> None:
    distortion = Distortion(id="x", code="1", name=name, explanation="x", levels=5)
    assert screen(phrase, distortion).verdict == ("kept" if kept else "names the distortion")


def test_stems_bring_a_words_forms_together_and_keep_words_apart() -> None:
    for forms in (
        "blur blurs blurry blurred blurring",
        "noise noisy noises",
        "quantization quantisation quantize quantised",
        "denoise denoised denoising",
        "block blocks blocky blockiness",
        "colour color colored",
    ):
        assert len({stem(word) for word in forms.split()}) == 1, forms
    for first, second in [("noise", "denoise"), ("brighten", "bright"), ("sharpen", "sharp"), ("pixelate", "pixel")]:
        assert stem(first) != stem(second)


@pytest.mark.parametrize(
    ("text", "phrase"),
    [
        ("There is a softening of details in the photo.", "a softening of details"),
        ("There is a dreamy or softened appearance to the overall image.", "a dreamy or softened appearance"),
        ("There are soft edges across the entire picture", "soft edges"),
        ("There’s a haze", "a haze"),
        ("there appears to be a haze over an image", "a haze"),
        ("**There is a haze in the photo.**", "a haze"),
        ('"A haze."', "a haze"),
        ("  A   haze\nover\teverything ", "a haze over everything"),
        ("JPEG-like blocks", "JPEG-like blocks"),
        ("There is not a haze in the photo.", "not a haze"),
        ("There is", "there is"),
        ("a haze of the photo", "a haze of the photo"),
        ("", ""),
        ("***", ""),
    ],
)
def test_the_frame_comes_off(text: str, phrase: str) -> None:
    assert strip_frame(text) == phrase


@given(st.text(max_size=400))
def test_any_text_gets_a_verdict_and_what_is_kept_is_safe(text: str) -> None:
    phrase = strip_frame(text)
    verdict = screen(phrase, BLUR)
    assert verdict.verdict == "kept" or verdict.verdict in SCREENS
    if verdict.kept:
        assert all(unicodedata.category(character)[0] != "C" for character in phrase)
        assert phrase == " ".join(phrase.split())
        assert not set(phrase) & set("<>{}[]\\|`\n\t")


@given(st.text(max_size=200))
def test_taking_the_frame_off_keeps_the_words_in_order(text: str) -> None:
    stripped = strip_frame(text)
    assert stripped.casefold() in " ".join(text.split()).casefold()


_WORDS = st.sampled_from(["a", "soft", "haze", "of", "extraordinarily", "antidisestablishmentarianism", "ÿéö", "8×8"])


@given(st.lists(_WORDS, min_size=1, max_size=90).map(" ".join))
def test_what_passes_fits_clip_in_every_sentence(phrase: str) -> None:
    verdict = screen(phrase, NOISE)
    attribute = Attribute(phrase=phrase, antonym=phrase)
    longest = max(
        clip_tokens(sentence)
        for template in TEMPLATE_SETS.values()
        for sentence in (template.positive(attribute), template.negative(attribute))
    )
    if verdict.kept:
        assert longest <= CLIP_TOKENS
    if verdict.verdict == "too many tokens":
        assert longest > CLIP_TOKENS


def test_tokens_are_counted_as_open_clip_counts_them() -> None:
    from open_clip import tokenize

    sentence = "There is a softening of details in the photo."
    assert clip_tokens(sentence) == int((tokenize(sentence) != 0).sum())


def test_a_megabyte_is_refused_at_once_by_its_length() -> None:
    assert screen("x" * 1_000_000, BLUR).verdict == "too long"
    assert screen(strip_frame("There is " + "ha " * 330_000), BLUR).verdict == "too long"

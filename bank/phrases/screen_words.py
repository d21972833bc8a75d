"""The tables of words that the screens go by."""

from __future__ import annotations

import functools
import re

OPERATION_WORDS: dict[str, str] = {
    # A regular expression (whole words, any case) -> what it names. An observer sees none of these.
    r"kernels?|convol\w+|point[- ]spread|deconvol\w+": "a filter's inside",
    r"(low|high|band)[- ]?pass|(median|sharpening|smoothing|blur|noise|bilateral|wiener)[- ]filter\w*": "a filter",
    r"quality[- ](factor|setting|parameter|level)s?|q[- ]factor|qp": "an encoder's setting",
    r"quanti[sz]ation[- ](table|matri(x|ces)|step|level|parameter)s?": "an encoder's inside",
    r"bit[- ]?rates?|bits?[- ]per[- ]pixel|bpp|bit[- ]depth": "an encoder's setting",
    r"compression|compress(ed|ing|or)?|decompress\w*|codecs?|encod(er|ing|ed)|decod(er|ing|ed)": "compression",
    r"jpe?g([- ]?(2000|2k))?|jp2k?|j2k|mpeg[- ]?\d*|h\.?26[345]|hevc|avif|webp|gif|png|heif": "a file format",
    r"wavelets?|dct|fourier|fft|discrete cosine|laplacian|coefficients?": "a transform",
    r"sigma|variance|standard deviation|gaussian|poisson|laplace|bernoulli|rayleigh|probability": "a statistic",
    r"hsv|hsl|hsi|rgb|srgb|cmyk|ycb?cr|yuv|cie\w*|l\*?a\*?b\*?": "a colour space",
    r"(colou?r|alpha|blue|red|green|luma|chroma)[- ]channels?": "a colour space's inside",
    r"gamma|look[- ]?up|lut|histograms?|transfer function|tone curve|threshold\w*|clamp\w*": "a tone operation",
    r"interpolat\w+|bicubic|bilinear|nearest[- ]neighbou?r|(down|up|sub|re)[- ]?sampl\w+": "resampling",
    r"algorithms?|parameters?|pixel values?|matri(x|ces)|formulas?|equations?|functions?": "a computation",
}

# Words of distortions' names that also are an observer's plain words for what is seen.
GENERIC_NAME_WORDS = frozenset(
    word
    for words in (
        "a an the and for from in of on or over to with",
        "change component decrease different increase intensity level mean more pattern random spatially strong",
        "stronger transition uneven bright color colour contrast dark light white global high local low",
        "image photo picture video",
    )
    for word in words.split()
)

# Whole words, any case: an LLM that talks about its task, its reader or itself.
META_TALK = "|".join(
    (
        r"as an ai|language model|openai|chatgpt|assistant|user",
        r"i('m| am| can| cannot| will| would| have| hope)?|we|you|your|my|me|us",
        r"sorry|apologi[sz]e|certainly|sure|of course|please|thank(s| you)|here (is|are)|the following",
        r"note that|in summary|in conclusion|for example|for instance|e\.g|i\.e|etc",
        r"prompts?|instructions?|questions?|answers?|responses?|list of|bullets?|attributes?|distortions?",
        r"describ(e|es|ed|ing)|descriptions?|explanations?|phrases?|sentences?|json|inputs?|outputs?|references?",
        r"visual effects?|tasks?|https?|www",
    )
)

PLACEHOLDERS = frozenset(
    word
    for words in ("null nil nan none undefined n/a na tbd todo", "true false string text lorem placeholder")
    for word in words.split()
)
"""Phrases that a program or a template left where words should be."""

# Whole words, any case: words at the reader, or at anybody, that no description of a photo needs.
ABUSE = "|".join(
    (
        r"fuck\w*|motherfuck\w*|shit\w*|bullshit|bitch\w*|cunts?|assholes?|bastards?|dickheads?|idiot\w*|morons?",
        r"stupid\w*|retard(ed|s)?|whores?|sluts?|nazis?|fagg?ots?|nigg\w+|kikes?|porn\w*|kill (yourself|them|all)",
        r"hate (you|them)",
    )
)

NEGATIONS = (
    r"not|no|never|none|nothing|neither|nor|without|cannot|can't|\w+n't|absence of|absent|devoid of|free (of|from)"
)

# Negations that deny nothing which is seen: the scene or the original is without it, or it is out of place.
_AUXILIARY = r"(?:(?:do|does|did|is|are|was|were|has|have|had|could|would|should)(?: not|n't)|never|cannot|can't)"
NEGATED_ELSEWHERE = "|".join(
    (
        # "a pattern that the scene does not have", "tints which real skin never has": the clause has its own subject.
        rf"(?:that|which|where|what) (?:(?:the|a|an|its|their|no|real|any) )?(?!{_AUXILIARY})[\w-]+(?: [\w-]+){{0,2}}"
        rf" {_AUXILIARY}(?: [\w-]+)?",
        r"(?:that |which )?(?:do|does|did|is|are|was|were)(?: not|n't) (?:there|belong|present|part of|found in|in|of)",
        r"(?:not|never) (?:present|found|seen|part|there) (?:in|of|before)",
        r"where (?:none|nothing) \w+(?: be)?|where there (?:is|are|was|were|should be) (?:none|nothing|no \w+)",
        r"nothing but|no two|not (?:quite|only|just|merely|entirely|fully)|out of nowhere",
    )
)

# What may stand before "the picture" where a phrase is about the picture itself.
PICTURE_IN_COMPARISON = (
    r"(?:as if|as though|like|than|(?:corners?|borders?|edges?|sides?|half|halves|parts?|middle|center|top|bottom|rest|"
    r"rows?|columns?|width|height|margins?) of|across|behind|over|laid on)"
)

# A finite verb makes a clause of what should be a noun phrase, unless a relative word came first.
CLAUSE_VERBS = (
    r"is|are|was|were|be|been|am|has|have|had|does|do|did|looks|appears?|becomes?|seems?|makes|causes|creates|"
    r"can|could|may|might|will|would|should|must|gets|occurs?|lies|runs|goes|happens|exists?"
)
RELATIVE_WORDS = r"that|which|who|where|whose|when|as if|as though|what|whatever"

# What a phrase cannot end with: more was to come.
UNFINISHED = (
    r"an?|the|its|their|of|and|or|but|than|into|without|such as|as|with|for|whose|(?:that|which|who)(?: (?:is|are|was|"
    r"were|has|have|can|may|will|lies?))?"
)

# What ends the noun that an article is for: "a row | of lines", "a border | inside areas".
AFTER_THE_NOUN = (
    r"of|in|on|at|over|under|between|behind|around|along|across|into|from|with|by|for|to|near|beside|within|through|"
    r"against|as|like|than|that|which|where|whose|when|and|or|but|instead|rather|among|amid|toward|towards|past|about|"
    r"without|after|before|above|below|onto|out|inside|outside|beyond|\w+ing"
)
NO_PLURALS = r"ss|us|is|ous|lens|series|chaos|canvas|gas|bias|means|gallows"
"""How words end that are no plurals, though their last letter is an s."""

BAD_OPENINGS = (
    r"it|its|this|that|these|those|they|he|she|there|here|which|who|when|where|while|if|because|since|although|"
    r"but|and|or|so|then|also|to|by|for|from|in|on|at|as|how|why|what|due"
)


def whole_words(pattern: str, hyphens: bool = True) -> re.Pattern[str]:
    """A pattern that is matched at word boundaries and in any case.

    Args:
        pattern: A regular expression.
        hyphens: Whether "no-nonsense" is one word, not two.
    """
    inside = r"[\w-]" if hyphens else r"\w"
    return re.compile(rf"(?<!{inside})(?:{pattern})(?!{inside})", re.IGNORECASE)


@functools.lru_cache(maxsize=2**14)  # the same words come over and over
def stem(word: str) -> str:
    """A word's rough stem, so that one rule finds blur, blurry, blurred and blurring.

    British and American spellings share their stem. Good for comparing words with each other, not for reading.
    """
    word = word.casefold().replace("quantis", "quantiz").replace("colour", "color").replace("ization", "ize")
    word = re.sub(r"(?<=\w{3})(iness|ness|ions|ion|ings|ing|ied|ies|ed|es|e|s|y)$", "", word)
    return re.sub(r"([bdfgklmnprtz])\1$", r"\1", word)

"""Which words are English, and which name something that can be seen.

`words.txt` holds the words that the vocabularies of CLIP (MIT) and of BERT (Apache-2.0) both have whole, the shortest
of each stem; the words of the labelled phrases, `labelled.csv`, are known too. What can be seen is learned from those
phrases: a word that comes in at least two that speak of an effect, and no more often in those that do not. Of an LLM's
labelled phrases that speak of an effect, left out of the counting, 855 of 855 have such a word; of 60 phrases on moods,
scenes and nonsense that were left out too, 11 do (the words that say nothing, below, were written with these in view).
"""

from __future__ import annotations

import csv
import functools
import re
import unicodedata
from collections import Counter
from importlib import resources

from exiqa.bank.phrases.screen_words import stem

WORD = re.compile(r"[^\W\d_]+")
SHORTEST = 3
"""Letters. Shorter words are not looked up: there are few, and names of units and colors are among them."""
LEAST = 2
"""Labelled phrases that a word comes in before it counts as one for something seen."""

_PREFIXES = ("un", "mis", "over", "under", "re", "de", "non", "dis", "out")
_SUFFIXES = ("ly", "like", "ish", "less", "ness", "er", "est", "ier", "iest", "ity", "able", "ful", "wise", "ward")

_ALSO = """
aliasing aqua ashen aureole azure beige bevel blemish bokeh buckled bulging burgundy cerulean chartreuse checkerboard
chevron cobweb concentric convex concave corrugated creased crimson crinkled crosswise cyan dappled dewy diagonal
diffraction dingy dotted droplet ebony ellipse elliptical etched feathery filament filigree flare fleck fluted foggy
fractal fringe fuchsia gauze gauzy ghosting glare glaze glint glisten glossy gossamer grainy granular granule grooved
halo hatching haze helical hexagon hexagonal hue indigo iridescent ivory kaleidoscopic khaki lattice lavender lengthwise
lilac lopsided lozenge luminous maroon matte mauve mesh mildew misty moire mosaic motley murk octagonal ochre opalescent
opaque oval oversized pallid pallor parallelogram pearly pinstripe pitted pleat pocked polka powdery prismatic puddle
puffy rainbow ribbed ripple rippled rosette ruddy russet sallow saturated scalloped scarlet scorched scratch scuffed
sepia serpentine serrated shard sheen shimmer sinuous skewed slanting sliver smear smudge smudged smoky sooty spectral
speckle spiral splotch spotty squiggle stain starburst stippled streak streaky striation stripe striped swirl tarnished
teal tessellated tinge tinged trapezoid trapezoidal translucent turquoise unlit unsharp vaporous veined veil velvety
vermilion violet warped washed wavy weave wisp wispy wobble wobbly woolen whirlpool wrinkled zag zebra zig zigzag
"""
"""Words for what is seen that are too rare for those vocabularies."""

_SAYS_NOTHING = frozenset(
    stem(word)
    for words in (
        "that like where should from more with into over than less much very their there these those when",
        "which while would could not only just all any each other some same such own then than they them this",
        "through until upon what who whose will between within without across around against along among",
        "behind below beside beyond down during except inside near off onto out outside past since toward",
        "towards under underneath via look looks looked looking seem seems seen see seeing appearance appear",
        "effect effects image images photo photos photograph picture pictures scene scenes view views thing",
        "things something anything nothing everything impression sense feel feeling mood quality kind sort",
        "way lot bit part parts place time has have had are was were been being can may might must though",
        "although also too still even yet ever never once again and but for the its lack next one two get set",
        "run eat full make made take taken use used give given come put",
    )
    for word in words.split()
)
"""Stems of words that come with any subject, and of those for a picture as a whole."""


def known(word: str, also: frozenset[str] = frozenset()) -> bool:
    """Whether a word is English, as far as the list goes, in any form and with the usual affixes.

    Args:
        word: Letters only.
        also: Stems that count as known too.
    """
    listed = _known_stems()  # not joined with `also`: that would copy tens of thousands for each word

    def has(word: str) -> bool:
        return (stemmed := stem(word)) in listed or stemmed in also

    word = _unaccented(word)
    if len(word) < SHORTEST or has(word):
        return True
    bare = [word]
    bare += [word.removesuffix(suffix) for suffix in _SUFFIXES if word.endswith(suffix)]
    bare += [each.removeprefix(prefix) for each in bare for prefix in _PREFIXES if each.startswith(prefix)]
    return any(len(each) >= SHORTEST and has(each) for each in bare)


def names_something_seen(phrase: str) -> bool:
    """Whether some word of a phrase is one for what is seen in a picture: "windows", "stripes", "pale", "smeared"."""
    return not visible_stems().isdisjoint(stems_of(phrase))


def stems_of(text: str) -> set[str]:
    """The stems of a text's words that are long enough to be looked up, without accents."""
    return {stem(word) for word in WORD.findall(_unaccented(text)) if len(word) >= SHORTEST}


def _unaccented(text: str) -> str:
    """In lower case: "Café" is "cafe"."""
    parts = unicodedata.normalize("NFKD", text.casefold())
    return "".join(character for character in parts if not unicodedata.combining(character))


@functools.cache
def _known_stems() -> frozenset[str]:
    listed = f"{(resources.files('exiqa.bank.phrases') / 'words.txt').read_text(encoding='utf-8')} {_ALSO}".split()
    labelled = " ".join(phrase for phrase, kind in _labelled() if kind != "nonsense")
    return frozenset(map(stem, listed)) | stems_of(labelled)


@functools.cache
def visible_stems() -> frozenset[str]:
    """The stems of the words for what is seen, learned from the labelled phrases."""
    effects: Counter[str] = Counter()
    asides: Counter[str] = Counter()
    counts: Counter[bool] = Counter()
    for phrase, kind in _labelled():
        counts[kind == "effect"] += 1
        (effects if kind == "effect" else asides).update(stems_of(phrase))
    return frozenset(
        word
        for word, count in effects.items()
        if count >= LEAST and word not in _SAYS_NOTHING and asides[word] / counts[False] <= 2 * count / counts[True]
    )


@functools.cache
def _labelled() -> tuple[tuple[str, str], ...]:
    """(phrase, kind) of the labelled phrases, unchecked: a screen reads them at its first phrase."""
    text = (resources.files("exiqa.bank.linking") / "labelled.csv").read_text(encoding="utf-8")
    return tuple((row["phrase"], row["kind"]) for row in csv.DictReader(text.splitlines()))

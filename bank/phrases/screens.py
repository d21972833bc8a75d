"""The screens that every phrase passes before it may enter a bank, one table of pure functions."""

from __future__ import annotations

import functools
import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from exiqa.bank.attribute import Attribute
from exiqa.bank.phrases.screen_words import (
    ABUSE,
    AFTER_THE_NOUN,
    BAD_OPENINGS,
    CLAUSE_VERBS,
    GENERIC_NAME_WORDS,
    META_TALK,
    NEGATED_ELSEWHERE,
    NEGATIONS,
    NO_PLURALS,
    OPERATION_WORDS,
    PICTURE_IN_COMPARISON,
    PLACEHOLDERS,
    RELATIVE_WORDS,
    UNFINISHED,
    stem,
    whole_words,
)
from exiqa.bank.phrases.vocabulary import WORD, known, names_something_seen, stems_of
from exiqa.bank.sentences import TEMPLATE_SETS
from exiqa.bank.taxonomy import Distortion

if TYPE_CHECKING:
    from open_clip.tokenizer import SimpleTokenizer

CLIP_TOKENS = 77
LONGEST_PHRASE = 300
"""Characters. Nothing that an observer would call a phrase is longer, and the rules after this one stay quick."""

KEPT = "kept"


@dataclass(frozen=True)
class PhraseVerdict:
    """What became of a phrase, and why."""

    distortion: str
    phrase: str
    verdict: str
    """"kept", or the name of the rule that refused it."""
    detail: str = ""
    """In words: what the rule found, or for a duplicate the phrase it duplicates and the cosine."""

    @property
    def kept(self) -> bool:
        return self.verdict == KEPT


@dataclass(frozen=True)
class Screen:
    """One rule. `find` gives in words what is wrong with a phrase for a distortion, or None."""

    explanation: str
    find: Callable[[str, Distortion], str | None]


def screen(phrase: str, distortion: Distortion) -> PhraseVerdict:
    """The verdict of the first rule that refuses a phrase for a distortion, in the order of `SCREENS`, or "kept"."""
    for name, rule in SCREENS.items():
        reason = rule.find(phrase, distortion)
        if reason is not None:
            return PhraseVerdict(distortion.id, phrase, name, reason)
    return PhraseVerdict(distortion.id, phrase, KEPT)


_OPENING_FRAME = re.compile(
    r"^there(?:'s|’s| is| are| was| were| appears? to be| seems? to be| may be| might be| can be| will be)\s+",
    re.IGNORECASE,
)
_PHOTO = r"(?:photo(?:graph)?|image|picture)s?"
_CLOSING_FRAME = re.compile(
    rf"\s+(?:in|to|on|across|throughout|within|over) (?:the|this|that|an?|your)(?: (?:whole|entire|overall|resulting|"
    rf"distorted|final))? {_PHOTO}$",
    re.IGNORECASE,
)
_WRAPPING = " \t\n\r\"'“”‘’`*_.,;:"


def strip_frame(text: str) -> str:
    """The bare noun phrase of an LLM's sentence.

    "There is a softening of details in the photo." becomes "a softening of details": quotes and emphasis around it,
    the opening "There is", the closing "in the photo", the stop and the first word's capital are taken off.

    Returns:
        The phrase. It may be empty, and still has to pass the screens.
    """
    phrase = " ".join(text.split()).strip(_WRAPPING)
    phrase = _OPENING_FRAME.sub("", phrase)
    phrase = _CLOSING_FRAME.sub("", phrase).strip(_WRAPPING)
    first, _, rest = phrase.partition(" ")
    if first[:1].isupper() and (len(first) == 1 or first[1:].islower()):
        first = first.lower()
    return f"{first} {rest}" if rest else first


def _empty(phrase: str, distortion: Distortion) -> str | None:
    if not any(character.isalpha() for character in phrase):
        return "there are no words in it"
    return None


def _untidy(phrase: str, distortion: Distortion) -> str | None:
    for character in phrase:
        if unicodedata.category(character)[0] == "C":
            return f"it has the unprintable character U+{ord(character):04X}"
    if phrase != " ".join(phrase.split()):
        return "it has spaces too many"
    return None


def _long(phrase: str, distortion: Distortion) -> str | None:
    if len(phrase) > LONGEST_PHRASE:
        return f"it has {len(phrase)} characters, more than the {LONGEST_PHRASE} of any phrase"
    return None


def _foreign(phrase: str, distortion: Distortion) -> str | None:
    for character in phrase:
        if character.isalpha() and not character.isascii():
            script = unicodedata.name(character, "UNKNOWN").split()[0]
            if script != "LATIN":
                return f"{character!r} is {script.lower()}, and the sentence around it is English"
    return None


_MARKUP = re.compile(r"[<>{}\[\]\\|`*_#$^~=@]|://|&\w+;")
_SENTENCE_MARKS = re.compile(r"[!?;:\n]|\.\s|\.$|…")


def _markup(phrase: str, distortion: Distortion) -> str | None:
    match = _MARKUP.search(phrase)
    return f"it has {match[0]!r}, which no plain phrase has" if match else None


_COMMAND = re.compile(r"^[-–—+/]|(?:^|\s)--?\w+(?=\s|$)|(?:^|\s)/(?:\s|\w|$)|%(?:\(\w+\))?[a-z]\b|\w\(\)")
_REPEATED_WORD = re.compile(r"\b(\w+)(?:\W+\1\b){2,}", re.IGNORECASE)
_REPEATED_LETTER = re.compile(r"([^\W\d_])\1{3,}", re.IGNORECASE)
_LONGEST_WORD = 35
_ABUSE = whole_words(ABUSE)


def _junk(phrase: str, distortion: Distortion) -> str | None:
    if phrase.casefold() in PLACEHOLDERS:
        return f"{phrase!r} is a placeholder"
    if not re.search(r"[^\W\d_]{3}", phrase):
        return "it has no word of three letters"
    match = _COMMAND.search(phrase)
    if match:
        return f"{match[0].strip()!r} is of a program, not of a phrase"
    match = _REPEATED_WORD.search(phrase) or _REPEATED_LETTER.search(phrase)
    if match:
        return f"{match[0][:40]!r} repeats itself"
    if any(len(word) > _LONGEST_WORD for word in phrase.split()):
        return f"it has a word of more than {_LONGEST_WORD} letters"
    picture = next((c for c in phrase if unicodedata.category(c) == "So" and c != "°"), None)
    if picture:
        return f"{picture!r} is a picture sign"
    match = _ABUSE.search(phrase)
    return f"{match[0]!r} is abuse" if match else None


_FRAMES = re.compile(
    rf"^there(?:'s|’s| is| are)\b|\b(?:the|this|that|an?|your|overall) {_PHOTO}\b|\bin {_PHOTO}$", re.IGNORECASE
)
_OF_ITSELF = whole_words(rf"{PICTURE_IN_COMPARISON} (?:(?:the|this|a|an) )?{_PHOTO}")
# "as if the picture had been cut", "the corners of the picture": there the picture is what the phrase is about.


def _framed(phrase: str, distortion: Distortion) -> str | None:
    match = _FRAMES.search(_OF_ITSELF.sub(" ", phrase))
    return f"{match[0]!r} belongs to the sentence around the phrase" if match else None


_NEGATED = whole_words(NEGATIONS)
_NEGATED_ELSEWHERE = whole_words(NEGATED_ELSEWHERE)


def _negated(phrase: str, distortion: Distortion) -> str | None:
    match = _NEGATED.search(_NEGATED_ELSEWHERE.sub(" ", phrase))
    return f"{match[0]!r} says what is not seen" if match else None


_META = whole_words(META_TALK)


def _meta(phrase: str, distortion: Distortion) -> str | None:
    match = _META.search(phrase)
    return f"{match[0]!r} speaks of the task or the reader, not of what is seen" if match else None


_OPENING = re.compile(rf"(?:{BAD_OPENINGS})\b", re.IGNORECASE)
_CLAUSE_VERB = whole_words(CLAUSE_VERBS)
_RELATIVE = whole_words(RELATIVE_WORDS)


def _clause(phrase: str, distortion: Distortion) -> str | None:
    match = _SENTENCE_MARKS.search(phrase)
    if match:
        return f"{match[0].strip() or 'a line break'!r} ends or joins sentences"
    match = _OPENING.match(phrase)
    if match:
        return f"a noun phrase does not begin with {match[0]!r}"
    verb = _CLAUSE_VERB.search(phrase)
    if verb and not _RELATIVE.search(phrase, 0, verb.start()):
        return f"{verb[0]!r} makes a clause of it"
    return None


_UNFINISHED = whole_words(rf"(?:{UNFINISHED})$")
_ONE_OF_A_KIND = re.compile(rf"an? ((?:[\w-]+,? )*?[\w-]+)(?:[,;]? (?:{AFTER_THE_NOUN})\b|,? *$)", re.IGNORECASE)
_NO_PLURAL = re.compile(rf"(?:{NO_PLURALS})$")
_MANY = ("few", "dozen", "hundred", "thousand", "couple", "lot")


def _ungrammatical(phrase: str, distortion: Distortion) -> str | None:
    match = _UNFINISHED.search(phrase)
    if match:
        return f"it ends with {match[0]!r}, and more was to come"
    match = _ONE_OF_A_KIND.match(phrase)
    words = match[1].casefold().replace(",", "").split() if match else []
    plural = len(words) > 0 and len(words[-1]) > 3 and words[-1].endswith("s") and not _NO_PLURAL.search(words[-1])
    if plural and words[0] not in _MANY:
        return f"'a' is for one, {words[-1]!r} for several"
    return _said_twice(phrase)


_NEXT_TO_IT = re.compile(
    rf"(?=\b(\w+)(?:,? (?!(?:of|on)\b)(\w+)| (?:of|on) (\w+)(?= *(?:$|[,;]|(?:{AFTER_THE_NOUN})\b))))", re.IGNORECASE
)


def _said_twice(phrase: str) -> str | None:
    """What is wrong with "colored colors" and "a lightness of light"; "line after line" repeats a word on purpose."""
    for first, *others in _NEXT_TO_IT.findall(phrase.casefold()):
        second = "".join(others)
        if first != second and len(first) > 3 and stem(first) == stem(second):
            return f"{first!r} and {second!r} say the same"
    return None


def _not_words(phrase: str, distortion: Distortion) -> str | None:
    explained = _explained(distortion)
    unknown = next((word for word in WORD.findall(phrase) if not known(word, explained)), None)
    return f"{unknown!r} is no word that is known" if unknown else None


@functools.cache
def _explained(distortion: Distortion) -> frozenset[str]:
    """The stems of what a distortion is explained by: a word that is used there may be used here."""
    return frozenset(stems_of(f"{distortion.name} {distortion.explanation}"))


def _nothing_seen(phrase: str, distortion: Distortion) -> str | None:
    return None if names_something_seen(phrase) else "no word of it is for something that is seen in a picture"


@functools.cache
def name_stems(distortion: Distortion) -> tuple[str, ...]:
    """The stems of the words of a distortion's id and name that say which it is."""
    words = WORD.findall(f"{distortion.id.replace('_', ' ')} {distortion.name}".casefold())
    return tuple(dict.fromkeys(stem(word) for word in words if word not in GENERIC_NAME_WORDS and len(word) > 2))


def _names_distortion(phrase: str, distortion: Distortion) -> str | None:
    for word in WORD.findall(phrase):
        word_stem = stem(word)
        for name in name_stems(distortion):
            # Longer stems are found inside other words too: "desaturated" names the saturation.
            if word_stem == name or (len(name) >= 5 and name in word_stem):
                return f"{word!r} is in the distortion's name, {distortion.name!r}"
    return None


_OPERATIONS = tuple((whole_words(pattern, hyphens=False), kind) for pattern, kind in OPERATION_WORDS.items())
_ANY_OPERATION = whole_words("|".join(OPERATION_WORDS), hyphens=False)


def _names_operation(phrase: str, distortion: Distortion) -> str | None:
    if not _ANY_OPERATION.search(phrase):
        return None
    match, kind = next((match, kind) for pattern, kind in _OPERATIONS if (match := pattern.search(phrase)))
    return f"{match[0]!r} names {kind}, which no observer sees"


@functools.cache
def _clip_tokenizer() -> SimpleTokenizer:
    from open_clip.tokenizer import SimpleTokenizer

    return SimpleTokenizer()


def clip_tokens(sentence: str) -> int:
    """How many tokens CLIP reads a sentence as, its two end marks included."""
    return len(_clip_tokenizer().encode(sentence)) + 2


def _tokens(phrase: str, distortion: Distortion) -> str | None:
    attribute = Attribute(phrase=phrase, antonym=phrase)
    for template in TEMPLATE_SETS.values():
        for sentence in (template.positive(attribute), template.negative(attribute)):
            # A token covers at least one ASCII character that is not a space, so short sentences need no count,
            # and with it the import of open_clip. Entities such as &amp; are expanded by the tokenizer.
            if sentence.isascii() and "&" not in sentence and len(sentence.replace(" ", "")) + 2 <= CLIP_TOKENS:
                continue
            count = clip_tokens(sentence)
            if count > CLIP_TOKENS:
                return f"CLIP reads {count} tokens in {sentence!r}, more than {CLIP_TOKENS}"
    return None


SCREENS: dict[str, Screen] = {
    "empty": Screen("has words", _empty),
    "untidy": Screen("is printable, with single spaces", _untidy),
    "too long": Screen(f"has at most {LONGEST_PHRASE} characters", _long),
    "foreign": Screen("is in one language, that of the sentence around it", _foreign),
    "markup": Screen("has no HTML, LaTeX, JSON, Markdown or addresses", _markup),
    "junk": Screen("is words: no code, placeholder, repetition, picture sign or abuse", _junk),
    "framed": Screen('is bare: no "There is", no "in the photo"', _framed),
    "negated": Screen("says what is seen, not what is not; a scene may well be without it", _negated),
    "meta talk": Screen("does not talk about the task or to the reader", _meta),
    "clause": Screen("is a noun phrase, not a sentence", _clause),
    "ungrammatical": Screen("is whole, with an article that fits, and says nothing twice", _ungrammatical),
    "names the distortion": Screen("does not use a word of the distortion's name", _names_distortion),
    "names an operation": Screen("does not name how the distortion is made", _names_operation),
    "not words": Screen("is made of words that are known", _not_words),
    "nothing seen": Screen("names something that can be seen", _nothing_seen),
    "too many tokens": Screen(f"fits CLIP's {CLIP_TOKENS} tokens in both sentences of every template", _tokens),
}
"""Rule name -> what a good phrase is, and the function that finds what is wrong. The names are verdicts."""

FORM = ("empty", "untidy", "too long", "too many tokens")
"""The screens of form: what even a bank that is bad on purpose, or not yet reviewed, has to pass."""

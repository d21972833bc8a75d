"""The options of an ablation as its factors and protocols."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from exiqa.bank.sentences import TEMPLATE_SETS
from exiqa.bench.ablation.ablation import ABLATED, FACTORS, Choice, FactorName, Value
from exiqa.bench.protocol import ProtocolId
from exiqa.core.errors import UsageError
from exiqa.model.tuning_modes import TUNING_MODES


def parse_factors(given: Mapping[FactorName, str | None]) -> dict[FactorName, tuple[Value, ...]]:
    """The factors that are varied, in the order of `FACTORS`, from comma-separated lists; numbers come out ascending.

    Raises:
        UsageError: None is given, or a value makes no sense or is given twice.
    """
    factors = {name: _values(name, text) for name in FACTORS if (text := given.get(name)) is not None}
    if not factors:
        raise UsageError(f"nothing is varied; give at least one of {', '.join(f'--{name}' for name in FACTORS)}")
    return factors


def parse_base(given: Sequence[str]) -> Choice:
    """What `--base FACTOR=VALUE …` says.

    Raises:
        UsageError: It has another form, or a value makes no sense.
    """
    choice: Choice = {}
    for text in given:
        name, equals, value = text.partition("=")
        factor = next((option for option in FACTORS if option == name), None)
        if factor is None or not equals or factor in choice:
            raise UsageError(f"--base {text}: write FACTOR=VALUE, once for each of {', '.join(FACTORS)}")
        values = _values(factor, value)
        if len(values) > 1:
            raise UsageError(f"--base {text}: the base has one value of {factor}")
        (choice[factor],) = values
    return {factor: choice[factor] for factor in FACTORS if factor in choice}


def parse_protocols(text: str) -> tuple[ProtocolId, ...]:
    """A comma-separated list of `ABLATED`, in their order.

    Raises:
        UsageError: There is another word in it.
    """
    words = _words("protocols", text)
    for word in words:
        if word not in ABLATED:
            raise UsageError(f"--protocols {text}: there is no {word!r}; there are {', '.join(ABLATED)}")
    return tuple(protocol for protocol in ABLATED if protocol in words)


def _values(name: FactorName, text: str) -> tuple[Value, ...]:
    words = _words(name, text)
    if name in ("k", "prompts"):
        least = 1 if name == "k" else 0
        for word in words:
            if not (word.isascii() and word.isdigit() and int(word) >= least):
                raise UsageError(f"--{name} {text}: {word!r} is no whole number from {least} up")
        return tuple(sorted(int(word) for word in words))
    known = {"templates": tuple(TEMPLATE_SETS), "tuning": tuple(TUNING_MODES)}.get(name)
    for word in words:
        if known is not None and word not in known:
            raise UsageError(f"--{name} {text}: there is no {word!r}; there are {', '.join(known)}")
    return tuple(words)


def _words(name: str, text: str) -> list[str]:
    words = [word.strip() for word in text.split(",")]
    if not all(words) or len(set(words)) < len(words):
        raise UsageError(f"--{name} {text}: give values with commas between them, each once")
    return words

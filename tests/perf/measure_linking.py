"""How well phrases of a source that was left out are linked to effects: the tables of docs/linking.md.

    python tests/perf/measure_linking.py [--choose] [--errors]

With --choose the settings are measured on the paraphrases and on the wordings, which is where they were chosen; the
LLM's phrases are not read. With --errors each wrong link is printed.
"""

from __future__ import annotations

import argparse
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from exiqa.bank.linking import linker
from exiqa.bank.linking.features import content_words
from exiqa.bank.linking.labelled import LabelledPhrase, labelled_phrases
from exiqa.bank.linking.linker import Link, fit_linker, link_with
from exiqa.bank.phrases.embedding import CachedEncoder
from exiqa.bank.phrases.encoder import SentenceEncoder, load_encoder
from exiqa.core.vector_cache import VectorCache

BASE = ("curated", "antonym", "names", "asides")
PROTOCOLS = {
    "LLM left out": ((*BASE, "paraphrase", "wordings"), ("llm", "other_asides")),
    "LLM left out, wordings out": ((*BASE, "paraphrase"), ("llm", "other_asides")),
    "LLM left out, descriptions in": ((*BASE, "paraphrase", "wordings", "descriptions"), ("llm", "other_asides")),
    "paraphrases left out": ((*BASE, "llm", "wordings", "descriptions"), ("paraphrase", "other_asides")),
    "wordings left out": ((*BASE, "llm", "paraphrase", "descriptions"), ("wordings", "other_asides")),
    "pairs left out": ((*BASE, "llm", "paraphrase", "wordings", "descriptions"), ("pairs", "other_asides")),
}
"""Name -> the sources that are fitted on, and those that are tested on."""
CHOICES = {
    "paraphrases": ((*BASE, "wordings"), ("paraphrase", "other_asides")),
    "wordings": ((*BASE, "paraphrase"), ("wordings", "other_asides")),
}
"""The settings were chosen here: neither in fitting nor in testing is there a phrase of the LLM's, nor one that was
written after its answers had been read."""


@dataclass(frozen=True)
class Measured:
    """Labelled phrases and the links that were found for them."""

    rows: Sequence[LabelledPhrase]
    links: Sequence[Link]

    def pairs(self, kind: str) -> list[tuple[LabelledPhrase, Link]]:
        return [(row, link) for row, link in zip(self.rows, self.links, strict=True) if row.kind == kind]


@dataclass(frozen=True)
class Table:
    """An encoder that has encoded all labelled phrases already."""

    encoder: SentenceEncoder

    @property
    def name(self) -> str:
        return self.encoder.name

    @property
    def hash(self) -> str:
        return self.encoder.hash

    @cached_property
    def _vectors(self) -> dict[str, np.ndarray]:
        phrases = [row.phrase for row in labelled_phrases()]
        vectors = CachedEncoder(self.encoder, VectorCache.named("linking")).encode(phrases)
        return dict(zip(phrases, vectors, strict=True))

    def encode(self, sentences: Sequence[str]) -> np.ndarray:
        return np.stack([self._vectors[sentence] for sentence in sentences])


def measure(fitted: Sequence[str], tested: Sequence[str], encoder: SentenceEncoder, sure: float) -> Measured:
    """Links of the phrases of some sources, by a linker that is fitted on those of others."""
    rows = [row for row in labelled_phrases() if row.source in tested]
    fitted_rows = without_near_copies([row for row in labelled_phrases() if row.source in fitted], rows)
    linker = replace(fit_linker(fitted_rows, encoder), sure=sure)
    return Measured(rows, link_with(linker, [row.phrase for row in rows], encoder))


def without_near_copies(rows: Sequence[LabelledPhrase], tested: Sequence[LabelledPhrase]) -> list[LabelledPhrase]:
    """The rows that share less than half of their content words with every tested one.

    Whoever wrote the labels had read the tested phrases; what resembles one of them too much must not be fitted on.
    """
    others = [frozenset(content_words(row.phrase)) for row in tested]
    kept = []
    for row in rows:
        words = frozenset(content_words(row.phrase))
        if all(2 * len(words & other) < len(words | other) for other in others):
            kept.append(row)
    return kept


def right(row: LabelledPhrase, link: Link) -> bool:
    """Whether the first claim, with its sign, is one of those that the phrase is labelled with."""
    return bool(link.claims) and link.claims[0] in row.effects


def opposite(row: LabelledPhrase, link: Link) -> bool:
    """Whether a claim is the contrary of one that the phrase is labelled with."""
    return any(claim.contrary in row.effects and claim not in row.effects for claim in link.claims)


def summary(name: str, measured: Measured) -> list[str]:
    pairs = measured.pairs("effect")
    answered = [(row, link) for row, link in pairs if link.verdict == "linked"]
    refused = {
        kind: f"{_share([link.verdict == 'refused' for _, link in found])} ({len(found)})"
        for kind in linker.OTHER_KINDS
        if (found := measured.pairs(kind))
    }
    second = [link.claims[1] in row.effects for row, link in answered if len(link.claims) > 1]
    return [
        f"| {name} | {len(pairs)} | {_share([right(*pair) for pair in answered])} "
        f"| {1 - len(answered) / len(pairs):.3f} | {_share([opposite(*pair) for pair in answered])} "
        f"| {_share(second)} ({len(second)}) | "
        + " | ".join(refused.get(kind, "–") for kind in linker.OTHER_KINDS)
        + " |"
    ]


def per_effect(measured: Measured) -> list[str]:
    lines = ["| claim | phrases | answered | right where answered | taken for |", "|---|---|---|---|---|"]
    pairs = measured.pairs("effect")
    for claim in sorted({row.effects[0] for row, _ in pairs}):
        own = [(row, link) for row, link in pairs if row.effects[0] == claim]
        answered = [(row, link) for row, link in own if link.claims]
        wrong = Counter(str(link.claims[0]) for row, link in answered if not right(row, link))
        taken = ", ".join(f"{name} {count}" for name, count in wrong.most_common(3))
        lines.append(
            f"| {claim} | {len(own)} | {len(answered)} | {_share([right(*pair) for pair in answered])} | {taken} |"
        )
    return lines


def _share(answers: Sequence[bool]) -> str:
    return f"{sum(answers) / len(answers):.3f}" if answers else "–"


HEADER = [
    "| left out | phrases | right where answered | abstained | opposite | second claim right | "
    + " | ".join(f"{kind} refused" for kind in linker.OTHER_KINDS)
    + " |",
    "|---|---|---|---|---|---|" + "---|" * len(linker.OTHER_KINDS),
]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--choose", action="store_true")
    parser.add_argument("--errors", action="store_true")
    arguments = parser.parse_args()
    encoder = Table(load_encoder())
    print("\n".join(HEADER))
    if arguments.choose:
        for name, sources in CHOICES.items():
            for sure in (0.22, 0.26, 0.30, 0.34, 0.38, 0.42):
                print("\n".join(summary(f"{name}, sure {sure:.2f}", measure(*sources, encoder, sure))), flush=True)
        return
    found = {name: measure(*sources, encoder, linker.SURE) for name, sources in PROTOCOLS.items()}
    print("\n".join(line for name, measured in found.items() for line in summary(name, measured)))
    for name, measured in found.items():
        print(f"\n### {name}\n", *per_effect(measured), sep="\n")
        if arguments.errors:
            for row, link in measured.pairs("effect"):
                if link.claims and not right(row, link):
                    print(
                        f"    {row.phrase} | {', '.join(row.targets)} | {', '.join(map(str, link.claims))} {link.score}"
                    )


if __name__ == "__main__":
    main()

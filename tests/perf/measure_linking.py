"""How well phrases of a source that was left out are linked to effects: the tables of docs/linking.md.

    python tests/perf/measure_linking.py [--choose] [--errors]

With --choose the settings are measured on the paraphrases alone, which is where they were chosen; the LLM's phrases
are not read. With --errors each wrong link is printed.
"""

from __future__ import annotations

import argparse
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from exiqa.bank.phrases import linking
from exiqa.bank.phrases.embedding import CachedEncoder
from exiqa.bank.phrases.encoder import SentenceEncoder, load_encoder
from exiqa.bank.phrases.labelled import LabelledPhrase, labelled_phrases
from exiqa.bank.phrases.linking import Link, fit_linker, link_with
from exiqa.core.vector_cache import VectorCache

BASE = ("curated", "antonym", "names", "asides")
PROTOCOLS = {
    "LLM left out, descriptions too": ((*BASE, "paraphrase"), ("llm", "other_asides")),
    "LLM left out": ((*BASE, "paraphrase", "descriptions"), ("llm", "other_asides")),
    "paraphrases left out": ((*BASE, "llm", "descriptions"), ("paraphrase", "other_asides")),
}
"""Name -> the sources that are fitted on, and those that are tested on."""
CHOICE = (BASE, ("paraphrase", "other_asides"))
"""The settings were chosen here: neither in fitting nor in testing is there a phrase of the LLM's."""


@dataclass(frozen=True)
class Measured:
    """Labelled phrases and the links that were found for them."""

    rows: Sequence[LabelledPhrase]
    links: Sequence[Link]

    def pairs(self, kind: str) -> list[tuple[LabelledPhrase, Link]]:
        return [(row, link) for row, link in zip(self.rows, self.links, strict=True) if row.kind == kind]


def measure(fitted: Sequence[str], tested: Sequence[str], encoder: SentenceEncoder, strength: float) -> Measured:
    """Links of the phrases of some sources, by a linker that is fitted on those of others."""
    cache = VectorCache.named("linking")
    cached = CachedEncoder(encoder, cache)
    linker = fit_linker([row for row in labelled_phrases() if row.source in fitted], encoder, strength)
    rows = [row for row in labelled_phrases() if row.source in tested]
    return Measured(rows, link_with(linker, [row.phrase for row in rows], cached))


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
        for kind in linking.OTHER_KINDS
        if (found := measured.pairs(kind))
    }
    second = [link.claims[1] in row.effects for row, link in answered if len(link.claims) > 1]
    return [
        f"| {name} | {len(pairs)} | {_share([right(*pair) for pair in answered])} "
        f"| {1 - len(answered) / len(pairs):.3f} | {_share([opposite(*pair) for pair in answered])} "
        f"| {_share(second)} ({len(second)}) | "
        + " | ".join(refused.get(kind, "–") for kind in linking.OTHER_KINDS)
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
    + " | ".join(f"{kind} refused" for kind in linking.OTHER_KINDS)
    + " |",
    "|---|---|---|---|---|---|" + "---|" * len(linking.OTHER_KINDS),
]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--choose", action="store_true")
    parser.add_argument("--errors", action="store_true")
    arguments = parser.parse_args()
    encoder = load_encoder()
    print("\n".join(HEADER))
    protocols = PROTOCOLS
    strengths: tuple[float, ...] = (linking.STRENGTH,)
    if arguments.choose:
        protocols, strengths = {"choice": CHOICE}, (5.0, 10.0, 20.0)
    for name, (fitted, tested) in protocols.items():
        for strength in strengths:
            start = time.perf_counter()
            measured = measure(fitted, tested, encoder, strength)
            label = f"{name}, strength {strength:g}" if arguments.choose else name
            print("\n".join(summary(label, measured)), f"<!-- {time.perf_counter() - start:.0f} s -->")
        if not arguments.choose:
            print(f"\n### {name}\n", *per_effect(measured), "", sep="\n")
        if arguments.errors:
            for row, link in measured.pairs("effect"):
                if link.claims and not right(row, link):
                    print(
                        f"    {row.phrase} | {', '.join(row.targets)} | {', '.join(map(str, link.claims))} {link.score}"
                    )


if __name__ == "__main__":
    main()

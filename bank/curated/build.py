"""The banks in the package: the curated one of each taxonomy, and its three controls.

`python -m exiqa.bank.curated.build` rewrites the latest versions in `bank/shipped/` from `bank/taxonomies/` and
`bank/curated/`. The files depend on nothing else but the versions before them, which they name as their parents (no
clock, no random-number generator), so that the same sources always give the same bytes.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from exiqa.bank.attribute import Attribute
from exiqa.bank.schema import Bank, Provenance
from exiqa.bank.storage.bank_file import bank_text, parse_bank
from exiqa.bank.taxonomy import Taxonomy, load_taxonomy, shipped_taxonomies
from exiqa.core.errors import UserError
from exiqa.core.files import sha256_hex, write_text

Ranked = dict[str, tuple[Attribute, ...]]

CURATED = Path(__file__).parent
SHIPPED = CURATED.with_name("shipped")
SEED = 1
VERSIONS = {
    "kadid10k": 2,
    "kadid10k-names": 2,
    "kadid10k-random": 2,
    "kadid10k-shuffled": 2,
    "tid2013": 2,
    "tid2013-shuffled": 2,
}
"""The banks that have said something else before; the others are of version 1. A file of an older version stays as it
was: a saved bank never changes."""
LATER = ("authentic",)
"""Taxonomies that came after banks had been shipped, with distortions of their own only."""

# Everyday words for the random control. None of them speaks of light, color, sharpness or texture, and none is a
# thing that one could see in a photo.
_ADJECTIVES = """
absent ancient annual apologetic brave bureaucratic candid cheap clever constitutional courteous curious devout diligent
diplomatic eager earnest eligible fictional fluent formal frugal generous grammatical grateful hereditary historic
hourly humble hungry idle illegal imaginary innocent jealous judicial lazy literary loyal lucky medieval modest musical
mutual nervous nightly obedient optional overdue patient philosophical polite proud punctual quarterly reluctant rural
sincere spoken stubborn tactful talkative temporary thrifty unpaid verbal voluntary weekly wise witty
"""
_NOUNS = """
agreement alibi anecdote anthem apology argument birthday bonus career census chapter clause committee debate decade
deadline dialect dividend election errand excuse fable farewell festival forecast friendship gossip guess habit harvest
holiday hunch hypothesis inheritance joke jury lawsuit lecture legend loan lullaby melody mortgage motto myth
negotiation nickname oath opinion password pension petition promise proverb quarrel rehearsal remark riddle
rumor salary seminar sonnet subscription tariff theorem treaty tuition verdict vocation vote wage wish
"""


def curated_phrases() -> Ranked:
    """The curated attributes of every distortion id, best first; an id has the same ones in every taxonomy."""
    ranked: Ranked = {}
    for path in sorted(CURATED.glob("*.toml")):
        for distortion, rows in tomllib.loads(path.read_text(encoding="utf-8")).items():
            if distortion in ranked:
                raise UserError(f"{path} has phrases for {distortion}, which another file has already; keep one")
            ranked[distortion] = tuple(Attribute.model_validate(row) for row in rows)
    return ranked


def shipped() -> Iterator[Bank]:
    """Every bank of the package: per taxonomy the curated one, then `-names`, `-random` and `-shuffled`.

    Raises UserError where a taxonomy has a distortion without phrases.
    """
    phrases = curated_phrases()
    random = random_phrases({distortion: len(phrases[distortion]) for distortion in _in_order_of_arrival(phrases)})
    for name in shipped_taxonomies():
        taxonomy = load_taxonomy(name)
        for distortion in taxonomy.ids:
            if distortion not in phrases:
                raise UserError(f"{CURATED} has no phrases for {distortion} of {name}; write at least ten")
        curated = Bank(
            name=name,
            version=_version(name),
            taxonomy=taxonomy,
            ranked={distortion: phrases[distortion] for distortion in taxonomy.ids},
            provenance=Provenance(
                method="curated", parents=_before(name), note="Written and ranked by hand by this project."
            ),
        )
        parent = f"{curated.id} {curated.hash}"
        yield curated
        yield _control(
            taxonomy,
            "names",
            {distortion.id: (Attribute(phrase=distortion.name),) for distortion in taxonomy.distortions},
            Provenance(
                method="control",
                parents=_before(f"{name}-names"),
                note="Control: each distortion's name is its only attribute.",
            ),
        )
        yield _control(
            taxonomy,
            "random",
            {distortion: random[distortion] for distortion in taxonomy.ids},
            Provenance(
                method="control",
                parents=_before(f"{name}-random"),
                settings={"seed": SEED},
                note=(
                    "Control: random English words, as many for each distortion as in "
                    f"{name}@{_version(f'{name}-random')}."
                ),
            ),
        )
        yield _control(
            taxonomy,
            "shuffled",
            shuffle_attributes(curated.ranked),
            Provenance(
                method="control",
                parents=(parent,),
                settings={"seed": SEED},
                note=f"Control: the attributes of {curated.id}, each dealt to a distortion that it does not belong to.",
            ),
        )


def random_phrases(counts: Mapping[str, int]) -> Ranked:
    """Per distortion id, `counts[id]` attributes of two random words; no phrase or antonym occurs twice.

    They are dealt in the order of `counts`. The words come from this file and their order from SHA-256, so that no
    Python version deals other ones.
    """
    pairs = [
        f"{_article(adjective)} {adjective} {noun}" for adjective in _ADJECTIVES.split() for noun in _NOUNS.split()
    ]
    deck = iter(sorted(pairs, key=lambda phrase: sha256_hex(f"{SEED} {phrase}")))
    return {
        distortion: tuple(Attribute(phrase=next(deck), antonym=next(deck)) for _ in range(counts[distortion]))
        for distortion in counts
    }


def shuffle_attributes(ranked: Mapping[str, tuple[Attribute, ...]]) -> Ranked:
    """The same attributes at the same ranks, each dealt to a distortion that does not have it in `ranked`.

    Rank by rank, so that at every K the shuffled bank says the same phrases as the ranked one. No distortion
    is dealt an attribute twice. Raises UserError where there is no such deal within a thousand tries.
    """
    own = {distortion: set(attributes) for distortion, attributes in ranked.items()}
    dealt: dict[str, list[Attribute]] = {distortion: [] for distortion in ranked}
    for rank in range(max(map(len, ranked.values()))):
        players = [distortion for distortion in ranked if len(ranked[distortion]) > rank]
        for attempt in range(1000):
            givers = _in_random_order(players, f"{SEED} {rank} {attempt}")
            hand = {player: ranked[giver][rank] for player, giver in zip(players, givers, strict=True)}
            if all(a not in own[player] and a not in dealt[player] for player, a in hand.items()):
                break
        else:
            raise UserError(f"the attributes at rank {rank + 1} cannot all be dealt to distortions that lack them")
        for player, attribute in hand.items():
            dealt[player].append(attribute)
    return {distortion: tuple(attributes) for distortion, attributes in dealt.items()}


def write_shipped(folder: Path) -> list[Path]:
    """Write the latest version of every bank of the package into `folder` as `NAME@VERSION.json`; returns the paths."""
    paths = []
    for bank in shipped():
        paths.append(folder / f"{bank.id}.json")
        write_text(paths[-1], bank_text(bank))
    return paths


def _in_order_of_arrival(distortions: Iterable[str]) -> list[str]:
    """Sorted, but those of `LATER` come last: what is dealt to the others stays as it was before they came."""
    later = {distortion for name in LATER for distortion in load_taxonomy(name).ids}
    return sorted(distortions, key=lambda distortion: (distortion in later, distortion))


def _control(taxonomy: Taxonomy, kind: str, ranked: Ranked, provenance: Provenance) -> Bank:
    name = f"{taxonomy.id}-{kind}"
    return Bank(name=name, version=_version(name), taxonomy=taxonomy, ranked=ranked, provenance=provenance)


def _version(name: str) -> int:
    return VERSIONS.get(name, 1)


def _before(name: str) -> tuple[str, ...]:
    """The version before the latest one, as a parent; none where that is the first."""
    version = _version(name) - 1
    if version == 0:
        return ()
    path = SHIPPED / f"{name}@{version}.json"
    bank = parse_bank(path.read_text(encoding="utf-8"), str(path))
    return (f"{bank.id} {bank.hash}",)


def _in_random_order(items: Iterable[str], seed: str) -> list[str]:
    return sorted(items, key=lambda item: sha256_hex(f"{seed} {item}"))


def _article(word: str) -> str:
    # By sound: "an hourly", "a unique"; the latter kind is not among the words.
    return "an" if word[0] in "aeiou" or word.startswith("hour") else "a"


if __name__ == "__main__":
    for path in write_shipped(SHIPPED):
        print(path)

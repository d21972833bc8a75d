"""The attributes of the control banks: random English words, and the curated attributes at the wrong distortions."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from exiqa.bank.attribute import Attribute, Ranked
from exiqa.core.errors import UserError
from exiqa.core.files import sha256_hex

SEED = 1

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


def random_phrases(counts: Mapping[str, int], seed: int = SEED) -> Ranked:
    """Attributes of two random words each; no phrase or antonym occurs twice.

    The words come from this file and their order from SHA-256, so that no Python version deals other ones.

    Args:
        counts: Distortion id -> how many attributes it gets; they are dealt in this order.
        seed: Decides the order of the words.
    """
    pairs = [
        f"{_article(adjective)} {adjective} {noun}" for adjective in _ADJECTIVES.split() for noun in _NOUNS.split()
    ]
    deck = iter(sorted(pairs, key=lambda phrase: sha256_hex(f"{seed} {phrase}")))
    return {
        distortion: tuple(Attribute(phrase=next(deck), antonym=next(deck)) for _ in range(counts[distortion]))
        for distortion in counts
    }


def shuffle_attributes(ranked: Mapping[str, tuple[Attribute, ...]]) -> Ranked:
    """The same attributes at the same ranks, each dealt to a distortion that does not have it in `ranked`.

    Rank by rank, so that at every K the shuffled bank says the same phrases as the ranked one. No distortion
    is dealt an attribute twice.

    Raises:
        UserError: A thousand tries found no such deal.
    """
    present = {distortion: set(attributes) for distortion, attributes in ranked.items()}
    dealt: dict[str, list[Attribute]] = {distortion: [] for distortion in ranked}
    for rank in range(max(map(len, ranked.values()))):
        players = [distortion for distortion in ranked if len(ranked[distortion]) > rank]
        for attempt in range(1000):
            givers = _in_random_order(players, f"{SEED} {rank} {attempt}")
            hand = {player: ranked[giver][rank] for player, giver in zip(players, givers, strict=True)}
            if all(a not in present[player] and a not in dealt[player] for player, a in hand.items()):
                break
        else:
            raise UserError(f"the attributes at rank {rank + 1} cannot all be dealt to distortions that lack them")
        for player, attribute in hand.items():
            dealt[player].append(attribute)
    return {distortion: tuple(attributes) for distortion, attributes in dealt.items()}


def _in_random_order(items: Iterable[str], seed: str) -> list[str]:
    return sorted(items, key=lambda item: sha256_hex(f"{seed} {item}"))


def _article(word: str) -> str:
    # By sound: "an hourly", "a unique"; the latter kind is not among the words.
    return "an" if word[0] in "aeiou" or word.startswith("hour") else "a"

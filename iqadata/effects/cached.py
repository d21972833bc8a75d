"""The effects in many pairs of pictures, each measured once and kept in the user's cache."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol

import numpy as np

from exiqa.core.errors import UserError
from exiqa.core.files import canonical_json, sha256_hex
from exiqa.core.vector_cache import VectorCache
from exiqa.iqadata.effects.measure import EFFECTS, EFFECTS_VERSION, measure_effects

CHUNK = 64
"""Pairs between two writes to the cache: what an interruption costs at most."""


class ComparedPair(Protocol):
    """A reference and a picture made of it, which are read when they are needed."""

    @property
    def name(self) -> str:
        """What people call it."""

    @property
    def key(self) -> str:
        """Says everything that the two pictures' pixels depend on."""

    @property
    def load(self) -> Callable[[], tuple[np.ndarray, np.ndarray]]:
        """Reference and picture, (H, W, 3) uint8 each."""


def effects_of_pairs(
    pairs: Sequence[ComparedPair],
    cache: VectorCache | None = None,
    on_pair: Callable[[int], None] | None = None,
) -> np.ndarray:
    """Values of all effects in P pairs, measured where the cache does not have them.

    Args:
        pairs: P of them; one may come twice.
        cache: By default `effects` in the user's cache folder.
        on_pair: Called with the number of pairs done.

    Returns:
        (P, E) float32 in the effects' own units, in the order of `EFFECTS`.

    Raises:
        UserError: The pictures of a pair cannot be compared; the sentence names it.
    """
    cache = cache or VectorCache.named("effects")
    values = np.zeros((len(pairs), len(EFFECTS)), np.float32)
    for start in range(0, len(pairs), CHUNK):
        chunk = pairs[start : start + CHUNK]

        def measure(missing: list[int], chunk: Sequence[ComparedPair] = chunk, start: int = start) -> list[np.ndarray]:
            measured = []
            for position in missing:
                measured.append(_measured(chunk[position]))
                if on_pair:
                    on_pair(start + len(chunk) - len(missing) + len(measured))
            return measured

        keys = [sha256_hex(canonical_json([pair.key, EFFECTS_VERSION, list(EFFECTS)])) for pair in chunk]
        values[start : start + len(chunk)] = cache.get_or_compute(keys, measure)
        if on_pair:
            on_pair(start + len(chunk))
    return values


def _measured(pair: ComparedPair) -> np.ndarray:
    try:
        return measure_effects(*pair.load()).values
    except UserError as error:
        raise UserError(f"{pair.name}: {error}") from None

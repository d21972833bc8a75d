"""What each stand-in is made of, as data."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np

from exiqa.iqadata.standins.scenes import STANDIN_SEEDS

SCENES = 10_000
"""How many scene seeds each stand-in has to itself."""


def _same(score: np.ndarray) -> np.ndarray:
    return score


@dataclass(frozen=True)
class StandinSpec:
    """What a stand-in is made of."""

    taxonomy: str
    """Whose distortions and levels, and whose opinions: a name or a TOML file."""
    photos: tuple[str, ...]
    """Its packaged photos; scenes follow them."""
    references: int
    """How many photos and scenes it has unless told."""
    scenes: int
    """Its first scene's seed."""
    formula: str = "x"
    """The real dataset's formula from its raw score x to [0, 1], higher is better."""
    raw_direction: Literal["higher is better", "lower is better"] = "higher is better"
    raw: Callable[[np.ndarray], np.ndarray] = _same
    """The formula's inverse."""
    repeats: int = 0
    """Images a reference, for a stand-in of several distortions an image."""
    kmax: int = 0
    """The most distortions an image then has; 0 for as many as the taxonomy has."""


def _raw_kadid(score: np.ndarray) -> np.ndarray:
    return 4 * score + 1


def _raw_tid(score: np.ndarray) -> np.ndarray:
    return 9 * score


def _raw_csiq(score: np.ndarray) -> np.ndarray:
    return 1 - score


def _raw_live(score: np.ndarray) -> np.ndarray:
    return 100 * (1 - score)


STANDINS: dict[str, StandinSpec] = {
    "mini-kadid10k": StandinSpec(
        taxonomy="kadid10k",
        photos=("astronaut", "chelsea", "coffee"),
        references=20,
        scenes=STANDIN_SEEDS,
        formula="(x - 1) / 4",
        raw=_raw_kadid,
    ),
    "mini-tid2013": StandinSpec(
        taxonomy="tid2013",
        photos=("china", "rocket"),
        references=15,
        scenes=STANDIN_SEEDS + SCENES,
        formula="x / 9",
        raw=_raw_tid,
    ),
    "mini-csiq": StandinSpec(
        taxonomy="csiq",
        photos=("flower",),
        references=15,
        scenes=STANDIN_SEEDS + 2 * SCENES,
        formula="1 - x",
        raw_direction="lower is better",
        raw=_raw_csiq,
    ),
    "mini-live": StandinSpec(
        taxonomy="live",
        photos=("motorcycle_left",),
        references=15,
        scenes=STANDIN_SEEDS + 3 * SCENES,
        formula="1 - x / 100",
        raw_direction="lower is better",
        raw=_raw_live,
    ),
    "mini-lvq": StandinSpec(taxonomy="lvq", photos=("ihc", "retina"), references=10, scenes=STANDIN_SEEDS + 4 * SCENES),
    "mini-exiqa": StandinSpec(
        taxonomy="kadid10k",
        photos=("hubble_deep_field",),
        references=30,
        scenes=STANDIN_SEEDS + 5 * SCENES,
        repeats=10,
    ),
}
"""Which photos and scenes each stand-in has is fixed here, so that no two share any."""

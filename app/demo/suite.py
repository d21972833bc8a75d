"""The demo's benchmark: our method beside the trivial rows on a stand-in that has the demo's distortions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from exiqa.bank.schema import Bank
from exiqa.bench import Suite
from exiqa.bench.running.suites.choices import DatasetChoice, MethodChoice
from exiqa.bench.running.suites.suite import CellBlock
from exiqa.demo.bank import DISTORTIONS, NEW_DISTORTION

DATASET = "demo"
"""What the suite calls its data set."""


@dataclass(frozen=True)
class DemoSettings:
    """How large the demo is. The defaults are what `exiqa demo` runs; tests take smaller ones."""

    llm: str = "smollm2"
    rounds: int = 2
    k: int = 5
    references: int = 30
    height: int = 192
    width: int = 256
    splits: int = 3
    tuning: dict[str, Any] = field(default_factory=dict)
    """Changes to the tuning recipe `demo`."""


def demo_suite(bank: Bank, settings: DemoSettings, seed: int) -> Suite:
    """Tables II and III on one data set, over `settings.splits` splits from `seed` on.

    The data set is put together from a stand-in of KADID-10k with the demo's distortions and, where the bank has the
    new distortion, a stand-in with that one.
    """
    source, distortion = NEW_DISTORTION
    parts = [_part("mini-kadid10k", DISTORTIONS, settings, seed)]
    if distortion in bank.distortions:
        parts.append(_part(f"mini-{source}", [distortion], settings, seed))
    return Suite(
        title="exiqa demo: distortions and quality, explained by attributes",
        seeds=tuple(range(seed, seed + settings.splits)),
        k=settings.k,
        datasets={
            DATASET: DatasetChoice(
                data="combined",
                options={"parts": parts},
                banks={"own": bank.id},
                recipe="demo",
                tuning=settings.tuning,
            )
        },
        methods={"exiqa": MethodChoice(seconds=30)},
        seconds=0.5,
        cells=(
            CellBlock(protocol="identification", test=(DATASET,), methods=("all_clean", "prior", "exiqa")),
            CellBlock(protocol="quality", test=(DATASET,), methods=("mean_score", "exiqa")),
        ),
    )


def _part(data: str, distortions: Sequence[str], settings: DemoSettings, seed: int) -> dict[str, Any]:
    """A part of the data set, as `exiqa.iqadata.catalog.loading.load_dataset` takes it."""
    return {
        "data": data,
        "distortions": list(distortions),
        "references": settings.references,
        "height": settings.height,
        "width": settings.width,
        "seed": seed,
    }

"""What the door hands to a generation that is held against pictures: nothing in this package opens one itself."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from exiqa.bank.grounding.table import EffectTable
    from exiqa.bank.taxonomy import Taxonomy


@dataclass(frozen=True)
class EffectMeasurer:
    """Measures what a taxonomy's distortions do to pictures."""

    measure: Callable[[Taxonomy, Path | None, Path | None], EffectTable]
    """(taxonomy, the user's table of pairs, the user's folder of photos) -> the curves of its distortions."""
    crops: Callable[[Taxonomy, Path, Path | None], Mapping[str, tuple[bytes, ...]]]
    """(taxonomy, the user's table of pairs, the folder of its paths) -> per distortion PNG files: crops of reference
    and distorted picture by turns, of the places where its effects are strongest."""

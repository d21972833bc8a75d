"""What a backbone's weights met before anything here tuned them: what of a row is pretraining follows from it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class PretrainingCard:
    """What weights were shown and told, as they say it themselves. A comparison goes by this, never by a name."""

    datasets: tuple[str, ...] = ()
    """The data sets whose distortions they were shown, by their taxonomies' ids, whatever the photos."""
    distortions: frozenset[str] = frozenset()
    """The ids of the distortions that they were shown."""
    attributes: frozenset[str] = frozenset()
    """The ids of the attributes that they learned."""
    free_text: bool = True
    """Whether they learned text about anything, and not only sentences about distortions."""
    photos: Mapping[str, frozenset[str]] = field(default_factory=dict)
    """The names of the photos' files that they were shown, by the id of the data set that these are of."""

"""Distortions of other packages as a taxonomy sees them: what each is called and how it is explained."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Any

from exiqa.core.registry import Registry

if TYPE_CHECKING:
    from exiqa.bank.taxonomy import Distortion

GROUP = "exiqa.distortions"
"""The entry-point group of distortions."""


class DescribedDistortion(ABC):
    """A distortion that can say of itself what a taxonomy says of one."""

    @abstractmethod
    def description(self) -> Distortion | None:
        """Its entry in a taxonomy; None for a shipped one, which the shipped taxonomies describe."""


_DESCRIBED: Registry[DescribedDistortion] = Registry(GROUP, DescribedDistortion, "distortion", {})  # type: ignore[type-abstract]


def completed(entry: Any) -> Any:
    """A `[[distortions]]` table of a TOML file, what it leaves out taken from the distortion of its id.

    Args:
        entry: As parsed. One without an explanation, whose `id` another package adds or is a `package.module:NAME`,
            gets that distortion's code, name, explanation and number of levels where it has none of its own.

    Returns:
        The completed table; the same one where nothing is added.

    Raises:
        UserError: The distortion cannot be imported, or is claimed twice.
    """
    name = entry.get("id") if isinstance(entry, dict) else None
    if not isinstance(entry, dict) or not isinstance(name, str) or "explanation" in entry or name not in _DESCRIBED:
        return entry
    described = _DESCRIBED[name].description()
    return entry if described is None else {**described.model_dump(), **entry}

"""The attribute bank: for one taxonomy, a ranked list of attributes per distortion, and where it came from."""

from __future__ import annotations

from functools import cached_property
from typing import Any, Literal

import numpy as np
from pydantic import BaseModel, ConfigDict, Field, model_validator

from exiqa.bank.attribute import Attribute, Ranked
from exiqa.bank.taxonomy import Taxonomy
from exiqa.core.errors import UserError
from exiqa.core.files import canonical_json, sha256_hex

NAME_PATTERN = r"^[a-z0-9][a-z0-9._-]{0,63}$"
SCHEMA: Literal[1] = 1


class Provenance(BaseModel):
    """How a bank came about. Beside the bank's identity, never part of it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    method: Literal["curated", "generated", "edited", "merged", "imported", "control"]
    parents: tuple[str, ...] = ()
    """`name@version sha256` of the banks this one was made from."""
    created: str = ""
    """ISO 8601 date, UTC; empty in shipped banks, whose files are reproducible."""
    generator: dict[str, Any] = Field(default_factory=dict)
    """LLM, prompt hash, seed, sampling, counts of tokens and cost, as far as there were any."""
    settings: dict[str, Any] = Field(default_factory=dict)
    """De-duplication and ranking settings, and the encoder's name and weight hash."""
    transcript: str | None = None
    """SHA-256 of the transcript file beside the bank."""
    note: str = ""


class Bank(BaseModel):
    """An immutable attribute bank. `kadid10k@3` is its name and version; `hash` is its identity."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    schema_version: Literal[1] = SCHEMA
    name: str = Field(pattern=NAME_PATTERN)
    version: int = Field(ge=1)
    taxonomy: Taxonomy
    ranked: Ranked
    """Per distortion id, its attributes, best first."""
    provenance: Provenance

    @model_validator(mode="after")
    def _is_consistent(self) -> Bank:
        unknown = sorted(set(self.ranked) - set(self.taxonomy.ids))
        if unknown:
            raise ValueError(f"taxonomy {self.taxonomy.id} has no distortion {unknown[0]!r}")
        antonyms: dict[str, str | None] = {}
        for distortion, attributes in self.ranked.items():
            if not attributes:
                raise ValueError(f"distortion {distortion} has no attributes; leave it out instead")
            ids = [attribute.id for attribute in attributes]
            for attribute in attributes:
                if ids.count(attribute.id) > 1:
                    raise ValueError(f"distortion {distortion} has {attribute.phrase!r} twice")
                if antonyms.setdefault(attribute.id, attribute.antonym) != attribute.antonym:
                    raise ValueError(f"attribute {attribute.phrase!r} has two different antonyms")
        return self

    @property
    def id(self) -> str:
        return f"{self.name}@{self.version}"

    @property
    def pinned_id(self) -> str:
        """`name@version sha256`, as a child bank records its parent."""
        return f"{self.id} {self.hash}"

    @property
    def distortions(self) -> tuple[str, ...]:
        """Ids of the distortions that have attributes, in the taxonomy's order."""
        return tuple(d for d in self.taxonomy.ids if d in self.ranked)

    @cached_property
    def attributes(self) -> tuple[Attribute, ...]:
        """All attributes once each (A of them), in order of first appearance."""
        seen: dict[str, Attribute] = {}
        for distortion in self.distortions:
            for attribute in self.ranked[distortion]:
                seen.setdefault(attribute.id, attribute)
        return tuple(seen.values())

    @cached_property
    def distortions_by_attribute(self) -> dict[str, tuple[str, ...]]:
        """Per attribute id, in the order of `attributes`, the ids of the distortions that have it, in their order."""
        owners: dict[str, tuple[str, ...]] = {}
        for distortion in self.distortions:
            for attribute in self.ranked[distortion]:
                owners[attribute.id] = (*owners.get(attribute.id, ()), distortion)
        return owners

    def membership(self) -> np.ndarray:
        """Which attribute belongs to which distortion.

        Returns:
            (A, D) bool, in the order of `attributes` and `distortions`.
        """
        row = {attribute.id: i for i, attribute in enumerate(self.attributes)}
        matrix = np.zeros((len(row), len(self.distortions)), dtype=bool)
        for column, distortion in enumerate(self.distortions):
            for attribute in self.ranked[distortion]:
                matrix[row[attribute.id], column] = True
        return matrix

    @cached_property
    def hash(self) -> str:
        """SHA-256 of what the bank says: the taxonomy's hash and, per distortion, the ranked (phrase, antonym)."""
        content = {
            "taxonomy": self.taxonomy.hash,
            "ranked": {
                distortion: [[a.phrase, a.antonym] for a in attributes]
                for distortion, attributes in self.ranked.items()
            },
        }
        return sha256_hex(canonical_json(content))

    def top(self, k: int) -> Bank:
        """The same bank with only the best `k` attributes of each distortion: the ablation of K.

        Raises:
            UserError: A distortion has fewer than `k`.
        """
        for distortion in self.distortions:
            if not 1 <= k <= len(self.ranked[distortion]):
                raise UserError(
                    f"bank {self.id} has {len(self.ranked[distortion])} attributes for {distortion}, so K = {k} "
                    "cannot be taken from it"
                )
        return self._with({d: a[:k] for d, a in self.ranked.items()})

    def select(self, distortions: tuple[str, ...] | list[str]) -> Bank:
        """The same bank with only these distortions.

        Raises:
            UserError: The bank has no attributes for one of them.
        """
        for distortion in distortions:
            if distortion not in self.ranked:
                raise UserError(f"bank {self.id} has no attributes for {distortion!r}")
        return self._with({d: self.ranked[d] for d in distortions})

    def with_attributes(self, ranked: Ranked) -> Bank:
        """The same bank with other attributes: what a control is made of."""
        return self._with(ranked)

    def _with(self, ranked: Ranked) -> Bank:
        # Not model_copy: that would carry the cached hash over to other content.
        return Bank(**{**{field: getattr(self, field) for field in type(self).model_fields}, "ranked": ranked})

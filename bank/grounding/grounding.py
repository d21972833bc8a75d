"""A bank's grounding: the file beside a bank that says how each of its phrases stood up to pictures."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict

from exiqa.bank.grounding.curves import EffectCurves
from exiqa.bank.grounding.table import EffectTable
from exiqa.bank.grounding.verdict import GroundingSettings, VerdictName, gaps, judge
from exiqa.bank.linking.effects import EFFECTS, Claim
from exiqa.bank.linking.labelled import parse_claims
from exiqa.bank.schema import Bank
from exiqa.core.documents import read_json
from exiqa.core.errors import UserError
from exiqa.core.files import readable_json, write_text

Links = Mapping[str, tuple[Claim, ...]]
"""Phrase -> what it claims; empty where it is linked to no effect."""


class GroundingSource(BaseModel):
    """What a grounding was measured on and with."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    pairs: str
    """In words: `EffectTable.pairs`."""
    table: str
    """`EffectTable.hash`."""
    effects_version: int
    linker: str
    """Hash of what phrases were linked with: `exiqa.bank.linking.linker.linker_hash`."""
    settings: GroundingSettings


class PhraseRecord(BaseModel):
    """One phrase of one distortion."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    phrase: str
    verdict: VerdictName
    level: int | None
    """The first level from which on it is seen."""
    claims: str
    """"blur+;overshoot-"; empty where it is linked to no effect."""


class DistortionGrounding(BaseModel):
    """One distortion: what it does, how its phrases stand, and what none of them says."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    curves: EffectCurves
    phrases: tuple[PhraseRecord, ...]
    """In the bank's rank order."""
    gaps: tuple[str, ...]
    """Effects that are plainly there and unnamed, the most visible first."""


class Grounding(BaseModel):
    """How a bank stood up to pictures. Provenance beside the bank: its hash does not cover it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    schema_version: Literal[1] = 1
    bank: str
    """`name@version`."""
    bank_hash: str
    source: GroundingSource
    distortions: dict[str, DistortionGrounding]
    not_measured: dict[str, str] = {}
    """Distortion id -> why there are no pictures of it."""

    def counts(self) -> dict[VerdictName, int]:
        """How many (distortion, phrase) have each verdict."""
        counts: dict[VerdictName, int] = {"seen": 0, "not seen": 0, "opposite": 0, "not linked": 0}
        for entry in self.distortions.values():
            for record in entry.phrases:
                counts[record.verdict] += 1
        return counts


def ground(bank: Bank, table: EffectTable, links: Links, linker: str, settings: GroundingSettings) -> Grounding:
    """Hold every phrase of a bank against what its distortion does.

    Args:
        bank: The bank.
        table: The curves of its distortions, of those that there are pictures of.
        links: What each phrase of the bank claims.
        linker: Hash of what they were linked with.
        settings: From where on an effect counts.
    """
    entries = {}
    for distortion in bank.distortions:
        if distortion not in table.curves:
            continue
        curves, attributes = table.curves[distortion], bank.ranked[distortion]
        verdicts = [judge(links[attribute.phrase], curves, settings) for attribute in attributes]
        records = tuple(
            PhraseRecord(phrase=a.phrase, verdict=v.verdict, level=v.level, claims=";".join(map(str, v.claims)))
            for a, v in zip(attributes, verdicts, strict=True)
        )
        entries[distortion] = DistortionGrounding(curves=curves, phrases=records, gaps=gaps(verdicts, curves, settings))
    source = GroundingSource(
        pairs=table.pairs,
        table=table.hash,
        effects_version=table.effects_version,
        linker=linker,
        settings=settings,
    )
    missing = {d: table.missing.get(d, "no pictures of it were measured") for d in bank.distortions if d not in entries}
    return Grounding(bank=bank.id, bank_hash=bank.hash, source=source, distortions=entries, not_measured=missing)


def table_of(grounding: Grounding) -> EffectTable:
    """The curves of a grounding, to hold other phrases about its distortions against them."""
    return EffectTable(
        pairs=grounding.source.pairs,
        pairs_hash=grounding.source.table,
        effects_version=grounding.source.effects_version,
        curves={distortion: entry.curves for distortion, entry in grounding.distortions.items()},
        missing=grounding.not_measured,
    )


def verdict_words(record: PhraseRecord) -> str:
    """A verdict as a reader is told it: "seen from level 2", "opposite: darker"."""
    if record.verdict == "seen":
        return f"seen from level {record.level}"
    if record.verdict == "opposite":
        contrary = [claim.contrary for claim in parse_claims(record.claims)]
        return "opposite: " + ", ".join(EFFECTS[claim.effect].name for claim in contrary)
    return record.verdict


def grounding_path(folder: Path, bank_id: str) -> Path:
    """Where the grounding of a bank lies, beside it."""
    return folder / f"{bank_id}.grounding.json"


def write_grounding(path: Path, grounding: Grounding) -> None:
    """Write a grounding, whole or not at all: a phrase and a curve a line, so that `git diff` reads well."""
    write_text(path, readable_json(grounding.model_dump(mode="json")))


def find_grounding(bank_id: str, store: Path) -> Traversable | None:
    """The file of a bank's grounding: in the user's store, else beside the shipped bank; None where there is none."""
    stored = grounding_path(store, bank_id)
    shipped = resources.files("exiqa.bank") / "shipped" / stored.name
    return next((file for file in (stored, shipped) if file.is_file()), None)


def load_grounding(bank: Bank, store: Path) -> Grounding:
    """The grounding of a bank: from the user's store, else the one that ships beside a shipped bank.

    Raises:
        UserError: There is none, it is not a grounding, or it is that of a bank with another hash.
    """
    file = find_grounding(bank.id, store)
    if file is None:
        raise UserError(f"{bank.id} has no grounding; make it: exiqa bank ground {bank.id}")
    return read_grounding(file, bank)


def read_grounding(file: Traversable, bank: Bank) -> Grounding:
    """The grounding of a bank.

    Raises:
        UserError: The file is not a grounding, or that of another bank.
    """
    grounding = read_json(file, Grounding, "a grounding")
    if grounding.bank_hash != bank.hash:
        raise UserError(
            f"{file} belongs to a bank with the hash {grounding.bank_hash[:16]}…, and {bank.id} has "
            f"{bank.hash[:16]}…; ground it again: exiqa bank ground {bank.id}"
        )
    # The file's keys are sorted; the bank's order is the one to read them in.
    ordered = {d: grounding.distortions[d] for d in bank.distortions if d in grounding.distortions}
    return grounding.model_copy(update={"distortions": ordered})

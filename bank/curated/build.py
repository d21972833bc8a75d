"""The banks in the package: the curated one of each taxonomy, and its three controls.

`python -m exiqa.bank.curated.build` rewrites the latest versions in `bank/shipped/` from `bank/taxonomies/` and
`bank/curated/`. The files depend on nothing else but the versions before them, which they name as their parents (no
clock, no random-number generator), so that the same sources always give the same bytes.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Iterator
from pathlib import Path

from exiqa.bank.attribute import Attribute, Ranked
from exiqa.bank.curated.controls import SEED, random_phrases, shuffle_attributes
from exiqa.bank.schema import Bank, Provenance
from exiqa.bank.storage.bank_file import bank_text, read_bank
from exiqa.bank.taxonomy import Taxonomy, load_taxonomy, shipped_taxonomies
from exiqa.core.errors import UserError
from exiqa.core.files import write_text

CURATED = Path(__file__).parent
SHIPPED = CURATED.with_name("shipped")
VERSIONS = {
    "authentic": 2,
    "authentic-shuffled": 2,
    "csiq": 2,
    "csiq-shuffled": 2,
    "kadid10k": 3,
    "kadid10k-names": 2,
    "kadid10k-random": 2,
    "kadid10k-shuffled": 3,
    "live": 2,
    "live-shuffled": 2,
    "lvq": 2,
    "lvq-shuffled": 2,
    "tid2013": 3,
    "tid2013-shuffled": 3,
}
"""The banks that have said something else before; the others are of version 1. A file of an older version stays as it
was: a saved bank never changes."""
LATER = ("authentic",)
"""Taxonomies that came after banks had been shipped, with distortions of their own only."""


def curated_phrases() -> Ranked:
    """The curated attributes of every distortion id, best first; an id has the same ones in every taxonomy."""
    ranked: Ranked = {}
    for path in sorted(CURATED.glob("*.toml")):
        for distortion, rows in tomllib.loads(path.read_text(encoding="utf-8")).items():
            if distortion in ranked:
                raise UserError(f"{path} has phrases for {distortion}, which another file has already; keep one")
            ranked[distortion] = tuple(Attribute.model_validate(row) for row in rows)
    return ranked


def build_shipped_banks() -> Iterator[Bank]:
    """Every bank of the package: per taxonomy the curated one, then `-names`, `-random` and `-shuffled`.

    Raises:
        UserError: A taxonomy has a distortion without phrases.
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
                method="curated", parents=_previous_version(name), note="Written and ranked by hand by this project."
            ),
        )
        yield curated
        yield _control(
            taxonomy,
            "names",
            {distortion.id: (Attribute(phrase=distortion.name),) for distortion in taxonomy.distortions},
            Provenance(
                method="control",
                parents=_previous_version(f"{name}-names"),
                note="Control: each distortion's name is its only attribute.",
            ),
        )
        yield _control(
            taxonomy,
            "random",
            {distortion: random[distortion] for distortion in taxonomy.ids},
            Provenance(
                method="control",
                parents=_previous_version(f"{name}-random"),
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
                parents=(curated.pinned_id,),
                settings={"seed": SEED},
                note=f"Control: the attributes of {curated.id}, each dealt to a distortion that it does not belong to.",
            ),
        )


def write_shipped_banks(folder: Path) -> list[Path]:
    """Write the latest version of every bank of the package into `folder` as `NAME@VERSION.json`.

    Returns:
        The paths of the files.
    """
    paths = []
    for bank in build_shipped_banks():
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


def _previous_version(name: str) -> tuple[str, ...]:
    """The version before the latest one, as a parent; none where that is the first."""
    version = _version(name) - 1
    if version == 0:
        return ()
    return (read_bank(SHIPPED / f"{name}@{version}.json").pinned_id,)


if __name__ == "__main__":
    for path in write_shipped_banks(SHIPPED):
        print(path)

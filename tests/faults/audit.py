"""Known faults of the installed dependencies, from a list on the disk: `python tests/faults/audit.py ADVISORIES`.

ADVISORIES is a folder or a zip of advisories in the OSV format, one JSON file each, as osv.dev gives them for all of
PyPI (`PyPI/all.zip` of its public bucket); nothing is fetched here. Ends with 1 where an installed version is affected.
"""

from __future__ import annotations

import json
import sys
import zipfile
from collections.abc import Iterator, Mapping
from importlib.metadata import PackageNotFoundError, requires, version
from pathlib import Path
from typing import Any

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import InvalidVersion, Version


def installed(package: str = "exiqa") -> dict[str, str]:
    """Name -> version of all that a package needs, and what that needs, as far as it is installed; extras too."""
    found: dict[str, str] = {}
    waiting = [package]
    while waiting:
        name = canonicalize_name(waiting.pop())
        if name in found:
            continue
        try:
            found[name] = version(name)
            needs = [Requirement(line) for line in requires(name) or ()]
        except PackageNotFoundError:
            continue
        waiting += [need.name for need in needs]
    return found


def advisories(path: Path) -> Iterator[dict[str, Any]]:
    """Every advisory of a folder or a zip."""
    if path.is_dir():
        for file in sorted(path.rglob("*.json")):
            yield json.loads(file.read_text(encoding="utf-8"))
        return
    with zipfile.ZipFile(path) as parts:
        for name in sorted(parts.namelist()):
            if name.endswith(".json"):
                yield json.loads(parts.read(name))


def affected(advisory: Mapping[str, Any], packages: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """(package, first version without the fault, or "none yet") of the packages whose version an advisory names."""
    if advisory.get("withdrawn"):
        return
    for entry in advisory.get("affected", ()):
        name = canonicalize_name(entry.get("package", {}).get("name", ""))
        if entry.get("package", {}).get("ecosystem") != "PyPI" or name not in packages:
            continue
        ours = packages[name]
        fixed = [event["fixed"] for r in entry.get("ranges", ()) for event in r.get("events", ()) if "fixed" in event]
        if ours in entry.get("versions", ()) or any(_within(ours, each) for each in entry.get("ranges", ())):
            yield name, ", ".join(fixed) or "none yet"


def _within(ours: str, given: Mapping[str, Any]) -> bool:
    """Whether a version lies in an OSV range: after an `introduced`, before the next `fixed`."""
    if given.get("type") != "ECOSYSTEM":
        return False
    inside = False
    try:
        at = Version(ours)
        for event in given.get("events", ()):
            if "introduced" in event and at >= Version(event["introduced"]):
                inside = True
            if "fixed" in event and at >= Version(event["fixed"]):
                inside = False
            if "last_affected" in event and at > Version(event["last_affected"]):
                inside = False
    except InvalidVersion:
        return False
    return inside


def main(path: Path) -> int:
    """Print what is affected, and how much was looked at."""
    packages = installed()
    count, found = 0, 0
    for advisory in advisories(path):
        count += 1
        for name, fixed in affected(advisory, packages):
            found += 1
            print(f"{name} {packages[name]}: {advisory['id']} {advisory.get('summary', '')} (fixed in {fixed})")
    print(f"{len(packages)} packages, {count} advisories: {found} affect them")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])) if len(sys.argv) == 2 else f"usage: {sys.argv[0]} ADVISORIES (a folder or a zip)")

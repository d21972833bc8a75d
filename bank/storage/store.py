"""Where banks live: one JSON file a version, in the package (read-only) or in a user's folder."""

from __future__ import annotations

import builtins
import re
from collections.abc import Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import Path

from exiqa.bank.attribute import Attribute
from exiqa.bank.schema import NAME_PATTERN, SCHEMA, Bank, Provenance
from exiqa.bank.storage.bank_file import bank_text, parse_bank, validate_bank
from exiqa.bank.taxonomy import Taxonomy
from exiqa.core.documents import read_text
from exiqa.core.errors import UserError, known_names
from exiqa.core.files import canonical_json, locked, write_text

DEFAULT_STORE = Path("banks")

_NAME = NAME_PATTERN.removeprefix("^").removesuffix("$")
_VERSION = "[1-9][0-9]{0,8}"


@dataclass(frozen=True)
class BankEntry:
    """One saved version, not yet read."""

    name: str
    version: int
    file: Traversable
    shipped: bool

    @property
    def id(self) -> str:
        return f"{self.name}@{self.version}"

    def text(self) -> str:
        """The file's text.

        Raises:
            UserError: It is not UTF-8.
        """
        return read_text(self.file)

    def load(self) -> Bank:
        """The bank, its seals checked.

        Raises:
            UserError: The file is not the bank that its name says.
        """
        bank = parse_bank(self.text(), where=str(self.file))
        if bank.id != self.id:
            raise UserError(f"{self.file} holds the bank {bank.id}; give the file its own name back")
        return bank


class BankStore:
    """A folder of banks, `NAME@VERSION.json` each. Saved versions are never written again."""

    def __init__(self, folder: Path = DEFAULT_STORE) -> None:
        self.folder = Path(folder)

    def save(
        self,
        name: str,
        taxonomy: Taxonomy,
        ranked: Mapping[str, tuple[Attribute, ...]],
        provenance: Provenance,
    ) -> Bank:
        """Save the next version of a bank. Safe against other processes that save at the same time.

        Where the latest version says the same and came about in the same way (but for the day), that one is returned:
        a call that was killed right after saving ends, run again, as if undisturbed.

        Args:
            name: The bank's name.
            taxonomy: Its distortions.
            ranked: Per distortion id, its attributes, best first.
            provenance: How the bank came about.

        Returns:
            The saved bank.

        Raises:
            UserError: The name is reserved or no name, or the bank is not consistent.
        """
        check_name(name)
        check_not_reserved(name)
        self.folder.mkdir(parents=True, exist_ok=True)
        with self._lock():
            latest = max((e for e in self.list() if e.name == name), key=lambda entry: entry.version, default=None)
            version = latest.version + 1 if latest else 1
            document = {
                "schema_version": SCHEMA,
                "name": name,
                "version": version,
                "taxonomy": taxonomy,
                "ranked": dict(ranked),
                "provenance": provenance,
            }
            bank = validate_bank(document, where=f"the new bank {name}@{version}")
            if latest and (saved := _saved_before(latest, bank)):
                return saved
            write_text(self.folder / f"{bank.id}.json", bank_text(bank))
        return bank

    def add(self, bank: Bank) -> None:
        """Keep a bank that was made elsewhere under its own name and version.

        Raises:
            UserError: The name is reserved, or the store holds another bank as that version.
        """
        check_not_reserved(bank.name)
        self.folder.mkdir(parents=True, exist_ok=True)
        with self._lock():
            for entry in self.list():
                if entry.id == bank.id:
                    if entry.load().hash == bank.hash:
                        return
                    raise UserError(
                        f"the store {self.folder} already holds another {bank.id}; a saved version never changes: "
                        "use another store"
                    )
            write_text(self.folder / f"{bank.id}.json", bank_text(bank))

    def _lock(self) -> AbstractContextManager[None]:
        return locked(self.folder / ".lock")

    def load(self, spec: str) -> Bank:
        """The bank of a spec, `name@3`, or `name` for its latest version.

        Raises:
            UserError: The store has no such bank.
        """
        return _find(spec, self.list(), f"in the store {self.folder}").load()

    def list(self) -> builtins.list[BankEntry]:
        """Every saved version, by name and version; empty where the folder does not exist."""
        return _entries(self.folder, shipped=False) if self.folder.is_dir() else []


def shipped_banks() -> list[BankEntry]:
    """The banks in the package, by name and version."""
    return _entries(resources.files("exiqa.bank") / "shipped", shipped=True)


def load_bank(spec: str, store: Path | None = None) -> Bank:
    """A bank by its spec, its seals checked: from the package, else from the store.

    Args:
        spec: `name@3`, or `name` for its latest version.
        store: The user's folder of banks; None means `banks` in the working directory.

    Raises:
        UserError: There is no such bank, or its file was changed after it was saved.
    """
    return find_bank(spec, store).load()


def find_bank(spec: str, store: Path | None = None) -> BankEntry:
    """Like `load_bank`, but the entry, not yet read."""
    folder = DEFAULT_STORE if store is None else store
    return _find(spec, [*shipped_banks(), *BankStore(folder).list()], f"in the package or the store {folder}")


def check_name(name: str) -> None:
    """Refuse what cannot be a bank's name: it is a file's name too, so no separators, no capitals.

    Raises:
        UserError: `name` does not fit.
    """
    if not re.fullmatch(_NAME, name):
        raise UserError(
            f"{name!r} is no bank name; use 1 to 64 lower-case letters, digits, dots, dashes and underscores, "
            "the first a letter or digit"
        )


def check_not_reserved(name: str) -> None:
    """Refuse the name of a bank in the package: nobody else's may look like it.

    Raises:
        UserError: `name` is reserved.
    """
    if name in {entry.name for entry in shipped_banks()}:
        raise UserError(f"the bank name {name!r} is reserved for the bank in the package; choose another name")


def _saved_before(latest: BankEntry, bank: Bank) -> Bank | None:
    """The latest version, where it is `bank` but for its version and the day of its making."""
    try:
        saved = latest.load()
    except UserError:
        return None  # damaged: it stays, and the next version is none the worse for it
    ways = [b.provenance.model_dump(mode="json", exclude={"created"}) for b in (saved, bank)]
    same = saved.hash == bank.hash and canonical_json(ways[0]) == canonical_json(ways[1])
    return saved if same else None


def _find(spec: str, entries: list[BankEntry], where: str) -> BankEntry:
    name, at, version = spec.partition("@")
    check_name(name)
    if at and not re.fullmatch(_VERSION, version):
        raise UserError(f"{spec!r} is no bank; write {name}@3, or {name} for the latest version")
    named = [entry for entry in entries if entry.name == name]
    if not named:
        known = dict.fromkeys(entry.name for entry in entries)
        raise UserError(f"there is no bank {name!r} {where}; {known_names(name, known)}")
    if not at:
        return max(named, key=lambda entry: entry.version)
    for entry in named:
        if entry.version == int(version):
            return entry
    raise UserError(
        f"there is no bank {spec} {where}; {name} has the versions {', '.join(str(e.version) for e in named)}"
    )


def _entries(folder: Traversable, shipped: bool) -> list[BankEntry]:
    entries = []
    for file in folder.iterdir():
        match = re.fullmatch(f"({_NAME})@({_VERSION})\\.json", file.name)
        if match:
            entries.append(BankEntry(match[1], int(match[2]), file, shipped))
    return sorted(entries, key=lambda entry: (entry.name, entry.version))

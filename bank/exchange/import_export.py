"""Banks out of and into other programs' files: plain text, CSV, JSON, classify_by_description's JSON."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from pydantic import ValidationError

from exiqa.bank.attribute import Attribute
from exiqa.bank.exchange.text_format import ranked_from_text, ranked_to_text
from exiqa.bank.phrases.screens import FORM, SCREENS, strip_frame
from exiqa.bank.schema import Bank, Provenance
from exiqa.bank.storage.bank_file import bank_text
from exiqa.bank.storage.store import BankStore
from exiqa.bank.taxonomy import Taxonomy
from exiqa.core.errors import UserError
from exiqa.core.files import parse_json, sha256_hex

Ranked = dict[str, tuple[Attribute, ...]]


@dataclass(frozen=True)
class Format:
    """A file format: how a bank is written in it, and how attributes by distortion id or name are read from it."""

    explanation: str
    write: Callable[[Bank], str]
    read: Callable[[str, str], Ranked]


def read_ranked(text: str, format_name: str, taxonomy: Taxonomy, where: str) -> Ranked:
    """The attributes that a file lists, by the taxonomy's distortion ids and in its order.

    Distortions may be given by id or by name, in any case. Phrases lose their sentence frame (`strip_frame`);
    `exiqa bank lint` judges them.
    Raises UserError for a distortion that the taxonomy does not have, a phrase twice in a distortion, and text that
    is not even in form a phrase.
    """
    ids = {distortion.name.casefold(): distortion.id for distortion in taxonomy.distortions}
    ids |= {distortion.id: distortion.id for distortion in taxonomy.distortions}
    ranked: Ranked = {}
    for key, attributes in FORMATS[format_name].read(text, where).items():
        distortion = ids.get(key) or ids.get(key.strip().casefold())
        if distortion is None:
            raise UserError(
                f"{where}: taxonomy {taxonomy.id} has no distortion {key!r}; it has {', '.join(taxonomy.ids)}"
            )
        if distortion in ranked:
            raise UserError(f"{where}: the distortion {distortion} is in it twice, by its id and by its name")
        ranked[distortion] = tuple(_clean(attribute, taxonomy, distortion, where) for attribute in attributes)
    return {distortion: ranked[distortion] for distortion in taxonomy.ids if ranked.get(distortion)}


def _clean(attribute: Attribute, taxonomy: Taxonomy, distortion: str, where: str) -> Attribute:
    phrase = strip_frame(attribute.phrase)
    antonym = None if attribute.antonym is None else strip_frame(attribute.antonym)
    for text in (phrase, antonym):
        for name in FORM if text is not None else ():
            reason = SCREENS[name].find(text or "", taxonomy[distortion])
            if reason:
                raise UserError(f"{where}: {distortion}: {attribute.phrase!r} is no phrase: {reason}")
    return Attribute(phrase=phrase, antonym=antonym)


def _write_csv(bank: Bank) -> str:
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(CSV_COLUMNS)
    for distortion in bank.distortions:
        for rank, attribute in enumerate(bank.ranked[distortion], start=1):
            writer.writerow([distortion, rank, attribute.phrase, attribute.antonym or ""])
    return out.getvalue()


CSV_COLUMNS = ("distortion", "rank", "phrase", "antonym")


def _read_csv(text: str, where: str) -> Ranked:
    reader = csv.DictReader(io.StringIO(text), strict=True)
    rows: dict[str, list[tuple[float, Attribute]]] = {}
    try:
        columns = reader.fieldnames or ()
        if "distortion" not in columns or "phrase" not in columns:
            raise UserError(f"{where}: a CSV bank has the columns distortion and phrase, and may have rank and antonym")
        for row in reader:
            place = f"{where}, line {reader.line_num}"
            if None in row or row["phrase"] is None or not row["phrase"].strip():
                raise UserError(f"{place}: there is no phrase, or more cells than columns; put commas into quotes")
            attribute = Attribute(phrase=row["phrase"], antonym=row.get("antonym") or None)
            rows.setdefault(row["distortion"], []).append((_rank(row.get("rank"), place), attribute))
    except csv.Error as error:
        raise UserError(f"{where}, line {reader.line_num}: not valid CSV: {error}") from None
    # Python's sort is stable: without ranks the order of the lines counts.
    return {d: tuple(a for _, a in sorted(own, key=lambda pair: pair[0])) for d, own in rows.items()}


def _rank(text: str | None, where: str) -> int:
    if not text:
        return 0
    try:
        return int(text)
    except ValueError:
        raise UserError(f"{where}: the rank {text!r} is no whole number") from None


def _write_mapping(bank: Bank) -> str:
    mapping = {bank.taxonomy[d].name: [attribute.phrase for attribute in bank.ranked[d]] for d in bank.distortions}
    return json.dumps(mapping, indent=1, ensure_ascii=False) + "\n"


def _read_json(text: str, where: str) -> Ranked:
    """A mapping of names to lists of descriptors, or the JSON that this program writes (seals are not asked for)."""
    try:
        document = parse_json(text)
    except (json.JSONDecodeError, RecursionError) as error:
        raise UserError(f"{where} is not valid JSON: {error}") from None
    if isinstance(document, dict) and isinstance(document.get("ranked"), dict):
        document = document["ranked"]
    if not isinstance(document, Mapping):
        raise UserError(f"{where}: a JSON bank is an object of distortion -> list of phrases")
    ranked: Ranked = {}
    for distortion, descriptors in document.items():
        if not isinstance(descriptors, list):
            raise UserError(f"{where}: what {distortion!r} has is not a list of phrases")
        ranked[distortion] = tuple(_attribute(descriptor, distortion, where) for descriptor in descriptors)
    return ranked


def _attribute(descriptor: object, distortion: str, where: str) -> Attribute:
    if isinstance(descriptor, str):
        descriptor = {"phrase": descriptor}
    if not isinstance(descriptor, dict):
        raise UserError(f"{where}: {distortion}: {descriptor!r} is no phrase")
    try:
        return Attribute.model_validate({key: value for key, value in descriptor.items() if key != "check"})
    except ValidationError:
        raise UserError(f"{where}: {distortion}: {descriptor!r} is no phrase with an antonym") from None


FORMATS: dict[str, Format] = {
    "text": Format("plain text, a heading a distortion", lambda bank: ranked_to_text(bank.ranked), ranked_from_text),
    "csv": Format("CSV: distortion, rank, phrase, antonym", _write_csv, _read_csv),
    "json": Format("the whole bank, as the store keeps it", bank_text, _read_json),
    "descriptions": Format("classify_by_description's JSON: name -> phrases", _write_mapping, _read_json),
}

SUFFIXES = {".txt": "text", ".csv": "csv", ".json": "json"}


def format_of(file_name: str, asked: str | None) -> str:
    """The format to use: the one asked for, else by the file's suffix. Raises UserError where neither tells."""
    name = asked or SUFFIXES.get("." + file_name.rpartition(".")[2].casefold())
    if name not in FORMATS:
        given = f"the format {asked!r}" if asked else f"the suffix of {file_name}"
        raise UserError(f"{given} is not known; use --format with one of {', '.join(FORMATS)}")
    return name


def import_file(file: Path, taxonomy: Taxonomy, name: str, store: BankStore, asked: str | None = None) -> Bank:
    """Save what a file lists as the next version of `name`; see `format_of` and `read_ranked` for the errors."""
    format_name = format_of(file.name, asked)
    data = file.read_bytes()
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise UserError(f"{file} is not UTF-8 text (byte {error.start}); save it as UTF-8") from None
    ranked = read_ranked(text, format_name, taxonomy, str(file))
    if not ranked:
        raise UserError(f"{file} lists no attribute")
    provenance = Provenance(
        method="imported",
        created=datetime.now(UTC).date().isoformat(),
        generator={"file": file.name, "file_sha256": sha256_hex(data), "format": format_name},
    )
    return store.save(name, taxonomy, ranked, provenance)

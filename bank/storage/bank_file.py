"""The text of a bank: JSON with sorted keys and one attribute a line, sealed so that tampering shows where it was.

Two seals are in the file beside what the bank says: `hash`, the bank's identity, and on every attribute's line
`check`, the first 16 hex digits of the SHA-256 of its (distortion, phrase, antonym). The first says that something
was changed, the second which attribute.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from exiqa.bank.schema import SCHEMA, Bank
from exiqa.core.documents import json_value, read_text
from exiqa.core.errors import UserError
from exiqa.core.files import canonical_json, readable_json, sha256_hex
from exiqa.core.schema_error import describe_schema_error

MIGRATIONS: dict[int, Callable[[dict[str, Any]], dict[str, Any]]] = {}
"""Schema version -> the function that turns its document into one of the next version. Every version since 1 has
its entry, so that a bank opens forever."""


def bank_text(bank: Bank) -> str:
    """The canonical file text of a bank: the same bank gives the same bytes on any machine."""
    document = bank.model_dump(mode="json")
    document["hash"] = bank.hash
    for distortion, attributes in document["ranked"].items():
        for attribute in attributes:
            attribute["check"] = attribute_check(distortion, attribute["phrase"], attribute["antonym"])
    return readable_json(document)


def parse_bank(text: str, where: str) -> Bank:
    """The bank that a text holds, its seals checked.

    Args:
        text: A bank file's text.
        where: Names the source in errors.

    Raises:
        UserError: The text is no bank, was changed by hand, or has a newer schema than this program knows.
    """
    document, stated_hash, broken_seals = read_document(text, where)
    if broken_seals:
        raise UserError(
            f"{where} was changed after it was saved: {broken_seals[0]}; restore the file, or import it anew"
        )
    bank = validate_bank(document, where)
    if bank.hash != stated_hash:
        raise UserError(
            f"{where} was changed after it was saved: its content has the hash {bank.hash[:16]}…, not "
            f"{stated_hash[:16]}… (no attribute was re-worded: the taxonomy was edited, or attributes were re-ranked, "
            "added or removed); restore the file, or import it anew"
        )
    return bank


def read_bank(path: Path, where: str = "") -> Bank:
    """The bank in a file, its seals checked.

    Args:
        path: The file.
        where: Names the source in errors; empty: the path does.

    Raises:
        UserError: As `parse_bank`, and where the file is not UTF-8 text.
    """
    return parse_bank(read_text(path, where), where or str(path))


def read_document(text: str, where: str) -> tuple[dict[str, Any], str, list[str]]:
    """What a bank file says, its seals looked at but not insisted on.

    Args:
        text: A bank file's text.
        where: Names the source in errors.

    Returns:
        The document in the newest schema without its seals, the hash it states, and its broken seals in words.

    Raises:
        UserError: The text is not a bank file at all.
    """
    document = json_value(text, where, "a bank")
    if not isinstance(document, dict) or not isinstance(document.get("ranked"), dict):
        raise UserError(f"{where} is not a bank: it has no object 'ranked'")
    document = migrate(document, where)
    stated_hash = document.pop("hash", None)
    if not isinstance(stated_hash, str):
        raise UserError(f"{where} is not a bank: it has no 'hash'")
    broken_seals = []
    for distortion, attributes in document["ranked"].items():
        if not isinstance(attributes, list):
            raise UserError(f"{where} is not a bank: ranked.{distortion} is not a list")
        for rank, attribute in enumerate(attributes, start=1):
            if not isinstance(attribute, dict):
                raise UserError(f"{where} is not a bank: attribute {rank} of {distortion} is not an object")
            phrase = attribute.get("phrase")
            if attribute.pop("check", None) != attribute_check(distortion, phrase, attribute.get("antonym")):
                broken_seals.append(f"attribute {rank} of {distortion}, {phrase!r}, is not as it was saved")
    return document, stated_hash, broken_seals


def validate_bank(document: dict[str, Any], where: str) -> Bank:
    """The bank that a document without seals describes.

    Args:
        document: The fields of `Bank`.
        where: Names the source in errors.

    Raises:
        UserError: The document does not fit the schema; the sentence names the place.
    """
    try:
        return Bank.model_validate(document)
    except ValidationError as error:
        raise UserError(f"{where}: {describe_schema_error(error, Bank)}") from None


def migrate(document: dict[str, Any], where: str) -> dict[str, Any]:
    """The document in the newest schema.

    Args:
        document: A bank file's document, of any schema since 1.
        where: Names the source in errors.

    Raises:
        UserError: This program does not know the document's schema.
    """
    version = document.get("schema_version")
    if not isinstance(version, int) or version < 1:
        raise UserError(f"{where} is not a bank: its schema_version is {version!r}")
    if version > SCHEMA:
        raise UserError(
            f"{where} was written by a newer exiqa (bank schema {version}, this one knows up to {SCHEMA}); "
            "update with `pip install -U exiqa`"
        )
    while version < SCHEMA:
        document = MIGRATIONS[version](document)
        version = document["schema_version"]
    return document


def attribute_check(distortion: str, phrase: Any, antonym: Any) -> str:
    """The seal of one attribute's line, 16 hex digits."""
    return sha256_hex(canonical_json([distortion, phrase, antonym]))[:16]

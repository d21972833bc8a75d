"""The table of file formats that banks are exported to and imported from."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from exiqa.bank.attribute import Ranked
from exiqa.bank.exchange.csv_format import read_csv, write_csv
from exiqa.bank.exchange.json_format import read_json, write_descriptions
from exiqa.bank.exchange.text_format import ranked_from_text, ranked_to_text
from exiqa.bank.schema import Bank
from exiqa.bank.storage.bank_file import bank_text
from exiqa.core.errors import UserError


@dataclass(frozen=True)
class Format:
    """A file format: how a bank is written in it, and how attributes by distortion id or name are read from it."""

    explanation: str
    write: Callable[[Bank], str]
    read: Callable[[str, str], Ranked]


FORMATS: dict[str, Format] = {
    "text": Format("plain text, a heading a distortion", lambda bank: ranked_to_text(bank.ranked), ranked_from_text),
    "csv": Format("CSV: distortion, rank, phrase, antonym", write_csv, read_csv),
    "json": Format("the whole bank, as the store keeps it", bank_text, read_json),
    "descriptions": Format("classify_by_description's JSON: name -> phrases", write_descriptions, read_json),
}

SUFFIXES = {".txt": "text", ".csv": "csv", ".json": "json"}


def format_of(file_name: str, asked: str | None) -> str:
    """The name of the format to use: the one asked for, else the one of the file's suffix.

    Raises:
        UserError: Neither is in `FORMATS`.
    """
    name = asked or SUFFIXES.get("." + file_name.rpartition(".")[2].casefold())
    if name not in FORMATS:
        given = f"the format {asked!r}" if asked else f"the suffix of {file_name}"
        raise UserError(f"{given} is not known; use --format with one of {', '.join(FORMATS)}")
    return name

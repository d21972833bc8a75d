"""Making a bank of another program's file, and writing one for it."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from exiqa.bank.attribute import Attribute, Ranked
from exiqa.bank.exchange.formats import FORMATS, Format, format_of
from exiqa.bank.phrases.screens import FORM, SCREENS, strip_frame
from exiqa.bank.schema import Bank, Provenance
from exiqa.bank.storage.store import BankStore
from exiqa.bank.taxonomy import Taxonomy
from exiqa.core.documents import read_bytes
from exiqa.core.errors import UserError
from exiqa.core.files import sha256_hex, write_text


def import_file(file: Path, taxonomy: Taxonomy, name: str, store: BankStore, asked: str | None = None) -> Bank:
    """Save what another program's file lists as the next version of a bank.

    Args:
        file: The file to read.
        taxonomy: What the file's distortions are distortions of.
        name: Name of the bank.
        store: Where the bank is saved.
        asked: A format of `FORMATS`; None goes by the file's suffix.

    Raises:
        UserError: As `format_of`, `read_ranked` and `BankStore.save`, and where the file is not UTF-8 text or lists
            no attribute.
    """
    format_name = format_of(file.name, asked)
    data = read_bytes(file)
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


def export_file(bank: Bank, file: Path, asked: str | None = None, replace: bool = False) -> Format:
    """Write a bank to a file for another program.

    Args:
        bank: The bank to write.
        file: The file.
        asked: A format of `FORMATS`; None goes by the file's suffix.
        replace: Whether a file that exists is replaced.

    Returns:
        The format that the bank was written in.

    Raises:
        UserError: The format is not known, or the file exists and is not to be replaced.
    """
    file_format = FORMATS[format_of(file.name, asked)]
    if file.exists() and not replace:
        raise UserError(f"{file} exists already; give another name, or replace it with --force")
    write_text(file, file_format.write(bank))
    return file_format


def read_ranked(text: str, format_name: str, taxonomy: Taxonomy, where: str) -> Ranked:
    """The attributes that a text lists, by the taxonomy's distortion ids and in its order.

    Distortions may be given by id or by name, in any case. Phrases lose their sentence frame (`strip_frame`);
    `exiqa bank lint` judges them.

    Args:
        text: The file's text.
        format_name: A format of `FORMATS`.
        taxonomy: What the distortions are distortions of.
        where: Names the source in errors.

    Raises:
        UserError: The text is not in that format, names a distortion twice or one that the taxonomy does not have, or
            lists something that is not even in form a phrase.
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

"""Label files that are no text: sheets of Excel workbooks and variables of MATLAB files."""

from __future__ import annotations

import io
import struct
import zipfile
import zlib
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pandas as pd

from exiqa.core.documents import LARGEST, read_bytes
from exiqa.core.errors import UserError

# What openpyxl raises on damaged workbooks.
_DAMAGED_BOOK = (ValueError, TypeError, LookupError, EOFError, zipfile.BadZipFile, zlib.error, ElementTree.ParseError)
# What scipy raises on damaged and cut files.
_DAMAGED_MAT = (OSError, ValueError, TypeError, LookupError, NotImplementedError, OverflowError, zlib.error)


def read_sheet(
    path: Path, title: str, sheet: str | int, header: int | None = 0, usecols: str | None = None
) -> pd.DataFrame:
    """A sheet of an Excel workbook; its cells as they are, empty rows left out.

    Args:
        path: The workbook.
        title: The dataset's name in messages.
        sheet: The sheet's name, or its number from 0 on.
        header: The row of the columns' names, from 0 on; None where there is none.
        usecols: The columns, "D:I"; None takes all.

    Raises:
        UserError: There is no such sheet, or the file is no workbook.
    """
    data = read_bytes(path)
    name = sheet if isinstance(sheet, str) else f"number {sheet + 1}"
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as parts:
            unpacked = sum(part.file_size for part in parts.infolist())
        if unpacked > LARGEST:
            raise UserError(f"{title}: {path} unpacks to {unpacked} bytes; get the original file")
        cells = pd.read_excel(io.BytesIO(data), sheet_name=sheet, header=header, usecols=usecols, dtype=object)
    except _DAMAGED_BOOK as error:
        raise UserError(f"{title}: {path} has no readable sheet {name}: {error}") from None
    return cells.dropna(how="all").reset_index(drop=True)


def read_mat(path: Path, title: str, variables: tuple[str, ...]) -> dict[str, np.ndarray]:
    """Variables of a MATLAB file.

    Args:
        path: The file.
        title: The dataset's name in messages.
        variables: Those that it needs.

    Raises:
        UserError: The file cannot be read as one, or lacks a variable.
    """
    from scipy.io import loadmat
    from scipy.io.matlab import MatReadError

    data = read_bytes(path)
    try:
        if _unpacks_beyond(data, LARGEST):
            raise UserError(f"{title}: {path} unpacks to more than {LARGEST} bytes; get the original file")
        content = loadmat(io.BytesIO(data))
    except (MatReadError, MemoryError, *_DAMAGED_MAT) as error:
        raise UserError(f"{title}: {path} cannot be read as a MATLAB file: {error}") from None
    for variable in variables:
        if not isinstance(content.get(variable), np.ndarray):
            raise UserError(f"{title}: {path} has no variable {variable}; get the original release")
    return {variable: content[variable] for variable in variables}


_MAT_HEADER, _MAT_COMPRESSED = 128, 15
"""Bytes before the first element of a MATLAB file (version 5), and the type of an element that zlib has compressed."""


def _unpacks_beyond(data: bytes, limit: int) -> bool:
    """Whether the compressed elements of a MATLAB file have more bytes than `limit`, found out without holding them."""
    order = "<" if data[_MAT_HEADER - 2 : _MAT_HEADER] == b"IM" else ">"
    place, size = _MAT_HEADER, 0
    while place + 8 <= len(data) and size <= limit:
        kind, length = struct.unpack_from(f"{order}II", data, place)
        if kind == _MAT_COMPRESSED:
            unpacker = zlib.decompressobj()
            packed = data[place + 8 : place + 8 + length]
            while packed and size <= limit:
                size += len(unpacker.decompress(packed, 2**20))
                packed = unpacker.unconsumed_tail
        place += 8 + length
    return size > limit

"""The records of a report in one file: a Parquet table of the files of a folder of records.

Every table can be made of it again without a run. What a report draws is read from predictions, so that those of the
few records that are drawn are in it too; those of the others are not, nor are the attribute explorer and what was
probed.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import chain
from pathlib import Path, PurePosixPath

from exiqa.bench.ablation.ablation import FOLDER
from exiqa.bench.cells.record import DATASETS, FAILURES, record_files
from exiqa.bench.reports.plots import drawn_from
from exiqa.bench.reports.results import RunResults
from exiqa.bench.tables.one_split import compared_photo_by_photo
from exiqa.core.errors import UserError
from exiqa.core.files import atomic_path, write_bytes

ARCHIVE = "records.parquet"
"""What it is called beside a report."""
SUFFIX = ".parquet"
_PATH, _CONTENT = "path", "content"
_LARGEST = 64 * 2**20
"""Bytes of all files together: a report's are a tenth of that, and a hostile file may say anything."""


def write_archive(results: RunResults, path: Path) -> Path:
    """Write the records of a report, its failures, ablations and statistics into one file; the file's path.

    Args:
        results: What is reported.
        path: The archive.

    Raises:
        UserError: A file of the folder is damaged.
        OSError: The file cannot be written, or one of the folder is gone.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    folder = results.folder
    read = [*drawn_from(results.table_records), *chain(*compared_photo_by_photo(results.table_records))]
    files = [folder / f"{record.cell.file_stem}.json" for record in results.records]
    files += [folder / f"{record.cell.file_stem}{SUFFIX}" for record in read]
    for part in (folder / FAILURES, folder / FOLDER, folder / DATASETS, folder / DATASETS / FAILURES):
        files += record_files(part)
    files = sorted(set(files))
    table = pa.table(
        {
            _PATH: pa.array([file.relative_to(folder).as_posix() for file in files], pa.string()),
            _CONTENT: pa.array([file.read_bytes() for file in files], pa.binary()),
        }
    )
    path.parent.mkdir(parents=True, exist_ok=True)
    with atomic_path(path) as temporary:
        # In one page: records resemble each other, and what is alike is compressed only within a page.
        pq.write_table(
            table, temporary, compression="zstd", compression_level=19, use_dictionary=False, data_page_size=_LARGEST,
            write_statistics=False,
        )  # fmt: skip
    return path


@contextmanager
def records_folder(path: Path) -> Iterator[Path]:
    """The folder of records that `path` is, or for as long as it is needed one with the files of an archive.

    Raises:
        UserError: The file is no archive.
    """
    if path.suffix != SUFFIX or not path.is_file():
        yield path
        return
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary) / path.stem
        _unpack(path, folder)
        yield folder


def _unpack(path: Path, folder: Path) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        table = pq.read_table(path, columns=[_PATH, _CONTENT])
        if table.schema.types != [pa.string(), pa.binary()] or table.nbytes > _LARGEST:
            raise UserError(f"{path} is no archive of records; give what `exiqa bench report` wrote beside a report")
        files = list(zip(*(table.column(name).to_pylist() for name in (_PATH, _CONTENT)), strict=True))
    except (OSError, pa.ArrowException) as error:
        raise UserError(f"{path} is no archive of records ({str(error).splitlines()[0]})") from None
    folder.mkdir()
    for name, content in files:
        inside = PurePosixPath(name or "")
        if content is None or not inside.parts or inside.is_absolute() or ".." in inside.parts or "\\" in str(name):
            raise UserError(f"{path} is no archive of records: a file in it is called {name!r}")
        write_bytes(folder.joinpath(*inside.parts), content)

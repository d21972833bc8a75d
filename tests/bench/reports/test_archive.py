"""A report's records in one file: the same tables and figures again, without the folder that they came from."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from made_run import made_records
from typer.testing import CliRunner

from exiqa.bench.cells.record import FailedCell, read_records, write_failure, write_record
from exiqa.bench.cli import app
from exiqa.bench.reports.archive import ARCHIVE, records_folder, write_archive
from exiqa.bench.reports.report import report_of
from exiqa.bench.reports.results import read_results
from exiqa.core.errors import UserError


@pytest.fixture
def runs(tmp_path: Path) -> Path:
    folder = tmp_path / "runs"
    for record, frame in made_records(["mini-csiq", "mini-live"], seeds=2):
        write_record(folder, record, frame)
    cell = record.cell.model_copy(update={"method": "piqe", "bank": None})
    write_failure(folder, FailedCell(cell=cell, error="needs the package x", kind="UserError", seconds=0))
    return folder


def test_every_table_and_figure_can_be_made_again(runs: Path, tmp_path: Path) -> None:
    first = report_of(read_results(runs))
    path = write_archive(read_results(runs), tmp_path / "report" / ARCHIVE)
    assert path.stat().st_size < 2**21
    with records_folder(path) as folder:
        assert read_records(folder) == read_records(runs)
        again = report_of(read_results(folder))
    assert not folder.exists()
    assert (again.tables, again.verdicts, again.plots, again.title) == (
        first.tables, first.verdicts, first.plots, first.title,
    )  # fmt: skip
    # Predictions are most of a run's bytes: only those that a report draws are kept.
    kept = [name for name in pq.read_table(path)["path"].to_pylist() if name.endswith(".parquet")]
    assert 0 < len(kept) < len(list(runs.glob("*.parquet")))


def test_the_commands_take_the_file_in_place_of_the_folder(runs: Path, tmp_path: Path) -> None:
    def tell(*arguments: object) -> str:
        result = CliRunner().invoke(app, [str(argument) for argument in arguments], env={"COLUMNS": "200"})
        assert result.exit_code == 0, result.output
        return result.output

    assert str(tmp_path / "one" / ARCHIVE) in tell("report", runs, "--out", tmp_path / "one").replace("\n", "")
    tell("report", tmp_path / "one" / ARCHIVE, "--out", tmp_path / "two", "--compare", tmp_path / "one" / ARCHIVE)
    for name in ("table-ii.csv", "table-iii.csv", "table-iii.tex"):
        assert (tmp_path / "one" / name).read_text() == (tmp_path / "two" / name).read_text()
    assert tell("tables", tmp_path / "one" / ARCHIVE) == tell("tables", runs)


def test_what_is_no_archive_is_said_and_writes_nothing(runs: Path, tmp_path: Path) -> None:
    def opened(path: Path) -> None:
        with records_folder(path):
            raise AssertionError("it was taken for an archive")

    other = next(runs.glob("*.parquet"))
    (tmp_path / "text.parquet").write_text("no Parquet")
    for path in (other, tmp_path / "text.parquet"):
        with pytest.raises(UserError, match="is no archive of records"):
            opened(path)
    for number, name in enumerate(["../evil.json", "/evil.json", "a/../../evil.json", "", "..\\evil.json"]):
        path = tmp_path / f"{number}.parquet"
        pq.write_table(pa.table({"path": [name], "content": pa.array([b"{}"], pa.binary())}), path)
        with pytest.raises(UserError, match="is no archive of records: a file in it is called"):
            opened(path)
    assert not list(tmp_path.glob("**/evil*"))

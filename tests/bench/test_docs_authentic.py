"""The commands of docs/authentic.md, on a small set in BIQ2021's layout; and what its report says."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from authentic_trees import build_biq2021
from docs_runner import DOCS, links_of, run_page

from exiqa.bench.cells.record import Record, read_records
from exiqa.bench.reports.report import report_of
from exiqa.bench.reports.results import read_results
from exiqa.bench.running.suites.suite import suite_names

PAGE = (DOCS / "authentic.md").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    folder = tmp_path_factory.mktemp("page")
    build_biq2021(folder / "BIQ2021", references=4)
    printed = {}
    for command, _, prints in run_page(PAGE, folder):
        assert "Error" not in prints, f"{command} prints:\n{prints}"
        printed[command] = prints
    (folder / "printed.json").write_text(json.dumps(printed))
    yield folder


@pytest.fixture(scope="module")
def printed(folder: Path) -> dict[str, str]:
    return json.loads((folder / "printed.json").read_text())


@pytest.fixture(scope="module")
def records(folder: Path) -> list[Record]:
    return read_records(folder / "runs")


def test_a_score_of_few_photos_says_what_cannot_be_concluded(printed: dict[str, str]) -> None:
    said = next(text for command, text in printed.items() if "model regress" in command)
    assert "images test it: on others like them the SRCC may be anything from" in said


def test_an_assessment_says_its_interval_and_what_a_setting_changes(printed: dict[str, str]) -> None:
    said = next(text for command, text in printed.items() if "--set" in command)
    assert "with “a softening of details” at 0 the score would be" in said
    explained = next(text for command, text in printed.items() if "--explain" in command)
    assert "Distortion and its attributes" in explained
    assert "Intervention(attributes={'a softening of details': 0.0}" in printed["python"]


def test_records_have_figures_within_parts_and_repeated_photos(records: list[Record]) -> None:
    assert {record.cell.method for record in records} == {"subset_mean", "random_directions", "exiqa"}
    for record in records:
        assert sorted(record.per_subset) == ["ss01", "ss02", "ss03"]
        assert sum(part.images for part in record.per_subset.values()) == record.testset.images
        assert (record.near_duplicates is None) == (record.cell.method == "subset_mean")
    # Within a part its mean is a constant, which has no correlation.
    constant = next(r for r in records if r.cell.method == "subset_mean")
    assert all(part.metrics["srcc"] is None for part in constant.per_subset.values())
    assert constant.metrics["srcc"] is not None


def test_the_report_has_the_tables_of_such_sets(folder: Path) -> None:
    report = report_of(read_results(folder / "runs"))
    tables = {table.name: table for table in report.tables}
    within = tables["Within the parts of biq2021"]
    assert [column.label for column in within.columns] == ["All", "ss01", "ss02", "ss03", "Within, mean"]
    one = tables["One split of biq2021"]
    assert {row.entries[-1].median for row in one.groups[0].rows} >= {1}
    assert one.groups[0].rows[0].entries[2].text == "best"
    counts = tables["Number of attributes"]
    assert [column.label for column in counts.columns] == ["3", "all"]
    assert len(report.plots.attributes) == 1
    # Rows of few attributes are in their own table alone.
    assert not any("at most" in row.detail for row in tables["Table III"].groups[0].rows)
    assert (folder / "report" / "index.html").is_file() or list((folder / "report").glob("*.html"))


def test_the_page_names_what_there_is() -> None:
    assert "authentic" in suite_names()
    for link in links_of(PAGE):
        assert (DOCS / link).is_file(), link

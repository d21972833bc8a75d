"""The way back from a figure to its records, the explorer's files, and what a report says was not run."""

from __future__ import annotations

import dataclasses
import re
from pathlib import Path
from types import SimpleNamespace

import pytest
from made_run import made_images, made_records

from exiqa.bench.cells.record import FailedCell, Labels, write_failure, write_record
from exiqa.bench.explorer.explorer import MAX_IMAGES, read_explorer, write_explorer
from exiqa.bench.reports.renderers.html import html_page
from exiqa.bench.reports.renderers.markdown import markdown_page
from exiqa.bench.reports.report import report_of
from exiqa.bench.reports.results import read_results
from exiqa.bench.reports.trace import compared, in_ranges, trace_of
from exiqa.core.errors import UserError


def _write(folder: Path, **options: object) -> Path:
    for record, frame in made_records(["kadid10k", "tid2013"], 2, **options):  # type: ignore[arg-type]
        write_record(folder, record, frame)
    return folder


def test_records_that_differ_in_their_seed_are_one_run_and_other_code_makes_another():
    records = [record for record, _ in made_records(["kadid10k"], 3)]
    trace = trace_of(records)
    assert len(trace.runs) == 5
    assert [len(run.seeds) for run in trace.runs] == [3] * 5
    ours = [record.cell.id for record in records if record.cell.method == "exiqa"]
    assert trace.runs_of(ours) == (4, 5)
    assert trace.runs_of(["nothing"]) == ()
    again = [records[0].model_copy(update={"commit": "f" * 40}), *records[1:]]
    assert len(trace_of(again).runs) == 6


def test_the_same_cell_of_two_runs_leads_to_two_places():
    records = [record for record, _ in made_records(["kadid10k"], 1)]
    trace = trace_of(records, records)
    cell = records[0].cell.id
    assert trace.runs_of([cell]) == (1,)
    assert trace.runs_of(compared([cell])) == (6,)
    assert trace.runs_of([cell, *compared([cell])]) == (1, 6)
    assert trace.runs[5].title.startswith("compared with: ")


def test_a_comparison_shows_each_run_its_own_records(tmp_path):
    here, other = _write(tmp_path / "here"), _write(tmp_path / "other")
    report = report_of(read_results(here), "t", other)
    table = next(table for table in report.tables if "compared" in table.name)
    base, mine, gain = table.groups[0].rows
    assert (base.label, mine.label) == ("other", "here")
    numbers = [report.trace.runs_of(row.entries[0].cells) for row in (base, mine, gain)]
    assert numbers[0] != numbers[1]
    assert numbers[2] == tuple(sorted(numbers[0] + numbers[1]))
    page = html_page(report)
    assert "compared with: identification" in page
    assert {f'id="{anchor}"' for anchor in re.findall(r'<td[^>]*><a href="#(\w+)"', page)} <= set(
        re.findall(r'id="\w+"', page)
    )


def test_markdown_names_the_records_of_each_row_and_lists_them(tmp_path):
    report = report_of(read_results(_write(tmp_path)), "t")
    page = markdown_page(report)
    run = next(run for run in report.trace.runs if run.title == "identification, kadid10k: ExIQA (ours)")
    row = next(line for line in page.splitlines() if line.startswith("| ExIQA (ours)"))
    assert row.endswith(f" | {run.number} |")
    listed = next(line for line in page.splitlines() if line.startswith(f"| {run.number} | "))
    assert re.findall(r"\b[0-9a-f]{16}\b", listed) == [seed.cell for seed in run.seeds]
    assert in_ranges((1, 3, 4, 5, 9, 10)) == "1, 3–5, 9–10"
    assert in_ranges(()) == ""


def test_what_failed_cannot_run_or_waits_is_listed_once_with_its_count(tmp_path):
    _write(tmp_path)
    cells = [record.cell for record, _ in made_records(["csiq"], 3)]
    write_failure(tmp_path, FailedCell(cell=cells[0], error="it broke", kind="UserError", seconds=1))
    assert [(m.why, m.cells) for m in report_of(read_results(tmp_path), "t").missing] == [("it broke", 1)]
    kept = next(record.cell for record, _ in made_records(["kadid10k"], 1))
    states = [("failed", cells[0]), ("missing", cells[1]), ("missing", cells[6]), ("new", cells[2]), ("done", kept)]
    plan = SimpleNamespace(
        datasets=(),
        cells=[
            SimpleNamespace(job=SimpleNamespace(cell=cell, labels=Labels()), state=state, why="no folder")
            for state, cell in states
        ],
    )
    report = report_of(read_results(tmp_path, plan), "t")  # type: ignore[arg-type]
    assert {(missing.why, missing.cells) for missing in report.missing} == {
        ("it broke", 1), ("no folder", 2), ("not run yet", 1),
    }  # fmt: skip
    # Cells of no suite's are left out.
    assert [seed.cell for run in report.trace.runs for seed in run.seeds] == [kept.id]
    assert any("no folder" in note for table in report.tables for note in table.notes)


def test_explored_images_come_back_as_they_were_kept(tmp_path):
    images = made_images(3, "../é<b>", side=32)
    write_explorer(tmp_path, images)
    write_explorer(tmp_path, images[:1])
    assert read_explorer(tmp_path) == images
    assert read_explorer(tmp_path / "none") == ()
    assert all(path.parent == tmp_path / "explorer" for path in tmp_path.rglob("*.json"))


def test_at_most_fifty_images_are_shown_and_a_file_of_something_else_is_refused(tmp_path):
    (image,) = made_images(1, side=32)
    write_explorer(tmp_path, tuple(dataclasses.replace(image, image=f"{n}.png") for n in range(MAX_IMAGES + 1)))
    assert len(read_explorer(tmp_path)) == MAX_IMAGES
    path = tmp_path / "explorer" / "0.json"
    path.write_text('{"dataset": "x"}')
    with pytest.raises(UserError, match=r"0\.json is not an image of the attribute explorer: image: "):
        read_explorer(tmp_path)


def test_runs_are_called_by_their_labels():
    labels = Labels(method="Ours (2026)", train="Set A", test="Set A")
    records = [record.model_copy(update={"labels": labels}) for record, _ in made_records(["kadid10k"], 1)]
    titles = {run.title for run in trace_of(records).runs}
    assert titles == {"identification, Set A: Ours (2026)", "quality, Set A: Ours (2026)"}

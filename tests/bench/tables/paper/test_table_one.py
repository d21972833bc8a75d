"""Table I: counts of the data sets beside the paper's."""

from __future__ import annotations

import pytest

from exiqa.bench.cells.dataset_record import DatasetRecord, FailedDataset, Statistics
from exiqa.bench.running.count import dataset_record, statistics_of
from exiqa.bench.tables.paper.table_one import table_one
from exiqa.bench.tables.parts.rows import STANDIN
from exiqa.bench.tables.parts.table import format_entry
from exiqa.iqadata.standins.standin import standin

KADID = {
    "images": 10125, "references": 81, "distortions": 25, "levels": (5, 5), "distortions_per_image": (1, 1),
    "height": (384, 384), "width": (512, 512), "score_name": "MOS", "score_low": 1.0, "score_high": 4.93,
    "higher_is_better": True,
}  # fmt: skip
LIVE = {
    "images": 779, "references": 29, "distortions": 5, "levels": (5, 5), "distortions_per_image": (1, 1),
    "height": (438, 720), "width": (480, 768), "score_name": "realigned DMOS", "score_low": -2.64,
    "score_high": 111.77, "higher_is_better": False,
}  # fmt: skip


@pytest.fixture
def make_statistics(make_record):
    def make(name: str, statistics: dict, notes: tuple[str, ...] = ()) -> DatasetRecord:
        record = make_record("prior", {}, test=name, notes=notes)
        return DatasetRecord(
            name=name,
            statistics=Statistics(**statistics),
            score_is_proxy=record.testset.score_is_proxy,
            notes=notes,
            hash=record.hashes.dataset,
            versions=record.versions,
            commit=record.commit,
            packages=record.packages,
            machine=record.machine,
            seconds=record.seconds,
            peak_memory_mib=record.peak_memory_mib,
        )

    return make


def _printed(table, label):
    (row,) = [row for row in table.groups[0].rows if row.label == label]
    return [format_entry(entry, column) for entry, column in zip(row.entries, table.columns, strict=True)]


def _footnotes(table, label):
    (row,) = [row for row in table.groups[0].rows if row.label == label]
    return {
        column.label: [table.footnotes[number - 1] for number in entry.footnotes]
        for entry, column in zip(row.entries, table.columns, strict=True)
        if entry.footnotes
    }


def test_the_counts_stand_above_those_of_the_paper(make_statistics):
    table = table_one([make_statistics("live", LIVE), make_statistics("kadid10k", KADID)])
    assert table.stub == "Data set"
    assert [row.label for row in table.groups[0].rows] == [
        "kadid10k",
        "KADID-10k, published",
        "live",
        "LIVE, published",
    ]
    assert _printed(table, "kadid10k") == [
        "single-distortion", "25", "5", "81", "10125", "512 × 384", "MOS, higher is better", "1.00", "4.93",
    ]  # fmt: skip
    assert _printed(table, "KADID-10k, published") == [
        "single-distortion", "25", "–", "81", "10125", "–", "–", "1", "5",
    ]  # fmt: skip
    assert _printed(table, "live")[5:7] == ["480–768 × 438–720", "realigned DMOS, lower is better"]
    assert _footnotes(table, "kadid10k") == {}
    assert {entry.mark for row in table.groups[0].rows for entry in row.entries} == {""}


def test_scores_beyond_the_published_range_are_flagged(make_statistics):
    table = table_one([make_statistics("live", LIVE)])
    assert _footnotes(table, "live") == {
        "Lowest": ["Beyond the 1 that the paper gives as the scale's end."],
        "Highest": ["Beyond the 100 that the paper gives as the scale's end."],
    }
    outside = ["24 of LIVE's 779 realigned labels lie outside the published range."]
    assert _footnotes(table, "LIVE, published") == {"Lowest": outside, "Highest": outside}


def test_counts_that_differ_are_flagged(make_statistics):
    table = table_one([make_statistics("kadid10k", KADID | {"references": 8, "images": 1000})])
    assert _footnotes(table, "kadid10k") == {
        "References": ["The paper counts 81 reference images, not the 8 here."],
        "Images": ["The paper counts 10125 distorted images, not the 1000 here."],
    }


def test_a_standin_is_no_error_and_its_published_row_says_of_what_it_is(make_statistics):
    table = table_one([make_statistics("mini-kadid10k", KADID | {"references": 20, "images": 2500})])
    assert _footnotes(table, "mini-kadid10k") == {}
    published = table.groups[0].rows[1]
    assert [table.footnotes[number - 1] for number in published.footnotes] == [STANDIN]


def test_a_data_set_that_the_paper_has_not_stands_alone_and_several_distortions_are_told(make_statistics):
    own = KADID | {"distortions_per_image": (1, 25), "levels": (4, 5)} | dict.fromkeys(
        ("score_name", "score_low", "score_high", "higher_is_better")
    )  # fmt: skip
    table = table_one([make_statistics("mine", own)])
    assert _printed(table, "mine") == [
        "multi-distortion", "25", "4–5", "81", "10125", "512 × 384", "–", "–", "–",
    ]  # fmt: skip
    assert len(table.groups[0].rows) == 1


def test_photos_as_people_took_them_have_no_references(make_statistics):
    photos = KADID | {"distortions": 0, "levels": (0, 0), "distortions_per_image": (0, 0), "references": 10125}
    table = table_one([make_statistics("mine", photos)])
    assert _printed(table, "mine")[:5] == ["authentic", "–", "–", "–", "10125"]


def test_a_data_set_that_could_not_be_read_says_why():
    failed = FailedDataset(name="live", error="no folder is given for live.", kind="UserError", seconds=0)
    table = table_one([], [failed])
    assert table.groups == ()
    assert table.notes == ("live: not evaluated. Not run: no folder is given for live.",)


def test_proxies_and_remarks_are_noted(make_statistics):
    table = table_one([make_statistics("mine", KADID | {"score_name": "FSIM proxy"}, notes=("a remark",))])
    assert table.notes == (
        "mine: the scores are a proxy (FSIM proxy), not the opinions of observers.",
        "mine: a remark",
    )


def test_levels_that_a_standin_leaves_out_are_counted():
    """96×72 has no room for the first level of a blur; the note of the data set is the table's."""
    data = standin("mini-kadid10k", references=1, height=72, width=96, distortions=["gaussian_blur"])
    (note,) = [note for note in data.notes if note.startswith("without")]
    table = table_one([dataset_record(data, statistics_of(data), 0.0, {})])
    assert f"mini-kadid10k: {note}" in table.notes
    lost = 5 - len(data.table["level"].unique())
    assert lost > 0
    assert note.startswith(f"without {lost} of 5 levels, which cannot be told apart at 96×72: gaussian_blur 1")

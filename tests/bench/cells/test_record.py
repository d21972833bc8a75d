"""Records: written whole, read back the same, refused when they are something else."""

from __future__ import annotations

import json

import pandas as pd
import pytest
from pydantic import ValidationError

from exiqa.bench.cells.record import (
    Cell,
    FailedCell,
    read_failures,
    read_predictions,
    read_records,
    sweep,
    write_failure,
    write_record,
)
from exiqa.bench.cells.variants import by_variant
from exiqa.core.errors import UserError


@pytest.fixture
def predictions():
    return pd.DataFrame({"image": ["a", "b"], "true": [0.5, 0.25], "predicted": [0.5, 0.125]})


def test_a_record_comes_back_as_it_was_written(tmp_path, make_record, predictions):
    record = make_record("prior", {"rmse": 0.1 + 0.2, "map": None})
    path = write_record(tmp_path / "runs", record, predictions)
    (read,) = read_records(tmp_path / "runs")
    assert read.model_copy(update={"hashes": record.hashes}) == record
    assert path.name == f"identification-tiny-prior-0-{record.cell.id}.json"
    pd.testing.assert_frame_equal(read_predictions(tmp_path / "runs", read), predictions)
    assert sorted(p.suffix for p in path.parent.iterdir()) == [".json", ".parquet"]


def test_a_cells_id_depends_on_all_it_says_and_on_nothing_else():
    base = {"protocol": "quality", "method": "exiqa", "train": "a", "test": "a", "split": "80/20", "seed": 0}
    ids = [Cell(**base | change).id for change in ({}, {"seed": 1}, {"k": 3}, {"bank": "x@1"}, {"test": "b"})]
    assert len(set(ids)) == 5
    assert Cell(**base).id == Cell(**dict(reversed(base.items()))).id
    assert len(ids[0]) == 16


def test_a_names_odd_characters_stay_out_of_the_file_name(tmp_path, make_record, predictions):
    record = make_record("prior", {"rmse": 1.0}, test="../é Ünsafe/\x1b[31m" + "x" * 300)
    path = write_record(tmp_path, record, predictions)
    assert path.parent == tmp_path
    assert path.name.replace("-", "").removesuffix(".json").isalnum()


def test_a_missing_value_needs_its_reason(make_record):
    record = make_record("prior", {"rmse": None})
    with pytest.raises(ValidationError, match="explain exactly"):
        type(record).model_validate(record.model_dump() | {"undefined": {}})


def test_predictions_of_another_run_are_refused(tmp_path, make_record, predictions):
    path = write_record(tmp_path, make_record("prior", {"rmse": 1.0}), predictions)
    (record,) = read_records(tmp_path)
    predictions.assign(true=0.0).to_parquet(path.with_suffix(".parquet"))
    with pytest.raises(UserError, match="not the file its record was written with"):
        read_predictions(tmp_path, record)
    path.with_suffix(".parquet").unlink()
    with pytest.raises(UserError, match="is missing; run the cell again"):
        read_predictions(tmp_path, record)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"not json", "is not a benchmark record: it is not valid JSON"),
        (b"\xff\xfe", "not UTF-8"),
        (b"{}", "is not a benchmark record: cell: this key is missing"),
    ],
)
def test_other_files_are_refused_by_name(tmp_path, content, message):
    (tmp_path / "x.json").write_bytes(content)
    with pytest.raises(UserError, match=message) as caught:
        read_records(tmp_path)
    assert "x.json" in str(caught.value)


def test_a_later_schema_and_an_unknown_field_are_refused(tmp_path, make_record, predictions):
    path = write_record(tmp_path, make_record("prior", {"rmse": 1.0}), predictions)
    said = json.loads(path.read_text())
    for change in ({"schema_version": 6}, {"surprise": 1}):
        path.write_text(json.dumps(said | change))
        with pytest.raises(UserError, match=next(iter(change))):
            read_records(tmp_path)


def test_no_records_and_the_same_cell_twice_are_refused(tmp_path, make_record, predictions):
    with pytest.raises(UserError, match="holds no benchmark records"):
        read_records(tmp_path)
    path = write_record(tmp_path, make_record("prior", {"rmse": 1.0}), predictions)
    (tmp_path / "again.json").write_text(path.read_text())
    with pytest.raises(UserError, match="same cell"):
        read_records(tmp_path)


def test_what_a_killed_writer_leaves_behind_is_no_record(tmp_path, make_record, predictions):
    path = write_record(tmp_path, make_record("prior", {"rmse": 1.0}), predictions)
    for left in (tmp_path / f".{path.stem}-x.json", tmp_path / f".{path.stem}-x.parquet"):
        left.write_bytes(path.read_bytes())
    assert len(read_records(tmp_path)) == 1
    sweep(tmp_path)
    assert sorted(p.suffix for p in tmp_path.iterdir()) == [".json", ".parquet"]


def test_variants_are_what_differs_besides_the_seed(make_record):
    records = [make_record("exiqa", {"rmse": 1.0}, seed=seed, k=k) for k in (3, 5) for seed in (2, 0, 1)]
    groups = by_variant(records)
    assert [variant.k for variant in groups] == [3, 5]
    assert [[r.cell.seed for r in group] for group in groups.values()] == [[0, 1, 2]] * 2


def test_a_failure_takes_the_place_of_a_record_and_a_record_that_of_a_failure(tmp_path, make_record, predictions):
    record = make_record("prior", {"rmse": 1.0})
    failed = FailedCell(cell=record.cell, error="There is no bank.", kind="UserError", seconds=0.5)
    write_record(tmp_path, record, predictions)
    path = write_failure(tmp_path, failed)
    assert path == tmp_path / "failures" / f"{record.cell.file_stem}.json"
    assert read_failures(tmp_path) == [failed]
    assert [p.name for p in tmp_path.iterdir()] == ["failures"]
    write_record(tmp_path, record, predictions)
    assert read_failures(tmp_path) == []


@pytest.mark.parametrize(
    "change",
    [
        {"method": "nothing"},
        {"protocol": "quality"},  # which the prior has no answer for
        {"protocol": "zero_shot", "method": "exiqa"},  # on one data set
        {"protocol": "statistics"},
    ],
)
def test_cells_that_make_no_sense_are_refused(change):
    base = {"protocol": "identification", "method": "prior", "train": "a", "test": "a", "split": "80/20", "seed": 0}
    Cell.model_validate(base)
    with pytest.raises(ValidationError):
        Cell.model_validate(base | change)

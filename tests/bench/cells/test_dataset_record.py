"""Data sets' records: written whole, read back the same, a failure in place of a record and the other way round."""

from __future__ import annotations

import pytest

from exiqa.bench.cells.dataset_record import (
    FailedDataset,
    read_dataset_records,
    read_failed_datasets,
    write_dataset_record,
    write_failed_dataset,
)
from exiqa.bench.cells.record import DATASETS
from exiqa.bench.running.count import dataset_record, statistics_of
from exiqa.core.errors import UserError


def test_what_was_counted_comes_back_and_takes_the_place_of_a_failure(dataset, tmp_path):
    failed = FailedDataset(name=dataset.name, error="There is no such file.", kind="UserError", seconds=0.5)
    record = dataset_record(dataset, statistics_of(dataset), seconds=1.5, versions={"statistics": 1})
    write_failed_dataset(tmp_path, failed)
    assert (read_dataset_records(tmp_path), read_failed_datasets(tmp_path)) == ([], [failed])
    write_dataset_record(tmp_path, record)
    assert (read_dataset_records(tmp_path), read_failed_datasets(tmp_path)) == ([record], [])
    write_failed_dataset(tmp_path, failed)
    assert (read_dataset_records(tmp_path), read_failed_datasets(tmp_path)) == ([], [failed])


def test_the_counts_are_the_data_set_s_own(dataset):
    record = dataset_record(dataset, statistics_of(dataset), seconds=0, versions={"statistics": 1})
    assert (record.name, record.hash, record.score_is_proxy) == (dataset.name, dataset.hash, True)
    counted = record.statistics
    assert (counted.images, counted.references) == (len(dataset), len(dataset.references))
    assert (counted.distortions, counted.levels, counted.distortions_per_image) == (2, (5, 5), (1, 1))
    assert record.score == counted.score_name == dataset.score_info.name


def test_a_damaged_file_is_named(dataset, tmp_path):
    counted = dataset_record(dataset, statistics_of(dataset), seconds=0, versions={"statistics": 1})
    write_dataset_record(tmp_path, counted)
    (path,) = (tmp_path / DATASETS).glob("*.json")
    path.write_text("{}")
    with pytest.raises(UserError, match="is not a data set's record"):
        read_dataset_records(tmp_path)

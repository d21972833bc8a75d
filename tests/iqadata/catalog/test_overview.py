"""Which data sets there are, and which copies are found in a folder."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from dataset_trees import tiny_photo
from typer.testing import CliRunner

from exiqa.core.errors import UserError
from exiqa.iqadata.catalog.loading import dataset_names, open_dataset
from exiqa.iqadata.catalog.overview import known_datasets
from exiqa.iqadata.cli import app


def test_copies_are_found_and_open_by_the_name_that_is_given(trees: dict[str, Path], tmp_path: Path) -> None:
    for name in ("csiq", "tid2013"):
        (tmp_path / f"my-{name}").symlink_to(trees[name])
    (tmp_path / "empty").mkdir()
    tiny_photo(tmp_path / "own" / "a.png")
    (tmp_path / "own" / "mos.csv").write_text("image,score\na.png,1\n")
    (tmp_path / "own" / "other.csv").write_text("when,what\n1,2\n")
    known = {dataset.name: dataset for dataset in known_datasets(tmp_path)}
    assert tuple(known) == dataset_names()
    assert known["csiq"].here == (f"csiq={tmp_path / 'my-csiq'}",)
    assert known["table:FILE.csv"].here == (f"table:{tmp_path / 'own' / 'mos.csv'}={tmp_path / 'own'}",)
    assert known["kadid10k"].here == () and "dmos.csv" in known["kadid10k"].needs
    assert known["mini-csiq"].needs == ""
    assert len(open_dataset(known["csiq"].here[0])) == 866
    assert len(open_dataset(known["table:FILE.csv"].here[0])) == 1


def test_a_copy_is_found_in_its_own_folder_once(trees: dict[str, Path]) -> None:
    known = {dataset.name: dataset for dataset in known_datasets(trees["kadid10k"])}
    assert known["kadid10k"].here == (f"kadid10k={trees['kadid10k'] / 'kadid10k'}",)
    with pytest.raises(UserError, match="is not a folder"):
        known_datasets(trees["kadid10k"] / "nowhere")


def test_the_command(trees: dict[str, Path]) -> None:
    run = CliRunner().invoke
    shown = run(app, ["list", str(trees["csiq"])])
    assert shown.exit_code == 0 and f"    here: csiq={trees['csiq']}\n" in shown.output
    rows = json.loads(run(app, ["list", str(trees["csiq"]), "--json"]).output)
    assert {"name", "needs", "here"} == set(rows[0])

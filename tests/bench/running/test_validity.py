"""The protocol `validity`: from a tower's P(a|I) to records that hold them against what is seen, and to the table."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from exiqa.bank.phrases.encoder import minilm_folder
from exiqa.bank.storage.store import load_bank
from exiqa.bench.cells.record import Cell, Record, read_predictions, read_records, write_record
from exiqa.bench.reports.renderers.html import html_page
from exiqa.bench.reports.renderers.latex import latex_table
from exiqa.bench.reports.renderers.markdown import markdown_page
from exiqa.bench.reports.report import Report
from exiqa.bench.running.datasets import dataset_locations
from exiqa.bench.running.evaluate import evaluate
from exiqa.bench.running.planning.current_inputs import CurrentInputs
from exiqa.bench.running.planning.plan import make_plan
from exiqa.bench.running.rescore import rescored
from exiqa.bench.running.run import run_plan
from exiqa.bench.running.suites.suite import Suite, datasets_of, expand, parse_suite
from exiqa.bench.tables.attributes.validity import TRUTH, validity_table
from exiqa.iqadata import attribute_truth, load_dataset, make_split

SUITE = """
title = "Validity"
split = "80/20"
k = 2

[tuning]
backbone = "exiqa-mini/random"
mode = "frozen"
preprocessing = "resize"

[datasets.mini-csiq]
options = { references = 5, height = 96, width = 96, distortions = ["gaussian_blur", "white_noise"] }
banks = { own = "csiq@1", random = "csiq-random@1" }

[methods.random]
bank = "random"

[[cells]]
protocol = "validity"
test = ["mini-csiq"]
methods = ["random", "frozen"]
"""
TRUTHLESS = {"linked", "siblings", "effective_rank"}
"""The metrics that need no truth."""


@pytest.fixture(scope="module")
def suite() -> Suite:
    if minilm_folder() is None:
        pytest.skip("the sentence encoder's package is not installed")
    return parse_suite(SUITE, "validity")


@pytest.fixture(scope="module", autouse=True)
def _cache(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_CACHE_HOME", str(tmp_path_factory.mktemp("cache")))
        yield


@pytest.fixture(scope="module")
def runs(suite: Suite, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("runs")
    failed = run_plan(make_plan(expand(suite), folder, {}), folder)
    assert not failed, failed
    return folder


@pytest.fixture(scope="module")
def records(runs: Path) -> dict[str, Record]:
    return {record.cell.method: record for record in read_records(runs)}


def test_each_attribute_stands_beside_its_truth(suite: Suite, runs: Path, records: dict[str, Record]) -> None:
    record = records["frozen"]
    bank = load_bank("csiq@1").select(("gaussian_blur", "white_noise")).top(2)
    assert [attribute.id for attribute in record.attributes] == [attribute.id for attribute in bank.attributes]
    assert {attribute.distortions for attribute in record.attributes} == {("gaussian_blur",), ("white_noise",)}
    frame = read_predictions(runs, record)
    dataset = load_dataset("mini-csiq", None, **suite.datasets["mini-csiq"].options)
    rows = make_split(dataset, 0, "80/20").rows(dataset)[2]
    assert list(frame["image"]) == list(dataset.table["image"].iloc[rows])
    truth = attribute_truth(bank, dataset, rows)
    for number, attribute in enumerate(record.attributes):
        expected = truth.values[:, number] if attribute.linked else np.full(len(rows), np.nan)
        np.testing.assert_array_equal(frame[f"true:{attribute.id}"], expected)
    assert record.undefined == {"niche_impurity": record.undefined["niche_impurity"]}
    assert record.undefined["niche_impurity"].startswith("there is only one reference")
    assert record.hashes.linker is not None
    assert {"effects", "attribute truth"} <= record.versions.keys()
    assert rescored(runs, record) == record


def test_random_words_have_no_truth(records: dict[str, Record]) -> None:
    record = records["random"]
    assert record.metrics["linked"] == 0
    assert {name for name, value in record.metrics.items() if value is not None} == TRUTHLESS
    assert all("no attribute of the bank is linked" in why for why in record.undefined.values())


def test_what_is_right_is_found_right(suite: Suite, tmp_path: Path) -> None:
    dataset = load_dataset("mini-csiq", None, **suite.datasets["mini-csiq"].options)
    split = make_split(dataset, 0, "80/20")
    bank = load_bank("csiq@1")
    shown = bank.select(dataset.distortions).top(2)
    truth = attribute_truth(shown, dataset, split.rows(dataset)[2])
    cell = Cell(
        protocol="validity", method="exiqa", train=dataset.name, test=dataset.name, split="80/20", seed=0,
        bank="csiq@1", k=2,
    )  # fmt: skip
    record, frame = evaluate(cell, dataset, split, truth.values, seconds=1, bank=bank)
    assert record.metrics["auroc"] == 1
    assert record.metrics["agreement"] == pytest.approx(1)
    assert record.metrics["oracle_impurity"] == pytest.approx(0, abs=1e-6)
    write_record(tmp_path, record, frame)
    (read,) = read_records(tmp_path)
    assert read.attributes == record.attributes
    with pytest.raises(ValueError, match="whose predictions have the shape"):
        evaluate(cell, dataset, split, truth.values[:, :3], seconds=1, bank=bank)


def test_the_table_says_what_truth_is(records: dict[str, Record]) -> None:
    table = validity_table(records.values())
    assert [row.label for row in table.groups[0].rows] == ["Random words", "Frozen CLIP"]
    by_label = dict(zip([column.label for column in table.columns], table.groups[0].rows[0].entries, strict=True))
    assert by_label["AUROC"].median is None
    (number,) = by_label["AUROC"].footnotes
    assert "no attribute of the bank is linked to an effect" in table.footnotes[number - 1]
    assert table.columns[0].direction == "none"
    report = Report(
        title="Validity", summary=(), verdicts=(), tables=(table,), photos=(), generation=(), steps=(), provenance=(),
        footnotes=(),
    )  # fmt: skip
    for text in (markdown_page(report), html_page(report), latex_table(table, "tab:validity")):
        assert table.title in text
        assert TRUTH[:60] in text
        assert "AUROC" in text


def test_a_plan_asks_for_references_and_for_the_same_links(
    suite: Suite, runs: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    jobs = expand(suite)
    assert [cell.state for cell in make_plan(jobs, runs, {}).cells] == ["done", "done"]
    locations = dataset_locations(datasets_of(jobs), {})
    current = CurrentInputs(locations, None, {"mini-csiq": {("80/20", 0)}})
    facts = current.facts("mini-csiq")
    assert not isinstance(facts, str) and facts.has_references
    current._facts["mini-csiq"] = facts.model_copy(update={"has_references": False})
    assert current.why_missing(jobs[0]) == ("mini-csiq has no references at hand, beside which attributes are judged")
    for path in runs.glob("validity-*-frozen-*.json"):
        text = path.read_text()
        changed = json.loads(text)
        changed["hashes"]["linker"] = "0" * 64
        path.write_text(json.dumps(changed))
        (stale,) = [cell for cell in make_plan(jobs, runs, {}).cells if cell.state != "done"]
        path.write_text(text)
        assert (stale.state, stale.why) == ("stale", "what links attributes to effects changed")

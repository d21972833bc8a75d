"""What rows were told, and where that differs from the paper."""

from __future__ import annotations

import csv
import io
import itertools

import pytest

from exiqa.bench.reports.renderers.csv import csv_table
from exiqa.bench.reports.renderers.html import html_page
from exiqa.bench.reports.renderers.latex import latex_table
from exiqa.bench.reports.renderers.markdown import markdown_page
from exiqa.bench.reports.renderers.terminal import print_table
from exiqa.bench.reports.report import Report
from exiqa.bench.tables.settings import deviations_table, settings_table
from exiqa.model.config import RegressorConfig, TuneConfig, load_recipe


@pytest.fixture
def told(make_record):
    def make(method="exiqa", train="mini-csiq", protocol="quality", settings=None, regressor=None, **tuning):
        config = TuneConfig(**{**load_recipe("csiq").model_dump(), **tuning})
        record = make_record(method, {}, protocol=protocol, test=train, tuning=config.mode, bank="b@1", k=5)
        whole = {"tuning": config.model_dump(), "regressor": (regressor or RegressorConfig()).model_dump()}
        return record.model_copy(update={"settings": {**whole, **(settings or {})}})

    return make


def _printed(table):
    return [
        (group.label, row.label, *(entry.text for entry in row.entries), row.detail)
        for group in table.groups
        for row in group.rows
    ]


def test_a_setting_that_is_everywhere_the_same_is_said_once_and_another_with_its_place(told):
    rows = _printed(
        settings_table(
            [told(epochs=4), told(epochs=7, train="mini-live"), told("frozen", mode="frozen", prompt_length=0)]
        )
    )
    assert [row for row in rows if row[1] == "epochs" and row[0] == "Tuning"] == [
        ("Tuning", "epochs", "4", "on mini-csiq"), ("Tuning", "epochs", "7", "on mini-live"),
    ]  # fmt: skip
    assert ("Tuning", "patience", "20", "") in rows
    # What is not tuned has no learning rate, and a mode.
    assert ("Tuning", "mode", "frozen", "Frozen CLIP, frozen") in rows
    assert ("Regressor", "epochs", "100", "") in rows
    assert not any(row[1] in ("seed", "device", "workers") for row in rows)
    whole = _printed(settings_table([told(settings={"draws": 20}, protocol="identification")]))
    assert ("Method", "draws", "20", "") in whole and not any(row[0] == "Regressor" for row in whole)
    assert settings_table([]).groups == ()


def test_what_the_paper_states_is_named_only_where_it_differs_and_what_it_leaves_open_always(told):
    like_the_paper = _printed(deviations_table([told(train="csiq")]))
    assert not any(row[1] in ("Epochs", "Prompts", "Peak learning rate", "Test images") for row in like_the_paper)
    assert ("", "Batch size", "not stated", "64", "") in like_the_paper
    assert ("", "Validations without a gain before it stops", "not stated", "20", "") in like_the_paper
    other = told(epochs=4, prompt_length=4, learning_rate=3e-2, settings={"kind": "ridge", "features": "logit"})
    rows = _printed(deviations_table([other]))
    assert ("", "Epochs", "100", "4", "") in rows
    assert ("", "Prompts", "15", "4", "") in rows
    assert ("", "Peak learning rate", "0.002", "0.03", "") in rows
    assert ("", "Regressor", "two hidden layers on P(a|I)", "ridge on logit", "") in rows
    assert ("", "Test images", "the data set's own", "of a stand-in, scored by a proxy", "") in rows
    # Of rows that are not tuned the paper says nothing, and neither does this.
    assert (
        deviations_table([told("frozen", mode="frozen", prompt_length=0), told(mode="frozen", prompt_length=0)]).groups
        == ()
    )


def test_every_renderer_prints_them(told, capsys):
    records = [told(epochs=4, train=train) for train in ("mini-csiq", "mini-live")]
    tables = (settings_table(records), deviations_table(records))
    report = Report("Title", (), (), tables)
    for page in (markdown_page(report), html_page(report), *(latex_table(table, "tab:x") for table in tables)):
        assert "not stated" in page or "patience" in page
    lines = list(csv.DictReader(io.StringIO(csv_table(tables[1]))))
    assert ("Epochs", "100", "4") in {(a["row"], a["printed"], b["printed"]) for a, b in itertools.pairwise(lines)}
    for table in tables:
        print_table(table)
    assert "Where this differs from the paper" in capsys.readouterr().out

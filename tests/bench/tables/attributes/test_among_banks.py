"""Where a bank stands among random ones, what of a lead is what, and what a backbone had met: hand-worked figures."""

from __future__ import annotations

import pytest

from exiqa.bench.cells.parts import Draw, Pretraining
from exiqa.bench.methods.method import METHODS
from exiqa.bench.tables.attributes.among_banks import bank_table, bank_values, better_than
from exiqa.bench.tables.attributes.lead_parts import lead_table
from exiqa.bench.tables.paper.table_three import table_three
from exiqa.bench.tables.paper.table_two import table_two
from exiqa.bench.tables.parts.notes import pretrained
from exiqa.bench.tables.parts.rows import what_pretraining_gave
from exiqa.bench.tables.parts.table import format_entry

FROZEN = {"tuning": "frozen", "k": 5, "template": "paper", "prompt_length": 0, "preprocessing": "grid"}
STRENGTHS = {"accuracy": 0.9, "rmse": 0.1, "active_accuracy": 0.5, "map": 0.7, "f1": 0.6, "top1": 0.8}


@pytest.fixture
def drawn(make_record):
    """A record of random banks: the figures of each by metric, and their median in the record."""

    def make(draws, seed=0, metric="srcc", protocol="quality", **cell):
        middle = sorted(draws)[len(draws) // 2]
        record = make_record("random_banks", {metric: middle}, protocol=protocol, seed=seed, **{**FROZEN, **cell})
        return record.model_copy(update={"draws": tuple(Draw(metrics={metric: value}) for value in draws)})

    return make


def _rows(table):
    return {
        row.label + (f" ({row.detail})" if row.detail else ""): [
            format_entry(entry, column, signed=row.kind == "gain")
            for entry, column in zip(row.entries, table.columns, strict=True)
        ]
        for group in table.groups
        for row in group.rows
    }


def test_a_bank_is_better_than_those_whose_median_over_the_splits_is_lower(make_record, drawn):
    # By bank over the splits: .1 .2 .3, .5 .5 .5 and .9 .1 .4 -> medians .2, .5, .4.
    random = [drawn(values, seed) for seed, values in enumerate([(0.1, 0.5, 0.9), (0.2, 0.5, 0.1), (0.3, 0.5, 0.4)])]
    assert bank_values(random, "srcc") == [0.2, 0.5, 0.4]
    own = [
        make_record("frozen", {"srcc": value}, protocol="quality", seed=seed) for seed, value in enumerate((0.45,) * 3)
    ]
    assert better_than(own, random, "srcc") == (2, 3)
    # On the one split in common its rivals are .1, .5 and .9.
    assert better_than(own[:1], random, "srcc") == (1, 3)
    assert better_than([make_record("frozen", {"srcc": None}, protocol="quality")], random, "srcc") is None
    assert better_than([make_record("frozen", {"srcc": 1}, protocol="quality", seed=7)], random, "srcc") is None
    rmse = [drawn((0.3, 0.1), metric="rmse", protocol="identification")]
    assert better_than([make_record("frozen", {"rmse": 0.2})], rmse, "rmse") == (1, 2)


def test_only_rows_of_the_same_size_tower_and_regressor_stand_among_them(make_record, drawn):
    ridge = {"regressor": "ridge on logit of P(a|I)"}
    records = [
        drawn((0.1, 0.5, 0.3), bank="own@1", **ridge),
        make_record("frozen", {"srcc": 0.6}, protocol="quality", bank="own@1", **FROZEN, **ridge),
        make_record("shuffled", {"srcc": 0.2}, protocol="quality", bank="s@1", **FROZEN, **ridge).model_copy(
            update={"settings": {"features": "strengths"}}
        ),
        make_record("frozen", {"srcc": 0.9}, protocol="quality", bank="own@1", **FROZEN),
        make_record("names", {"srcc": 0.8}, protocol="quality", bank="n@1", **{**FROZEN, "k": 1}, **ridge),
        make_record("exiqa", {"srcc": 0.7}, protocol="quality", bank="own@1", **{**FROZEN, "tuning": "full"}, **ridge),
    ]
    table = bank_table(records)
    (group,) = table.groups
    assert group.label == "tiny, quality, K = 5, 3 random banks"
    printed = {
        row.label: [format_entry(e, c) for e, c in zip(row.entries, table.columns, strict=True)] for row in group.rows
    }
    assert printed == {
        "Shuffled bank": ["0.200", "1 of 3", *["–"] * 4],
        "Frozen CLIP": ["0.600", "3 of 3", *["–"] * 4],
        "Random words, many banks": ["0.300", "–", *["–"] * 4],
    }
    assert table.notes[0] == (
        "tiny, quality, K = 5: own@1 (Frozen CLIP) is better than 3 of 3 random banks in SRCC: fewer than 20 "
        "tell nothing."
    )
    random = group.rows[-1].entries[0]
    assert random.quartiles == pytest.approx((0.2, 0.4))
    assert bank_table([r for r in records if not r.draws]).groups == ()


@pytest.mark.parametrize(
    ("srcc", "better", "answer"),
    [
        (0.99, 20, "what it says counts"), (0.925, 19, "what it says counts"), (0.5, 10, "it is not told from"),
        (0.025, 1, "any words would do better"), (0.0, 0, "any words would do better"),
    ],
)  # fmt: skip
def test_a_verdict_rests_on_twenty_banks(make_record, drawn, srcc, better, answer):
    draws = tuple(0.05 * number for number in range(20))
    for attributes, where in ((None, "quality"), (5, "quality by at most 5 attributes")):
        own = make_record(
            "frozen", {"srcc": srcc}, protocol="quality", bank="own@1", attributes=attributes, **FROZEN
        )  # fmt: skip
        table = bank_table([drawn(draws, bank="own@1", attributes=attributes), own])
        assert table.groups[0].label == f"tiny, {where}, K = 5, 20 random banks"
        assert table.notes[0].startswith(f"tiny, {where}, K = 5") and f"{better} of 20" in table.notes[0]
        assert answer in table.notes[0]


def test_the_steps_of_a_lead_add_up_and_are_tested(make_record, drawn):
    records = []
    for seed in range(10):
        one = {"protocol": "identification", "seed": seed}
        wobble = 0.004 * (seed % 2)
        ours = {**FROZEN, "tuning": "shallow", "prompt_length": 4}
        records += [
            make_record("all_clean", STRENGTHS | {"map": 0.10}, **one),
            make_record("prior", STRENGTHS | {"map": 0.12}, **one),
            drawn((0.25, 0.30, 0.35), seed, "map", "identification"),
            make_record("frozen", STRENGTHS | {"map": 0.50 + wobble}, bank="own@1", **one, **FROZEN),
            make_record("exiqa", STRENGTHS | {"map": 0.506 - wobble}, bank="own@1", **one, **ours),
        ]
    table = lead_table(records)
    assert [group.label for group in table.groups] == ["mAP"]
    (row,) = table.groups[0].rows
    levels = [entry.median for entry in row.entries]
    assert levels == pytest.approx([0.12, 0.18, 0.202, 0.002, 0.504])
    assert sum(levels[:4]) == pytest.approx(levels[4])
    # Tuning adds less than the margin of .02, and that is shown: it is no lead.
    assert [entry.significance for entry in row.entries] == ["", "", "better", "equivalent", ""]
    assert lead_table([r for r in records if r.cell.method != "frozen"]).groups == ()


def _met(distortions=25, attributes=5, of_attributes=5, free_text=False):
    return Pretraining(
        datasets=("kadid10k",), distortions=distortions, attributes=attributes, of_attributes=of_attributes,
        free_text=free_text,
    )  # fmt: skip


def test_what_pretraining_gave_stands_at_the_row_with_its_consequence(make_record):
    def said(pretraining, **cell):
        record = make_record("exiqa", STRENGTHS, bank="own@1", backbone="any", **cell)
        return what_pretraining_gave([record.model_copy(update={"pretraining": pretraining})])

    assert said(_met(), tuning="full") == (
        "Met in pretraining: tiny 25 distortions and 5 of the 5 attributes. "
        "Tuning is the lead over the frozen row alone.",
    )
    assert "these were learned" in said(_met(), tuning="frozen")[0]
    assert "new to the backbone" in said(_met(attributes=0), tuning="frozen")[0]
    assert "from there" in said(_met(attributes=0, of_attributes=0))[0]
    assert said(_met(0, 0)) == said(None) == ()


def test_it_goes_by_the_card_and_not_by_a_name(make_record):
    named = make_record("exiqa", STRENGTHS, bank="own@1", backbone="exiqa-mini", tuning="full")
    assert pretrained([named]) == []
    other = named.model_copy(
        update={"cell": named.cell.model_copy(update={"backbone": "clip:X"}), "pretraining": _met()}
    )
    assert pretrained([named, other]) == [
        "clip:X was pretrained on the distortions of kadid10k: untuned it already knows them, and the lead over the "
        "frozen row is what tuning adds to that."
    ]
    table = table_two([other, make_record("prior", STRENGTHS)])
    (ours,) = [row for row in table.groups[0].rows if row.kind == "ours"]
    assert "Met in pretraining" in table.footnotes[ours.footnotes[0] - 1]


def test_a_row_that_cannot_be_fair_has_no_figures_and_says_why(make_record):
    scores = {"plcc": 0.9, "srcc": 0.9, "score_rmse": 0.1}
    pair = make_record("clip_iqa", scores, protocol="quality", backbone="any")
    ours = make_record("exiqa", {"plcc": 0.8, "srcc": 0.8, "score_rmse": 0.2}, protocol="quality", bank="own@1")
    shuffled = make_record("shuffled", scores, protocol="quality", bank="s@1", **FROZEN)
    unfair = [pair.model_copy(update={"pretraining": _met(of_attributes=0)}), shuffled, ours]
    table = table_three(unfair)
    rows = {row.label: row for row in table.groups[0].rows}
    for label in ("CLIP-IQA pair, not comparable", "Shuffled bank, not comparable"):
        assert {entry.median for entry in rows[label].entries} == {None}
        assert "Not comparable: " in table.footnotes[rows[label].footnotes[0] - 1]
    assert "learned sentences about distortions alone" in " ".join(table.footnotes)
    # What is not printed is not ranked either: ours alone is left, and a single row has no mark.
    assert {entry.mark for entry in rows["ExIQA (ours)"].entries} == {""}
    fair = [
        pair.model_copy(update={"pretraining": _met(free_text=True)}),
        shuffled.model_copy(update={"settings": {"features": "strengths"}}),
        shuffled.model_copy(update={"cell": shuffled.cell.model_copy(update={"tuning": "full"})}),
        make_record("shuffled", STRENGTHS, bank="s@1", **FROZEN),
    ]
    assert [METHODS[record.cell.method].not_comparable(record) for record in fair] == [""] * 4

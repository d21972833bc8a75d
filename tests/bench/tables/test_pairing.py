"""Which variants of two runs meet."""

from __future__ import annotations

import pytest

from exiqa.bench.tables.pairing import pair_runs


@pytest.fixture
def ours(make_record):
    def make(seeds=(0, 1), **cell):
        return [make_record("exiqa", {"rmse": 0.1}, seed=seed, bank="demo@1", **cell) for seed in seeds]

    return make


def _with(records, **settings):
    """The same records with other settings in their cells."""
    return [r.model_copy(update={"cell": r.cell.model_copy(update=settings)}) for r in records]


def test_a_variant_that_both_runs_have_is_its_own_counterpart(ours, make_record):
    base = [*ours(k=1), *ours(k=3), make_record("prior", {"rmse": 0.2})]
    pairing = pair_runs(base, reversed(base))
    assert [pair.base_variant for pair in pairing.pairs] == [pair.other_variant for pair in pairing.pairs]
    assert [pair.changes for pair in pairing.pairs] == [()] * 3
    assert [[r.cell.seed for r in pair.other] for pair in pairing.pairs] == [[0, 1], [0, 1], [0]]
    assert pairing.only_base == pairing.only_other == ()


def test_one_bank_meets_another_at_equal_k(ours):
    base = [*ours(k=1), *ours(k=3), *ours(k=5)]
    other = _with([*ours(k=5), *ours(k=1), *ours(k=3)], bank="demo@2")
    pairing = pair_runs(base, other)
    assert [(p.base_variant.k, p.other_variant.k) for p in pairing.pairs] == [(1, 1), (3, 3), (5, 5)]
    assert {pair.changes for pair in pairing.pairs} == {("bank demo@1 → demo@2",)}


def test_what_agrees_in_nothing_else_may_differ_in_several_settings(ours):
    pairing = pair_runs(ours(k=3), _with(ours(k=5), tuning="deep", prompt_length=8))
    assert pairing.pairs[0].changes == ("K 3 → 5", "tuning none → deep", "prompts none → 8")


def test_what_is_ambiguous_is_left_alone(ours):
    pairing = pair_runs(ours(k=3), [*ours(k=1), *ours(k=5)])
    assert pairing.pairs == ()
    assert [record.cell.k for record in pairing.only_base] == [3]
    assert [record.cell.k for record in pairing.only_other] == [1, 5]
    # From the other side too: two variants of the base run may be nearest to one of the other.
    assert pair_runs([*ours(k=1), *ours(k=5)], ours(k=3)).pairs == ()


@pytest.mark.parametrize("difference", [{"protocol": "quality"}, {"test": "b", "train": "b"}, {"split": "80/20"}])
def test_protocol_data_and_ratio_have_to_agree(ours, difference):
    pairing = pair_runs(ours(), _with(ours(), **difference))
    assert pairing.pairs == ()
    assert len(pairing.only_base) == len(pairing.only_other) == 1


def test_records_meet_split_by_split(ours):
    pairing = pair_runs(ours(seeds=(0, 1, 2)), ours(seeds=(2, 3, 1)))
    (pair,) = pairing.pairs
    assert [r.cell.seed for r in pair.base] == [r.cell.seed for r in pair.other] == [1, 2]
    assert pair.splits == (3, 3)


def test_changes_that_no_cell_shows_are_seen_in_the_hashes(ours):
    def changed(**update):
        return [r.model_copy(update={"hashes": r.hashes.model_copy(update=update)}) for r in ours()]

    (pair,) = pair_runs(ours(), changed(bank="f" * 64)).pairs
    assert (pair.changes, pair.same_data) == (("another bank of the same name",), True)
    (pair,) = pair_runs(ours(), changed(dataset="f" * 64)).pairs
    assert (pair.changes, pair.same_data) == (("other data",), False)
    (pair,) = pair_runs(ours(), [r.model_copy(update={"versions": {"method exiqa": 2}}) for r in ours()]).pairs
    assert pair.changes == ("method exiqa: version 1 → version 2",)

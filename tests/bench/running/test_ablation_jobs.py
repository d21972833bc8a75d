"""From options to arms: how many there are, what follows what, what cannot be, and mistakes in a sentence."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from bench_tiny_suite import TINY, A, B, store_with_mine

from exiqa.bench.ablation.ablation import Ablation, choice_in_words, read_ablations, series_of, write_ablation
from exiqa.bench.ablation.options import parse_base, parse_factors, parse_protocols
from exiqa.bench.running.ablation_jobs import make_ablation
from exiqa.bench.running.suites.suite import Job, Suite, expand, load_suite, parse_suite
from exiqa.core.errors import UsageError, UserError

SHALLOW = TINY.replace('mode = "full"', 'mode = "shallow"\nprompt_length = 8').replace(
    "[regressor]", "[modes.full]\nlearning_rate = 2e-5\n\n[regressor]"
)


def _suite(text: str = SHALLOW) -> Suite:
    return parse_suite(text, "tiny")


def _lay_out(
    factors: dict[str, str], text: str = SHALLOW, on: str = B, **more: Any
) -> tuple[Ablation, tuple[Job, ...]]:
    return make_ablation(_suite(text), "tiny", parse_factors(factors), dataset=on, **more)  # type: ignore[arg-type]


def _said(ablation: Ablation) -> list[str]:
    return [choice_in_words(arm.changed) for arm in ablation.arms]


def test_one_factor_at_a_time_is_the_base_and_each_other_value_once() -> None:
    factors = {"k": "3,1,2,7,10", "templates": "paper,none,antonym", "prompts": "0,30", "tuning": "shallow,deep"}
    ablation, jobs = _lay_out(factors, seeds=range(3))
    assert _said(ablation) == [
        "K = 1", "K = 3", "K = 7", "K = 10", "0 prompts", "30 prompts", "template none", "template antonym",
        "deep tuning",
    ]  # fmt: skip
    # The base and nine arms by two protocols; all clean, the prior and the mean score. Three seeds each.
    assert len(jobs) == 3 * (2 * 10 + 3) == len({job.cell for job in jobs}) == len(ablation.cells)
    assert {job.cell for job in jobs} == ablation.cells
    rows = {series.along: [value for value, _ in series.arms] for series in series_of(ablation)}
    assert rows["k"] == [1, 2, 3, 7, 10]  # the base's own, 2, in its place
    assert rows["prompts"] == [0, 8, 30]
    assert all(sum(arm is ablation.base for _, arm in series.arms) == 1 for series in series_of(ablation))


def test_a_full_grid_is_every_combination_and_the_base_once() -> None:
    factors = {"k": "1,2,3", "templates": "paper,none"}
    ablation, jobs = _lay_out(factors, grid="full", protocols=("quality",))
    assert len(ablation.arms) == 3 * 2 - 1  # K = 2 with the template paper is the base
    assert len(jobs) == 3 * 2 + 1
    first, second = series_of(ablation)
    assert (first.fixed, [value for value, _ in first.arms]) == ({"templates": "paper"}, [1, 2, 3])
    assert [arm is ablation.base for _, arm in first.arms] == [False, True, False]
    assert all(arm is not None and arm.cells[0].template == "none" for _, arm in second.arms)
    # A base that is none of the combinations is there nevertheless.
    ablation, jobs = _lay_out({"k": "1,3"}, grid="full", protocols=("quality",))
    assert (len(ablation.arms), len(jobs)) == (2, 4)


def test_the_base_is_the_suites_own_cell() -> None:
    ablation, jobs = _lay_out({"k": "1"})
    own = {job.cell: job for job in expand(_suite())}
    base = [job for job in jobs if job.cell in ablation.base.cells]
    assert [job.explore for job in base] == [0, 3]
    assert all(own[job.cell].explore == job.explore for job in base)
    assert set(ablation.baselines) <= set(own)
    assert not any(job.explore for job in jobs if job not in base)
    assert (ablation.protocols, ablation.seeds) == (("identification", "quality"), (0,))


@pytest.mark.parametrize("suite", ["mini", "paper"])
def test_the_shipped_suites_take_the_ablations_of_the_papers_settings(suite: str) -> None:
    factors = parse_factors(
        {
            "k": "1,3,5,7,10",
            "banks": "kadid10k@1,kadid10k-names@1",
            "templates": "paper,none,antonym",
            "prompts": "0,15,30,100",
            "tuning": "shallow,deep,full",
        }
    )
    ablation, _ = make_ablation(load_suite(suite), suite, factors, seeds=range(3))
    assert not [omitted for omitted in ablation.left_out if "template" not in choice_in_words(omitted.changed)]
    by_words = {choice_in_words(arm.changed): arm for arm in ablation.arms}
    assert by_words["kadid10k-names@1"].cells[0].k == 1
    assert by_words["kadid10k-names@1"].follows == ("kadid10k-names@1 has no more than K = 1 (the base: 5).",)
    full = by_words["full tuning"]
    assert full.cells[0].prompt_length == 0
    assert len(full.follows) == 2
    assert any("the suite sets learning_rate" in text for text in full.follows)
    assert any(text.startswith("full tuning has no prompts") for text in full.follows)
    assert ablation.base.cells[0].tuning == "shallow"


def test_a_method_of_fewer_splits_has_those_and_as_many_as_are_asked_for() -> None:
    suite, factors = load_suite("mini"), parse_factors({"k": "1,5"})
    for asked, seeds in (((), range(5)), (range(10), range(10))):
        ablation, jobs = make_ablation(suite, "mini", factors, seeds=asked, protocols=("identification",))
        assert ablation.seeds == tuple(seeds)
        assert {job.cell for job in jobs} == ablation.cells
        assert [job.cell.seed for job in jobs if job.cell.method == "exiqa" and job.cell.k == 1] == list(seeds)


def test_what_cannot_be_combined_is_named_with_its_reason() -> None:
    factors = {"k": "2,12", "prompts": "0,4", "tuning": "shallow,full,frozen", "banks": "csiq@1,csiq-names@1"}
    ablation, jobs = _lay_out(factors, grid="full", protocols=("identification",))
    left_out = {choice_in_words(omitted.changed): omitted.why for omitted in ablation.left_out}
    # Of 24 combinations K = 12 takes 12, names-only with K = 2 another 6, and prompts of full and frozen 2 of csiq@1.
    assert len(ablation.arms) == 24 - 20 == len(jobs) - 3
    assert len(left_out) == 20
    assert left_out["K = 2, 4 prompts, csiq@1, full tuning"] == "mode 'full' has no prompts; leave prompt_length at 0"
    assert left_out["K = 12, 0 prompts, csiq@1, shallow tuning"] == (
        "bank csiq@1 has 10 attributes for gaussian_blur, so K = 12 cannot be taken from it"
    )
    assert (
        "'antonym' needs"
        in _lay_out({"templates": "none,antonym", "banks": "csiq-names@1"}, grid="full")[0].left_out[0].why
    )


def test_another_base_and_the_mode_that_the_suite_has_keep_their_own_rates() -> None:
    base = parse_base(["tuning=full", "k=3"])
    ablation, jobs = _lay_out({"tuning": "shallow,full", "banks": "csiq@1,csiq-names@1"}, base=base)
    cell = ablation.base.cells[0]
    assert (cell.tuning, cell.k, cell.prompt_length, cell.bank) == ("full", 3, 0, "csiq@1")
    rates = {job.cell.tuning: job.settings["tuning"]["learning_rate"] for job in jobs if job.bank == "csiq@1"}
    assert rates == {"full": 2e-5, "shallow": 1e-4}
    assert [choice_in_words(arm.changed) for arm in ablation.arms] == ["csiq-names@1", "shallow tuning"]
    assert ablation.name == "tiny-mini-csiq-3-full-banks-tuning"
    with pytest.raises(UserError, match="K = 12 cannot be taken"):
        _lay_out({"templates": "none"}, base=parse_base(["k=12"]))


def test_a_bank_without_a_version_is_its_latest_and_the_bases_own_is_no_arm(tmp_path: Path) -> None:
    store = store_with_mine(tmp_path / "banks")
    ablation, _ = _lay_out({"banks": "mine,lvq"}, on=A, bank_store=store)
    assert ablation.factors == {"banks": ("mine@1", "lvq@2")}
    assert [arm.cells[0].bank for arm in (ablation.base, *ablation.arms)] == ["mine@1", "lvq@2"]


@pytest.mark.parametrize(
    ("factors", "more", "message"),
    [
        ({}, {}, "nothing is varied; give at least one of --k, --prompts, --banks, --templates, --tuning"),
        ({"k": "0"}, {}, "--k 0: '0' is no whole number from 1 up"),
        ({"k": "1,"}, {}, "--k 1,: give values with commas between them, each once"),
        ({"k": "3,3"}, {}, "each once"),
        ({"prompts": "-1"}, {}, "--prompts -1: '-1' is no whole number from 0 up"),
        ({"templates": "papers"}, {}, "there is no 'papers'; there are paper, none, antonym, nothing_wrong"),
        ({"tuning": "deeper"}, {}, "there is no 'deeper'; there are shallow, deep, full, frozen"),
        ({"k": "1"}, {"on": "csiq"}, "--on csiq: the suite has no data set of that name; it has mini-lvq, mini-csiq"),
        ({"k": "1"}, {"name": "A B"}, "--name A B: use 1 to 64 lower-case"),
    ],
)
def test_wrong_usage_is_said_in_a_sentence(factors: dict[str, str], more: dict[str, Any], message: str) -> None:
    with pytest.raises(UsageError) as error:
        _lay_out(factors, **more)
    assert message in str(error.value)


@pytest.mark.parametrize(
    ("factors", "message"),
    [
        ({"banks": "nowhere@1"}, "there is no bank 'nowhere'"),
        ({"banks": "csiq@9"}, "csiq has the versions 1"),
        ({"banks": "lvq@1"}, "bank lvq@1 has no attributes for 'gaussian_blur', which mini-csiq has"),
        ({"k": "2"}, "nothing is left to compare with the base; give values that differ from it"),
        ({"k": "12"}, "nothing is left to compare with the base: bank csiq@1 has 10 attributes"),
    ],
)
def test_what_is_not_there_is_said_in_a_sentence(factors: dict[str, str], message: str) -> None:
    with pytest.raises(UserError) as error:
        _lay_out(factors)
    assert message in str(error.value)


def test_protocols_bases_and_modes_that_do_not_exist() -> None:
    assert parse_protocols("quality,identification") == ("identification", "quality")
    for text in ("zero_shot", "", "quality,quality"):
        with pytest.raises(UsageError, match="--protocols"):
            parse_protocols(text)
    for given in (["k"], ["q=1"], ["k=1", "k=2"], ["k=1,2"], ["k=0"]):
        with pytest.raises(UsageError, match=r"--base|--k 0"):
            parse_base(given)
    with pytest.raises(UserError, match="there is no tuning mode 'whole'"):
        _suite(SHALLOW.replace("[modes.full]", "[modes.whole]"))
    without = SHALLOW.replace('"prior", "exiqa"', '"prior"').replace('["mean_score", "exiqa"]', '["mean_score"]')
    with pytest.raises(UsageError, match="the suite does not test exiqa on it alone"):
        _lay_out({"k": "1"}, without)


def test_a_definition_comes_back_as_it_was_and_a_damaged_one_is_named(tmp_path: Path) -> None:
    factors = {"templates": "none", "k": "1,12", "tuning": "full"}
    ablation, _ = _lay_out(factors, name="one")
    full, _ = _lay_out({"templates": "none,paper", "k": "1,2"}, grid="full", name="full")
    assert read_ablations(tmp_path) == ()
    path = write_ablation(tmp_path, ablation)
    write_ablation(tmp_path, full)
    again = read_ablations(tmp_path)
    assert again == (full, ablation)
    assert [series_of(one) for one in again] == [series_of(full), series_of(ablation)]
    text = path.read_text()
    for damage, message in (
        (text[:-40], "is not an ablation's definition"),
        (text.replace('"schema_version": 1', '"schema_version": 2'), "schema_version"),
        (text.replace('"grid": "one"', '"grid": "one", "figures": 1'), "figures"),
        (text.replace('   "changed": {\n    "k": 1\n   }', '   "changed": {\n    "prompts": 1\n   }'), "prompts"),
        (text.replace('"protocols": [\n  "identification",', '"protocols": ['), "one cell for each of quality"),
    ):
        assert damage != text
        path.write_text(damage)
        with pytest.raises(UserError) as error:
            read_ablations(tmp_path)
        assert str(path) in str(error.value) and message in str(error.value)

"""Suites: what they say, the cells they come to, and their mistakes in a sentence."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest
from bench_tiny_suite import TINY

from exiqa.bank.storage.store import load_bank
from exiqa.bench.methods.method import METHODS
from exiqa.bench.metrics.bootstrap import MIN_REFERENCES
from exiqa.bench.running.suites.suite import expand, load_suite, parse_folders, parse_suite, suite_names
from exiqa.core.errors import UsageError, UserError
from exiqa.iqadata.catalog.loading import DATASETS
from exiqa.iqadata.datasets.splits import RATIOS
from exiqa.iqadata.standins.standin import STANDINS


@pytest.mark.parametrize("name", suite_names())
def test_a_shipped_suite_is_whole(name: str) -> None:
    suite = load_suite(name)
    jobs = expand(suite)
    ours = {"validity", "unseen"} if name in ("mini", "paper") else set()
    paper = {"quality"} if name == "authentic" else {"identification", "quality", "zero_shot"} | ours
    assert {job.cell.protocol for job in jobs} == paper
    assert len({job.cell.file_stem for job in jobs}) == len(jobs)
    assert [job.cell for job in expand(load_suite(name))] == [job.cell for job in jobs]
    for choice in (choice for job in jobs for choice in (job.train, job.test)):
        assert choice.data in (*DATASETS.own, *STANDINS)
    for spec in {spec for job in jobs for spec in (job.bank, job.train_bank) if spec}:
        load_bank(spec)
    if name == "authentic":  # photos without distortions: only their quality can be predicted
        return
    tables = Counter((job.cell.protocol, job.cell.train == job.cell.test) for job in jobs)
    assert set(tables) >= {("identification", False), ("quality", False)}  # Tables IV and V


def test_paper_and_mini_are_the_same_but_for_the_data() -> None:
    def shape(name: str) -> set[tuple[str, ...]]:
        cells = (job.cell for job in expand(load_suite(name)))
        return {(c.protocol, c.method, c.train.removeprefix("mini-"), c.test.removeprefix("mini-")) for c in cells}

    assert shape("paper") - shape("mini") == {
        ("quality", "arniqa", name, name) for name in ("kadid10k", "tid2013", "csiq", "live", "lvq")
    }
    assert shape("mini") <= shape("paper")


def test_mini_tests_on_enough_and_says_what_is_tuned_less_often() -> None:
    suite = load_suite("mini")
    cells = [job.cell for job in expand(suite)]
    splits = Counter((c.variant, c.protocol, c.train, c.test) for c in cells)
    ten = {c for (c, *_), count in splits.items() if count == 10}
    few = {c for (c, *_), count in splits.items() if count < 10}
    assert all(c.tuning in (None, "frozen") for c in ten)
    of_one_set = [c for c in few if not c.is_across and c.protocol != "validity" and c.tuning in (None, "frozen")]
    # One split is enough to print a row as not comparable.
    assert {c.method for c in of_one_set} == {"clip_iqa", "shuffled"}
    assert all(count >= 5 for (c, *_), count in splits.items() if c not in of_one_set)
    shares = RATIOS[suite.split]
    for name, choice in suite.datasets.items():
        references = choice.options["references"]
        assert references - round(references * shares[0]) - round(references * shares[1]) >= MIN_REFERENCES, name
        assert min(choice.options["height"], choice.options["width"]) >= 192
    # The rule of its size: as many images as mini-kadid10k has (25 distortions at five levels), in whole references.
    images = suite.datasets["mini-kadid10k"].options["references"] * 125
    assert suite.datasets["mini-exiqa"].options["references"] == images // STANDINS["mini-exiqa"].repeats


def test_rows_that_stand_beside_each_other_have_as_many_attributes() -> None:
    for name in ("mini", "paper"):
        untuned = [
            job.cell for job in expand(load_suite(name)) if job.cell.tuning == "frozen" and not job.cell.is_across
        ]
        for protocol in ("identification", "quality"):
            of = {(c.method, c.k) for c in untuned if c.protocol == protocol}
            assert {("names", 1), ("random_banks", 1), ("frozen", 1)} <= of
            assert {("random_banks", 5), ("shuffled", 5), ("frozen", 5)} <= of


def test_a_row_and_a_block_may_have_fewer_splits() -> None:
    text = TINY.replace("seeds = [0]", "seeds = [4, 5, 6]").replace(
        'methods = ["mean_score", "exiqa"]', 'methods = ["mean_score", "exiqa"]\nsplits = 2', 1
    )
    suite = parse_suite(text + "\n[methods.exiqa]\nsplits = 1\n", "tiny")
    seeds: dict[tuple[str, str], set[int]] = {}
    for job in expand(suite):
        seeds.setdefault((job.cell.protocol, job.cell.method), set()).add(job.cell.seed)
    assert seeds["identification", "prior"] == {4, 5, 6}
    assert seeds["quality", "mean_score"] == {4, 5}
    assert seeds["quality", "exiqa"] == seeds["identification", "exiqa"] == {4}


def test_cells_say_what_they_run_with() -> None:
    cells = [job.cell for job in expand(parse_suite(TINY, "tiny"))]
    across = next(c for c in cells if c.protocol == "identification" and c.train != c.test)
    assert (across.train, across.test, across.bank, across.k) == ("mini-lvq", "mini-csiq", "csiq@1", 2)
    refitted = next(c for c in cells if c.protocol == "quality" and c.train != c.test)
    assert refitted.bank == "mine@1"
    assert (refitted.backbone, refitted.tuning, refitted.prompt_length) == ("exiqa-mini/random", "full", 0)
    prior = next(c for c in cells if c.method == "prior")
    assert (prior.bank, prior.k, prior.backbone, prior.hyperparameters) == (None,) * 4


VARIANTS = """
title = "Variants"
[datasets.mini-csiq]
banks = { shuffled = "csiq-shuffled@1" }
[methods.named]
method = "exiqa"
model = "exiqa-mini"
regressor = { kind = "ridge", features = "logit" }
[methods.few]
method = "exiqa"
model = "exiqa-mini"
regressor = { kind = "sparse", features = "logit", settings = { attributes = 3 } }
[methods.shuffled]
model = "exiqa-mini"
bank = "shuffled"
[[cells]]
protocol = "quality"
test = ["mini-csiq"]
methods = ["named", "few", "shuffled"]
"""


def test_rows_of_one_method_differ_in_what_the_suite_says_of_them() -> None:
    named, few, shuffled = (job.cell for job in expand(parse_suite(VARIANTS, "variants")))
    assert (named.method, few.method) == ("exiqa", "exiqa")
    # A model that ships is read out in its own bank, where the data set names none.
    assert (named.model, named.bank, shuffled.bank) == ("exiqa-mini", "kadid10k@3", "csiq-shuffled@1")
    assert (named.regressor, named.attributes) == ("ridge on logit of P(a|I)", None)
    assert (few.regressor, few.attributes) == ("sparse on logit of P(a|I)", 3)
    assert (shuffled.regressor, shuffled.tuning, shuffled.preprocessing) == (None, "shallow", "grid")
    seeded = expand(parse_suite(VARIANTS.replace('"Variants"', '"Variants"\nseeds = [4]'), "variants"))
    assert [job.settings["regressor"]["seed"] for job in seeded] == [4, 4, 4]


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('kind = "ridge"', 'kind = "rigde"', "no kind 'rigde'"),
        ('features = "logit" }', 'features = "logits" }', "no features 'logits'"),
        ("attributes = 3", "attribute = 3", "attribute: Extra inputs"),
        ('method = "exiqa"', 'method = "exiqua"', "no method 'exiqua'"),
        ('model = "exiqa-mini"\nbank', 'model = "exiqa-maxi"\nbank', "no artifact 'exiqa-maxi'"),
    ],
)
def test_a_mistaken_variant_is_a_sentence(old: str, new: str, message: str) -> None:
    assert old in VARIANTS
    with pytest.raises(UserError, match=message):
        parse_suite(VARIANTS.replace(old, new), "variants")


@pytest.mark.parametrize(
    ("old", "new", "changed"),
    [
        ("[regressor]\nepochs = 2", "[regressor]\nepochs = 3", lambda c: c.protocol in ("quality", "zero_shot")),
        ("warmup_epochs = 0", "warmup_epochs = 0.5", lambda c: True),
        ("warmup_epochs = 0", "warmup_epochs = 0\nworkers = 3", lambda c: False),
        ('own = "csiq@1"', 'own = "csiq-random@1"', lambda c: c.bank == "csiq@1"),
        ('own = "mine@1"', 'own = "mine@2"', lambda c: c.train == "mini-lvq"),
        ("epochs = 1\n", "epochs = 1\ntemplate = 'none'\n", lambda c: True),
    ],
)
def test_a_setting_changes_exactly_the_cells_that_depend_on_it(old: str, new: str, changed) -> None:
    before = {job.cell for job in expand(parse_suite(TINY, "tiny"))}
    after = {job.cell for job in expand(parse_suite(TINY.replace(old, new), "tiny"))}
    assert before - after == {c for c in before if METHODS[c.method].uses == "bank" and changed(c)}


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        (
            'title = "Tiny"',
            'title = "Tiny"\nsurprise = 1',
            "tiny, line 3: surprise: there is no such key; there are cells, datasets",
        ),
        (
            'title = "Tiny"',
            'title = "Tiny"\nexplor = 1',
            "tiny, line 3: explor: there is no such key; the nearest is 'explore'",
        ),
        ('title = "Tiny"', "title = ", "tiny is not valid TOML"),
        (
            'own = "mine@1" }',
            'own = "mine@1" }\nrecpe = 1',
            r"line 24: datasets\.mini-lvq\.recpe: .* nearest is 'recipe'",
        ),
        (
            "epochs = 1\n",
            "epoch = 1\n",
            "tiny, line 13: there is no setting of tuning 'epoch'; the nearest is 'epochs'",
        ),
        ('mode = "full"', 'mode = "ful"', "tiny, line 11: mode: Input should be 'shallow'"),
        (
            'test = ["mini-lvq", "mini-csiq"]',
            'test = ["mini-csq"]',
            "line 31: there is no data set 'mini-csq'; the nearest",
        ),
        ('"prior"', '"priors"', "tiny, line 32: there is no method 'priors'; the nearest is 'prior'"),
        ('["all_clean", "prior"', '["mean_score"', "'mean_score' has no protocol 'identification'"),
        ('test = ["mini-lvq", "mini-csiq"]\nmethods = ["mean', 'test = ["x"]\nmethods = ["mean', "no data set 'x'"),
        ('own = "csiq@1"', 'other = "csiq@1"', "needs a bank 'own' of the data set mini-csiq"),
        ("seeds = [0]", "seeds = [1, 1]", "each once"),
        ('protocol = "zero_shot"\ntrain = ["mini-lvq"]', 'protocol = "zero_shot"', "zero_shot cells need `train`"),
        ("batch_size = 16", "batch_size = 0", "line 15: batch_size: Input should be greater"),
    ],
)
def test_mistakes_are_named(old: str, new: str, message: str) -> None:
    assert old in TINY
    with pytest.raises(UserError, match=message):
        parse_suite(TINY.replace(old, new), "tiny")


def test_an_unknown_suite_and_odd_files(tmp_path: Path) -> None:
    with pytest.raises(
        UserError, match=r"no suite 'papers'; give a TOML file, or one of the shipped: authentic, mini, paper, smoke"
    ):
        load_suite("papers")
    (tmp_path / "own.toml").write_text(TINY)
    assert load_suite(str(tmp_path / "own.toml")).title == "Tiny"
    (tmp_path / "odd.toml").write_bytes(b"\xff")
    with pytest.raises(UserError, match="not UTF-8"):
        load_suite(str(tmp_path / "odd.toml"))


def test_data_folders() -> None:
    assert parse_folders(["a=x=y", "b=z"]) == {"a": Path("x=y"), "b": Path("z")}
    for given in (["a"], ["a="], ["=x"], ["a=x", "a=y"]):
        with pytest.raises(UsageError, match="--data"):
            parse_folders(given)


@pytest.mark.parametrize(("suite", "dataset"), [("mini", "mini-kadid10k"), ("paper", "kadid10k")])
def test_banks_stand_beside_each_other_at_equal_size(suite: str, dataset: str) -> None:
    cells = [job.cell for job in expand(load_suite(suite))]
    untuned = [cell for cell in cells if cell.tuning == "frozen" and cell.test == dataset]
    for k, banks in (
        (1, {"kadid10k@3", "kadid10k-names@2"}),
        (5, {"kadid10k@3", "kadid10k-shuffled@3", "kadid10k-llm@1", "kadid10k-smollm2@1"}),
    ):
        of_size = [cell for cell in untuned if cell.k == k and cell.protocol == "identification"]
        assert {cell.bank for cell in of_size} == banks
        assert {"random_banks", "frozen"} <= {cell.method for cell in of_size}

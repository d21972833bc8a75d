"""Reviews: the version made of one, what is refused, and how far two agree."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from sklearn.metrics import cohen_kappa_score
from small_banks import RANKED, TAXONOMY
from typer.testing import CliRunner

from exiqa.bank.attribute import Attribute
from exiqa.bank.review.agreement import agreement, cohens_kappa
from exiqa.bank.review.apply import apply_review
from exiqa.bank.review.review import Review, read_review
from exiqa.bank.schema import Bank, Provenance
from exiqa.bank.storage.store import BankStore
from exiqa.bank.storage.verify import verify
from exiqa.cli import app
from exiqa.core.errors import UserError

SOFT, FINE, CAFE = (attribute.phrase for attribute in RANKED["gaussian_blur"])
GRAIN = RANKED["white_noise"][0].phrase


@pytest.fixture
def store(tmp_path: Path) -> BankStore:
    return BankStore(tmp_path / "banks")


@pytest.fixture
def bank(store: BankStore) -> Bank:
    return store.save("mine", TAXONOMY, RANKED, Provenance(method="imported"))


def row(phrase: str, decision: str | None = "keep", /, **edited: str | None) -> dict[str, Any]:
    return {"phrase": phrase, "decision": decision, **({"edited": edited} if edited else {})}


def review(bank: Bank, reviewer: str = "Ada", **distortions: list[dict[str, Any]]) -> Review:
    document = {"schema_version": 1, "kind": "review", "bank": bank.id, "bank_hash": bank.hash, "reviewer": reviewer}
    return Review.model_validate({**document, "distortions": distortions})


def test_what_is_dropped_edited_and_moved_is_so_in_the_next_version(store: BankStore, bank: Bank) -> None:
    made = review(
        bank, gaussian_blur=[row(FINE, None), row(SOFT, phrase="a softening of all details"), row(CAFE, "drop")]
    )
    saved = apply_review(bank, made, store, "mine", "review.json")
    assert saved is not None and saved.id == "mine@2"
    assert saved.ranked == {
        "gaussian_blur": (Attribute(phrase=FINE), Attribute(phrase="a softening of all details")),
        "white_noise": RANKED["white_noise"],
    }
    provenance = saved.provenance
    assert provenance.method == "edited" and provenance.parents == (bank.pinned_id,)
    assert provenance.generator["review"] | {"sha256": ""} == {"reviewer": "Ada", "sha256": "", "kept": 1, "dropped": 1}
    edits = provenance.generator["edits"]
    assert list(edits) == ["gaussian_blur"]
    assert [each["phrase"] for each in edits["gaussian_blur"]["dropped"]] == [CAFE]
    assert [each["after"]["phrase"] for each in edits["gaussian_blur"]["reworded"]] == ["a softening of all details"]
    assert [problem for entry in store.list() for problem in verify(entry, store.folder)] == []


def test_a_review_that_changes_nothing_makes_no_version(store: BankStore, bank: Bank) -> None:
    made = review(bank, gaussian_blur=[row(SOFT), row(FINE), row(CAFE, None)])
    assert apply_review(bank, made, store, "mine", "review.json") is None
    assert [entry.id for entry in store.list()] == ["mine@1"]


def test_applied_twice_it_is_one_version(store: BankStore, bank: Bank) -> None:
    made = review(bank, gaussian_blur=[row(SOFT), row(FINE), row(CAFE, "drop")])
    first, second = (apply_review(bank, made, store, "mine", "review.json") for _ in range(2))
    assert first == second and [entry.id for entry in store.list()] == ["mine@1", "mine@2"]


def test_a_review_of_an_older_version_is_refused(store: BankStore, bank: Bank) -> None:
    ada = review(bank, gaussian_blur=[row(SOFT), row(FINE), row(CAFE, "drop")])
    ben = review(bank, "Ben", gaussian_blur=[row(SOFT), row(FINE, "drop"), row(CAFE)])
    newer = apply_review(bank, ada, store, "mine", "ada.json")
    assert newer is not None
    with pytest.raises(UserError, match=r"ben.json was made of mine@1, and the store has mine@2 since"):
        apply_review(bank, ben, store, "mine", "ben.json")
    with pytest.raises(UserError, match=r"ben.json is a review of mine@1 .* review mine@2 itself"):
        apply_review(newer, ben, store, "mine", "ben.json")
    saved = apply_review(bank, ben, store, "bens", "ben.json")
    assert saved is not None and saved.id == "bens@1"
    # Under a name that another review of the same bank has already, it would undo that one.
    with pytest.raises(UserError, match=r"the store has bens@1 since"):
        apply_review(bank, ada, store, "bens", "ada.json")


def test_an_opposite_is_the_attributes_in_every_distortion(store: BankStore, bank: Bank) -> None:
    made = review(bank, white_noise=[row(GRAIN), row(FINE, phrase=FINE, antonym="fine texture everywhere")])
    saved = apply_review(bank, made, store, "mine", "review.json")
    assert saved is not None
    assert {a.antonym for attributes in saved.ranked.values() for a in attributes if a.phrase == FINE} == {
        "fine texture everywhere"
    }


@pytest.mark.parametrize(
    "rows, sentence",
    [
        ([row(GRAIN, "drop"), row(FINE, "drop")], "drops every phrase of white_noise"),
        ([row(GRAIN)], "does not list the phrases of white_noise as mine@1 has them"),
        ([row(GRAIN), row(FINE, phrase=GRAIN)], "white_noise has 'a fine grain over flat areas' twice"),
    ],
)
def test_what_would_make_no_bank_is_refused(
    rows: list[dict[str, Any]], sentence: str, store: BankStore, bank: Bank
) -> None:
    with pytest.raises(UserError, match=sentence):
        apply_review(bank, review(bank, white_noise=rows), store, "mine", "review.json")
    assert [entry.id for entry in store.list()] == ["mine@1"]


@pytest.mark.parametrize(
    "text, sentence",
    [
        ("[]", "is not a review"),
        ('{"schema_version": 1', "not valid JSON"),
        ('{"schema_version": 1, "kind": "review", "banc": "x"}', "nearest is 'bank'"),
    ],
)
def test_what_is_no_review_is_refused(text: str, sentence: str, tmp_path: Path) -> None:
    (tmp_path / "review.json").write_text(text)
    with pytest.raises(UserError, match=sentence):
        read_review(tmp_path / "review.json")
    with pytest.raises(UserError, match=r"there is no file .*none\.json"):
        read_review(tmp_path / "none.json")


@pytest.mark.parametrize(
    "decisions",
    ["kk kd dk dd dd dd dd", "kk kk kk kd", "kd dk", "kk dd", "kd kd kd kk", "kk kk kk dk dd"],
)
def test_kappa_is_scikit_learns(decisions: str) -> None:
    pairs = [(a, b) for a, b in decisions.split()]
    assert cohens_kappa(pairs) == pytest.approx(cohen_kappa_score(*zip(*pairs, strict=True)), abs=1e-12)


def test_kappa_of_reviewers_who_keep_everything_is_not_defined() -> None:
    assert cohens_kappa([("keep", "keep")] * 5) is None


def test_only_what_both_judged_is_compared(bank: Bank) -> None:
    ada = review(bank, gaussian_blur=[row(SOFT), row(FINE, "drop"), row(CAFE, None)])
    ben = review(
        bank, "Ben", gaussian_blur=[row(CAFE), row(FINE), row(SOFT)], white_noise=[row(GRAIN), row(FINE, None)]
    )
    found = agreement(ada, ben)
    assert (found.both, found.one, found.equal, found.share, found.kept) == (2, 2, 1, 0.5, (1, 2))
    assert found.kappa == 0
    assert [(each.distortion, each.phrase, each.first, each.second) for each in found.disputed] == [
        ("gaussian_blur", FINE, "drop", "keep")
    ]
    with pytest.raises(UserError, match="no phrase of mine@1 that both"):
        agreement(ada, review(bank, white_noise=[row(GRAIN), row(FINE)]))


def test_reviews_of_different_banks_are_not_compared(store: BankStore, bank: Bank) -> None:
    other = store.save("other", TAXONOMY, {"white_noise": RANKED["white_noise"]}, Provenance(method="imported"))
    with pytest.raises(UserError, match=r"different banks, mine@1 .* and other@1"):
        agreement(review(bank), review(other))


def test_the_commands_say_what_came_of_it(
    store: BankStore, bank: Bank, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    ada = review(bank, "[bold]A\x1b[31mda", gaussian_blur=[row(SOFT), row(FINE), row(CAFE, "drop")])
    ben = review(bank, "Ben", gaussian_blur=[row(SOFT), row(FINE, "drop"), row(CAFE, "drop")])
    for name, made in (("ada", ada), ("ben", ben)):
        (tmp_path / f"{name}.json").write_text(made.model_dump_json())
    compared = CliRunner().invoke(app, ["bank", "agreement", "ada.json", "ben.json"])
    assert compared.exit_code == 0, compared.output
    assert "equal decisions: 2 (66.7%); Cohen's kappa: 0.400" in compared.stdout
    assert "\x1b[31m" not in compared.stdout and "[bold]A" in compared.stdout
    plain = CliRunner().invoke(app, ["bank", "agreement", "ada.json", "ben.json", "--json"])
    assert json.loads(plain.stdout)["kappa"] == pytest.approx(0.4)
    applied = CliRunner().invoke(app, ["bank", "apply", "mine", "ada.json"])
    assert applied.exit_code == 0 and applied.stdout.startswith("saved mine@2  hash ")
    refused = CliRunner().invoke(app, ["bank", "apply", "mine@1", "ben.json"])
    assert refused.exit_code == 1 and refused.stderr.count("\n") == 1, refused.output

"""The page of a review in a real Chromium: by mouse, by keyboard alone, kept, saved, and what axe finds."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from axe_playwright_python.sync_playwright import Axe

from exiqa.bank.attribute import Attribute
from exiqa.bank.grounding.curves import EffectCurves
from exiqa.bank.grounding.grounding import ground
from exiqa.bank.grounding.table import EffectTable
from exiqa.bank.grounding.verdict import GroundingSettings
from exiqa.bank.linking.labelled import parse_claims
from exiqa.bank.review.apply import apply_review
from exiqa.bank.review.review import read_review
from exiqa.bank.schema import Bank, Provenance
from exiqa.bank.storage.store import BankStore
from exiqa.bank.taxonomy import Taxonomy, load_taxonomy
from exiqa.iqadata.grounding.pairs import PairSource, PicturePair
from exiqa.iqadata.photos import fit, packaged_photos
from exiqa.iqadata.review.page import review_page

EVIL = "a </script><script>alert(1)</script><img src=x onerror=alert(1)> {{ 7 * 7 }} \u202e haze"
BLURRED = (
    Attribute(phrase="a softening of details", antonym="crisp details"),
    Attribute(phrase="a softening of fine details"),
    Attribute(phrase="a darker picture"),
    Attribute(phrase=EVIL),
)
CLAIMS = {"a softening of details": "blur+", "a softening of fine details": "blur+", "a darker picture": "darker+"}


class Letters:
    """Counts of letters as vectors: what is spelt alike is near."""

    name, hash = "letters", "0" * 64

    def encode(self, sentences: Any) -> np.ndarray:
        counts = np.array([[text.count(chr(97 + n)) for n in range(26)] for text in sentences], np.float32)
        return counts / np.linalg.norm(counts, axis=1, keepdims=True)


def _pairs(distortion: str) -> tuple[PicturePair, ...]:
    def load(level: int) -> tuple[np.ndarray, np.ndarray]:
        from exiqa.iqadata.distortions.registry import distort

        reference = fit(packaged_photos()["coffee"](), 192, 192)
        return reference, distort(reference, distortion, level, "kadid10k")

    return tuple(
        PicturePair("coffee", level, f"{distortion} {level} of a small coffee", lambda level=level: load(level))
        for level in (2, 3, 4, 5)
    )


@pytest.fixture(scope="module")
def bank(tmp_path_factory: pytest.TempPathFactory) -> Bank:
    whole = load_taxonomy("kadid10k")
    taxonomy = Taxonomy(id="two", name="Two", distortions=(whole["gaussian_blur"], whole["jpeg"]))
    ranked = {"gaussian_blur": BLURRED, "jpeg": (Attribute(phrase="square tiles"), BLURRED[0])}
    return BankStore(tmp_path_factory.mktemp("banks")).save("mine", taxonomy, ranked, Provenance(method="imported"))


@pytest.fixture(scope="module")
def made(bank: Bank, tmp_path_factory: pytest.TempPathFactory) -> Path:
    source = PairSource("small pictures", {"gaussian_blur": _pairs("gaussian_blur")}, {"jpeg": "none here"})
    links = {a.phrase: parse_claims(CLAIMS.get(a.phrase, "")) for a in bank.attributes}
    curves = EffectCurves(levels=(2, 3, 4, 5), photos=1, visibility={"blur": (0.05, 0.2, 0.6, 1.0)})
    table = EffectTable(
        pairs="small pictures", pairs_hash="0" * 64, effects_version=1, curves={"gaussian_blur": curves}
    )
    grounding = ground(bank, table, links, "0" * 64, GroundingSettings())
    page = tmp_path_factory.mktemp("page") / "review.html"
    page.write_text(review_page(bank, grounding, source, Letters(), 0.9), encoding="utf-8")
    return page


Opener = Callable[..., Any]


@pytest.fixture
def open_page(browser: Any, made: Path) -> Iterator[Opener]:
    """Opens the page, each time as another reader unless told whose; what it complained of or asked for is checked."""
    heard: list[str] = []
    contexts = []

    def open_it(context: Any = None, **settings: Any) -> Any:
        if context is None:
            context = browser.new_context(**settings)
            contexts.append(context)
        page = context.new_page()
        page.on("console", lambda message: heard.append(message.text))
        page.on("pageerror", lambda error: heard.append(str(error)))
        page.on("dialog", lambda dialog: (heard.append("dialog"), dialog.dismiss()))
        page.on("request", lambda request: heard.append(request.url))
        page.goto(made.as_uri())
        return page

    yield open_it
    for context in contexts:
        context.close()
    assert [said for said in heard if not said.startswith(("data:", made.as_uri(), "blob:"))] == []


def _list(page: Any, distortion: str = "gaussian_blur") -> Any:
    return page.locator(f"section[data-distortion={distortion}] .phrases > li")


def _order(page: Any) -> list[int]:
    return [int(number) for number in _list(page).evaluate_all("rows => rows.map(row => row.dataset.number)")]


def _summary(page: Any) -> str:
    return str(page.locator("section[data-distortion=gaussian_blur] .summary").text_content())


def _saved(page: Any, folder: Path, press: Callable[[], None]) -> Path:
    with page.expect_download() as download:
        press()
    path = folder / download.value.suggested_filename
    download.value.save_as(path)
    return path


def test_it_shows_phrases_with_verdicts_and_pictures(open_page: Opener, bank: Bank) -> None:
    page = open_page()
    rows = _list(page)
    assert [rows.nth(n).locator(".phrase").text_content() for n in range(3)] == [a.phrase for a in BLURRED[:3]]
    assert rows.nth(3).locator(".phrase").text_content() == EVIL  # as text, and nothing of it was run
    assert "seen from level 3" in rows.nth(0).text_content() and rows.nth(0).locator("svg rect").count() == 4
    assert "not seen" in rows.nth(2).text_content() and "not linked" in rows.nth(3).text_content()
    pictures = page.locator("section[data-distortion=gaussian_blur] .pictures img")
    assert [pictures.nth(n).get_attribute("alt") for n in range(4)] == [
        "coffee, as it is", *(f"coffee, Gaussian blur, level {level}" for level in (2, 4, 5))
    ]  # fmt: skip
    assert page.evaluate("[...document.images].every(image => image.complete && image.naturalWidth === 160)")
    assert "no pictures" in _list(page, "jpeg").nth(0).text_content()
    assert "shared with JPEG" in rows.nth(0).text_content()


def test_by_mouse_keep_drop_and_what_changes_with_it(open_page: Opener) -> None:
    page = open_page()
    rows = _list(page)
    assert "near-duplicates 2" in _summary(page) and "4 of 4 phrases stay" in _summary(page)
    before = float(_summary(page).split("coverage ")[1].split(";")[0])
    rows.nth(1).get_by_role("button", name="Drop").click()
    assert rows.nth(1).get_by_role("button", name="Drop").get_attribute("aria-pressed") == "true"
    assert "near-duplicates 0" in _summary(page) and "3 of 4 phrases stay" in _summary(page)
    assert "effects named 1 of 1" in _summary(page)
    rows.nth(0).get_by_role("button", name="Drop").click()
    assert "unnamed: loss of detail" in _summary(page)
    assert float(_summary(page).split("coverage ")[1].split(";")[0]) < before
    rows.nth(0).get_by_role("button", name="Drop").click()  # a second time takes it back
    assert "unnamed" not in _summary(page)
    assert page.locator("#progress").text_content() == "1 of 6 judged"
    assert page.locator("#judged-gaussian_blur").text_content() == "1/4"


def test_by_mouse_a_phrase_is_dragged_to_its_place(open_page: Opener) -> None:
    page = open_page()
    _list(page).nth(2).locator(".handle").drag_to(_list(page).nth(0))
    assert _order(page) == [2, 0, 1, 3]
    _list(page).nth(0).get_by_role("button", name="Down").click()
    assert _order(page) == [0, 2, 1, 3]
    page.get_by_role("button", name="Undo").click()
    page.get_by_role("button", name="Undo").click()
    assert _order(page) == [0, 1, 2, 3] and page.get_by_role("button", name="Undo").is_disabled()


def test_by_keyboard_alone_to_the_next_version(open_page: Opener, bank: Bank, tmp_path: Path) -> None:
    page = open_page(accept_downloads=True)
    press = page.keyboard.press

    def tab_to(selector: str) -> None:
        for _ in range(60):
            if page.evaluate("selector => document.activeElement.matches(selector)", selector):
                return
            press("Tab")
        raise AssertionError(f"Tab does not lead to {selector}")

    tab_to("#reviewer")
    page.keyboard.type("Ada L.")
    tab_to("section[data-distortion=gaussian_blur] li")
    press("k")
    press("d")
    press("d")
    press("ArrowDown")  # there is none below
    press("Alt+ArrowUp")
    press("Alt+ArrowUp")
    press("Alt+ArrowUp")
    assert _order(page) == [3, 0, 1, 2]
    press("ArrowDown")
    press("e")
    page.keyboard.press("Control+a")
    page.keyboard.type("a milky softness")
    press("Enter")
    assert page.evaluate("document.activeElement.dataset.number") == "0"
    press("e")
    page.keyboard.type("nothing of this")
    press("Escape")
    press("ArrowDown")
    press("ArrowDown")
    press("k")
    press("Control+z")
    assert page.get_by_role("status").text_content() == "Undone."
    file = _saved(page, tmp_path, lambda: (page.locator("#save").focus(), press("Enter")))
    assert file.name == "mine@1.Ada-L-.review.json"
    review = read_review(file)
    assert review.reviewer == "Ada L." and list(review.distortions) == ["gaussian_blur"]
    assert [row.decision for row in review.distortions["gaussian_blur"]] == [None, "keep", "drop", "drop"]
    saved = apply_review(bank, review, BankStore(tmp_path), "adas", file.name)
    assert saved is not None
    assert [a.phrase for a in saved.ranked["gaussian_blur"]] == [EVIL, "a milky softness"]
    assert saved.ranked["gaussian_blur"][1].antonym == "crisp details"


def test_progress_is_kept_in_the_browser_and_by_nobody_else(open_page: Opener) -> None:
    page = open_page()
    page.get_by_label("Reviewer").fill("Ben")
    _list(page).nth(0).get_by_role("button", name="Keep").click()
    _list(page).nth(0).get_by_role("button", name="Down").click()
    again = open_page(page.context)
    assert _order(again) == [1, 0, 2, 3] and again.locator("#progress").text_content() == "1 of 6 judged"
    assert again.get_by_label("Reviewer").input_value() == "Ben"
    assert open_page().locator("#progress").text_content() == "0 of 6 judged"


def test_the_saved_file_is_small_and_holds_only_what_was_touched(open_page: Opener, tmp_path: Path) -> None:
    page = open_page(accept_downloads=True)
    _list(page, "jpeg").nth(1).get_by_role("button", name="Drop").click()
    file = _saved(page, tmp_path, page.get_by_role("button", name="Save review").click)
    assert json.loads(file.read_text())["distortions"] == {
        "jpeg": [
            {"phrase": "square tiles", "decision": None},
            {"phrase": "a softening of details", "decision": "drop"},
        ]
    }


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing(scheme: str, open_page: Opener) -> None:
    page = open_page(color_scheme=scheme)
    page.locator("summary").click()
    _list(page).nth(0).get_by_role("button", name="Keep").click()
    _list(page).nth(1).get_by_role("button", name="Drop").click()
    _list(page).nth(2).get_by_role("button", name="Edit").click()
    assert [violation["id"] for violation in Axe().run(page).response["violations"]] == []

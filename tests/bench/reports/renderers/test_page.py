"""What the page of a whole run does in a real Chromium: sorting, explorer, links, and what axe finds."""

from __future__ import annotations

import dataclasses
import re
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from made_run import made_images, made_records

from exiqa.bench.cells.record import Record, read_records, write_record
from exiqa.bench.explorer.explorer import write_explorer
from exiqa.bench.figures.line_plot import Line, LinePlot
from exiqa.bench.reports.renderers.files import render_report
from exiqa.bench.reports.report import MissingCells, report_of
from exiqa.bench.reports.results import read_results

EVIL = "<script>alert(1)</script>\"'><img src=http://a.example/x onerror=alert(1)>{{ 7 * 7 }}\x1b[31m\u202e"


def _make(folder: Path, evil: str = "") -> Path:
    """The page of a made run, in which all text from outside starts with `evil`."""
    runs = folder / "runs"
    last = None
    for record, frame in made_records(["kadid10k", "tid2013"], 2, note=evil):
        write_record(runs, record, frame)
        last = record if record.cell.method == "exiqa" else last
    assert last is not None
    write_explorer(runs, made_images(3, evil, last.cell.id, side=64))
    plot = LinePlot(
        f"{evil}K", f"{evil}K", "mAP, higher is better",
        (Line(f"{evil}paper", (("1", 0.5, 0.4, 0.6), ("3", None, None, None), ("5", 0.7, None, None))),),
    )  # fmt: skip
    report = dataclasses.replace(
        report_of(read_results(runs), f"{evil}A report"),
        ablation_plots=(plot,),
        missing=(MissingCells(f"{evil}live", f"{evil}not here", 2),),
    )
    return render_report(report, folder / "out")[1]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return _make(tmp_path_factory.mktemp("made"))


@pytest.fixture(scope="module")
def records(made: Path) -> list[Record]:
    return read_records(made.parents[1] / "runs")


Opener = Callable[..., Any]


@pytest.fixture
def open_page(browser: Any, made: Path) -> Iterator[Opener]:
    """Opens a page; what it complained of or asked for is checked when the test ends."""
    opened = []

    def open_it(path: Path = made, fragment: str = "", **window: Any) -> Any:
        page = browser.new_page(**window)
        heard: list[str] = []
        page.on("console", lambda message: heard.append(message.text))
        page.on("pageerror", lambda error: heard.append(str(error)))
        page.on("dialog", lambda dialog: (heard.append("dialog"), dialog.dismiss()))
        page.on("request", lambda request: heard.append(request.url) if "index.html" not in request.url else None)
        page.goto(path.as_uri() + fragment)
        opened.append((page, heard))
        return page

    yield open_it
    for page, heard in opened:
        page.close()
        assert [said for said in heard if not said.startswith("data:")] == []


def _column(page: Any, table: str, column: int) -> list[list[str]]:
    """The shown figures of a column, a list for each group of rows, gains left out."""
    return page.evaluate(
        """([table, column]) => [...document.querySelectorAll(table + ' tbody')].map(body => [...body.rows]
            .filter(row => !row.matches('.group, .gain'))
            .map(row => (row.cells[column].querySelector(':scope > a') ?? row.cells[column]).textContent.trim()))""",
        [table, column],
    )


def _press(control: Any) -> None:
    """By the keyboard: a click waits until nothing on the page moves, which is long on a busy machine."""
    control.focus()
    control.page.keyboard.press("Enter")


def test_a_column_sorts_by_its_numbers_within_each_group_best_first(open_page: Opener) -> None:
    page = open_page()
    before = _column(page, "#t1", 2)
    head = page.locator("#t1 thead th").nth(2)
    head.get_by_role("button").click()  # RMSE: lower is better. Once by the mouse.
    assert head.get_attribute("aria-sort") == "ascending"
    for shown, unsorted in zip(_column(page, "#t1", 2), before, strict=True):
        numbers = [float(text) for text in shown if text != "–"]
        assert numbers == sorted(numbers)
        assert sorted(shown) == sorted(unsorted)
    _press(head.get_by_role("button"))
    assert head.get_attribute("aria-sort") == "descending"
    _press(head.get_by_role("button"))
    assert head.get_attribute("aria-sort") is None
    assert _column(page, "#t1", 2) == before


def test_missing_figures_are_last_in_both_directions_and_gains_stay_below_theirs(open_page: Opener) -> None:
    page = open_page()
    head = page.locator("#t1 thead th").nth(4)
    for _ in range(2):
        _press(head.get_by_role("button"))
        for shown in _column(page, "#t1", 4):
            assert "–" in shown
            assert shown.index("–") >= len(shown) - shown.count("–")
        assert page.evaluate(
            "[...document.querySelectorAll('#t1 tr.gain')].every(r => r.previousElementSibling.matches('.ours'))"
        )
        assert page.evaluate("[...document.querySelectorAll('#t1 tbody')].every(b => b.rows[0].matches('.group'))")


def test_only_one_column_is_sorted(open_page: Opener) -> None:
    page = open_page()
    for column in (1, 0):
        _press(page.locator("#t1 thead th").nth(column).get_by_role("button"))
    assert page.locator("#t1 thead [aria-sort]").count() == 1
    labels = [text.casefold() for text in _column(page, "#t1", 0)[0]]
    assert labels == sorted(labels)


def test_every_measured_figure_leads_to_its_records(open_page: Opener, records: list[Record]) -> None:
    page = open_page()
    unlinked = page.evaluate(
        """[...document.querySelectorAll('table.results tr:not(.published) td[data-v]')]
            .filter(cell => !cell.querySelector(':scope > a')).length"""
    )
    assert unlinked == 0
    ids = set(page.evaluate("[...document.querySelectorAll('[id]')].map(e => e.id)"))
    assert set(page.evaluate("[...document.querySelectorAll('a[href^=\"#\"]')].map(a => a.hash.slice(1))")) <= ids
    # Of one figure, the row that its link leads to has the ids, the time and the hashes of exactly its records.
    ours = page.locator("#t1 tr.ours").first
    mine = [r for r in records if r.cell.file_stem.startswith("identification-kadid10k-exiqa")]
    _press(ours.locator("td > a").first)
    target = page.locator(":target")
    said = target.text_content()
    assert re.findall(r"\b[0-9a-f]{16}\b", said) == [record.cell.id for record in mine]
    for record in mine:
        for part in ("demo@1", record.hashes.dataset[:12], (record.commit or "")[:12], (record.hashes.split or "")[:8]):
            assert part in said
    # An average over data sets leads to a line that lists both.
    _press(page.locator("#t2 tr.trivial td > a").last)
    assert page.locator(":target a").count() == 2


def test_the_explorer_shows_one_image_at_a_time(open_page: Opener) -> None:
    page = open_page()
    cards = page.locator(".explored")
    assert [cards.nth(n).is_visible() for n in range(3)] == [True, False, False]
    assert page.get_by_role("button", name="Previous").is_disabled()
    page.get_by_label("Image", exact=True).select_option(index=2)
    assert [cards.nth(n).is_visible() for n in range(3)] == [False, False, True]
    assert page.locator(".picker [role=status]").text_content().startswith("Image 3 of 3: ")
    assert page.get_by_role("button", name="Next").is_disabled()
    _press(page.get_by_role("button", name="Previous"))
    card = cards.nth(1)
    assert card.is_visible()
    assert "Predicted FSIM proxy 0.45, true 0.40" in card.text_content()
    assert card.locator("tr", has_text="Typical image").locator("td").last.text_content() == "0.60"
    assert card.locator("img").count() == 2


def test_the_address_can_name_an_image_and_without_script_all_are_shown(open_page: Opener, browser: Any) -> None:
    assert open_page(fragment="#x3").locator("#x3").is_visible()
    page = open_page(java_script_enabled=False)
    assert all(page.locator(f"#x{n}").is_visible() for n in (1, 2, 3))
    assert not page.locator(".picker").is_visible()


def test_the_drawings_hold_what_they_were_given(open_page: Opener) -> None:
    page = open_page()
    plot = page.locator("#plots svg.plot")
    assert plot.locator("use").count() == 2  # a marker a point
    assert plot.get_attribute("aria-label").startswith("mAP, higher is better against K")
    _press(page.get_by_text("Figures of this plot"))
    assert page.locator("#plots tbody tr").nth(1).locator("td").nth(1).text_content() == "–"
    assert page.locator("#scatters svg").first.locator("use").count() == 60
    heat = page.locator("#by-distortion table.heat").last
    diagonal = [heat.locator("tbody tr").nth(n).locator("td").nth(n).text_content() for n in range(6)]
    assert all(float(text) > 0.3 for text in diagonal)
    drawn = page.locator("#by-distortion svg").last.text_content()
    assert all(text in drawn for text in diagonal)
    assert page.locator("#curves svg").count() == 2


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_figures_have_the_colours_of_the_page(open_page: Opener, scheme: str) -> None:
    page = open_page(color_scheme=scheme)
    of_text = page.locator("#scatters svg text").last.evaluate("e => getComputedStyle(e).fill")
    assert of_text == page.evaluate("getComputedStyle(document.body).color")
    # The map's shades are between the paper and the accent: its numbers, in ink, can be read on all of them.
    fills = page.locator("#by-distortion svg path").evaluate_all("all => all.map(e => getComputedStyle(e).fill)")
    assert len(set(fills)) > 3
    assert not any("var(" in fill for fill in fills)


def _violations(page: Any, **options: Any) -> list[tuple[str, str]]:
    found = Axe().run(page, options={"resultTypes": ["violations"], **options}).response["violations"]
    return [(rule["id"], rule["nodes"][0]["html"]) for rule in found]


def test_axe_finds_nothing(open_page: Opener) -> None:
    assert _violations(open_page(viewport={"width": 360, "height": 740})) == []
    only_contrast = {"runOnly": ["color-contrast"]}
    assert _violations(open_page(color_scheme="dark"), **only_contrast) == []


@pytest.mark.parametrize("width", [360, 1200])
def test_the_page_never_scrolls_sideways(open_page: Opener, width: int) -> None:
    page = open_page(viewport={"width": width, "height": 740})
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_hostile_text_is_shown_and_makes_no_element(open_page: Opener, tmp_path: Path) -> None:
    kind = open_page().evaluate("document.querySelectorAll('*').length")
    path = _make(tmp_path, EVIL)
    page = open_page(path)
    assert page.evaluate("document.querySelectorAll('*').length") == kind
    assert page.locator("script").count() == 1
    for place in (
        "h1",
        "#x1 h3",
        "#x1 .attributes",
        "#plots figcaption",
        "#missing td",
        ".notes",
        "#pick option",
    ):
        text = page.locator(place).first.text_content()
        assert "<script>alert(1)</script>" in text, place
        assert "{{ 7 * 7 }}" in text, place
        assert not {"\x1b", "\u202e"} & set(text), place
    assert "<script>alert(1)</script" in page.locator("#plots svg").text_content()  # the axis' name, shortened
    shutil.rmtree(path.parent)


def test_the_pictures_of_a_printed_page_have_their_colours_and_its_controls_are_gone(open_page: Opener) -> None:
    page = open_page()
    page.emulate_media(media="print")
    assert not page.locator(".picker").is_visible()
    assert page.locator("#x1").is_visible()
    heat = page.locator("#by-distortion svg").first
    assert heat.evaluate("e => getComputedStyle(e).printColorAdjust") == "exact"

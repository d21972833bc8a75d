"""The HTML page: its text by a parser, its behaviour in a real Chromium."""

from __future__ import annotations

import base64
import io
import re
import threading
from collections.abc import Iterator
from dataclasses import replace
from html.parser import HTMLParser
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import numpy as np
import pytest
from made_run import made_records
from PIL import Image

from exiqa.bench.cells.record import write_record
from exiqa.bench.explorer.photo_card import jpeg_thumbnail
from exiqa.bench.reports.renderers.files import render_report
from exiqa.bench.reports.renderers.html import html_page
from exiqa.bench.reports.report import report_of
from exiqa.bench.reports.results import read_results
from exiqa.bench.tables.parts.table import Column, Entry, Row, RowGroup, Table

EVIL = "<script>alert(1)</script>\"'><img src=http://a.example/x onerror=alert(1)>{{ 7 * 7 }}&lt;\x1b[31m\u202e"


class _Outline(HTMLParser):
    def __init__(self, page: str):
        super().__init__()
        self.tags: list[tuple[str, tuple[str, ...]]] = []
        self.text: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, tuple(name for name, _ in attrs)))

    def handle_data(self, data):
        self.text.append(data)


def test_hostile_text_is_shown_and_changes_no_tag(make_report):
    kind, hostile = _Outline(html_page(make_report())), _Outline(html_page(make_report(EVIL)))
    assert hostile.tags == kind.tags
    assert [tag for tag, _ in hostile.tags].count("script") == 1  # the page's own
    text = "".join(hostile.text)
    assert "<script>alert(1)</script>" in text
    assert "{{ 7 * 7 }}&lt;" in text
    assert r"\x1b[31m\u202e" in text
    assert not {"\x1b", "\u202e"} & set(html_page(make_report(EVIL)))


def test_no_header_is_empty_where_only_some_columns_have_one_above_them(tmp_path):
    for record, frame in made_records(["kadid10k"], 1):
        write_record(tmp_path, record, frame)
    columns = (Column("Images", "none", 0), Column("Lowest", "none", 2, group="Raw scores"))
    table = Table("T", "t", columns, (RowGroup("", (Row("a", "trivial", (Entry(1), Entry(2))),)),), (), (), ())
    page = html_page(replace(report_of(read_results(tmp_path), "t"), tables=(table,)))
    assert re.findall(r'<t[hd][^>]*colspan="1"[^>]*>[^<]*', page) == [
        '<td colspan="1">', '<th scope="colgroup" colspan="1" class="over">Raw scores',
    ]  # fmt: skip


def test_a_figure_pointed_at_shows_its_interval(tmp_path):
    for record, frame in made_records(["kadid10k"], 2):
        write_record(tmp_path, record, frame)
    report = report_of(read_results(tmp_path), "t")
    page = html_page(report)
    row = next(row for table in report.tables for group in table.groups for row in group.rows if row.kind == "ours")
    entry = row.entries[1]
    assert entry.median is not None
    assert entry.interval is not None
    shown = re.search(rf'data-v="{entry.median:.7g}" title="95 % interval ([\d.]+) to ([\d.]+)"', page)
    assert shown is not None
    assert [float(end) for end in shown.groups()] == pytest.approx(entry.interval, abs=5e-5)


def test_a_thumbnail_is_a_jpeg_of_the_asked_size():
    image = Image.open(io.BytesIO(jpeg_thumbnail(np.full((300, 600, 3), 90, dtype=np.uint8), side=100)))
    assert (image.format, image.size) == ("JPEG", (100, 50))
    assert np.abs(np.asarray(image).astype(int) - 90).max() <= 2
    noise = np.random.default_rng(0).integers(0, 256, (256, 256, 3), dtype=np.uint8)
    assert len(jpeg_thumbnail(noise)) > 2 * len(jpeg_thumbnail(noise, limit=50_000))
    small = Image.open(io.BytesIO(jpeg_thumbnail(np.zeros((10, 20, 3), dtype=np.uint8), side=100)))
    assert small.size == (20, 10)


def test_the_report_is_written_whole_and_again(make_report, tmp_path):
    for _ in range(2):
        paths = render_report(make_report(), tmp_path / "new" / "folder")
    names = [path.name for path in paths]
    assert names[:3] == ["report.md", "index.html", "report.tex"]
    assert sorted(path.name for path in (tmp_path / "new" / "folder").iterdir()) == sorted(names)


@pytest.fixture
def open_page(browser, make_report, tmp_path):
    """Opens the report of some text in a window; what the page complained of or asked for comes with it."""
    opened = []

    def open_it(evil: str = "", **window: Any) -> tuple[Any, list[str], list[str]]:
        path = render_report(make_report(evil), tmp_path)[1]
        page = browser.new_page(**window)
        opened.append(page)
        complaints: list[str] = []
        requests: list[str] = []
        page.on("console", lambda message: complaints.append(message.text))
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("dialog", lambda dialog: (complaints.append("dialog"), dialog.dismiss()))
        page.on("request", lambda request: requests.append(request.url))
        page.goto(path.as_uri())
        return page, complaints, requests

    yield open_it
    for page in opened:
        page.close()


@pytest.mark.parametrize("evil", ["", EVIL])
def test_no_complaint_and_no_request_but_for_itself(open_page, evil):
    page, complaints, requests = open_page(evil)
    assert complaints == []
    assert [url for url in requests if not url.startswith("data:")] == [page.url]
    # The style sheet's hash fits the policy, and the pictures are there.
    assert page.evaluate("getComputedStyle(document.querySelector('.card')).display") == "grid"
    assert page.evaluate("[...document.images].every(image => image.naturalWidth > 0)")


@pytest.fixture
def server() -> Iterator[tuple[str, list[str]]]:
    """An address on this machine, and the paths that it was asked for."""
    asked: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            asked.append(self.path)
            self.send_response(204)
            self.end_headers()

        def log_message(self, *_):
            pass

    listening = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=listening.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{listening.server_port}", asked
    listening.shutdown()
    thread.join()
    listening.server_close()


def test_the_policy_stops_what_would_be_loaded_or_run(open_page, browser, server):
    address, asked = server
    load = """address => new Promise(done => {
        document.body.insertAdjacentHTML('beforeend', '<img src="data:," onerror="document.title = 1">');
        document.body.append(Object.assign(new Image(), {src: address + '/picture.png', onerror: done}));
    })"""
    page, complaints, _ = open_page()
    page.evaluate(load, address)
    assert asked == []
    assert page.title() == "From a description to a benchmark"
    assert sum("Content Security Policy" in complaint for complaint in complaints) >= 2
    # The same on a page without the policy does ask.
    free = browser.new_page()
    free.evaluate(load, address)
    assert asked == ["/picture.png"]
    free.close()


@pytest.mark.parametrize("width", [360, 768, 1200])
@pytest.mark.parametrize("evil", ["", "Pneumonoultramicroscopicsilicovolcanoconiosis" * 3])
def test_the_page_never_scrolls_sideways_and_the_tables_do_so_in_their_box(open_page, width, evil):
    page, _, _ = open_page(evil, viewport={"width": width, "height": 740})
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    overflowing = page.evaluate(
        """width => [...document.querySelectorAll('main *')]
            .filter(e => !e.closest('.scroll') && !e.matches('.unseen') && e.getBoundingClientRect().right > width + 1)
            .map(e => e.outerHTML.slice(0, 80))""",
        width,
    )
    assert overflowing == []
    if width == 360:
        assert page.locator("#t1 .scroll").evaluate("e => e.scrollWidth > e.clientWidth")


def test_every_scroll_box_can_be_reached_and_scrolled_by_keyboard(open_page):
    page, _, _ = open_page(viewport={"width": 360, "height": 740})
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Skip to the content"
    page.locator("#t1 .scroll").focus()
    for _ in range(100):  # scrolling is animated, and slow on a busy machine
        page.keyboard.press("ArrowRight")
        page.wait_for_timeout(50)
        if page.evaluate("document.querySelector('#t1 .scroll').scrollLeft") > 0:
            break
    assert page.evaluate("document.querySelector('#t1 .scroll').scrollLeft") > 0
    names = page.evaluate(
        """[...document.querySelectorAll('[role=group]')].map(e => e.tabIndex === 0 && (
            e.getAttribute('aria-label') || document.getElementById(e.getAttribute('aria-labelledby')).textContent))"""
    )
    assert all(names)


def _luminance(color: str) -> float:
    channels = [int(part) / 255 for part in color.removeprefix("rgb(").removesuffix(")").split(",")]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return float(np.dot(linear, (0.2126, 0.7152, 0.0722)))


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_stands_out_from_the_paper_in_light_and_dark(open_page, scheme):
    page, _, _ = open_page(color_scheme=scheme)
    paper = _luminance(page.evaluate("getComputedStyle(document.body).backgroundColor"))
    assert (paper > 0.5) == (scheme == "light")
    for selector in ("body", "small", ".notes", "nav a", ".verdict strong", "tr.gain td", ".phrases.refused td"):
        ink = _luminance(page.evaluate("s => getComputedStyle(document.querySelector(s)).color", selector))
        contrast = (max(ink, paper) + 0.05) / (min(ink, paper) + 0.05)
        assert contrast >= 4.5, selector


def test_what_a_screen_reader_hears(open_page):
    page, _, _ = open_page()
    assert page.evaluate("[...document.querySelectorAll('h1, h2, h3, h4')].map(h => +h.tagName[1])") == [
        1, 2, 2, 2, 3, 4, 3, 4, 3, 3, 2, 3, 2, 2,
    ]  # fmt: skip
    assert page.evaluate("[...document.images].every(i => i.alt.length > 10)")
    assert page.evaluate("[...document.querySelectorAll('th')].every(h => h.scope)")
    ids = page.evaluate("[...document.querySelectorAll('[id]')].map(e => e.id)")
    assert len(ids) == len(set(ids))
    targets = page.evaluate("[...document.querySelectorAll('a[href^=\"#\"]')].map(a => a.hash.slice(1))")
    assert set(targets) <= set(ids)
    best = page.locator("#t1 tr.ours td.best").nth(1)
    assert best.text_content().split() == ["0.1545", "(best)", "0.1529–0.1562"]
    assert page.locator("#t1 thead th").nth(2).text_content().split() == ["RMSE", "↓", "(lower", "is", "better)"]


def test_the_page_shows_the_figures_it_was_given(open_page):
    page, _, _ = open_page()
    assert page.locator(".verdict.yes").inner_text().startswith("Better than a constant? tiny, held-out photos: Yes")
    first = page.locator(".card").first
    assert first.locator(".bars").first.locator("tbody tr").first.inner_text().split() == [
        "Gaussian", "blur", "0.60", "0.00",
    ]  # fmt: skip
    widths = first.evaluate(
        "e => [...e.querySelectorAll('tbody tr:first-child rect')].map(r => r.getAttribute('width'))"
    )
    assert widths == ["60.0", "95.0"]
    source = first.locator("img").get_attribute("src")
    assert Image.open(io.BytesIO(base64.b64decode(source.partition(",")[2]))).size == (256, 192)


def test_what_is_folded_is_printed(open_page):
    page, _, _ = open_page()
    term = page.locator("#t1 .legend dt").first
    assert not term.is_visible()
    page.emulate_media(media="print")
    assert term.is_visible()
    assert not page.locator("nav").is_visible()

"""A small package from outside adds one of each thing, and the commands of docs/extend/ take it to a report."""

from __future__ import annotations

import contextlib
import json
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from docs_runner import commands_of, links_of, run_command
from open_registries import look_again
from PIL import Image

from exiqa.bank.phrases.encoder import minilm_folder
from exiqa.bank.storage.store import shipped_banks
from exiqa.bank.taxonomy import load_taxonomy, shipped_taxonomies
from exiqa.iqadata.catalog.loading import load_dataset
from exiqa.iqadata.distortions.registry import DISTORTIONS, OWN, distort, levels_of
from exiqa.iqadata.photos import read_packaged_photo

PAGES = Path(__file__).parents[2] / "docs" / "extend"
ORDER = ("README", "distortion", "llm", "dataset", "backbone", "method", "metric")
SOURCES = Path(__file__).parent / "outside_package"
TITLED = re.compile(r'^```\w+ title="([^"]+)"\n(.*?)^```$', re.MULTILINE | re.DOTALL)
Tried = tuple[Path, list[tuple[str, str, str]]]


def _page(name: str) -> str:
    return (PAGES / f"{name}.md").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def site_packages(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder that the package is built and installed into, as pip does it."""
    folder = tmp_path_factory.mktemp("outside")
    shutil.copytree(SOURCES, folder / "sources")  # a build leaves its files beside the sources
    command = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--no-build-isolation", "--no-index"]
    subprocess.run([*command, "--target", folder / "installed", folder / "sources"], check=True)
    return folder / "installed"


@pytest.fixture(scope="module")
def installed(site_packages: Path) -> Iterator[Path]:
    sys.path.insert(0, str(site_packages))
    look_again()
    yield site_packages
    sys.path.remove(str(site_packages))
    for name in [name for name in sys.modules if name.startswith("exiqa_example")]:
        del sys.modules[name]
    look_again()


@pytest.fixture(scope="module")
def tried(
    installed: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Path, list[tuple[str, str, str]]]]:
    """The folder in which the pages' commands ran in order, and (command, what the page says, what it printed)."""
    if minilm_folder() is None:
        pytest.skip("the pages make a bank, for which MiniLM must be installed")
    folder = tmp_path_factory.mktemp("pages")
    (folder / "photos").mkdir()
    for name in ("coffee", "rocket"):
        Image.fromarray(read_packaged_photo(name)).save(folder / "photos" / f"{name}.png")
    shutil.copy(folder / "photos" / "coffee.png", folder / "photo.png")
    ran = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_CACHE_HOME", str(folder / "cache"))
        for name in ORDER:
            page = _page(name)
            for title, text in TITLED.findall(page):
                if "/" not in title:
                    (folder / title).write_text(text, encoding="utf-8")
            ran += [(command, said, run_command(command, folder)) for command, said in commands_of(page)]
        yield folder, ran


def _stands_in(said: str, printed: str) -> bool:
    """Whether the lines come one after the other, with any lines in place of each "…"."""
    shown = [line.rstrip() for line in said.strip("\n").splitlines()]
    pattern = "".join("(?:.*\n)*?" if line == "…" else re.escape(line) + "\n" for line in shown)
    lines = [line.rstrip() for line in printed.strip("\n").splitlines()]
    return re.fullmatch(pattern, "".join(f"{line}\n" for line in lines)) is not None


def test_the_pages_commands_print_what_the_pages_say(tried: Tried) -> None:
    _, ran = tried
    assert len(ran) >= 9
    for command, said, printed in ran:
        assert said and _stands_in(said, printed), f"{command} prints:\n{printed}"


def test_the_report_shows_what_the_package_added(tried: Tried) -> None:
    folder, _ = tried
    report = (folder / "report" / "report.md").read_text(encoding="utf-8")
    assert "Row detail" in report and "Pairs" in report and "screens@1" in report
    assert "share of pairs of images that are scored in the right order" in report
    assert "scores a photo by how little neighbouring rows differ" in report
    assert (folder / "report" / "index.html").stat().st_size > 10_000
    records = [json.loads(path.read_text()) for path in (folder / "runs").glob("*.json")]
    assert {record["cell"]["backbone"] for record in records if record["cell"]["method"] == "exiqa"} == {
        "patchwork/random"
    }
    assert {record["cell"]["test"] for record in records} == {"screens", "tube"}
    bank = json.loads((folder / "banks" / "screens@1.json").read_text(encoding="utf-8"))
    assert "Every fourth row of pixels is darkened" in json.dumps(bank)


def test_the_pages_show_the_package_as_it_is() -> None:
    shown = {title: text for name in ORDER for title, text in TITLED.findall(_page(name))}
    files = [path for path in SOURCES.rglob("*") if path.suffix in (".py", ".toml") and path.name != "__init__.py"]
    for path in files:
        title = path.relative_to(SOURCES).as_posix()
        assert shown[title if title in shown else path.name] == path.read_text(encoding="utf-8"), title
    assert len(files) == 8
    for name in ORDER:
        for link in links_of(_page(name)):
            assert (PAGES / link).is_file(), f"{name}.md: {link}"


def test_shipped_taxonomies_and_banks_are_what_they_are_without_it(installed: Path) -> None:
    taxonomies = {name: load_taxonomy(name).hash for name in shipped_taxonomies()}
    banks = {entry.id: entry.load().hash for entry in shipped_banks()}
    assert "scan_lines" in DISTORTIONS.names()
    with without(installed):
        assert "scan_lines" not in DISTORTIONS.names()
        assert {name: load_taxonomy(name).hash for name in shipped_taxonomies()} == taxonomies
        assert {entry.id: entry.load().hash for entry in shipped_banks()} == banks


@contextlib.contextmanager
def without(installed: Path) -> Iterator[None]:
    """As where the package is not installed."""
    sys.path.remove(str(installed))
    look_again()
    try:
        yield
    finally:
        sys.path.insert(0, str(installed))
        look_again()


def test_a_distortion_has_its_own_levels_in_every_data_set(installed: Path) -> None:
    assert levels_of("csiq", "scan_lines") == levels_of(OWN, "scan_lines") == (0.2, 0.4, 0.7)
    image = np.full((40, 32, 3), 200, np.uint8)
    rows = [distort(image, "scan_lines", level, "csiq", seed=3)[:, 0, 0] for level in (1, 3)]
    np.testing.assert_array_equal(rows[0] < 200, rows[1] < 200)  # the same fault, only stronger
    assert sorted({*rows[0], *rows[1]}) == [60, 160, 200]
    by_path = distort(image, "exiqa_example.distortion:SCAN_LINES", 3, "csiq", seed=3)
    np.testing.assert_array_equal(by_path[:, 0, 0], rows[1])


def test_a_stand_in_applies_it_and_goes_by_its_kins_opinions(installed: Path, tmp_path: Path) -> None:
    taxonomy = tmp_path / "mine.toml"
    taxonomy.write_text((SOURCES / "exiqa_example" / "screens.toml").read_text())
    small = {"references": 2, "height": 96, "width": 96, "taxonomy": taxonomy}
    dataset = load_dataset("mini-live", **small)
    assert dataset.distortions == ("scan_lines", "white_noise")
    assert dataset.levels[0] == pytest.approx((1 / 3, 2 / 3, 1)) and len(dataset.table) <= 2 * 6
    magnitude = load_dataset("mini-live", strength_map="magnitude", **small)
    assert magnitude.levels[0] == pytest.approx((2 / 7, 4 / 7, 1))
    assert dataset.table["score"].between(0, 1).all()

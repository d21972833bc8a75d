"""The documentation site: it builds without a warning, knows every command and public name, and asks no other host."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer

from exiqa.cli import app

pytest.importorskip("material", reason="the site needs mkdocs-material: the extra docs")

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The built site. Links are checked by mkdocs itself, whose warnings end the build."""
    folder = tmp_path_factory.mktemp("site")
    sources = folder / "sources"
    links = folder / "links" / "exiqa"  # real folders for what reads docstrings, as `make links` lays them
    links.mkdir(parents=True)
    for entry in (ROOT / "app").iterdir():
        (links / entry.name).symlink_to(entry)
    for package in ("attrgen", "bank", "bench", "core", "iqadata", "model"):
        (links / package).symlink_to(ROOT / package)
    subprocess.run([sys.executable, ROOT / "docs" / "site" / "lay_out.py", sources], check=True)
    settings = (ROOT / "docs" / "site" / "mkdocs.yml").read_text(encoding="utf-8")
    for there, here in (
        ("../../build/docs", sources),
        ("../../build/site", folder / "site"),
        ("../../build/links", links.parent),
    ):
        settings = settings.replace(there, str(here))
    (folder / "mkdocs.yml").write_text(settings, encoding="utf-8")
    build = subprocess.run(
        [sys.executable, "-m", "mkdocs", "build", "--quiet", "--config-file", folder / "mkdocs.yml"],
        capture_output=True, text=True, check=False, env={"NO_MKDOCS_2_WARNING": "1", "PATH": "/usr/bin:/bin"},
    )  # fmt: skip
    assert build.returncode == 0, build.stderr
    return folder / "site"


def test_every_command_is_in_the_reference(site: Path) -> None:
    page = (site / "reference" / "commands.html").read_text(encoding="utf-8")
    paths = list(_commands(typer.main.get_command(app), "exiqa"))
    assert len(paths) > 30
    for path in paths:
        assert re.search(rf'<h[234] id="[^"]*">{path}<', page), path


def _commands(command: Any, path: str) -> Iterator[str]:
    for name, inner in getattr(command, "commands", {}).items():
        yield f"{path} {name}"
        yield from _commands(inner, f"{path} {name}")


@pytest.mark.parametrize("package", ["attrgen", "bank", "bench", "iqadata", "model"])
def test_every_public_name_is_in_the_reference(site: Path, package: str) -> None:
    page = (site / "reference" / f"{package}.html").read_text(encoding="utf-8")
    stub = (ROOT / package / "__init__.pyi").read_text(encoding="utf-8")
    for module, name in re.findall(r"^from \.(\S+) import (\S+) as", stub, re.MULTILINE):
        assert f'id="exiqa.{package}.{module}.{name}"' in page, name


def test_no_page_loads_anything_from_another_host(site: Path) -> None:
    loads = re.compile(r"""<(?:script|img|link|iframe)\b[^>]*\b(?:src|href)=["']?(https?:)?//""")
    for page in site.rglob("*.html"):
        assert not loads.search(page.read_text(encoding="utf-8")), page

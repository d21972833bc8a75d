"""What all tests share."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from chat_server import ChatServer, serving

# Several test processes share the cores: one thread each.
os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
# What reaches for a model hub by mistake is refused at once instead of waiting for a time-out.
os.environ.setdefault("HF_ENDPOINT", "http://127.0.0.1:9")


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """For `--dist loadgroup`: one process runs all tests of a module whose fixtures are the module's, so that what
    they make is made once.

    The marks that pytest-xdist 3.8 goes by do not reach it from pytest 9.2 on.
    """
    if config.getoption("dist") != "loadgroup":
        return None
    from xdist.scheduler import LoadScopeScheduling

    class ByModule(LoadScopeScheduling):
        def _split_scope(self, nodeid: str) -> str:
            module = nodeid.partition("::")[0]
            return module if _shares_fixtures(config.rootpath / module) else nodeid

    return ByModule(config, log)


@cache
def _shares_fixtures(module: Path) -> bool:
    return 'scope="module"' in module.read_text(encoding="utf-8")


@pytest.fixture(scope="session", autouse=True)
def _cache_of_the_tests(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """A cache folder that ends with the tests, for them and the processes they start; the user's is left alone."""
    root = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        root = root.parent  # one for all workers: what one has converted or measured, the others find
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_CACHE_HOME", str(root / "cache"))
        yield


@pytest.fixture(scope="session")
def test_data() -> Path:
    """The folder that EXIQA_TEST_DATA names: photos and damaged datasets that some tests use where present."""
    folder = os.environ.get("EXIQA_TEST_DATA")
    if not folder:
        pytest.skip("EXIQA_TEST_DATA is not set")
    return Path(folder)


@pytest.fixture
def chat_server() -> Iterator[ChatServer]:
    with serving() as server:
        yield server


@pytest.fixture(scope="session")
def browser() -> Iterator[Any]:
    """A Chromium that playwright drives; skips where there is none."""
    from playwright.sync_api import sync_playwright

    chromium = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if chromium is None:
        pytest.skip("no Chromium on this machine")
    with sync_playwright() as playwright:
        # On a machine that others use too it may take longer than the half minute that is waited by default.
        launched = playwright.chromium.launch(
            executable_path=chromium, args=["--no-sandbox", "--disable-gpu"], timeout=120_000
        )
        yield launched
        launched.close()


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """The table of the fault campaign (tests/faults), where it was run."""
    lines: dict[str, list[int]] = {}
    for outcome in ("passed", "failed"):
        for report in terminalreporter.getreports(outcome):
            for name, value in report.user_properties if report.when == "call" else ():
                if name == "faults":
                    kind, tried, failed = value
                    line = lines.setdefault(kind, [0, 0])
                    line[0] += tried
                    line[1] += failed
    if lines:
        width = max(map(len, lines))
        terminalreporter.write_sep("-", "faults")
        terminalreporter.write_line(f"{'':{width}}    tried     held   failed")
        for kind, (tried, failed) in lines.items():
            terminalreporter.write_line(f"{kind:{width}} {tried:8} {tried - failed:8} {failed:8}")

"""Which sources a record depends on: what is imported, however deep, and nothing else."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from exiqa.bench.cells import sources
from exiqa.bench.cells.sources import data_sources_hash, sources_hash, statistics_sources_hash
from exiqa.bench.methods.method import METHODS


@pytest.fixture(autouse=True)
def _afresh() -> Iterator[None]:
    sources_hash.cache_clear()
    yield
    sources_hash.cache_clear()


def _changed_by(monkeypatch: pytest.MonkeyPatch, package: str, file: str) -> set[str]:
    """The methods whose hash another content of a file changes."""
    before = {method: sources_hash(method) for method in METHODS}
    sources_hash.cache_clear()
    original = sources._file_hash
    with monkeypatch.context() as patch:
        patch.setattr(sources, "_file_hash", lambda p: "0" * 64 if p.parts[-2:] == (package, file) else original(p))
        return {method for method in METHODS if sources_hash(method) != before[method]}


OURS = {name for name, method in METHODS.items() if method.uses == "bank"}


@pytest.mark.parametrize(
    ("package", "file", "methods"),
    [
        ("training", "tune.py", OURS),
        ("regressors", "regressor.py", OURS),
        ("methods", "ours.py", OURS),
        ("methods", "controls.py", OURS - {"exiqa"}),
        ("model", "cli.py", set()),
        ("iqadata", "cli.py", set()),
        ("metrics", "metric.py", {"brisque_svr", "embedding_ridge", "arniqa"}),  # they choose their settings by SRCC
        ("running", "suite.py", set()),
        ("running", "plan.py", set()),
        ("datasets", "splits.py", set(METHODS)),
        ("standins", "opinions.csv", set(METHODS)),
        ("peers", "piqe.py", {"piqe"}),
        ("methods", "baselines.py", {"all_clean", "prior", "mean_score"}),
        ("running", "count.py", set()),
    ],
)
def test_a_change_reaches_the_methods_that_import_it(
    monkeypatch: pytest.MonkeyPatch, package: str, file: str, methods: set[str]
) -> None:
    assert _changed_by(monkeypatch, package, file) == methods


def test_what_data_depend_on_is_told_apart() -> None:
    assert data_sources_hash() == data_sources_hash() != sources_hash("prior")
    assert len({data_sources_hash(), statistics_sources_hash()}) == 2
    assert len(data_sources_hash()) == len(statistics_sources_hash()) == 64


def test_lazy_and_conditional_imports_count(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    files = {
        "__init__.py": "import lazy_loader",
        "__init__.pyi": "from .deep import thing as thing",
        "deep.py": "",
        "top.py": "def f():\n    from pkg.inner import x\n",
        "inner.py": "from pkg import thing",
        "unused.py": "",
    }
    (tmp_path / "pkg").mkdir()
    for name, text in files.items():
        (tmp_path / "pkg" / name).write_text(text)
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr(sources, "PACKAGES", ("pkg",))
    assert set(sources._closure(("pkg.top",))) == {"pkg.top", "pkg.inner", "pkg", "pkg.deep"}

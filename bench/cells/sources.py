"""Which sources a method's predictions depend on, by content: what tells a stale record from a current one."""

from __future__ import annotations

import ast
from functools import cache
from importlib.util import find_spec
from pathlib import Path

from exiqa.bench.methods.method import METHODS
from exiqa.core.files import canonical_json, sha256_file, sha256_hex

PACKAGES = ("exiqa.core", "exiqa.bank", "exiqa.iqadata", "exiqa.model", "exiqa.bench")
"""Whose files count; a change of an installed library does not make a record stale, but is stated in it."""

DATA = frozenset({".csv", ".json", ".npz", ".safetensors"})
"""Suffixes of the packaged files that predictions are made of. Recipes and banks are not among them: what a cell
takes from those is in the cell and its hashes."""

EVERY_METHOD = (
    "exiqa.bench.cells.prediction_task",
    "exiqa.iqadata.datasets.loading",
    "exiqa.iqadata.standins.standin",
    "exiqa.iqadata.datasets.splits",
)
"""Modules that every cell depends on, whatever its method: how data are read, made and split."""

NOT_FOLLOWED = (
    "exiqa.bench.cells.record",
    "exiqa.bench.cells.protocol",
    "exiqa.bench.cells.provenance",
    "exiqa.bench.methods.method",
    "exiqa.bench.cells.sources",
)
"""Modules that say what a cell is, not what is predicted: a new row in a registry makes no record stale."""


@cache
def sources_hash(method: str) -> str:
    """SHA-256, 64 hex digits, of every source file that a method's predictions depend on.

    These are the module of its function and all modules of `PACKAGES` that it imports, directly or not, wherever
    the import stands; and the tables and weights (`DATA`) in `iqadata` and `model` as far as those are reached.
    Nothing is imported to find them.
    """
    return _hash_of((METHODS[method].predict.partition(":")[0], *EVERY_METHOD))


@cache
def data_sources_hash() -> str:
    """The same of what every data set depends on, whatever is predicted for it."""
    return _hash_of(EVERY_METHOD)


@cache
def statistics_sources_hash() -> str:
    """The same of what the statistics of every data set depend on."""
    return _hash_of((*EVERY_METHOD, "exiqa.bench.running.count"))


def _hash_of(start: tuple[str, ...]) -> str:
    modules = _closure(start)
    files = {name: _file_hash(path) for name, path in modules.items()}
    for package in ("exiqa.iqadata", "exiqa.model"):
        if not any(name.startswith(package) for name in modules):
            continue
        root = _folder(package)
        for path in sorted(root.rglob("*")):
            if path.suffix in DATA:
                files[f"{package}/{path.relative_to(root).as_posix()}"] = _file_hash(path)
    return sha256_hex(canonical_json(files))


@cache
def _file_hash(path: Path) -> str:
    return sha256_file(path)


def _closure(start: tuple[str, ...]) -> dict[str, Path]:
    """Module name -> file of the modules in `start` and of all of ours that they import, `NOT_FOLLOWED` left out."""
    modules: dict[str, Path] = {}
    waiting = list(start)
    while waiting:
        name = waiting.pop()
        path = _module_file(name)
        if path is None or name in modules or name in NOT_FOLLOWED:
            continue
        modules[name] = path
        waiting += _imported(path, name)
    return modules


def _module_file(name: str) -> Path | None:
    """The file of one of our modules or packages; None where the name is none (a function, another library)."""
    package = next((package for package in PACKAGES if f"{name}.".startswith(f"{package}.")), None)
    if package is None:
        return None
    base = _folder(package).joinpath(*name[len(package) + 1 :].split("."))
    return next((path for path in (base / "__init__.py", base.with_suffix(".py")) if path.is_file()), None)


@cache
def _folder(package: str) -> Path:
    spec = find_spec(package)
    assert spec is not None and spec.origin is not None, f"{package} is one of ours and is not installed"
    return Path(spec.origin).parent


@cache
def _imported(path: Path, name: str) -> tuple[str, ...]:
    """Names that a module's file may import, wherever the import stands. A lazy package's are in its stub."""
    files = [path]
    if path.name == "__init__.py" and path.with_suffix(".pyi").is_file():
        files.append(path.with_suffix(".pyi"))
    names: list[str] = []
    for file in files:
        for node in ast.walk(ast.parse(file.read_bytes())):
            if isinstance(node, ast.Import):
                names += (alias.name for alias in node.names)
            elif isinstance(node, ast.ImportFrom):
                # Relative imports stand only in the stubs, one dot deep: from the package itself.
                module = f"{name}.{node.module}" if node.level else str(node.module)
                for alias in node.names:
                    submodule = f"{module}.{alias.name}"
                    names.append(submodule if _module_file(submodule) else module)
    return tuple(names)

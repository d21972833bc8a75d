"""What is installed is what is here, under one name: a built wheel, installed apart from this checkout."""

from __future__ import annotations

import os
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

ROOT = Path(__file__).parents[2]
SETTINGS = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["setuptools"]
FOLDERS = {folder: name.replace(".", "/") for name, folder in SETTINGS["package-dir"].items()}
"""Where a folder at the top is when it is installed."""


def tracked(*folders: str) -> list[str]:
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard", *folders]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    return [name for name in listed.splitlines() if (ROOT / name).is_file()]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Built from a copy: setuptools writes its build folder beside the sources."""
    copy, out = tmp_path_factory.mktemp("source"), tmp_path_factory.mktemp("wheel")
    for name in tracked(*FOLDERS, "pyproject.toml", "README.md", "LICENSE"):
        (copy / name).parent.mkdir(parents=True, exist_ok=True)
        (copy / name).write_bytes((ROOT / name).read_bytes())
    code = "import sys; from setuptools import build_meta; build_meta.build_wheel(sys.argv[1])"
    subprocess.run([sys.executable, "-c", code, str(out)], cwd=copy, capture_output=True, check=True)
    (built,) = out.glob("*.whl")
    return built


@pytest.fixture(scope="module")
def site(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with nothing but the installed wheel; what it depends on is this environment's."""
    folder = tmp_path_factory.mktemp("site")
    install = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--no-index", "--target", str(folder)]
    subprocess.run([*install, str(wheel)], capture_output=True, check=True)
    return folder


def run(site: Path, folder: Path, *command: str) -> str:
    environment = {**os.environ, "PYTHONPATH": str(site)}
    done = subprocess.run(
        [sys.executable, *command], cwd=folder, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_the_wheel_carries_every_file_of_the_packages(wheel: Path) -> None:
    packed = set(zipfile.ZipFile(wheel).namelist())
    wanted = {f"{FOLDERS[name.partition('/')[0]]}/{name.partition('/')[2]}" for name in tracked(*FOLDERS)}
    assert wanted - packed == set()


def test_every_package_is_listed() -> None:
    folders = {str(Path(name).parent) for name in tracked(*FOLDERS) if name.endswith("/__init__.py")}
    packages = {f"{FOLDERS[folder.partition('/')[0]]}/{folder.partition('/')[2]}".strip("/") for folder in folders}
    assert {package.replace("/", ".") for package in packages} == set(SETTINGS["packages"])


def test_an_installation_brings_one_name(site: Path) -> None:
    names = {path.name for path in site.iterdir() if path.suffix != ".dist-info" and path.name != "bin"}
    assert names == {"exiqa"}


def test_an_installed_exiqa_assesses_a_photo(site: Path, tmp_path: Path) -> None:
    Image.fromarray(np.random.default_rng(0).integers(0, 256, (200, 200, 3), dtype=np.uint8)).save(tmp_path / "a.png")
    assert Path(run(site, tmp_path, "-c", "import exiqa; print(exiqa.__file__)").strip()).is_relative_to(site)
    assert "a.png" in run(site, tmp_path, "-m", "exiqa", "assess", "a.png")


@pytest.mark.parametrize(
    "package", ["exiqa", *(f"exiqa.{room}" for room in ("attrgen", "bank", "bench", "iqadata", "model"))]
)
def test_every_package_runs_as_a_module(site: Path, tmp_path: Path, package: str) -> None:
    assert f"python -m {package} " in run(site, tmp_path, "-m", package, "--help")


def test_a_script_s_neighbours_are_left_alone(site: Path, tmp_path: Path) -> None:
    """Files of a user's own that have our folders' names are neither run nor in the way."""
    for name in FOLDERS:
        (tmp_path / f"{name}.py").write_text("raise SystemExit('this file is the user\\'s own')\n", encoding="utf-8")
    script = "import exiqa, exiqa.bank, exiqa.bench, exiqa.model\nprint(exiqa.bank.load_bank('kadid10k').id)\n"
    (tmp_path / "mine.py").write_text(script + "print(exiqa.load())\n", encoding="utf-8")
    assert run(site, tmp_path, "mine.py").startswith("kadid10k@")
    assert "kadid10k@1" in run(site, tmp_path, "-m", "exiqa", "bank", "list")

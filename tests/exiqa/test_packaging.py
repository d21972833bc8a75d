"""What is installed is what is here: a built wheel carries every data file and every module."""

from __future__ import annotations

import subprocess
import sys
import zipfile
from pathlib import Path

ROOT = Path(__file__).parents[2]
PACKAGES = ("attrgen", "bank", "bench", "exiqa", "iqadata", "model")


def test_the_wheel_carries_every_file_of_the_packages(tmp_path):
    code = (
        "import sys; from setuptools import build_meta; "
        "print(build_meta.build_wheel(sys.argv[1], {'--build-option': []}))"
    )
    # From a copy: setuptools writes its build folder beside the sources.
    copy = tmp_path / "source"
    tracked = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", *PACKAGES, "pyproject.toml", "README.md"],
        cwd=ROOT, capture_output=True, text=True, check=True,
    ).stdout.split("\n")  # fmt: skip
    files = [name for name in tracked if name and (ROOT / name).is_file()]
    for name in [*files, "LICENSE"]:
        (copy / name).parent.mkdir(parents=True, exist_ok=True)
        (copy / name).write_bytes((ROOT / name).read_bytes())
    subprocess.run([sys.executable, "-c", code, str(tmp_path)], cwd=copy, capture_output=True, check=True)
    (wheel,) = tmp_path.glob("*.whl")
    packed = set(zipfile.ZipFile(wheel).namelist())
    wanted = {name for name in files if name.split("/")[0] in PACKAGES}
    assert wanted - packed == set()

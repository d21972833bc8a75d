"""What a figure was made with: code, versions and machine. No host name, user name or path."""

from __future__ import annotations

import os
import platform
import re
import subprocess
import sys
from functools import cache
from importlib import metadata
from pathlib import Path

from pydantic import BaseModel, ConfigDict

PACKAGES = ("exiqa", "torch", "open_clip_torch", "sentence-transformers", "transformers", "numpy", "scipy",
            "scikit-learn", "pandas", "piq", "opencv-python-headless", "pillow")  # fmt: skip
"""The distributions whose versions can move a figure."""


class Machine(BaseModel):
    """The machine, as far as it explains a time or a last digit."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    cpu: str
    cores: int
    """Cores this process may use."""
    memory_gib: float | None
    accelerator: str | None
    system: str
    """Operating system and architecture: "Linux x86_64"."""
    python: str


@cache
def this_machine() -> Machine:
    """The machine this runs on. An accelerator is named only where torch is loaded already: naming starts none."""
    torch = sys.modules.get("torch")
    accelerator = torch.cuda.get_device_name() if torch is not None and torch.cuda.is_available() else None
    pages = os.sysconf("SC_PHYS_PAGES") if hasattr(os, "sysconf") else None
    return Machine(
        cpu=_cpu_model(),
        cores=len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1,
        memory_gib=round(pages * os.sysconf("SC_PAGE_SIZE") / 2**30, 1) if pages else None,
        accelerator=accelerator,
        system=f"{platform.system()} {platform.machine()}",
        python=platform.python_version(),
    )


def _cpu_model() -> str:
    info = Path("/proc/cpuinfo")
    if info.is_file():
        match = re.search(r"^model name\s*:\s*(.+)$", info.read_text(encoding="utf-8"), re.MULTILINE)
        if match:
            return match.group(1).strip()
    return platform.processor() or platform.machine()


@cache
def package_versions() -> dict[str, str]:
    """Version of each of `PACKAGES` that is installed."""
    versions = {}
    for name in PACKAGES:
        try:
            versions[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            continue
    return versions


@cache
def git_commit() -> str | None:
    """The commit that this code was checked out from, with "-dirty" after local changes; None outside a checkout."""
    here = Path(__file__).resolve()

    def git(*arguments: str) -> str | None:
        process = subprocess.run(["git", *arguments], cwd=here.parent, capture_output=True, text=True, check=False)
        return process.stdout.strip() if process.returncode == 0 else None

    try:
        # An installed copy may lie inside a repository of the user's, whose commit says nothing about this code.
        if git("ls-files", "--error-unmatch", here.name) is None:
            return None
        return git("describe", "--always", "--dirty", "--abbrev=40", "--exclude=*")
    except FileNotFoundError:
        return None


def peak_memory_mib() -> int | None:
    """The largest resident memory this process has had so far, in MiB; None where the system does not say."""
    try:
        import resource
    except ImportError:
        return None
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return round(peak / (2**20 if sys.platform == "darwin" else 2**10))

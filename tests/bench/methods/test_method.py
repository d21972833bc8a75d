"""The registry of methods: what each one says, what others add, and what is not imported to list or label them."""

from __future__ import annotations

import subprocess
import sys
from importlib import metadata
from pathlib import Path

import pytest

from exiqa.bench.methods.method import METHODS, Method, Methods
from exiqa.core.errors import UserError

OUTSIDE = """
import numpy as np
from exiqa.bench.methods.method import Method

def predict(task):
    return np.linspace(0, 1, len(task.test_rows))

METHOD = Method("Ramp", "rises", ("quality",), predict, version=7)
"""


@pytest.mark.parametrize("name", METHODS.own)
def test_what_a_row_says(name: str) -> None:
    method = METHODS[name]
    assert method.meaning and not method.meaning.endswith(".")
    assert method.version >= 1 and METHODS.origin(name) == "exiqa"
    assert (method.kind == "trivial") <= (method.uses == "")
    if method.kind == "peer":
        assert method.protocols == ("quality", "zero_shot")


def test_names_and_labels_import_nothing_heavy() -> None:
    code = (
        "import sys\n"
        "from exiqa.bench.methods.method import METHODS\n"
        "names = METHODS.names()\n"
        "assert not {n for n in sys.modules if n.startswith('exiqa.bench.methods.') and not n.endswith('.method')}\n"
        "assert all(METHODS[name].label for name in names)\n"
        "heavy = {'torch', 'cv2', 'scipy', 'sklearn', 'skimage', 'open_clip'} & set(sys.modules)\n"
        "assert not heavy, heavy\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_a_method_of_another_package_by_path_and_by_entry_point(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "outside_methods.py").write_text(OUTSIDE)
    monkeypatch.syspath_prepend(str(tmp_path))
    found = METHODS["outside_methods:METHOD"]
    assert (found.label, found.version, found.kind) == ("Ramp", 7, "peer")
    entry_point = metadata.EntryPoint("ramp", "outside_methods:METHOD", "exiqa.methods")
    monkeypatch.setattr(metadata, "entry_points", lambda group: [entry_point] if group == "exiqa.methods" else [])
    fresh = Methods(METHODS.group, METHODS.kind, METHODS.noun, METHODS.own)
    assert fresh["ramp"] is found and fresh.names() == [*METHODS.own, "ramp"]


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        (
            ('("quality",)', '("qualty",)'),
            "there is no protocol 'qualty'; there are identification, unseen, quality, zero_shot",
        ),
        (('("quality",)', "()"), "it has no protocol"),
        (('"Ramp"', '" "'), "its label is empty"),
        (("METHOD = Method", "METHOD = str"), "cannot be imported"),
    ],
)
def test_a_method_that_is_none_is_told_in_a_sentence(
    changed: tuple[str, str], message: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    module = f"odd_{abs(hash(changed))}"
    (tmp_path / f"{module}.py").write_text(OUTSIDE.replace(*changed))
    monkeypatch.syspath_prepend(str(tmp_path))
    with pytest.raises(UserError, match=message):
        METHODS[f"{module}:METHOD"]


def test_a_version_is_part_of_the_row() -> None:
    assert isinstance(METHODS["exiqa"], Method)
    assert METHODS["exiqa"].version == METHODS["frozen"].version == METHODS["shuffled"].version

"""Broken packages that add things: one sentence where their things are asked for, and no other command stopped."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from open_registries import REGISTRIES, look_again
from PIL import Image
from typer.testing import CliRunner, Result

from exiqa.cli import app

GROUPS = ("distortions", "llms", "datasets", "backbones", "methods", "metrics", "regressors")
ENTRIES = """\
broken = no_licence:THING
odd = of_another_kind:THING
jpeg = of_another_kind:THING
twice = of_another_kind:THING
"""


@pytest.fixture(autouse=True)
def broken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Two packages for each group: a module that fails, an object of no kind, a name of ours, one name in both."""
    places = tmp_path / "site-packages"
    for package, entries in (("no_good", ENTRIES), ("worse", "twice = no_licence:THING\n")):
        info = places / f"{package}-1.0.dist-info"
        info.mkdir(parents=True)
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {package}\nVersion: 1.0\n")
        (info / "entry_points.txt").write_text("".join(f"[exiqa.{group}]\n{entries}\n" for group in GROUPS))
    (places / "no_licence.py").write_text("raise RuntimeError('no licence\\nhere')\n")
    (places / "of_another_kind.py").write_text("THING = 'a string'\n")
    monkeypatch.syspath_prepend(places)
    monkeypatch.chdir(tmp_path)
    Image.fromarray(np.full((64, 64, 3), 120, np.uint8)).save("photo.png")
    look_again()
    yield
    sys.modules.pop("of_another_kind", None)
    shutil.rmtree(places)
    look_again()


def _run(*arguments: str) -> Result:
    result = CliRunner().invoke(app, arguments)
    assert "Traceback" not in result.output
    return result


def test_commands_that_do_not_need_it_do_not_see_it() -> None:
    result = _run("data", "distort", "photo.png", "--type", "gaussian_blur", "--level", "1")
    assert result.exit_code == 0 and result.stderr == ""


def test_a_list_names_it_beside_what_works() -> None:
    result = _run("data", "list")
    assert result.exit_code == 0 and "kadid10k  needs" in result.stdout and "broken" not in result.stdout
    warnings = [line for line in result.stderr.splitlines() if line.startswith("Warning: ")]
    assert any("the data set 'broken' (no_licence:THING) cannot be imported: RuntimeError: no licence" in w
               for w in warnings)  # fmt: skip
    assert any("the data set 'odd' (of_another_kind:THING) must be a DatasetSpec, and is a str" in w for w in warnings)
    assert any("the data set 'twice' is claimed twice, by no_licence:THING and of_another_kind:THING" in w
               for w in warnings)  # fmt: skip


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("--type", "broken"), "the distortion 'broken' (no_licence:THING) cannot be imported: RuntimeError"),
        (("--type", "odd"), "the distortion 'odd' (of_another_kind:THING) must be a DistortionSpec, and is a str"),
        (("--type", "twice"), "the distortion 'twice' is claimed twice"),
        (("--type", "jpeg"), "the distortion 'jpeg' is claimed twice"),
        (("--type", "blurr"), "kadid10k has no distortion 'blurr'"),
        (("--type", "no_such_module:X"), "the distortion 'no_such_module:X' cannot be imported: ModuleNotFoundError"),
    ],
)
def test_a_distortion_that_cannot_be_had(arguments: tuple[str, ...], sentence: str) -> None:
    _one_sentence(_run("data", "distort", "photo.png", "--level", "1", *arguments), sentence)


@pytest.mark.parametrize(
    ("llm", "sentence"),
    [
        ("broken:x", "the LLM 'broken' (no_licence:THING) cannot be imported"),
        ("odd", "the LLM 'odd' (of_another_kind:THING) must be a LLMProvider, and is a str"),
        ("opnai:gpt-4o", "names no LLM; it takes openai:MODEL"),
    ],
)
def test_an_llm_that_cannot_be_had(llm: str, sentence: str) -> None:
    _one_sentence(_run("attrgen", "generate", "csiq", "--llm", llm, "--bank", "mine"), sentence)


@pytest.mark.parametrize(
    ("backbone", "sentence"),
    [
        ("broken/random", "the backbone family 'broken' (no_licence:THING) cannot be imported"),
        ("odd/random", "the backbone family 'odd' (of_another_kind:THING) must be a BackboneFamily, and is a str"),
        ("openclip:ViT-B-32/openai", "there is no backbone 'openclip:ViT-B-32/openai'; give exiqa-mini"),
    ],
)
def test_a_backbone_that_cannot_be_had(backbone: str, sentence: str) -> None:
    from exiqa.core.errors import UserError
    from exiqa.model import load_backbone

    with pytest.warns() if "openclip" in backbone else pytest.MonkeyPatch.context(), pytest.raises(UserError) as caught:
        load_backbone(backbone)
    assert sentence in str(caught.value)


def test_a_data_set_that_cannot_be_had() -> None:
    _one_sentence(_run("data", "check", "broken", "."), "the data set 'broken' (no_licence:THING) cannot be imported")
    _one_sentence(_run("data", "check", "kadid", "."), "there is no dataset 'kadid'; there are kadid10k")


def test_a_taxonomy_that_names_it() -> None:
    Path("own.toml").write_text('id = "own"\nname = "Own"\n[[distortions]]\nid = "broken"\n')
    done = _run("data", "synth", "--pristine", ".", "--out", "set", "--distortions", "own.toml")
    _one_sentence(done, "the distortion 'broken' (no_licence:THING) cannot be imported")


def _one_sentence(result: Result, sentence: str) -> None:
    errors = [line for line in result.stderr.splitlines() if not line.startswith("Warning: ")]
    assert result.exit_code == 1, result.output
    assert errors[0].startswith("Error: ") and sentence in errors[0], result.output
    assert len(errors) == 1, errors


def test_every_registry_is_among_those_that_look_again() -> None:
    assert {registry.group for registry in REGISTRIES} == {f"exiqa.{group}" for group in GROUPS}

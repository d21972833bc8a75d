"""Whatever changes its output raises its version: records and caches go stale by nothing else."""

from __future__ import annotations

import dataclasses
from importlib.util import find_spec

import fingerprints
import pytest

KNOWN = fingerprints.read()
THINGS = fingerprints.everything()


@pytest.mark.parametrize("name", THINGS)
def test_an_output_changes_only_with_its_version(name: str) -> None:
    if name == "method piqe" and find_spec("pypiqe") is None:
        pytest.skip("pypiqe is not installed")
    said = fingerprints.problem(name, THINGS[name], KNOWN)
    assert not said, said


def test_every_fingerprint_is_of_something() -> None:
    assert KNOWN.keys() == THINGS.keys()


def test_what_is_to_be_done_is_said() -> None:
    metric = THINGS["metric srcc"]
    changed = dataclasses.replace(metric, output=lambda folder: [0.25])
    said = fingerprints.problem("metric srcc", changed, KNOWN)
    assert said.startswith(
        "the output of metric srcc changed: raise its version, `METRIC` in bench/metrics/scores/srcc.py, then run "
        "`python tests/fingerprints.py`"
    )
    raised = dataclasses.replace(changed, version=2)
    assert fingerprints.problem("metric srcc", raised, KNOWN) == (
        "metric srcc is of version 2, its fingerprint of version 1: run `python tests/fingerprints.py`"
    )
    assert "has no fingerprint" in fingerprints.problem("metric new", metric, KNOWN)

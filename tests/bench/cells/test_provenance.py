"""Provenance: enough to explain a figure, nothing that identifies a person or a place."""

from __future__ import annotations

import getpass
import os
import socket

import numpy as np

from exiqa.bench.cells.provenance import git_commit, package_versions, peak_memory_mib, this_machine


def test_the_machine_is_described_without_names_or_paths():
    machine = this_machine()
    said = machine.model_dump_json()
    assert machine.cores >= 1
    assert machine.cpu
    assert socket.gethostname() not in said
    assert os.path.expanduser("~") not in said
    assert f'"{getpass.getuser()}"' not in said


def test_versions_are_those_that_run():
    assert package_versions()["numpy"] == np.__version__


def test_the_commit_is_whole_or_absent():
    commit = git_commit()
    assert commit is None or len(commit.removesuffix("-dirty")) == 40


def test_the_memory_peak_grows_with_what_is_held():
    before = peak_memory_mib()
    assert before is not None
    held = np.ones(1 << 27, dtype=np.uint8)
    assert peak_memory_mib() >= max(before, held.nbytes >> 20)

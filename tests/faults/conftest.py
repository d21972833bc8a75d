"""What the fault campaign counts."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import pytest

Tally = Callable[[str, int, Sequence[str]], None]


@pytest.fixture
def tally(record_property: Callable[[str, object], None]) -> Tally:
    """`tally(kind, tried, failures)` puts a line into the table at the end of the run and fails where one failed."""

    def count(kind: str, tried: int, failures: Sequence[str]) -> None:
        record_property("faults", [kind, tried, len(failures)])
        assert not failures, f"{len(failures)} of {tried} {kind}:\n" + "\n".join(failures[:20])

    return count

"""The agreement figures: which are evidence, which are circular, over which cells."""

from __future__ import annotations

import json
from functools import partial

import pytest
from typer.testing import CliRunner

from exiqa.iqadata.certifying.sizes import distinguishable, distinguishable_levels
from exiqa.iqadata.cli import app
from exiqa.iqadata.distortions.registry import LEVELS
from exiqa.iqadata.standins import agreement
from exiqa.iqadata.standins.agreement import Agreement, kadid_agreement

SMALL = {"references": 1, "height": 40, "width": 48}
CELLS = sum(len(distinguishable_levels("kadid10k", distortion, 40, 48)) for distortion in LEVELS["kadid10k"])


@pytest.fixture(scope="module")
def figures() -> dict[str, Agreement]:
    rows = kadid_agreement(**SMALL)
    assert len(rows) == 8
    return {f"{row.what} {row.cells}": row for row in rows}


def test_only_the_anchored_proxy_is_circular(figures: dict[str, Agreement]) -> None:
    assert [name for name, row in figures.items() if row.circular] == [f"anchored proxy {CELLS}"]
    # With one reference the content term is 0, so the means are the published ones (ties among them broken).
    assert figures[f"anchored proxy {CELLS}"].spearman > 0.9999


def test_metrics_agree_in_sign_and_fall_short_of_one(figures: dict[str, Agreement]) -> None:
    for name in (f"mdsi alone {CELLS}", f"haarpsi alone {CELLS}", f"metrics, ranks averaged {CELLS}"):
        assert 0.4 < figures[name].spearman < 0.97


def test_other_sets_opinions_are_those_of_the_table(figures: dict[str, Agreement]) -> None:
    """Over the 12 distortions that KADID-10k shares with TID2013, and the 4 with CSIQ, at the levels that stand."""
    from scipy.stats import spearmanr

    from exiqa.iqadata.standins.opinions import opinions

    cells = opinions().pivot(index=["distortion", "level"], columns="dataset", values="mean")
    standing = [
        distinguishable("kadid10k", *cell, 40, 48) if cell[0] in LEVELS["kadid10k"] else False for cell in cells.index
    ]
    for other, shared in (("tid2013", 60), ("csiq", 20)):
        both = cells[["kadid10k", other]].dropna()
        assert len(both) == shared
        both = cells[standing][["kadid10k", other]].dropna()
        count = len(both)
        expected = spearmanr(both["kadid10k"], both[other]).statistic
        assert figures[f"{other}'s opinions {count}"].spearman == pytest.approx(expected)


def test_command(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(agreement, "kadid_agreement", partial(kadid_agreement, **SMALL))
    shown = CliRunner().invoke(app, ["agreement"])
    assert shown.exit_code == 0 and f"anchored proxy             +1.000  {CELLS} cells  (circular" in shown.output
    rows = json.loads(CliRunner().invoke(app, ["agreement", "--json"]).output)
    assert [row["circular"] for row in rows].count(True) == 1

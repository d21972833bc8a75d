"""A tiny data set of numbers without pixels, and records over it."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest

from bank.taxonomy import Distortion, Taxonomy
from bench.provenance import Machine
from bench.record import Cell, Hashes, Record, TestSet
from iqadata.dataset import COLUMNS, Dataset, ScoreInfo

FIVE = (0.2, 0.4, 0.6, 0.8, 1.0)


@pytest.fixture
def dataset() -> Dataset:
    """10 references × 2 distortions × 5 levels, scores that fall with the level."""
    rows, strengths = [], []
    for reference in range(10):
        for number, distortion in enumerate(("blur", "noise")):
            for level in range(1, 6):
                score = 1 - level / 6 - reference / 200
                rows.append((f"{reference}/{distortion}/{level}.png", str(reference), distortion, level, score, score))
                strengths.append([level / 5 if number == column else 0 for column in range(2)])
    distortions = tuple(
        Distortion(id=name, code=name, name=name.title(), explanation=f"adds {name}", levels=5)
        for name in ("blur", "noise")
    )
    return Dataset(
        name="tiny",
        taxonomy=Taxonomy(id="tiny", name="Tiny", distortions=distortions),
        distortions=("blur", "noise"),
        table=pd.DataFrame(rows, columns=list(COLUMNS)),
        strengths=np.array(strengths, dtype=np.float32),
        levels=(FIVE, FIVE),
        strength_map="level",
        score_info=ScoreInfo("FSIM proxy", "higher is better", "x", proxy=True),
        load=lambda row: np.full((8, 8, 3), row, dtype=np.uint8),
        notes=("Scores are a full-reference proxy.",),
    )


RecordMaker = Callable[..., Record]


@pytest.fixture
def make_record() -> RecordMaker:
    """Builds a record with given metrics, without a run behind it."""

    def make(
        method: str,
        metrics: dict[str, float | None],
        *,
        protocol: str = "identification",
        seed: int = 0,
        test: str = "tiny",
        notes: tuple[str, ...] = (),
        undefined: dict[str, str] | None = None,
        **cell: object,
    ) -> Record:
        return Record(
            cell=Cell.model_validate(
                {"protocol": protocol, "method": method, "train": test, "test": test, "split": "70/10/20",
                 "seed": seed, **cell}
            ),
            metrics=metrics,
            undefined={name: (undefined or {}).get(name, "a reason") for name, v in metrics.items() if v is None},
            testset=TestSet(
                name=test, images=20, references=2, distortions=("blur", "noise"), levels=(FIVE, FIVE),
                score="FSIM proxy", score_is_proxy=True, notes=notes,
            ),
            hashes=Hashes(dataset="a" * 64, split=f"{seed:064x}", bank=None, predictions="b" * 64),
            commit="c" * 40,
            packages={"numpy": "2.0"},
            machine=Machine(cpu="Some CPU", cores=2, memory_gib=8.0, accelerator=None, system="Linux x86_64",
                            python="3.12"),
            seconds=1.5,
            peak_memory_mib=100,
        )  # fmt: skip

    return make

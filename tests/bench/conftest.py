"""A tiny data set of numbers without pixels, and records over it."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest

from exiqa.bank.taxonomy import Distortion, Taxonomy
from exiqa.bench.cells.provenance import Machine
from exiqa.bench.cells.record import Cell, Hashes, Record, TestSet
from exiqa.bench.explorer.photo_card import AttributeLine, PhotoCard, StrengthBar, jpeg_thumbnail
from exiqa.bench.reports.report import Fact, GeneratedPhrase, GenerationSection, Report, TimedStep, provenance_of
from exiqa.bench.tables.paper.table_three import table_three
from exiqa.bench.tables.paper.table_two import table_two
from exiqa.bench.tables.prior_verdict import prior_verdicts
from exiqa.iqadata.datasets.dataset import COLUMNS, Dataset, ScoreInfo

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
                name=test, images=200, references=20, distortions=("blur", "noise"), levels=(FIVE, FIVE),
                score="FSIM proxy", score_is_proxy=True, notes=notes,
            ),
            hashes=Hashes(dataset="a" * 64, split=f"{seed:064x}", bank="d" * 64 if cell.get("bank") else None,
                          predictions="b" * 64),
            versions={f"method {method}": 1},
            commit="c" * 40,
            packages={"numpy": "2.0"},
            machine=Machine(cpu="Some CPU", cores=2, memory_gib=8.0, accelerator=None, system="Linux x86_64",
                            python="3.12"),
            seconds=1.5,
            peak_memory_mib=100,
        )  # fmt: skip

    return make


def _photo(seed: int) -> np.ndarray:
    """(192, 256, 3) uint8: a packaged photo, blurred more or less."""
    from scipy.ndimage import gaussian_filter
    from skimage import data

    photo = [data.chelsea, data.coffee, data.astronaut][seed % 3]()[:192, :256]
    return gaussian_filter(photo, (seed, seed, 0))


@pytest.fixture
def make_report(make_record: RecordMaker) -> Callable[..., Report]:
    """Builds a report like the demo's, in which all text from outside starts with `evil`."""

    def make(evil: str = "", distortions: int = 8) -> Report:
        names = ["Gaussian blur", "Motion blur", "JPEG compression", "JPEG2000 compression", "White noise",
                 "Impulse noise", "Brighten", "Contrast change"][:distortions]  # fmt: skip
        records = []
        ours = {"bank": "demo@1", "k": 5, "backbone": "exiqa-mini", "tuning": "full", "template": "paper"}
        clean = {"accuracy": 0.875, "rmse": 0.2344, "active_accuracy": 0.0, "map": 0.125, "f1": 0.0, "top1": 0.125}
        seen = {"accuracy": 0.9123, "active_accuracy": 0.4375, "map": 0.7312, "f1": 0.6891, "top1": 0.7375}
        constant = {"plcc": None, "srcc": None, "krcc": None, "score_rmse": 0.2111}
        scores = {"srcc": 0.7987, "krcc": 0.6, "score_rmse": 0.1222}
        why = dict.fromkeys(("plcc", "srcc", "krcc"), "every predicted score is the same")
        for seed in range(3):
            shift = seed / 300
            same = {"seed": seed, "notes": (f"{evil}Strength is the level divided by the number of levels.",)}
            quality = {"protocol": "quality", **same}
            records += [
                make_record("all_clean", clean, **same),
                make_record("prior", clean | {"rmse": 0.2268 + shift / 9}, **same),
                make_record("exiqa", seen | {"rmse": 0.1512 + shift}, **same, **ours),
                make_record("mean_score", constant, undefined=why, **quality),
                make_record("exiqa", scores | {"plcc": 0.8123 - shift}, **quality, **ours),
            ]
        photos = tuple(
            PhotoCard(
                title=f"{evil}{names[card % len(names)]}, level {card + 2}",
                alt=f"{evil}A held-out photo of a cat, a cup or an astronaut.",
                jpeg=jpeg_thumbnail(_photo(card)),
                bars=tuple(
                    StrengthBar(evil + name, 0.6 if number == card else 0.0, abs(np.sin(number * 3 + card)) / 2)
                    for number, name in enumerate(names)
                ),
                attributes=tuple(
                    AttributeLine(
                        f"{evil}a softening of fine details, edges and textures, number {n}",
                        0.95 - n / 7,
                        (names[n % len(names)], evil + names[(n + 1) % len(names)]),
                    )
                    for n in range(5 if card < 2 else 0)
                ),
                true_score=0.55,
                predicted_score=0.61,
                score_name="quality (FSIM proxy)",
            )
            for card in range(4)
        )
        phrases = tuple(
            GeneratedPhrase(
                f"{evil}a {'grainy veil over smooth areas' if n < 4 else 'photo that has been distorted'} ({n})",
                n < 4, f"{evil}rank {n + 1}" if n < 4 else "names the distortion")
            for n in range(14)
        )  # fmt: skip
        return Report(
            title=f"{evil}From a description to a benchmark",
            summary=(f"{evil}A bank of 40 attributes, a small CLIP tuned on it, three splits of 720 images.",
                     "Quality scores are a full-reference proxy."),
            verdicts=prior_verdicts(records),
            tables=(table_two(records), table_three(records)),
            photos=photos,
            generation=(GenerationSection(f"{evil}Film grain", f"{evil}adds correlated noise", f"{evil}SmolLM2-135M",
                                          f"{evil}4 of 14 phrases were kept.", phrases),),
            steps=(TimedStep(f"{evil}Attribute generation", 21.4), TimedStep("Data set", 33.2),
                   TimedStep("Tuning", 312.0), TimedStep("Tables", 0.31)),
            provenance=(Fact(f"{evil}Seed", f"{evil}0"), *provenance_of(records)),
            footnotes=(f"{evil}Photos are shown as JPEG thumbnails.",),
        )  # fmt: skip

    return make

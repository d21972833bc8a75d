"""Runs of the benchmark made of random numbers: records and predictions as a run leaves them, without a model."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import product

import numpy as np
import pandas as pd

from exiqa.bench.cells.provenance import Machine
from exiqa.bench.cells.record import Cell, Hashes, Record, TestSet
from exiqa.bench.explorer.explorer import ExplorerImage
from exiqa.bench.explorer.photo_card import AttributeLine, StrengthBar, jpeg_thumbnail
from exiqa.bench.metrics.metric import measure
from exiqa.bench.metrics.predictions import Predictions
from exiqa.bench.metrics.registry import metrics_of
from exiqa.core.files import sha256_hex
from exiqa.model.assessing.assessment import ScorePart

FIVE = (0.2, 0.4, 0.6, 0.8, 1.0)
DISTORTIONS = ("gaussian_blur", "motion_blur", "jpeg", "white_noise", "impulse_noise", "brighten")
MACHINE = Machine(cpu="A CPU", cores=2, memory_gib=8.0, accelerator=None, system="Linux x86_64", python="3.12")
OURS = {"backbone": "exiqa-mini", "tuning": "full", "template": "paper", "k": 5}


def made_records(
    tests: Sequence[str],
    seeds: int,
    banks: Sequence[str] = ("demo@1",),
    distortions: Sequence[str] = DISTORTIONS,
    note: str = "",
) -> Iterator[tuple[Record, pd.DataFrame]]:
    """Identification and quality on each data set, quality across each pair, for ours and for trivial rows."""
    for seed, test in product(range(seeds), tests):
        for method in ("all_clean", "prior", "mean_score"):
            protocol = "quality" if method == "mean_score" else "identification"
            yield _one(protocol, method, test, test, seed, None, distortions, note)
        for bank in banks:
            for protocol in ("identification", "quality"):
                yield _one(protocol, "exiqa", test, test, seed, bank, distortions, note)
            for train in tests:
                if train != test:
                    yield _one("quality", "exiqa", train, test, seed, bank, distortions, note)


def _one(
    protocol: str, method: str, train: str, test: str, seed: int, bank: str | None, distortions: Sequence[str],
    note: str,
) -> tuple[Record, pd.DataFrame]:  # fmt: skip
    own = OURS | {"bank": bank} if bank else {}
    cell = Cell.model_validate(
        {"protocol": protocol, "method": method, "train": train, "test": test, "split": "70/10/20", "seed": seed, **own}
    )
    random = np.random.default_rng(int(cell.id, 16))
    images = 10 * len(distortions)
    present = np.arange(images) % len(distortions)
    level = random.choice(FIVE, images)
    frame = pd.DataFrame({"image": [f"{note}{n}.png" for n in range(images)], "reference": np.arange(images) // 20,
                          "distortion": [distortions[d] for d in present]})  # fmt: skip
    if protocol == "identification":
        truth = np.zeros((images, len(distortions)), dtype=np.float32)
        truth[np.arange(images), present] = level
        guess = {"all_clean": 0 * truth, "prior": 0 * truth + truth.mean(axis=0)}.get(method)
        if guess is None:
            guess = np.clip(0.8 * truth + random.normal(0.05, 0.08, truth.shape), 0, 1)
        metrics, undefined = measure(metrics_of("identification"), Predictions(guess, truth, [FIVE] * len(distortions)))
        columns = {f"true:{d}": truth[:, n] for n, d in enumerate(distortions)}
        columns |= {f"predicted:{d}": guess[:, n].astype(np.float32) for n, d in enumerate(distortions)}
        per = {d: {"map": float(random.uniform(0.2, 1))} for d in distortions}
    else:
        truth = (1 - level * random.uniform(0.6, 1, images)).astype(np.float32)
        guess = np.full(images, truth.mean()) if method == "mean_score" else truth + random.normal(0, 0.12, images)
        guess = guess.astype(np.float32)
        metrics, undefined = measure(metrics_of("quality"), Predictions(guess, truth))
        columns = {"true": truth, "predicted": guess}
        per = {d: {"srcc": None if method == "mean_score" else float(random.uniform(0, 1))} for d in distortions}
    record = Record(
        cell=cell,
        metrics=metrics,
        undefined=undefined,
        intervals={name: None if v is None else (v - 0.02, v + 0.02) for name, v in metrics.items()},
        per_distortion=per,
        testset=TestSet(
            name=test, images=images, references=images // 20, distortions=tuple(distortions),
            levels=(FIVE,) * len(distortions), score="FSIM proxy", score_is_proxy=True,
            notes=(f"{note}Strength is the level divided by the number of levels.",),
        ),
        hashes=Hashes(
            dataset=sha256_hex(test), split=sha256_hex(f"{test}{seed}"), bank=sha256_hex(bank) if bank else None,
            train_dataset=None if train == test else sha256_hex(train), predictions="",
        ),
        versions={f"method {method}": 1},
        commit="c0ffee" * 6 + "c0ff",
        packages={"numpy": "2.0"},
        machine=MACHINE,
        seconds=round(float(random.uniform(1, 90)), 2),
        peak_memory_mib=900,
    )  # fmt: skip
    return record, frame.assign(**columns)


def made_images(
    count: int, text: str = "", cell: str = "", side: int = 256, distortions: Sequence[str] = DISTORTIONS
) -> tuple[ExplorerImage, ...]:
    """Images for the explorer, whose texts start with `text`."""
    names = [name.replace("_", " ").capitalize() for name in distortions]
    return tuple(_image(number, text, names, cell, side) for number in range(count))


def _image(number: int, text: str, names: Sequence[str], cell: str, side: int) -> ExplorerImage:
    random = np.random.default_rng(number)
    y, x = np.mgrid[:side, :side] / side
    pixels = np.stack([x, y, (x + y) / 2], axis=-1) * 200 + random.normal(0, 2 + 3 * number, (side, side, 3))
    picture = np.clip(pixels, 0, 255).astype(np.uint8)
    return ExplorerImage(
        dataset="mini-kadid10k",
        image=f"{text}images/I{number:02}_01_03.png",
        caption=f"{names[number % len(names)]}, level 3",
        jpeg=jpeg_thumbnail(picture, 256, 14_000),
        bars=tuple(StrengthBar(n, 0.6 * (at == number % len(names)), random.uniform()) for at, n in enumerate(names)),
        attributes=tuple(
            AttributeLine(f"{text}a softening of fine details and edges ({n})", 0.95 - n / 14, (names[n % len(names)],))
            for n in range(10)
        ),
        true_score=0.4,
        predicted_score=0.45,
        score_name="FSIM proxy",
        typical_score=0.6,
        parts=tuple(ScorePart(f"{text}a veil over textures ({n})", 0.8, 0.3, 0.05 - n / 60) for n in range(8)),
        other_parts=0.1,
        saliency=jpeg_thumbnail(picture[::-1], 256, 14_000),
        saliency_of=names[number % len(names)],
        cell=cell,
    )

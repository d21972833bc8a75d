"""A fingerprint of what everything with a version gives for fixed input, held against those in `fingerprints.json`.

Records and caches go stale by declared versions and not by the text of the code, so an output that changes while its
version stays would go unnoticed: `test_fingerprints.py` fails then. After a version was raised, or something new was
added,

    python tests/fingerprints.py

brings the file up to date; it refuses what changed without a new version. The numbers are few and compared with a
tolerance, so that another machine's arithmetic is no change.
"""

from __future__ import annotations

import dataclasses
import json
import os
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from exiqa.bench.methods.method import METHODS
from exiqa.bench.metrics.metric import measure
from exiqa.bench.metrics.predictions import AttributeColumns, Predictions
from exiqa.bench.metrics.registry import METRICS
from exiqa.bench.protocol import PROTOCOLS
from exiqa.iqadata import versions
from exiqa.model.backbones.versions import FAMILY_VERSIONS
from exiqa.model.preprocess import PREPROCESSINGS

FILE = Path(__file__).with_name("fingerprints.json")
COMMAND = "python tests/fingerprints.py"

SUITE = """
title = "Fingerprints"
split = "80/20"
k = 2

[tuning]
backbone = "exiqa-mini/random"
mode = "full"
learning_rate = 5e-4
epochs = 2
warmup_epochs = 0
batch_size = 16
preprocessing = "resize"

[regressor]
epochs = 5

[datasets.mini-csiq]
options = { references = 5, height = 48, width = 48, distortions = ["contrast_decrease", "jpeg"] }
banks = { own = "csiq@1", names = "csiq-names@1", random = "csiq-random@1", shuffled = "csiq-shuffled@1" }

[methods]
names = { bank = "names", k = 1 }
random = { bank = "random" }
shuffled = { bank = "shuffled" }
frozen = { tuning = { mode = "frozen" } }

[[cells]]
protocol = "identification"
test = ["mini-csiq"]
methods = ["names", "random", "shuffled", "frozen", "exiqa"]

[[cells]]
protocol = "quality"
test = ["mini-csiq"]
methods = ["names", "random", "random_banks", "random_directions", "shuffled", "frozen", "exiqa"]
"""


@dataclass(frozen=True)
class Versioned:
    """Something that declares a version."""

    version: int
    declared: str
    """Where: "`METHOD` in bench/methods/exiqa.py"."""
    output: Callable[[Path], Any]
    """What it gives for fixed input; in a folder of its own, with an empty cache."""
    tolerance: float = 1e-4


def everything() -> dict[str, Versioned]:
    """All that declares a version, by name."""
    return dict(
        [
            *_methods(),
            *((f"metric {name}", _metric(name)) for name in METRICS.own),
            *((f"preprocessing {name}", _preprocessing(name)) for name in PREPROCESSINGS),
            *_backbone_families(),
            *_data_sets(),
            *_made_pixels(),
        ]
    )


def fingerprint(thing: Versioned) -> list[float]:
    """The numbers that stand for an output: all of a short one, else mean and spread of each twentieth of it."""
    with tempfile.TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_CACHE_HOME", str(Path(folder) / "cache"))
        patch.delenv("TORCH_HOME", raising=False)
        values = np.asarray(thing.output(Path(folder)), dtype=np.float64).ravel()
    if len(values) > 150:
        parts = np.array_split(values, 20)
        values = np.array([len(values), *(part.mean() for part in parts), *(part.std() for part in parts)])
    return [round(float(value), 5) for value in values]


def problem(name: str, thing: Versioned, known: dict[str, Any]) -> str:
    """What is to be done about a fingerprint; "" where it is right."""
    if name not in known:
        return f"{name} has no fingerprint: run `{COMMAND}`"
    if thing.version != known[name]["version"]:
        before = known[name]["version"]
        return f"{name} is of version {thing.version}, its fingerprint of version {before}: run `{COMMAND}`"
    found, before = fingerprint(thing), known[name]["output"]
    if len(found) == len(before) and np.allclose(found, before, rtol=0, atol=thing.tolerance):
        return ""
    return (
        f"the output of {name} changed: raise its version, {thing.declared}, then run `{COMMAND}`"
        f" (it gave {before}, and gives {found})"
    )


def read() -> dict[str, Any]:
    """The committed fingerprints."""
    known: dict[str, Any] = json.loads(FILE.read_text(encoding="utf-8"))
    return known


def main() -> int:
    """Bring `fingerprints.json` up to date."""
    known = read() if FILE.is_file() else {}
    kept: dict[str, Any] = {}
    refused = []
    for name, thing in everything().items():
        if known.get(name, {}).get("version") == thing.version:
            kept[name] = known[name]
            refused += [said] if (said := problem(name, thing, known)) else []
        else:
            kept[name] = {"version": thing.version, "output": fingerprint(thing)}
    lines = [f" {json.dumps(name)}: {json.dumps(entry)}" for name, entry in sorted(kept.items())]
    FILE.write_text("{\n" + ",\n".join(lines) + "\n}\n", encoding="utf-8")
    print(*refused, sep="\n")
    return 1 if refused else 0


def _methods() -> Iterator[tuple[str, Versioned]]:
    outputs: dict[str, tuple[Callable[[Path], Any], float]] = {
        "piqe": (partial(_peer, "piqe"), 1e-4),
        "brisque_svr": (partial(_peer, "brisque_svr"), 2e-3),
        "clip_iqa": (partial(_peer, "clip_iqa"), 1e-3),
        "embedding_ridge": (partial(_peer, "embedding_ridge"), 2e-3),
        "arniqa": (_arniqa, 2e-3),
        "subset_mean": (_subset_mean, 1e-5),
        "given_score": (_given_score, 2e-3),
        **{name: (partial(_constant, name), 1e-5) for name in ("all_clean", "prior", "mean_score")},
    }
    for name, path in METHODS.own.items():
        output, tolerance = outputs.get(name, (partial(_ours, name), 2e-3))
        module = "exiqa" if METHODS[name].kind == "control" else path.split(":")[0].removeprefix("exiqa.bench.methods.")
        where = f"`METHOD` in bench/methods/{module.replace('.', '/')}.py"
        yield f"method {name}", Versioned(METHODS[name].version, where, output, tolerance)


def _constant(name: str, folder: Path) -> Any:
    from peer_tasks import quality_task, small_dataset

    protocol = METHODS[name].protocols[0]
    task = quality_task(name, small_dataset(references=4), folder, protocol=protocol)
    return METHODS[name].predict(task)


def _subset_mean(folder: Path) -> Any:
    from peer_tasks import quality_task, small_dataset

    dataset = small_dataset(references=4)
    parts = np.array(["a", "b"], object)[np.arange(len(dataset)) % 2]
    task = quality_task("subset_mean", dataclasses.replace(dataset, subsets=parts), folder)
    return METHODS["subset_mean"].predict(task)


def _given_score(folder: Path) -> Any:
    """The score of a saved model of random weights."""
    from peer_tasks import quality_task, small_dataset

    from exiqa.bank.storage.store import load_bank
    from exiqa.model.artifacts.artifact import Artifact
    from exiqa.model.attribute_model import AttributeModel
    from exiqa.model.backbones.families import load_backbone
    from exiqa.model.config import Tuning
    from exiqa.model.regressors.regressor import fit_regressor

    bank = load_bank("csiq@1").top(1)
    model = AttributeModel(load_backbone("exiqa-mini/random"), bank, Tuning(mode="frozen"))
    random = np.random.default_rng(3)
    attributes = random.random((60, len(bank.attributes))).astype(np.float32)
    fitted = fit_regressor(attributes, attributes @ random.normal(size=attributes.shape[1]), kind="ridge")
    Artifact(model, "resize", {"r": fitted}).save_pretrained(folder / "model")
    task = quality_task("given_score", small_dataset(references=4), folder)
    cell = task.cell.model_copy(update={"model": str(folder / "model")})
    return METHODS["given_score"].predict(dataclasses.replace(task, cell=cell, settings={"regressor": "r"}))


def _peer(name: str, folder: Path) -> Any:
    import open_clip
    from peer_tasks import quality_task, small_dataset

    open_clip.add_model_config(Path(__file__).parent / "model" / "tiny-vit.json")
    backbone = "open_clip:tiny-vit/random" if METHODS[name].uses else None
    return METHODS[name].predict(quality_task(name, small_dataset(references=5), folder, backbone=backbone))


def _arniqa(folder: Path) -> Any:
    """The embedding of one photo by an encoder of random weights; the regression is `embedding_ridge`'s."""
    from peer_tasks import write_arniqa_weights

    from exiqa.bench.methods.peers.arniqa import arniqa_tower
    from exiqa.bench.methods.peers.embedding_ridge import two_scale_embeddings
    from exiqa.iqadata.standins.scenes import scene

    os.environ["TORCH_HOME"] = str(folder)
    try:
        write_arniqa_weights()
        return two_scale_embeddings(scene(1, 240, 240), arniqa_tower())
    finally:
        del os.environ["TORCH_HOME"]


def _ours(name: str, folder: Path) -> Any:
    """Strengths and scores of a tiny tuning run."""
    from exiqa.bench.running.datasets import dataset_locations
    from exiqa.bench.running.run import task_of
    from exiqa.bench.running.suites.suite import datasets_of, expand, parse_suite

    jobs = [job for job in expand(parse_suite(SUITE, "fingerprints")) if job.cell.method == name]
    locations = dataset_locations(datasets_of(jobs), {})
    tasks = [task_of(job, locations, folder) for job in jobs]
    return np.concatenate([np.ravel(METHODS[name].predict(task)) for task in tasks])


def _backbone_families() -> Iterator[tuple[str, Versioned]]:
    """Of those that have random weights; what comes from the hub is built as open_clip's own are."""
    for name, spec in (("exiqa-mini", "exiqa-mini/random"), ("open_clip", "open_clip:tiny-vit/random")):
        where = "`FAMILY_VERSIONS` in model/backbones/versions.py"
        yield f"backbone family {name}", Versioned(FAMILY_VERSIONS[name], where, partial(_embedded, spec), 1e-3)


def _embedded(spec: str, folder: Path) -> Any:
    """What a backbone of seeded random weights makes of a photo and of a sentence."""
    import open_clip
    import torch

    from exiqa.iqadata.standins.scenes import scene
    from exiqa.model.backbones.families import load_backbone

    open_clip.add_model_config(Path(__file__).parent / "model" / "tiny-vit.json")
    backbone = load_backbone(spec)
    photo = scene(1, backbone.image_size, backbone.image_size)
    pixels = torch.from_numpy(photo.astype(np.float32) / 255).permute(2, 0, 1)[None]
    with torch.no_grad():
        words = backbone.text_tower(backbone.text_tower.inputs(["There is a softening of details in the photo."]))
        return torch.cat([backbone.visual(backbone.normalise(pixels)), words], dim=1).numpy()


def _metric(name: str) -> Versioned:
    metric = METRICS[name]
    module = METRICS.own[name].split(":")[0].removeprefix("exiqa.").replace(".", "/")
    return Versioned(metric.version, f"`METRIC` in {module}.py", lambda folder: _judged(name))


def _judged(name: str) -> list[float]:
    """The metric of made predictions, of which some tie."""
    random = np.random.default_rng(7)
    predicts = PROTOCOLS[METRICS[name].protocols[0]].predicts
    if predicts == "attributes":
        distorted = np.eye(3, dtype=bool)[np.arange(60) % 3]
        columns = AttributeColumns(
            linked=np.array([True, True, True, False, True, True]),
            membership=np.repeat(np.eye(3, dtype=bool), 2, axis=0),
            distorted=distorted,
            group=np.arange(60) // 15,
        )
        truth = np.where(distorted.repeat(2, axis=1), random.random((60, 6)), random.random((60, 6)) / 9)
        answers = np.clip(truth + random.normal(0.1, 0.2, truth.shape), 0, 1).round(2)
        predictions = Predictions(answers, truth, attributes=columns)
    elif predicts == "ratings":
        ratings = random.random((60, 3)).round(2)
        predictions = Predictions((ratings**2 + random.normal(0, 0.2, (60, 3))).round(1), ratings)
    elif predicts == "strengths":
        truth = np.where(np.eye(3)[random.integers(0, 3, 60)] > 0, random.choice([0.2, 0.4, 0.6, 0.8, 1.0], (60, 1)), 0)
        predicted = np.clip(truth * 0.8 + random.normal(0.05, 0.15, truth.shape), 0, 1).round(2)
        predictions = Predictions(predicted, truth, [(0.2, 0.4, 0.6, 0.8, 1.0)] * 3)
    else:
        true_scores = random.random(60).round(2)
        predictions = Predictions((true_scores**2 + random.normal(0, 0.1, 60)).round(1), true_scores)
    values, _ = measure({name: METRICS[name]}, predictions)
    return [float(values[name] or 0)]


def _preprocessing(name: str) -> Versioned:
    def views(folder: Path) -> Any:
        from exiqa.iqadata.standins.scenes import scene

        preprocessing, photo = PREPROCESSINGS[name], scene(3, 100, 135)
        one = preprocessing.train_view(photo, 32, np.random.default_rng(0))
        return np.concatenate([preprocessing.test_views(photo, 32), one[None]]) / 255

    return Versioned(PREPROCESSINGS[name].version, f"of {name!r} in model/preprocess.py", views, 1e-3)


def _data_sets() -> Iterator[tuple[str, Versioned]]:
    from exiqa.iqadata.catalog.loading import DATASETS

    for name, path in DATASETS.own.items():
        module = path.split(":")[0].removeprefix("exiqa.").replace(".", "/")
        yield (
            f"data set {name}",
            Versioned(DATASETS[name].version, f"`SPEC` in {module}.py", partial(_read, name)),
        )


def _read(name: str, folder: Path) -> Any:
    """Scores, strengths and the first image of two references' part of a made copy with the real labels."""
    from dataset_trees import BUILDERS, shrink_counts, tiny_photo

    from exiqa.iqadata.catalog.loading import load_dataset

    root = folder / name
    if name == "table":
        for number in range(3):
            tiny_photo(root / f"{number}.png", 60 + 50 * number)
        rows = ["1.png,0.png,jpeg,3,0.5", "2.png,0.png,gaussian_blur,5,0.1"]
        (folder / "mine.csv").write_text("\n".join(["image,reference,distortion,level,score", *rows]) + "\n")
        dataset = load_dataset(f"table:{folder / 'mine.csv'}", root, taxonomy="kadid10k")
    elif name in ("exiqa", "photos"):
        BUILDERS[name](root)
        dataset = load_dataset(name, root)
    else:
        with pytest.MonkeyPatch.context() as patch:
            BUILDERS[name](root, references=2)
            shrink_counts(patch, 2)
            dataset = load_dataset(name, root)
    scores = np.nan_to_num(dataset.scores, nan=-1)
    return np.concatenate([scores, dataset.strengths.ravel(), dataset.load(0).ravel() / 255])


def _made_pixels() -> Iterator[tuple[str, Versioned]]:
    from exiqa.iqadata.standins.specs import STANDINS

    def declared(name: str) -> str:
        return f"`{name}` in iqadata/versions.py"

    for name in STANDINS:
        where = declared("STANDINS_VERSION")
        yield f"data set {name}", Versioned(versions.STANDINS_VERSION, where, partial(_standin, name), 1e-3)
    yield "the stand-ins' scores", Versioned(versions.PROXY_VERSION, declared("PROXY_VERSION"), _proxy, 1e-3)
    yield "distortions", Versioned(versions.PIXELS_VERSION, declared("PIXELS_VERSION"), _pixels, 1e-3)
    yield "splits", Versioned(versions.SPLITS_VERSION, declared("SPLITS_VERSION"), _splits)


def _standin(name: str, folder: Path) -> Any:
    """Strengths of a part, which images there are, and the pixels of its references."""
    from exiqa.iqadata.standins.standin import standin

    dataset = standin(name, references=3, height=64, width=64, distortions=_two_distortions(name))
    rows = dataset.table.reset_index().groupby("reference", sort=False)["index"].first()
    pixels = [dataset.load.reference(key) for key in rows.index]  # type: ignore[attr-defined]
    return np.concatenate([dataset.strengths.ravel(), np.stack(pixels).ravel() / 255])


def _two_distortions(name: str) -> tuple[str, ...]:
    return ("smoke", "motion_blur") if name == "mini-lvq" else ("jpeg", "gaussian_blur")


def _proxy(folder: Path) -> Any:
    from exiqa.iqadata.standins.standin import standin

    chosen = ["jpeg", "darken", "color_block"]
    return standin("mini-kadid10k", references=3, height=64, width=64, distortions=chosen).scores


def _pixels(folder: Path) -> Any:
    """Every distortion of every data set at its middle level, one scene."""
    from exiqa.iqadata.distortions.levels import LEVELS
    from exiqa.iqadata.distortions.registry import distort
    from exiqa.iqadata.standins.scenes import scene

    photo = scene(5, 64, 80)
    images = [distort(photo, d, (len(grid) + 1) // 2, name) for name, own in LEVELS.items() for d, grid in own.items()]
    return [number for image in images for number in (image.mean() / 255, image.std() / 255)]


def _splits(folder: Path) -> Any:
    from peer_tasks import small_dataset

    from exiqa.iqadata.datasets.splits import make_split

    dataset = small_dataset(references=12)
    splits = [make_split(dataset, seed, ratio) for seed in range(3) for ratio in ("70/10/20", "80/20")]
    return [int(key) for split in splits for side in (split.train, split.validation, split.test) for key in side]


if __name__ == "__main__":
    sys.exit(main())

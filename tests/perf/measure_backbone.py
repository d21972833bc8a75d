"""What the small backbone sees: `python tests/perf/measure_backbone.py PHOTOS [--weights FILE] [--out DIR]`.

PHOTOS is a folder of photos that it never saw. Three sets are made of them: KADID-10k's 25 distortions one at a time
at five levels, K of them in 1..3 at once, and, of the packaged photos and scenes of the stand-ins, the first again.
Beside each figure stand the rows that look at nothing: all-clean and the set's own mean (the best prior there is).
--out writes figures.json, figures.md, the confusion figure and the curves of predicted against true level.

With --weights of a run that held distortions out, the model is read out with the whole bank, and a table says how well
it finds the distortions that it never saw, by their attributes' sentences alone.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import numpy as np
from scipy.stats import spearmanr
from sklearn.metrics import average_precision_score

from exiqa.bank.storage.store import load_bank
from exiqa.bench.metrics.strengths.mean_average_precision import METRIC as MAP
from exiqa.bench.metrics.strengths.rmse import METRIC as RMSE
from exiqa.bench.metrics.strengths.top1 import METRIC as TOP1
from exiqa.core.files import write_text
from exiqa.core.progress import progress_bar
from exiqa.iqadata.datasets.dataset import Dataset
from exiqa.iqadata.photos import list_photos
from exiqa.iqadata.standins.specs import StandinSpec
from exiqa.iqadata.standins.standin import dataset_of, photo_sources, standin
from exiqa.model.artifacts.artifact import Artifact
from exiqa.model.inference import predict_strengths
from exiqa.model.pretraining.ship import read_out
from exiqa.model.shipped import SHIPPED_FOLDER
from exiqa.model.training.features import extract_features

BANK = "kadid10k@1"
KADID = StandinSpec("kadid10k", photos=(), references=0, scenes=0)
SEVERAL = StandinSpec("kadid10k", photos=(), references=0, scenes=0, repeats=20, kmax=3)
STRONG = 0.6
"""Levels 3 to 5 of 5."""


def sets_of(photos: Path, height: int, width: int) -> dict[str, Dataset]:
    sources = photo_sources([photos / name for name in list_photos(photos)])
    make = {"height": height, "width": width}
    return {
        "single": dataset_of("kadid-on-photos", KADID, sources, "photographs", **make),  # type: ignore[arg-type]
        "several": dataset_of("several-on-photos", SEVERAL, sources, "photographs", **make),  # type: ignore[arg-type]
        "second": standin("mini-kadid10k", **make),  # type: ignore[arg-type]
    }


def measure(artifact: Artifact, dataset: Dataset) -> tuple[dict[str, float], np.ndarray]:
    """The figures of a set, and the (N, D) predicted strengths, columns as in the dataset."""
    columns = [artifact.bank.distortions.index(d) for d in dataset.distortions]
    with progress_bar(dataset.name) as move:
        every = np.arange(len(dataset))
        attributes = extract_features(artifact, dataset, every, lambda done: move(done, len(dataset)))
    predicted, truth = predict_strengths(artifact.model, attributes)[:, columns], dataset.strengths
    clean, prior = np.zeros_like(truth), np.broadcast_to(truth.mean(axis=0), truth.shape)
    constant = min(RMSE(clean, truth), RMSE(prior, truth))
    strong = truth.max(axis=1) >= STRONG - 1e-6
    figures = {
        "images": len(dataset),
        "rmse": RMSE(predicted, truth),
        "rmse_all_clean": RMSE(clean, truth),
        "rmse_prior": RMSE(prior, truth),
        "rmse_ratio": RMSE(predicted, truth) / constant,
        "map": MAP(predicted, truth),
        "map_constant": float((truth > 0).mean()),
    }
    if ((truth > 0).sum(axis=1) <= 1).all():
        figures |= {"top1": TOP1(predicted[strong], truth[strong]), "top1_constant": 1 / truth.shape[1]}
    if artifact.regressors and dataset.score_info:
        figures["srcc_with_proxy"] = float(spearmanr(artifact.score(attributes), dataset.scores).statistic)
    return figures, predicted


def draw_confusion(path: Path, names: list[str], predicted: np.ndarray, truth: np.ndarray) -> None:
    """Rows are true distortions (levels 3 to 5), columns the strongest predicted ones, in percent of the row."""
    from matplotlib.figure import Figure

    strong = truth.max(axis=1) >= STRONG - 1e-6
    table = np.zeros((len(names), len(names)))
    np.add.at(table, (truth[strong].argmax(axis=1), predicted[strong].argmax(axis=1)), 1)
    table /= table.sum(axis=1, keepdims=True)
    figure = Figure(figsize=(10, 9), layout="constrained")
    axes = figure.add_subplot()
    axes.imshow(table, cmap="Blues", vmin=0, vmax=1)
    for row, column in zip(*np.nonzero(table >= 0.05), strict=True):
        share = table[row, column]
        axes.text(column, row, f"{100 * share:.0f}", ha="center", va="center", fontsize=7,
                  color="white" if share > 0.6 else "black")  # fmt: skip
    axes.set_xticks(range(len(names)), names, rotation=90)
    axes.set_yticks(range(len(names)), names)
    axes.set_xlabel("strongest predicted distortion")
    axes.set_ylabel("true distortion, levels 3 to 5")
    axes.set_title("Percent of the images of a distortion (shares below 5 % not printed)")
    figure.savefig(path, dpi=90)


def draw_curves(path: Path, names: list[str], predicted: np.ndarray, truth: np.ndarray) -> None:
    """Predicted strength over the true level, median and quartiles, one plot a distortion."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(11, 11), layout="constrained")
    axes = figure.subplots(5, 5, sharex=True, sharey=True).ravel()
    for column, (name, axis) in enumerate(zip(names, axes, strict=True)):
        levels = np.unique(truth[truth[:, column] > 0, column])
        own = [predicted[truth[:, column] == level, column] for level in levels]
        low, middle, high = np.array([np.quantile(values, (0.25, 0.5, 0.75)) for values in own]).T
        others = predicted[truth[:, column] == 0, column]
        axis.plot([0, 1], [0, 1], color="0.7", linewidth=0.8)
        axis.fill_between(levels, low, high, alpha=0.25)
        axis.plot(levels, middle, marker="o", markersize=3)
        axis.axhline(np.quantile(others, 0.75), color="tab:red", linewidth=0.8, linestyle=":")
        axis.set_title(name, fontsize=9)
        axis.set_xlim(0, 1.02)
        axis.set_ylim(0, 1.02)
    figure.supxlabel("true strength (level / 5)")
    figure.supylabel("predicted strength: median and quartiles; dotted: upper quartile on images without it")
    figure.savefig(path, dpi=90)


def table(figures: dict[str, dict[str, float]]) -> str:
    """The figures as a Markdown table."""
    rows = {
        "rmse": "RMSE (Eq. 11)", "rmse_all_clean": "  all clean", "rmse_prior": "  the set's own mean",
        "rmse_ratio": "RMSE × the better constant", "top1": "top-1 type, levels 3–5", "top1_constant": "  a constant",
        "map": "mean average precision", "map_constant": "  a constant",
        "srcc_with_proxy": "Spearman of the score with the proxy", "images": "images",
    }  # fmt: skip
    lines = ["| | " + " | ".join(figures) + " |", "|---|" + "--:|" * len(figures)]
    for key, label in rows.items():
        cells = [f"{own[key]:.3f}" if key in own and key != "images" else str(own.get(key, "–"))
                 for own in figures.values()]  # fmt: skip
        if any(key in own for own in figures.values()):
            lines.append(f"| {label} | " + " | ".join(cells) + " |")
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("photos", type=Path)
    parser.add_argument("--weights", type=Path, help="weights of a pretraining run; the shipped model without")
    parser.add_argument("--out", type=Path)
    parser.add_argument("--size", type=int, nargs=2, default=(384, 512), metavar=("HEIGHT", "WIDTH"))
    parser.add_argument("--only", nargs="*", default=("single", "several", "second"))
    given = parser.parse_args()
    artifact = read_out(given.weights) if given.weights else Artifact.from_pretrained(SHIPPED_FOLDER)
    seen = artifact.bank.distortions
    artifact = artifact if len(seen) == len(load_bank(BANK).distortions) else artifact.with_bank(load_bank(BANK))
    figures: dict[str, dict[str, float]] = {}
    for name, dataset in sets_of(given.photos, *given.size).items():
        if name not in given.only:
            continue
        figures[name], predicted = measure(artifact, dataset)
        if name == "single" and given.out:
            names = [artifact.bank.taxonomy[d].name for d in dataset.distortions]
            given.out.mkdir(parents=True, exist_ok=True)
            draw_confusion(given.out / "confusion.png", names, predicted, dataset.strengths)
            draw_curves(given.out / "strengths.png", names, predicted, dataset.strengths)
        if name == "single":
            strong = dataset.strengths.max(axis=1) >= STRONG - 1e-6
            right = predicted.argmax(axis=1) == dataset.strengths.argmax(axis=1)
            precision = [
                average_precision_score(truth > 0, strengths)
                for truth, strengths in zip(dataset.strengths.T, predicted.T, strict=True)
            ]
            for column, distortion in enumerate(dataset.distortions):
                own = strong & (dataset.strengths[:, column] > 0)
                print(f"{distortion:24s} top-1 {right[own].mean():.2f}, AP {precision[column]:.2f}"
                      + ("" if distortion in seen else "  never seen"))  # fmt: skip
    print(table(figures))
    if given.out:
        write_text(given.out / "figures.json", json.dumps(figures, indent=1) + "\n")
        write_text(given.out / "figures.md", table(figures) + "\n")


if __name__ == "__main__":
    main()

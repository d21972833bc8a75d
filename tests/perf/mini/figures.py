"""The two figures of a backbone: what it takes each distortion for, and how strong it says they are."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from matplotlib.figure import Figure

from mini.pictures import STRONG


def draw_confusion(path: Path, names: Sequence[str], predicted: np.ndarray, truth: np.ndarray) -> None:
    """Rows are true distortions (levels 3 to 5), columns the strongest predicted ones, in percent of the row.

    Args:
        path: The picture.
        names: Of the D distortions.
        predicted: (N, D) strengths in [0, 1].
        truth: (N, D) strengths in [0, 1], one a picture.
    """
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


def draw_curves(path: Path, names: Sequence[str], predicted: np.ndarray, truth: np.ndarray) -> None:
    """Predicted strength over the true one, median and quartiles, one plot a distortion; arguments as above."""
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

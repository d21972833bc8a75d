"""How well the effects tell distortions apart: `python tests/perf/measure_effects.py`, which writes docs/effects.md.

Every level of every distortion of KADID-10k, TID2013, LVQ and the camera family, and of those that CSIQ and LIVE have
besides, is measured on Kodak photos (EXIQA_TEST_DATA); the values at which an effect is visible and complete were set
on the packaged photos, so that none of these had a say in them. The page holds, per distortion, its principal effects
with their rank among all effects and their Spearman correlation with the magnitude, what innocent processing and
resizing do to the measures, and every effect's definition; docs/effects.svg is the matrix of effects and distortions.
About two minutes a photo at 512×384.
"""

from __future__ import annotations

import argparse
import os
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import cv2
import matplotlib
import numpy as np
from scipy.stats import spearmanr

from exiqa.bank.linking.effects import EFFECTS as VOCABULARY
from exiqa.core.errors import UserError
from exiqa.core.files import write_text
from exiqa.core.image_io import read_photo
from exiqa.iqadata.certifying.sizes import distinguishable_levels
from exiqa.iqadata.distortions.innocent import draw_innocent, process
from exiqa.iqadata.distortions.registry import DISTORTIONS, LEVELS, distort, parameter_of
from exiqa.iqadata.distortions.strength import magnitude
from exiqa.iqadata.effects import DECLARED, EFFECTS, measure_effects, visibility_of
from exiqa.iqadata.photos import fit

DOCS = Path(__file__).parents[2] / "docs"
DATASETS = ("kadid10k", "tid2013", "csiq", "live", "lvq", "authentic")
ALONE = {"csiq": ("contrast_decrease", "pink_noise"), "live": ("fast_fading",)}
"""What the other datasets do not have."""
NAMES = list(EFFECTS)
RISES = {"brighter", "more_contrast"}
"""Of the two effects of a distortion that goes both ways, those of parameters above the one that changes nothing."""
LEAST_SPEARMAN = 0.9
FIRST_DECLARED = {
    "subject_motion": ("directional_blur", "blur"),
    "pink_noise": ("coarse_grain", "color_grain"),
    "comfort_noise": ("displacement",),
    "jpeg2000": ("blur",),
    "repeated_jpeg": ("blur", "block_grid"),
    "jpeg2000_transmission": ("patches",),
    "fast_fading": ("patches",),
    "excessive_local_contrast": ("more_contrast",),
    "color_diffusion": ("color_bleeding",),
    "color_quantization": ("dither",),
    "non_eccentricity_patch": ("patches",),
    "smoke": ("veil", "less_contrast"),
    "haze": ("veil", "lifted_blacks"),
    "veiling_glare": ("veil", "lifted_blacks"),
    "lens_flare": ("uneven_light", "lifted_blacks"),
}
"""What distortions were declared to do at first, where that is not what they are declared to do now."""
SCALES = (0.75, 0.9, 1.25, 1.5)
"""What pairs are resized by. The first makes of 512×384 pixels just what the effects are measured at."""
AIMED = 0.15
"""The largest change of visibility by resizing."""

_HEAD = """\
# Effects

What a distortion does to a picture, measured against its reference (`exiqa.iqadata.effects`). Each effect has a value
in its own unit, a value at which it is first *visible* and one at which it is *complete*; visibility is the line
between them, clipped to [0, 1]. Tone and colour are taken out before structure is compared. The two ends and the
measures' constants were set on the photos that scikit-image and scikit-learn carry and on eight well-rated photos of
BIQ2021; all figures below are from {photos} Kodak photos at {size}, on which no constant was chosen since (what
distortions are declared to do was, see below). Written by `python tests/perf/measure_effects.py`.

## Which distortion shows which effect

![Effects by distortions](effects.svg)

Largest mean visibility over the levels, white 0, black 1; framed are the effects that a distortion is declared to have
above all (`DECLARED`).

Of {claims} declared effects, {rising} rise with the distortion's magnitude (Spearman of the mean value and the
magnitude over the distinguishable levels at least {least}; a dash, and counted among them, where fewer than three
levels have the effect: {dashes}), and {selective} are among as many strongest effects as are declared. Of {rows}
distortions (one of several data sets counted in each), {whole} have all that they are declared to do among their
strongest.

Not rising: {failures}.

Not among the strongest: {unselective}.

The lists of {changed} of the {distortions} distortions are not the first ones: they were changed after they had
failed in a table, where the distortion's own code does something else than had been declared (JPEG 2000's errors in
transmission leave grain rather than patches; few colours are steps as well as dots). So a part of the agreement is
the lists' and not the measures'. By the lists as first declared, {first_rising} of {first_claims} effects rise and
{first_selective} are among the strongest. The changed ones, with their first list in brackets: {first_lists}.

| distortion | dataset | declared: rank, Spearman | strongest: largest mean visibility |
|---|---|---|---|"""

_STEADINESS = """
## What processing and resizing do

*Both*: change of the value when one innocent processing (crop, tone, size down to a half, sharpening, JPEG) is applied
to both sides, in units of what is visible, 90th percentile over KADID-10k's and the camera's distortions at level 4 on
three photos. Below 1 it cannot be seen. *One side*: share of photos whose undistorted picture passes as showing the
effect when only it went through tone, sharpening and JPEG. *Resized*: largest mean change of visibility over the same
distortions when the pair is resized; at most {aimed} is aimed at.

Both pictures of a pair with over a tenth more than 384×288 pixels are reduced to as many by the mean of areas, so that
pairs of 512×384, and what resizing by .75 to 1.5 makes of them, are measured alike. What this loses: detail finer than
a pixel of the reduced picture, and .42 of the strength of white noise in 512×384 pixels. Smaller pairs are measured as
they are, and there grain does get fainter when a picture is made smaller, and blur narrower. By .9, the
pixels are mixed twice, which weakens grain, specks and the lines of a grid, and makes a faint grid of grain: those
effects do not hold there.

Within {aimed} stay, of {effects} effects, {held}. The others, with their largest change: {moved}.

| effect | both | one side | ×.75 | ×.9 | ×1.25 | ×1.5 |
|---|---|---|---|---|---|---|"""

_DEFINITIONS = """
## Definitions

| effect | unit | visible | complete | definition |
|---|---|---|---|---|"""


@dataclass(frozen=True)
class Row:
    """One distortion of one dataset, measured."""

    dataset: str
    distortion: str
    parameters: tuple[float, ...]
    values: np.ndarray
    """(levels, photos, E)."""
    kept: tuple[int, ...]
    """The levels, from 1, that can be told from the reference and from weaker ones at this size."""

    @property
    def visibility(self) -> np.ndarray:
        """(levels, E): mean over the photos."""
        return visibility_of(self.values).mean(axis=1)

    def spearman(self, effect: str) -> float:
        """Of the effect's mean value and the magnitude over the levels that have it; NaN below three levels."""
        levels = [level for level in self.kept if self._has(effect, self.parameters[level - 1])]
        if len(levels) < 3:
            return float("nan")
        magnitudes = [magnitude(self.distortion, self.parameters[level - 1]) for level in levels]
        means = [self.values[level - 1, :, NAMES.index(effect)].mean() for level in levels]
        return float(spearmanr(magnitudes, means).statistic)

    def rank(self, effect: str) -> int:
        """The effect's place among all, from 1, by its largest mean visibility over the levels that have it."""
        levels = [i for i, parameter in enumerate(self.parameters) if self._has(effect, parameter)]
        if not levels:
            return 0
        largest = self.visibility[levels].max(axis=0)
        return 1 + int((largest > largest[NAMES.index(effect)] + 1e-6).sum())

    def _has(self, effect: str, parameter: float) -> bool:
        if self.distortion not in ("mean_shift", "contrast_change"):
            return True
        return (parameter > DISTORTIONS[self.distortion].no_change) == (effect in RISES)


def measure(photos: list[np.ndarray]) -> list[Row]:
    """Every level of every distortion on every photo."""
    height, width = photos[0].shape[:2]
    rows = []
    for dataset in DATASETS:
        for distortion in ALONE.get(dataset, LEVELS[dataset]):
            levels = range(1, len(LEVELS[dataset][distortion]) + 1)
            values = [
                [
                    measure_effects(p, distort(p, distortion, level, dataset, seed)).values
                    for seed, p in enumerate(photos)
                ]
                for level in levels
            ]
            parameters = tuple(parameter_of(dataset, distortion, level) for level in levels)
            kept = distinguishable_levels(dataset, distortion, height, width)
            rows.append(Row(dataset, distortion, parameters, np.array(values), kept))
            print(dataset, distortion, flush=True)
    return rows


def draw(rows: list[Row], path: Path) -> None:
    """The matrix of largest mean visibilities as SVG, declared effects framed."""
    matplotlib.use("Agg")
    import matplotlib.pyplot as plt
    from matplotlib.patches import Rectangle

    matrix = np.array([row.visibility.max(axis=0) for row in rows])
    plt.rcParams["svg.hashsalt"] = "effects"
    figure, axes = plt.subplots(figsize=(11, 15.5))
    axes.imshow(matrix, cmap="Greys", vmin=0, vmax=1, aspect="auto", interpolation="nearest")
    for place, row in enumerate(rows):
        for effect in DECLARED[row.distortion]:
            corner = NAMES.index(effect) - 0.5, place - 0.5
            axes.add_patch(Rectangle(corner, 1, 1, fill=False, edgecolor="#d95f02", linewidth=1.3))
    axes.set_xticks(range(len(NAMES)), [VOCABULARY[name].name for name in NAMES], rotation=60, ha="left", fontsize=7)
    axes.set_yticks(range(len(rows)), [f"{row.distortion} · {row.dataset}" for row in rows], fontsize=7)
    axes.xaxis.tick_top()
    axes.tick_params(length=0)
    figure.tight_layout()
    figure.savefig(path, metadata={"Date": None})


def invariance(photos: list[np.ndarray]) -> tuple[np.ndarray, ...]:
    """What processing and resizing do.

    Returns:
        (E,) 90th percentile of the change of the value over pairs, in units of `visible`, when both sides go through
        one innocent processing; (E,) share of photos that pass `visible` when only one side does (no crop, no
        resizing); for each of SCALES (E,) largest mean change of visibility over the photos of one distortion when
        the pair is resized by it.
    """
    visible = np.array([effect.visible for effect in EFFECTS.values()])
    moved, alone = [], []
    scaled: dict[float, list[np.ndarray]] = {scale: [] for scale in SCALES}
    for seed, photo in enumerate(photos):
        drawn = draw_innocent(np.random.default_rng(seed))
        same_place = replace(drawn, crop=1.0, crop_y=0.0, crop_x=0.0, scale=1.0)
        alone.append(measure_effects(photo, process(photo, same_place)).values >= visible)
    few = photos[:3]
    for dataset in ("kadid10k", "authentic"):
        for distortion in LEVELS[dataset]:
            changes: dict[float, list[np.ndarray]] = {scale: [] for scale in SCALES}
            for seed, photo in enumerate(few):
                distorted = distort(photo, distortion, 4, dataset, seed)
                before = measure_effects(photo, distorted)
                drawn = draw_innocent(np.random.default_rng(seed + 100))
                both = measure_effects(process(photo, drawn), process(distorted, drawn)).values
                moved.append(np.abs(both - before.values) / visible)
                for scale, found in changes.items():
                    size = round(photo.shape[1] * scale), round(photo.shape[0] * scale)
                    how = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
                    pair = [cv2.resize(picture, size, interpolation=how) for picture in (photo, distorted)]
                    found.append(measure_effects(*pair).visibility - before.visibility)
            for scale, found in changes.items():
                scaled[scale].append(np.abs(np.mean(found, axis=0)))
            print("invariance", distortion, flush=True)
    resized = (np.max(scaled[scale], axis=0) for scale in SCALES)
    return np.percentile(moved, 90, axis=0), np.mean(alone, axis=0), *resized


def agreement(rows: list[Row], declared: Mapping[str, tuple[str, ...]]) -> tuple[int, list[str], list[str]]:
    """How many effects are declared, which of them do not rise, and which are not among as many strongest."""
    claims = [(row, effect) for row in rows for effect in declared[row.distortion]]
    failures = [
        f"{row.distortion} ({row.dataset}): {effect} {row.spearman(effect):.2f}"
        for row, effect in claims
        # One swap of five levels is .9 but for rounding.
        if row.spearman(effect) < LEAST_SPEARMAN - 1e-6
    ]
    unselective = [
        f"{row.distortion} ({row.dataset}): {effect} is number {row.rank(effect)}"
        for row, effect in claims
        if row.rank(effect) > len(declared[row.distortion])
    ]
    return len(claims), failures, unselective


def page(rows: list[Row], steadiness: tuple[np.ndarray, ...], photos: int, size: str) -> str:
    """docs/effects.md."""
    claims, failures, unselective = agreement(rows, DECLARED)
    first_claims, first_failures, first_unselective = agreement(rows, {**DECLARED, **FIRST_DECLARED})
    lines = [
        _HEAD.format(
            photos=photos,
            size=size,
            claims=claims,
            rising=claims - len(failures),
            least=LEAST_SPEARMAN,
            dashes=sum(np.isnan(row.spearman(effect)) for row in rows for effect in DECLARED[row.distortion]),
            rows=len(rows),
            whole=sum(
                all(row.rank(effect) <= len(DECLARED[row.distortion]) for effect in DECLARED[row.distortion])
                for row in rows
            ),
            selective=claims - len(unselective),
            failures="; ".join(failures) or "none",
            unselective="; ".join(unselective) or "none",
            changed=len(FIRST_DECLARED),
            distortions=len({row.distortion for row in rows}),
            first_claims=first_claims,
            first_rising=first_claims - len(first_failures),
            first_selective=first_claims - len(first_unselective),
            first_lists="; ".join(f"{name} ({', '.join(first)})" for name, first in FIRST_DECLARED.items()),
        )
    ]
    for row in rows:
        largest = row.visibility.max(axis=0)
        declared = ", ".join(
            f"{effect} {row.rank(effect) or '–'}, {_figure(row.spearman(effect))}"
            for effect in DECLARED[row.distortion]
        )
        strongest = ", ".join(f"{NAMES[i]} {largest[i]:.2f}" for i in np.argsort(-largest)[:5] if largest[i] >= 0.05)
        lines.append(f"| {row.distortion} | {row.dataset} | {declared} | {strongest} |")
    _, _, *resized = steadiness
    held = ", ".join(
        f"{int((change <= AIMED).sum())} at ×{_scale(scale)}" for scale, change in zip(SCALES, resized, strict=True)
    )
    moved = [
        f"{NAMES[number]} {resized[scale][number]:.2f} at ×{_scale(SCALES[scale])}"
        for number, scale in enumerate(np.argmax(resized, axis=0))
        if resized[scale][number] > AIMED
    ]
    lines.append(_STEADINESS.format(aimed=AIMED, effects=len(NAMES), held=held, moved=", ".join(moved) or "none"))
    for name, *figures in zip(NAMES, *steadiness, strict=True):
        lines.append(f"| {name} | " + " | ".join(f"{figure:.2f}" for figure in figures) + " |")
    lines.append(_DEFINITIONS)
    lines += [f"| {e.id} | {e.unit} | {e.visible:g} | {e.complete:g} | {e.definition} |" for e in EFFECTS.values()]
    return "\n".join(lines) + "\n"


def _scale(scale: float) -> str:
    return f"{scale:g}".removeprefix("0")


def _figure(value: float) -> str:
    return "–" if np.isnan(value) else f"{value:.2f}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--size", default="512x384", help="WIDTHxHEIGHT")
    parser.add_argument("--photos", type=int, default=16)
    arguments = parser.parse_args()
    folder = os.environ.get("EXIQA_TEST_DATA")
    if not folder:
        raise UserError("EXIQA_TEST_DATA is not set; it names the folder that holds kodak/01.png and so on")
    width, height = map(int, arguments.size.split("x"))
    cv2.setNumThreads(1)
    files = sorted(Path(folder, "kodak").glob("*.png"))[: arguments.photos]
    photos = [fit(read_photo(file), height, width) for file in files]
    steadiness = invariance(photos)
    rows = measure(photos)
    draw(rows, DOCS / "effects.svg")
    write_text(DOCS / "effects.md", page(rows, steadiness, len(photos), f"{width}×{height}"))


if __name__ == "__main__":
    main()

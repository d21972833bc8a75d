"""A reference and its distorted picture, with all that several effects are measured on, each computed once.

Tone and colour are taken out first: a monotone tone curve between the two luma planes, and one gain and shift of
chroma. Structure is then compared with the picture that these alone would make of the reference (`expected`), in
bands of the size of detail. Values are grey levels of 255.
"""

from __future__ import annotations

from functools import cached_property

import cv2
import numpy as np

from exiqa.core.errors import UserError
from exiqa.iqadata.effects.pairing.color_map import ColorMap, fit_color_map
from exiqa.iqadata.effects.pairing.gains import band_gains
from exiqa.iqadata.effects.pairing.palette import fewness, newly_flat
from exiqa.iqadata.effects.pairing.planes import (
    added_deviation,
    cell_means,
    chroma_bands,
    root_of_mean,
    share_below,
    slope_along,
    split_bands,
)
from exiqa.iqadata.effects.pairing.rows import move_rows_back, row_shifts
from exiqa.iqadata.effects.pairing.tiles import flat_share
from exiqa.iqadata.effects.pairing.tone_curve import ToneCurve, fit_tone_curve

LEAST_SIDE = 96
WORKING_PIXELS = 384 * 288
"""A picture with over a tenth more is first reduced to as many: what is seen of it when it is looked at as a whole.

So the effects of a pair do not hang on its size, from 384×288 pixels on. Detail finer than a pixel of the reduced
picture is lost: of white noise in 512×384 pixels .58 is left.
"""
DISPLACED = 0.6
"""From this mean distance in pixels on rows count as out of place."""
_CALM = 6
"""Activity, in levels, up to which a place is calm enough for dots to be seen."""
_LEAST_LIKENESS = 0.15
_LEAST_LAYOUT = 0.5


class Pair:
    """What is measured of one reference and its distorted picture."""

    def __init__(self, reference: np.ndarray, distorted: np.ndarray) -> None:
        """
        Args:
            reference: (H, W, 3) uint8 sRGB, at least 96 pixels a side.
            distorted: The same shape.

        Raises:
            UserError: A picture is no such array, they differ in size, are too small, or show different things.
        """
        check_pictures(reference, distorted)
        self.size = reference.shape[:2]
        self.reference, self.distorted = _reduced(reference), _reduced(distorted)
        self.height, self.width = self.reference.shape[:2]
        _check_content(self)

    # Tone ------------------------------------------------------------------------------------------------------

    @cached_property
    def luma(self) -> tuple[np.ndarray, np.ndarray]:
        """(H, W) uint8 each: BT.601's luma of the reference and of the distorted picture."""
        return cv2.cvtColor(self.reference, cv2.COLOR_RGB2GRAY), cv2.cvtColor(self.distorted, cv2.COLOR_RGB2GRAY)

    @cached_property
    def actual(self) -> np.ndarray:
        """(H, W) float32: the distorted picture's luma."""
        return self.luma[1].astype(np.float32)

    @cached_property
    def cells(self) -> tuple[np.ndarray, np.ndarray]:
        """(h, w, 4) float32 each: mean R, G, B and luma of cells of 8×8 pixels."""
        return tuple(  # type: ignore[return-value]
            np.dstack([cell_means(picture), cell_means(luma)])
            for picture, luma in zip((self.reference, self.distorted), self.luma, strict=True)
        )

    @cached_property
    def flatness(self) -> np.ndarray:
        """(h, w) float32 in (0, 1]: how far a cell of the reference is of one tone, which no blur changes."""
        luma = self.luma[0].astype(np.float32)
        variance = cell_means(luma * luma) - self.cells[0][..., 3] ** 2
        return 1 / (1 + np.maximum(variance, 0) / 36)

    @cached_property
    def tone(self) -> ToneCurve:
        """The tone curve from the reference's luma to the distorted picture's."""
        return fit_tone_curve(self.cells[0][..., 3].ravel(), self.cells[1][..., 3].ravel(), self.flatness.ravel())

    @cached_property
    def expected(self) -> np.ndarray:
        """(H, W) float32: the reference's luma after the tone curve."""
        return cv2.LUT(self.luma[0], self.tone.table)

    @cached_property
    def cell_residual(self) -> np.ndarray:
        """(h, w) float32: what the tone curve does not explain of a cell's mean luma."""
        return self.cells[1][..., 3] - self.tone(self.cells[0][..., 3])

    @cached_property
    def rows(self) -> tuple[np.ndarray, np.ndarray]:
        """Shifts of strips of rows in pixels, and how sure they are (`exiqa.iqadata.effects.pairing.rows`)."""
        return row_shifts(self.expected, self.actual)

    @cached_property
    def row_distance(self) -> float:
        """Mean distance of the strips' shifts from their median, by how sure they are, in pixels."""
        shifts, sure = self.rows
        if sure.sum() < 2:
            return 0.0
        return float((np.abs(shifts - np.median(shifts[sure > 0])) * sure).sum() / sure.sum())

    @cached_property
    def aligned(self) -> np.ndarray:
        """(H, W) float32: `actual` with displaced rows moved back, where nearly all of them are found."""
        shifts, sure = self.rows
        if self.row_distance < DISPLACED or (sure > 0).mean() < 0.8:
            return self.actual
        return move_rows_back(self.actual, shifts)

    # Structure -------------------------------------------------------------------------------------------------

    @cached_property
    def bands(self) -> tuple[tuple[np.ndarray, ...], tuple[np.ndarray, ...]]:
        """Of `expected` and `aligned`: BANDS + 1 band-pass pictures, from fine to coarse; the third and each later one
        half the size of the one before."""
        return split_bands(self.expected), split_bands(self.aligned)

    @cached_property
    def gradient(self) -> tuple[np.ndarray, np.ndarray]:
        """(H, W) float32 each: horizontal and vertical slope of `expected` at σ = 1 pixel, in levels a pixel."""
        smooth = cv2.GaussianBlur(self.expected, (0, 0), 1)
        return slope_along(smooth, 1), slope_along(smooth, 0)

    @cached_property
    def activity(self) -> np.ndarray:
        """(H, W) float32: root mean square of the expected fine detail in 7×7 pixels."""
        fine, middle = self.bands[0][:2]
        return root_of_mean(fine * fine + middle * middle, 7)

    @cached_property
    def edges(self) -> np.ndarray:
        """(H, W) uint8, 1 on strong edges: the steepest 8 % that rise by at least 6 levels a pixel."""
        slope = cv2.magnitude(*self.gradient)
        return (slope > max(6.0, share_below(slope, 0.92))).astype(np.uint8)

    @cached_property
    def near_edges(self) -> np.ndarray:
        """(H, W) uint8, 1 within 2 pixels of a strong edge."""
        return cv2.dilate(self.edges, np.ones((5, 5), np.uint8))

    @cached_property
    def smooth(self) -> np.ndarray:
        """(H, W) bool: the calmest third of the picture away from edges, or all that hardly varies if that is more."""
        calm = np.where(self.near_edges > 0, np.float32(1e6), self.activity)
        return calm <= max(1.5, share_below(calm, 0.33))

    @cached_property
    def smooth_places(self) -> np.ndarray:
        """(n,) flat indices of at most 8,000 of the pixels in `smooth`, evenly spread."""
        places = np.flatnonzero(self.smooth)
        return places[:: max(1, len(places) // 8_000)]

    @cached_property
    def textured(self) -> np.ndarray:
        """(H, W) bool: where the reference varies finely, and no strong edge is near."""
        return (self.activity > max(2.0, share_below(self.activity, 0.4))) & (self.near_edges == 0)

    @cached_property
    def grain(self) -> tuple[float, float]:
        """What is added at random in smooth areas in the two finest bands: standard deviation, robust, in levels."""
        return tuple(  # type: ignore[return-value]
            added_deviation(expected.ravel()[self.smooth_places], actual.ravel()[self.smooth_places])
            for expected, actual in zip(self.bands[0][:2], self.bands[1][:2], strict=True)
        )

    @cached_property
    def gains_at_edges(self) -> tuple[np.ndarray, np.ndarray]:
        """Per band the coherent gain and the gain of energy at strong edges (`exiqa.iqadata.effects.pairing.gains`)."""
        return band_gains(*self.bands, self.near_edges > 0, self.grain)

    @cached_property
    def gains_in_texture(self) -> tuple[np.ndarray, np.ndarray]:
        """The same away from edges."""
        return band_gains(*self.bands, self.textured, self.grain)

    @cached_property
    def flat_share(self) -> float:
        """Share of the steps that are flat although they should not be (`exiqa.iqadata.effects.pairing.tiles`)."""
        return flat_share(self.expected, self.actual)

    @cached_property
    def newly_flat(self) -> np.ndarray:
        """(H − 1, W − 1) bool: neighbours of one colour that were not (`exiqa.iqadata.effects.pairing.palette`)."""
        return newly_flat(self.reference, self.distorted)

    @cached_property
    def fewness(self) -> float:
        """1 where the picture is of few colours mixed by dots (`exiqa.iqadata.effects.pairing.palette`)."""
        calm = self.activity < _CALM
        added = (after[calm] - before[calm] for before, after in zip(*(bands[:2] for bands in self.bands), strict=True))
        return fewness(self.distorted, self.newly_flat, *added)

    # Colour ----------------------------------------------------------------------------------------------------

    @cached_property
    def chroma(self) -> tuple[np.ndarray, np.ndarray]:
        """(H, W, 2) float32 each: Cr and Cb (BT.601, full range, 0 for grey) that tone and colour alone would make of
        the reference, and those of the distorted picture, its displaced rows moved back."""
        before, after = (
            np.ascontiguousarray(cv2.cvtColor(picture, cv2.COLOR_RGB2YCrCb)[..., 1:]).astype(np.float32)
            for picture in (self.reference, self.distorted)
        )
        before -= 128
        after -= 128
        if self.aligned is not self.actual:
            after = move_rows_back(after, self.rows[0])
        gains, shift = self.chroma_fit
        gain = cv2.LUT(self.luma[0], gains)
        before *= cv2.merge([gain, gain])
        return before + shift.astype(np.float32), after

    @cached_property
    def chroma_fit(self) -> tuple[np.ndarray, np.ndarray]:
        """Gains (256,) float32 of Cr and Cb by the reference's luma, and a shift (2,): distorted ≈ g·reference + t."""
        before, after = (chroma_of(cells[..., :3]).reshape(-1, 2) for cells in self.cells)
        weights = self.flatness.ravel()
        gain, shift = fit_gain(before, after, weights)
        # By luma, held at the common gain where there is little colour.
        bins = np.minimum(self.cells[0][..., 3].ravel() / 16, 15).astype(int)
        shared = np.bincount(bins, weights * (before * (after - shift)).sum(axis=1), 16)
        power = np.bincount(bins, weights * (before**2).sum(axis=1), 16)
        held = 0.02 * float(power.sum()) + 1
        by_bin = (shared + held * gain) / (power + held)
        return np.interp(np.arange(256), np.arange(16) * 16 + 8, by_bin).astype(np.float32), shift

    @cached_property
    def chroma_bands(self) -> tuple[list[np.ndarray], list[np.ndarray]]:
        """Of the two of `chroma`: their detail in two bands."""
        before, after = map(chroma_bands, self.chroma)
        return before, after

    @cached_property
    def chroma_residual(self) -> np.ndarray:
        """(H, W, 2) float32: what tone and colour do not explain of Cr and Cb."""
        return self.chroma[1] - self.chroma[0]

    @cached_property
    def lab_cells(self) -> tuple[np.ndarray, np.ndarray]:
        """(h, w, 3) float32 each: CIE Lab of the cells' mean colours."""
        return tuple(  # type: ignore[return-value]
            cv2.cvtColor(np.ascontiguousarray(cells[..., :3]) / np.float32(255), cv2.COLOR_RGB2LAB)
            for cells in self.cells
        )

    @cached_property
    def lab_fit(self) -> ColorMap:
        """The map of a and b that is common to all colours."""
        return fit_color_map(*self.lab_cells, self.flatness)


def check_pictures(reference: np.ndarray, distorted: np.ndarray) -> None:
    """Refuse what cannot be compared.

    Raises:
        UserError: A picture is not (H, W, 3) uint8, the two differ in size, or a side is below 96 pixels.
    """
    for name, picture in (("reference", reference), ("distorted picture", distorted)):
        if picture.ndim != 3 or picture.shape[2] != 3 or picture.dtype != np.uint8:
            raise UserError(f"the {name} is {picture.dtype} of shape {picture.shape}; give (H, W, 3) uint8 sRGB pixels")
    (height, width), other = reference.shape[:2], distorted.shape[:2]
    if (height, width) != other:
        raise UserError(
            f"the reference is {width}×{height} and the distorted picture {other[1]}×{other[0]}; effects are measured "
            "between pictures of one size"
        )
    if min(height, width) < LEAST_SIDE:
        raise UserError(f"effects are measured on pictures of at least {LEAST_SIDE}×{LEAST_SIDE}, not {width}×{height}")


def _check_content(pair: Pair) -> None:
    """Raise a UserError where nothing of the reference is found in the distorted picture.

    Fine layout (a cell beside its neighbours) survives all but the heaviest distortions, coarse layout those that
    move things; two different photos have neither in common. A picture without any variation shows nothing wrong.
    """
    first, second = (cells[..., 3] for cells in pair.cells)
    coarse = [cv2.blur(plane, (5, 5)) for plane in (first, second)]
    fine = [plane - mean for plane, mean in zip((first, second), coarse, strict=True)]
    if min(float(plane.std()) for plane in (*fine, *coarse)) < 1:
        return
    if _correlation(*fine) < _LEAST_LIKENESS and _correlation(*coarse) < _LEAST_LAYOUT:
        raise UserError(
            "the reference shows something else than the distorted picture; give the picture that it was made from"
        )


def _correlation(first: np.ndarray, second: np.ndarray) -> float:
    return float(np.corrcoef(first.ravel(), second.ravel())[0, 1])


def _reduced(picture: np.ndarray) -> np.ndarray:
    height, width = picture.shape[:2]
    if height * width <= 1.1 * WORKING_PIXELS:
        return np.ascontiguousarray(picture)
    scale = (WORKING_PIXELS / (height * width)) ** 0.5
    size = max(LEAST_SIDE, round(width * scale)), max(LEAST_SIDE, round(height * scale))
    return cv2.resize(picture, size, interpolation=cv2.INTER_AREA)


def fit_gain(first: np.ndarray, second: np.ndarray, weights: np.ndarray) -> tuple[float, np.ndarray]:
    """One gain g and a shift t (2,) with second ≈ g·first + t, both (n, 2); outliers lose their weight in two rounds.

    Where `first` has no variation, the gain is 1.
    """
    gain, shift = 1.0, np.zeros(2)
    robust = weights
    for _ in range(3):
        total = max(float(robust.sum()), 1e-6)
        means = [(values * robust[:, None]).sum(axis=0) / total for values in (first, second)]
        centred = [values - mean for values, mean in zip((first, second), means, strict=True)]
        power = float((centred[0] ** 2 * robust[:, None]).sum()) / total
        # Half a level of each is rounding, not colour.
        if power > 0.5:
            gain = float((centred[0] * centred[1] * robust[:, None]).sum()) / total / power
        shift = means[1] - gain * means[0]
        off = np.linalg.norm(second - gain * first - shift, axis=1)
        robust = weights / (1 + (off / (2 * float(np.median(off)) + 1)) ** 2)
    return gain, shift


def chroma_of(pixels: np.ndarray) -> np.ndarray:
    """(..., 3) RGB -> (..., 2) Cr and Cb of BT.601, 0 for grey."""
    red, green, blue = np.moveaxis(pixels, -1, 0)
    luma = 0.299 * red + 0.587 * green + 0.114 * blue
    return np.stack([(red - luma) * 0.713, (blue - luma) * 0.564], axis=-1)

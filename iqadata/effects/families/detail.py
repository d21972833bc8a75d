"""Effects on detail: how much of the reference's edges and texture is left, weakened or exaggerated."""

from __future__ import annotations

import cv2
import numpy as np

from exiqa.iqadata.effects.effect import MeasuredEffect
from exiqa.iqadata.effects.pairing.pair import Pair
from exiqa.iqadata.effects.pairing.planes import root_of_mean

_WEIGHTS = np.array([0.3, 0.3, 0.25, 0.15])
"""Of the bands, from fine to coarse, in the loss of detail."""
_ANGLES = np.arange(8) * np.pi / 8
_SLOPE = np.array([[-0.5, 0, 0.5]], np.float32)


def _losses(pair: Pair) -> np.ndarray:
    """(BANDS,) in [0, 1]: loss of detail at edges; what is only somewhere else is not lost."""
    coherent, energy = pair.gains_at_edges
    return np.clip(1 - np.maximum(coherent, np.minimum(energy, 1) ** 2), 0, 1)


def blur(pair: Pair) -> float:
    """Share of the reference's edges that is lost, over four bands of detail: 1 less the gain of a band at strong
    edges relative to that of the coarse picture, coherent or of energy, whichever says that more is left. Between 0
    and 1. The coherent gain is the first term of Sheikh and Bovik's (2006) model of an image's channel."""
    return float(_WEIGHTS @ _losses(pair))


def directional_blur(pair: Pair) -> float:
    """Difference between the losses of slope along one direction and across it, in [0, 1]: length of the mean of
    vectors with that difference as length and twice the direction as angle, over the quarter of the tiles of 64 pixels
    where it is largest; the largest of three scales. Gains of slope are those of `blur`, from the 2×2 second moments
    of the two gradients in eight directions (a structure tensor, Förstner and Gülch 1987)."""
    return max(_common_direction(*_anisotropy(pair, scale)) for scale in range(3))


def _common_direction(difference: np.ndarray, angle: np.ndarray) -> float:
    largest = np.argsort(difference.ravel())[-max(1, difference.size // 4) :]
    vectors = difference.ravel()[largest] * np.exp(2j * angle.ravel()[largest])
    return float(abs(vectors.mean()))


def _anisotropy(pair: Pair, scale: int) -> tuple[np.ndarray, np.ndarray]:
    """Of tiles of 64 pixels, at a size halved `scale` times, (h, w) each: the largest difference of gains in [0, 1] and
    the direction of the greater loss."""
    slopes = []
    for plane in (pair.expected, pair.aligned):
        for _ in range(scale):
            plane = cv2.pyrDown(plane)
        smooth = cv2.GaussianBlur(plane, (0, 0), 1)
        slopes.append([_in_tiles(cv2.filter2D(smooth, -1, kernel), 64 >> scale) for kernel in (_SLOPE, _SLOPE.T)])

    def moments(a: list[np.ndarray], b: list[np.ndarray]) -> np.ndarray:
        """Mean products of slopes in every direction and tile, (8, h, w)."""
        xx, yy, xy, yx = (
            np.einsum("iajb,iajb->ij", a[i], b[j]) / (a[0].shape[1] * a[0].shape[3])
            for i, j in ((0, 0), (1, 1), (0, 1), (1, 0))
        )
        cosine, sine = np.cos(_ANGLES)[:, None, None], np.sin(_ANGLES)[:, None, None]
        return cosine**2 * xx + sine**2 * yy + cosine * sine * (xy + yx)

    power, shared, after = moments(slopes[0], slopes[0]), moments(slopes[0], slopes[1]), moments(slopes[1], slopes[1])
    known = power.min(axis=0) > 0.5
    power = np.maximum(power, 0.5)
    gains = np.clip(np.maximum(shared / power, np.minimum(after / power, 1)), 0, 1)
    across = np.roll(gains, len(_ANGLES) // 2, axis=0)
    difference = across - gains
    return np.where(known, difference.max(axis=0), 0), _ANGLES[difference.argmax(axis=0)]


def _in_tiles(plane: np.ndarray, side: int) -> np.ndarray:
    """(H, W) -> (H // side, side, W // side, side): whole tiles."""
    rows, columns = plane.shape[0] // side, plane.shape[1] // side
    return plane[: rows * side, : columns * side].reshape(rows, side, columns, side)


def texture_loss(pair: Pair) -> float:
    """How much more of the texture than of the edges is lost: difference of their losses (1 − coherent gain) in the
    two finest bands, between 0 and 1."""
    texture, edges = (np.clip(1 - gains[0][:2], 0, 1) for gains in (pair.gains_in_texture, pair.gains_at_edges))
    return float(max((texture - edges).mean(), 0.0))


def oversharpness(pair: Pair) -> float:
    """Gain of the two finest bands at edges above that of the coarse picture, as a binary logarithm: 1 is twice as
    steep."""
    coherent, _ = pair.gains_at_edges
    return float(max(np.log2(np.maximum(coherent[:2], 1e-3)).mean(), 0.0))


def _excess(pair: Pair) -> np.ndarray:
    """How far the smoothed picture goes beyond the range of the expected one in 9×9 pixels, near edges."""
    window = np.ones((9, 9), np.uint8)
    expected, actual = (cv2.GaussianBlur(plane, (0, 0), 0.8) for plane in (pair.expected, pair.aligned))
    above = actual - cv2.dilate(expected, window)
    below = cv2.erode(expected, window) - actual
    margin = np.float32(2 + 2 * pair.grain[0])
    zone = cv2.dilate(pair.edges, np.ones((9, 9), np.uint8))
    return np.maximum(np.maximum(above, below) - margin, 0) * zone


def overshoot(pair: Pair) -> float:
    """Mean excess near edges over the highest, or below the lowest, expected luma in 9×9 pixels, less what grain
    explains. Levels of 255."""
    zone = cv2.dilate(pair.edges, np.ones((9, 9), np.uint8))
    return float(_excess(pair).sum() / max(int(zone.sum()), 1))


def _loss_map(pair: Pair, sign: int) -> np.ndarray:
    """Where detail lost (1) or gained (−1) contrast, in levels."""
    spreads = [root_of_mean(bands[0] ** 2 + bands[1] ** 2, 9) for bands in (pair.bands[0], pair.bands[1])]
    return np.maximum(sign * (spreads[0] - spreads[1]), 0)


DETAIL = (
    MeasuredEffect("blur", "share of detail", 0.07, 0.7, blur, lambda pair: _loss_map(pair, 1)),
    MeasuredEffect("directional_blur", "share of slope", 0.1, 0.5, directional_blur, lambda pair: _loss_map(pair, 1)),
    MeasuredEffect(
        "texture_loss", "share of texture", 0.1, 0.7, texture_loss, lambda pair: _loss_map(pair, 1) * pair.textured
    ),
    MeasuredEffect("overshoot", "grey levels", 1, 11, overshoot, _excess),
    MeasuredEffect(
        "oversharpness", "doublings", 0.2, 1.5, oversharpness, lambda pair: _loss_map(pair, -1) * pair.near_edges
    ),
)

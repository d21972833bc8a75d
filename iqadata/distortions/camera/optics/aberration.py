"""A lens that magnifies red and blue differently."""

from __future__ import annotations

import cv2
import numpy as np


def lateral_chromatic_aberration(image: np.ndarray, shift: float, rng: np.random.Generator) -> np.ndarray:
    """Magnify red and shrink blue about the middle, so that each moves `shift` at the left and right border.

    `shift` is a fraction of the image's width; green stays. Fringes grow with the distance from the middle and
    point away from it, unlike those of a shifted channel (TID2013's `chromatic_aberration`). Bilinear. No change at 0.
    Kang 2007, the linear term of his model.
    """
    if shift <= 0:
        return image.copy()
    height, width = image.shape[:2]
    result = image.copy()
    middle = np.array([(width - 1) / 2, (height - 1) / 2])
    for channel, sign in ((0, 1), (2, -1)):
        scale = 1 + sign * 2 * shift
        move = np.array([[scale, 0, (1 - scale) * middle[0]], [0, scale, (1 - scale) * middle[1]]])
        result[..., channel] = cv2.warpAffine(
            np.ascontiguousarray(image[..., channel]),
            move,
            (width, height),
            flags=cv2.INTER_LINEAR,
            borderMode=cv2.BORDER_REPLICATE,
        )
    return result

"""Why a photo got its assessment: where a distortion is seen, and what each attribute adds to the score."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from exiqa.model.assessing.assessment import AssessedPhoto, ScoreBreakdown
from exiqa.model.assessing.assessor import Assessor
from exiqa.model.assessing.saliency import Saliency


@dataclass(frozen=True)
class Explanation:
    """The explanation of one assessment."""

    saliency: Saliency
    overlay: np.ndarray
    """(H, W, 3) uint8 sRGB: the photo in grey, what was looked for in colour over it; no colour, and not to be shown as
    a map, where its probability does not move (`Saliency.moves`)."""
    breakdown: ScoreBreakdown | None
    """None where the artifact has no regressor."""


STRONGEST = 0.02
"""The share of a map's pixels that get its strongest colour."""


def explain(assessor: Assessor, photo: AssessedPhoto, what: str | None = None) -> Explanation:
    """Explain the assessment of a photo.

    Args:
        assessor: What examined it.
        photo: What `Assessor.examine` gave.
        what: A distortion's id or an attribute's phrase; None takes the strongest distortion.

    Raises:
        UserError: The bank has no such distortion or attribute, or the image tower has no patch tokens.
    """
    saliency = assessor.saliency(photo.pixels, what or photo.assessment.distortions[0].id)
    breakdown = assessor.break_down(photo) if assessor.regressor is not None else None
    return Explanation(saliency, overlay(photo.pixels, saliency.map), breakdown)


def no_map_sentence(saliency: Saliency) -> str:
    """Why there is no map, for people."""
    return (
        f"no map of {saliency.name}: its probability stays at {saliency.probability:.2f} wherever the model looks, so "
        "it says nothing of this photo"
    )


def overlay(photo: np.ndarray, saliency: np.ndarray) -> np.ndarray:
    """A saliency map in colour over its photo in grey.

    The colour ("inferno": dark, red, yellow) and its opacity grow with the saliency up to that of the strongest
    fiftieth, so the picture says where, not how much. Relative to the maximum, a spot or two would be all that is seen
    of what is everywhere.

    Args:
        photo: (H, W, 3) uint8 sRGB.
        saliency: (H, W), non-negative.

    Returns:
        (H, W, 3) uint8 sRGB.
    """
    import cv2

    top = float(np.quantile(saliency[saliency > 0], 1 - STRONGEST)) if saliency.any() else 1.0
    share = np.minimum(saliency / top, 1)
    grey = cv2.cvtColor(cv2.cvtColor(np.ascontiguousarray(photo), cv2.COLOR_RGB2GRAY), cv2.COLOR_GRAY2RGB)
    levels = np.round(share * 255).astype(np.uint8)
    colour = cv2.cvtColor(cv2.applyColorMap(levels, cv2.COLORMAP_INFERNO), cv2.COLOR_BGR2RGB)
    opacity = (0.75 * share)[..., None]
    return np.round((1 - opacity) * grey + opacity * colour).astype(np.uint8)

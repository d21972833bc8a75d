"""Answers to what people rated beside quality (brightness, sharpness, noise, …), from attributes alone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from exiqa.bank.linking.effects import ABSENT, PRESENT, Claim
from exiqa.bank.schema import Bank
from exiqa.core.errors import UserError

RATINGS: Mapping[str, tuple[Claim, ...]] = {
    "brightness": (Claim("brighter", PRESENT), Claim("darker", ABSENT)),
    "colorfulness": (Claim("more_saturation", PRESENT), Claim("less_saturation", ABSENT)),
    "contrast": (Claim("more_contrast", PRESENT), Claim("less_contrast", ABSENT), Claim("veil", ABSENT)),
    "noisiness": tuple(Claim(name, PRESENT) for name in ("fine_grain", "coarse_grain", "color_grain", "specks")),
    "sharpness": tuple(Claim(name, ABSENT) for name in ("blur", "directional_blur", "texture_loss")),
    "artifacts": tuple(Claim(name, PRESENT) for name in ("block_grid", "mosaic", "ringing", "posterized", "patches")),
    "blur": tuple(Claim(name, PRESENT) for name in ("blur", "directional_blur")),
    "colors": tuple(Claim(name, PRESENT) for name in ("color_cast", "false_hues", "less_saturation", "color_fringes")),
}
"""What is rated (`Dataset.ratings`) -> the effects that speak of it: present where more of them is more of what the
rating's name says. Whether a set's scale runs from little to much of it or from bad to good is the set's own affair: a
correlation keeps its sign."""


def rating_signs(claims: Sequence[Sequence[Claim]], rating: str) -> np.ndarray:
    """With which sign each of A attributes speaks of a rating.

    Args:
        claims: What each attribute claims.
        rating: Of `RATINGS`.

    Returns:
        (A,) −1, 0 or 1.
    """
    sign = {claim.effect: claim.sign for claim in RATINGS[rating]}
    found = [next((claim.sign * sign[claim.effect] for claim in own if claim.effect in sign), 0) for own in claims]
    return np.array(found, np.float64)


def rating_answers(attributes: np.ndarray, bank: Bank, ratings: Sequence[str]) -> np.ndarray:
    """A model's answer to each rating: the mean P(a|I) of the attributes that are linked to what was rated, those that
    deny it counted with a minus.

    Args:
        attributes: (N, A) P(a|I) in the bank's order.
        bank: Whose attributes they are.
        ratings: R names of `RATINGS`.

    Returns:
        (N, R) float32 in [−1, 1]; 0 for a rating that no attribute speaks of.

    Raises:
        UserError: A rating is of something that no effect speaks of, or there is no sentence encoder.
    """
    from exiqa.bank.linking.linker import link
    from exiqa.bank.phrases.embedding import CachedEncoder
    from exiqa.bank.phrases.encoder import load_encoder
    from exiqa.core.vector_cache import VectorCache

    if unknown := [rating for rating in ratings if rating not in RATINGS]:
        raise UserError(f"of the rating {unknown[0]!r} no effect speaks; there are {', '.join(RATINGS)}")
    encoder = CachedEncoder(load_encoder(), VectorCache.named("linking"))
    claims = [one.claims for one in link([attribute.phrase for attribute in bank.attributes], encoder)]
    signs = np.stack([rating_signs(claims, rating) for rating in ratings], axis=1)  # (A, R)
    return (attributes @ signs / np.maximum(np.abs(signs).sum(axis=0), 1)).astype(np.float32)

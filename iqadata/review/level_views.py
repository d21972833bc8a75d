"""A distortion as a reviewer is shown it: the same place of a photo, as it is and at three levels."""

from __future__ import annotations

from dataclasses import dataclass

from exiqa.iqadata.effects.cached import effects_of_pairs
from exiqa.iqadata.effects.measure import measure_effects, visibility_of
from exiqa.iqadata.gallery import data_uri
from exiqa.iqadata.grounding.page import strongest_place
from exiqa.iqadata.grounding.pairs import PicturePair

SIDE = 160
"""Of the square that is shown, in pixels, or as much as the picture has."""


@dataclass(frozen=True)
class LevelViews:
    """Crops of a photo and of what a distortion makes of it."""

    photo: str
    reference: str
    """A data URI, as are those of the levels."""
    levels: tuple[tuple[int, str], ...]
    """(level, crop): the weakest, the middle and the strongest, or what there is."""


def level_views(pairs: tuple[PicturePair, ...]) -> LevelViews:
    """The photo and the place of it in which most is seen of all effects together.

    Args:
        pairs: Of one distortion, at least one.

    Raises:
        UserError: A pair cannot be measured; the sentence names it.
    """
    clearest = pairs[int(visibility_of(effects_of_pairs(pairs)).sum(axis=1).argmax())]
    reference, distorted = clearest.load()
    maps = measure_effects(reference, distorted, maps=True).maps
    assert maps is not None
    side = min(SIDE, *reference.shape[:2])
    top, left = strongest_place(maps.sum(axis=0), side)
    window = slice(top, top + side), slice(left, left + side)
    of_photo = {pair.level: pair for pair in pairs if pair.photo == clearest.photo}
    known = sorted(of_photo)
    shown = sorted({known[0], known[len(known) // 2], known[-1]})
    crops = tuple((level, data_uri(of_photo[level].load()[1][window])) for level in shown)
    return LevelViews(clearest.photo, data_uri(reference[window]), crops)

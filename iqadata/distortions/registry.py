"""Every distortion, the levels each dataset has it at, and the one call that applies them."""

from __future__ import annotations

import zlib
from collections.abc import Iterable

import numpy as np

from exiqa.bank.described import GROUP
from exiqa.core.errors import UserError
from exiqa.core.registry import Registry
from exiqa.iqadata.distortions.camera.levels import AUTHENTIC_LEVELS
from exiqa.iqadata.distortions.levels import APPROXIMATE_LEVELS, LEVELS, STRETCHED
from exiqa.iqadata.distortions.numerics.colorspace import (
    clip,
    from_bytes,
    stretch,
    stretched_from_bytes,
    stretched_to_bytes,
    to_bytes,
)
from exiqa.iqadata.distortions.spec import DistortionSpec

_PUBLISHED = "exiqa.iqadata.distortions.published.specs"
_CAMERA = "exiqa.iqadata.distortions.camera.specs"

DISTORTIONS = Registry(
    GROUP,
    DistortionSpec,
    "distortion",
    {
        distortion: f"{_CAMERA if distortion in AUTHENTIC_LEVELS else _PUBLISHED}:{distortion.upper()}"
        for levels in LEVELS.values()
        for distortion in levels
    },
)
"""Every distortion by its id: the datasets', each a constant of its id in capitals, and those of other packages."""

OWN = "own"
"""In place of a dataset: each distortion's own levels (`DistortionSpec.levels`), for a shipped one those of the first
dataset that has it."""


def level_table(taxonomy: str) -> str:
    """Whose levels a taxonomy's distortions have, by its id: those of the dataset of that id, else `OWN`."""
    return taxonomy if taxonomy in LEVELS else OWN


def table_of(dataset: str, distortion: str) -> str | None:
    """The dataset in `LEVELS` that a distortion's levels come from; None where they are the distortion's own.

    Args:
        dataset: A key of `LEVELS`, or `OWN`.
        distortion: An id.

    Raises:
        UserError: There is no such dataset or distortion, or the dataset does not have it.
    """
    if dataset == OWN:
        DISTORTIONS[distortion]
        return next((name for name, levels in LEVELS.items() if distortion in levels), None)
    if distortion in levels_in(dataset):
        return dataset
    if distortion in DISTORTIONS and DISTORTIONS[distortion].levels:
        return None
    raise UserError(f"{dataset} has no distortion {distortion!r}; choose one of {', '.join(levels_in(dataset))}")


def is_approximate(dataset: str, distortion: str) -> bool:
    """Whether a dataset's distortion is only close to the original: in its levels or in the function itself."""
    table = table_of(dataset, distortion)
    return DISTORTIONS[distortion].approximate or (table is not None and distortion in APPROXIMATE_LEVELS[table])


def parameter_of(dataset: str, distortion: str, level: int) -> float:
    """The parameter of a level (1 is the first) of a distortion in a dataset.

    Raises:
        UserError: There is no such dataset, distortion or level.
    """
    levels = levels_of(dataset, distortion)
    if not 1 <= level <= len(levels):
        whose = "" if table_of(dataset, distortion) is None else f"{dataset}'s "
        raise UserError(f"{whose}{distortion} has levels 1 to {len(levels)}, not {level}")
    return levels[level - 1]


def levels_of(dataset: str, distortion: str) -> tuple[float, ...]:
    """The parameters of all levels of a distortion in a dataset.

    Raises:
        UserError: There is no such dataset, or it has no such distortion.
    """
    table = table_of(dataset, distortion)
    if table is not None:
        return LEVELS[table][distortion]
    levels = DISTORTIONS[distortion].levels
    if not levels:
        raise UserError(f"the distortion {distortion!r} states no levels; give its spec name, explanation and levels")
    return levels


def levels_in(dataset: str) -> dict[str, tuple[float, ...]]:
    """The distortions of a dataset with the parameters of their levels.

    Raises:
        UserError: There is no such dataset.
    """
    if dataset not in LEVELS:
        raise UserError(f"there are no levels for a dataset {dataset!r}; choose one of {', '.join(LEVELS)}")
    return LEVELS[dataset]


def random_generator(distortion: str, seed: int) -> np.random.Generator:
    """The generator that `distort` uses: one stream for each distortion and seed.

    The distortion's id is part of the seed, so that two noises on one image with one seed are not the same noise;
    the level is not, so that a stronger level extends a weaker one.
    """
    return np.random.default_rng([seed, zlib.crc32(distortion.encode())])


def own_versions(distortions: Iterable[str]) -> dict[str, int]:
    """Id -> version of those distortions that other packages add; `PIXELS_VERSION` is that of all others.

    Raises:
        UserError: There is no such distortion.
    """
    return {name: DISTORTIONS[name].version for name in sorted(distortions) if name not in DISTORTIONS.own}


def distort(
    image: np.ndarray,
    distortion: str,
    level: int,
    dataset: str = "kadid10k",
    seed: int = 0,
    *,
    stretched: bool | None = None,
) -> np.ndarray:
    """Apply one distortion at one of a dataset's levels.

    Args:
        image: (H, W, 3) sRGB, uint8 or float32 in [0, 1].
        distortion: An id of `DISTORTIONS` that the dataset has, or one that another package adds.
        level: 1 is the first.
        dataset: A key of `exiqa.iqadata.distortions.levels.LEVELS`, or `OWN`; what another package adds has its own
            levels in every dataset.
        seed: Any integer ≥ 0; the same seed gives the same bytes.
        stretched: Map the input and then the output to [0, 1] by its minimum and maximum, as KADID-10k's generator
            does; by default where the dataset's generator does (`exiqa.iqadata.distortions.levels.STRETCHED`).

    Returns:
        A new array of the same shape and dtype; uint8 is rounded once at the end.

    Raises:
        UserError: There is no such dataset, distortion or level.
        ValueError: The image has another shape or dtype.
    """
    parameter = parameter_of(dataset, distortion, level)
    stretched = dataset in STRETCHED if stretched is None else stretched
    rng = random_generator(DISTORTIONS[distortion].id, seed)
    return apply(image, distortion, parameter, rng, stretched=stretched)


def apply(
    image: np.ndarray, distortion: str, parameter: float, rng: np.random.Generator, *, stretched: bool = False
) -> np.ndarray:
    """Apply one distortion with any parameter.

    Args:
        image: As of `distort`; so is the result.
        distortion: An id of `DISTORTIONS`.
        parameter: In the distortion's own scale (`DistortionSpec.parameter`).
        rng: What random distortions draw from.
        stretched: As of `distort`.

    Raises:
        UserError: The distortion's function returns something else than an image of the same shape.
        ValueError: The image has another shape or dtype.
    """
    if image.ndim != 3 or image.shape[2] != 3 or 0 in image.shape:
        raise ValueError(f"an image is an array of shape (H, W, 3), not {image.shape}")
    if image.dtype not in (np.uint8, np.float32):
        raise ValueError(f"an image is uint8, or float32 in [0, 1], not {image.dtype}")
    spec = DISTORTIONS[distortion]
    if image.dtype == np.uint8:
        result = _applied(spec, stretched_from_bytes(image) if stretched else from_bytes(image), parameter, rng)
        return stretched_to_bytes(result) if stretched else to_bytes(clip(result))
    values = np.ascontiguousarray(image)
    result = _applied(spec, stretch(values) if stretched else values, parameter, rng)
    return stretch(result) if stretched else clip(result)


def _applied(spec: DistortionSpec, image: np.ndarray, parameter: float, rng: np.random.Generator) -> np.ndarray:
    """What a distortion's function returns, which another package may have written, as float32."""
    result = np.asarray(spec.function(image, parameter, rng), dtype=np.float32)
    if result.shape != image.shape:
        raise UserError(
            f"the distortion {spec.id!r} made an array of shape {result.shape} of an image of shape {image.shape}; "
            "its function must keep the shape"
        )
    return result

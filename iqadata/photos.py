"""Photos without distortion: the colour photos inside installed packages, and folders of a user's own."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np

from exiqa.core.errors import UserError

PHOTO_SUFFIXES = frozenset({".bmp", ".jpeg", ".jpg", ".png", ".tif", ".tiff", ".webp"})
"""What `list_photos` takes for a photo, by the file name's end, in any case."""


@dataclass(frozen=True)
class PackagedPhoto:
    """A colour photo that lies inside an installed package, so that it can be read with no network."""

    package: str
    path: str
    """Relative to the package's folder."""
    subject: str


PACKAGED_PHOTOS: dict[str, PackagedPhoto] = {
    "astronaut": PackagedPhoto("skimage", "data/astronaut.png", "portrait in an orange suit, 512x512"),
    "chelsea": PackagedPhoto("skimage", "data/chelsea.png", "cat's face, 300x451"),
    "china": PackagedPhoto("sklearn", "datasets/images/china.jpg", "temple and sky, 427x640"),
    "coffee": PackagedPhoto("skimage", "data/coffee.png", "cup on a wooden table, 400x600"),
    "flower": PackagedPhoto("sklearn", "datasets/images/flower.jpg", "red dahlia, 427x640"),
    "hubble_deep_field": PackagedPhoto("skimage", "data/hubble_deep_field.jpg", "galaxies on black, 872x1000"),
    "ihc": PackagedPhoto("skimage", "data/ihc.png", "stained tissue under a microscope, 512x512"),
    "motorcycle_left": PackagedPhoto("skimage", "data/motorcycle_left.png", "motorcycle in a garage, 500x741"),
    "retina": PackagedPhoto("skimage", "data/retina.jpg", "fundus of an eye, 1411x1411"),
    "rocket": PackagedPhoto("skimage", "data/rocket.jpg", "launch at night, 427x640"),
}
"""One photo a scene: motorcycle_right, the second view of a stereo pair, is left out."""


def packaged_photos() -> dict[str, Callable[[], np.ndarray]]:
    """The colour photos inside scikit-image and scikit-learn: name -> reader of (H, W, 3) uint8 sRGB pixels.

    The readers are picklable and read the file from the package's folder; nothing is ever downloaded
    (`read_packaged_photo`).
    """
    return {name: partial(read_packaged_photo, name) for name in PACKAGED_PHOTOS}


def read_packaged_photo(name: str) -> np.ndarray:
    """One packaged photo as (H, W, 3) uint8 sRGB.

    Raises:
        UserError: The package or its file is missing.
    """
    from exiqa.core.image_io import read_photo

    photo = PACKAGED_PHOTOS[name]
    spec = find_spec(photo.package)
    if spec is None or spec.origin is None:
        raise UserError(f"the packaged photo {name} needs {photo.package}; install it")
    path = Path(spec.origin).parent / photo.path
    if not path.is_file():
        raise UserError(f"the packaged photo {name} is missing at {path}; reinstall {photo.package}")
    return read_photo(path)


def list_photos(root: Path) -> tuple[str, ...]:
    """Everything in a folder and below that is named like a photo, as sorted paths relative to it ("/" between).

    Nothing named like a photo is left out, be it unreadable, a folder or a broken link: whoever reads the
    list finds that out and can say so. Linked folders are followed, each real folder once, so a loop of
    links ends. Hidden files and folders (a leading full stop) are left out.

    Raises:
        UserError: `root` is not a folder or holds nothing named like a photo.
    """
    if not root.is_dir():
        raise UserError(f"there is no folder {root}; give the folder that holds the photos")
    unlistable: list[str] = []

    def remember(error: OSError) -> None:
        unlistable.append(os.path.relpath(error.filename, root).replace(os.sep, "/"))

    names: list[str] = []
    visited = {_identity(root)}
    for folder, subfolders, files in os.walk(root, followlinks=True, onerror=remember):
        fresh = []
        for name in sorted(subfolders):
            if name.startswith("."):
                continue
            if Path(name).suffix.lower() in PHOTO_SUFFIXES:
                files.append(name)
            identity = _identity(Path(folder, name))
            if identity not in visited:
                visited.add(identity)
                fresh.append(name)
        subfolders[:] = fresh
        names += [
            os.path.relpath(os.path.join(folder, name), root).replace(os.sep, "/")
            for name in files
            if not name.startswith(".") and Path(name).suffix.lower() in PHOTO_SUFFIXES
        ]
    if not names and not unlistable:
        raise UserError(f"{root} holds no photo; these are looked for: {', '.join(sorted(PHOTO_SUFFIXES))}")
    return tuple(sorted(names + unlistable))


def _identity(folder: Path) -> Any:
    status = folder.stat()
    return status.st_dev, status.st_ino


def fit(image: np.ndarray, height: int, width: int) -> np.ndarray:
    """`image` (H, W, 3) uint8 scaled, aspect kept, to just cover (height, width), and its centre cut out.

    Shrinking averages over areas, so that it adds no aliasing; a smaller image is enlarged bicubically.
    """
    import cv2

    rows, columns = image.shape[:2]
    scale = max(height / rows, width / columns)
    size = (max(width, round(columns * scale)), max(height, round(rows * scale)))
    scaled = cv2.resize(image, size, interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC)
    top, left = (scaled.shape[0] - height) // 2, (scaled.shape[1] - width) // 2
    return np.ascontiguousarray(scaled[top : top + height, left : left + width])

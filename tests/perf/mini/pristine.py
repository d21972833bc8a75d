"""What score has a photo with nothing wrong? Kodak's, and the photographs that scikit-image carries."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import numpy as np

from exiqa.iqadata.photos import PACKAGED_PHOTOS, read_packaged_photo
from exiqa.iqadata.standins.standin import Source, reference_pixels
from exiqa.iqadata.versions import PIXELS_VERSION
from mini.backbone import Measured, Picture, attributes_of
from mini.findings import Findings, Headline, Table

SAMPLES = tuple(name for name, photo in PACKAGED_PHOTOS.items() if photo.package == "skimage")


def measure_pristine(measured: Measured, sources: Sequence[Source], height: int, width: int) -> Findings:
    """Scores of photos by every regressor that the artifact has; none where it has none.

    Args:
        measured: The backbone.
        sources: Photos without distortion.
        height: Pixels that they are fitted to; scikit-image's photos keep their size.
        width: Likewise.
    """
    size = f"{height}x{width} pixels {PIXELS_VERSION}"
    pictures = {
        "Kodak": [Picture(f"{one.name} {size}", partial(reference_pixels, one, height, width)) for one in sources],
        "scikit-image": [Picture(f"packaged {name}", partial(read_packaged_photo, name)) for name in SAMPLES],
    }
    model, findings = measured.artifact.model, Findings()
    rows: dict[str, list[float | None]] = {}
    for title, some in pictures.items():
        attributes = attributes_of(model, measured.embeddings(some, title))
        for name, regressor in measured.artifact.regressors.items():
            scores = regressor.predict(attributes)
            rows[f"{title}, {name}"] = [float(value) for value in np.quantile(scores, (0, 0.25, 0.5, 0.75, 1))]
            findings.headlines.append(
                Headline(f"score of {title}'s photos, {name}: median", rows[f"{title}, {name}"][2], "≥ .85")
            )
    findings.tables.append(
        Table("Scores of pristine photos", ("least", "quarter", "median", "three quarters", "largest"), rows)
    )
    return findings

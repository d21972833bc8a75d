"""What does it say? Twelve photos of BIQ2021, good and bad ones both, in the words of `exiqa assess`."""

from __future__ import annotations

from collections.abc import Sequence

from exiqa.core.image_io import read_photo
from exiqa.model.assessing.assessor import Assessor
from mini.backbone import Measured
from mini.findings import Findings, Listing
from mini.pictures import RatedPhoto

PERCENTILES = (5, 35, 65, 95)


def examples(photos: Sequence[RatedPhoto]) -> list[RatedPhoto]:
    """Of each subset the photos whose opinions are nearest to those percentiles of it, lowest first."""
    chosen = []
    for subset in sorted({photo.subset for photo in photos}):
        own = sorted((photo for photo in photos if photo.subset == subset), key=lambda one: (one.opinion, one.name))
        chosen += [own[round(percentile / 100 * (len(own) - 1))] for percentile in PERCENTILES]
    return chosen


def measure_examples(measured: Measured, photos: Sequence[RatedPhoto]) -> Findings:
    """The photos with people's opinion, its score, and its sentence."""
    assessor = Assessor.of(measured.artifact)
    rows = []
    for photo in examples(photos):
        said = assessor.assess(read_photo(photo.file))
        score = "–" if said.score is None else f"{said.score.value:.2f}"
        rows.append((photo.name, f"{photo.opinion:.2f}", score, said.summary))
    listed = ", ".join(map(str, PERCENTILES[:-1])) + f" and {PERCENTILES[-1]}"
    rule = (
        f"Of each of BIQ2021's three subsets the photos at percentiles {listed} of people's opinion, among those at "
        "hand that it was not trained on; its score was fitted to some of them."
    )
    return Findings(listings=[Listing("Twelve photos", rule, ("photo", "opinion", "score", "what it says"), rows)])

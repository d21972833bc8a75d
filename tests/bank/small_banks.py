"""Small banks and taxonomies for the tests of this folder."""

from __future__ import annotations

from exiqa.bank.attribute import Attribute
from exiqa.bank.schema import Bank, Provenance
from exiqa.bank.taxonomy import Distortion, Taxonomy

BLUR = Distortion(
    id="gaussian_blur", code="01", name="Gaussian blur", explanation="Filter with a Gaussian kernel.", levels=5
)
NOISE = Distortion(
    id="white_noise", code="02", name="White noise", explanation="Add random values to each pixel.", levels=5
)
TAXONOMY = Taxonomy(id="small", name="Small", source="", distortions=(BLUR, NOISE))

RANKED = {
    "gaussian_blur": (
        Attribute(phrase="a softening of details", antonym="crisp, well-defined details"),
        Attribute(phrase="a loss of fine texture"),
        Attribute(phrase="a café-window look"),
    ),
    "white_noise": (
        Attribute(phrase="a fine grain over flat areas", antonym="clean flat areas"),
        Attribute(phrase="a loss of fine texture"),
    ),
}


def small_bank(**changes: object) -> Bank:
    fields = {
        "name": "small",
        "version": 1,
        "taxonomy": TAXONOMY,
        "ranked": RANKED,
        "provenance": Provenance(method="edited"),
    }
    return Bank.model_validate({**fields, **changes})

"""Attribute truth: how far each attribute of a bank holds of each image, by pixels and by no label or model.

A phrase is linked to the effects that it names (`exiqa.bank.linking.linker`), the effects are measured in the image
against its reference, and the attribute is as true as they are visible (`exiqa.bank.grounding.truth`).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from exiqa.bank.grounding.truth import claim_matrix, truth_of
from exiqa.bank.linking.linker import link
from exiqa.bank.phrases.embedding import CachedEncoder
from exiqa.bank.phrases.encoder import SentenceEncoder, load_encoder
from exiqa.bank.schema import Bank
from exiqa.core.files import sha256_hex
from exiqa.core.vector_cache import VectorCache
from exiqa.iqadata.datasets.dataset import Dataset
from exiqa.iqadata.datasets.effects import effect_values
from exiqa.iqadata.effects.measure import visibility_of


@dataclass(frozen=True)
class AttributeTruth:
    """How true A attributes are of N images."""

    values: np.ndarray
    """(N, A) float32 in [0, 1], in the order of `bank.attributes`: 0 where none of what the attribute names is seen, 1
    where it is complete; 0 throughout for an attribute that is not linked."""
    linked: np.ndarray
    """(A,) bool: the attributes that are linked to an effect. Of the others the truth is not known: mask them."""

    @property
    def hash(self) -> str:
        """SHA-256 of both, 64 hex digits."""
        parts = (np.ascontiguousarray(self.values, "<f4"), np.ascontiguousarray(self.linked, bool))
        return sha256_hex(b"".join(part.tobytes() for part in parts))


def attribute_truth(
    bank: Bank,
    dataset: Dataset,
    rows: np.ndarray | None = None,
    *,
    encoder: SentenceEncoder | None = None,
    on_image: Callable[[int], None] | None = None,
) -> AttributeTruth:
    """How true each attribute of a bank is of each image of a data set.

    Effects are measured once and kept in the user's cache by the pixels' content, as `Dataset.effects` are.

    Args:
        bank: With A attributes.
        dataset: The images; its loader must have their references.
        rows: (N,) row numbers in `dataset`; all by default.
        encoder: Links the phrases; `load_encoder()` by default.
        on_image: Called with the number of images done.

    Raises:
        UserError: The data set has no references at hand, an image cannot be compared with its own, or there is no
            sentence encoder.
    """
    if encoder is None:
        encoder = CachedEncoder(load_encoder(), VectorCache.named("linking"))
    links = link([attribute.phrase for attribute in bank.attributes], encoder)
    visibility = visibility_of(effect_values(dataset, rows, on_image=on_image))
    values = truth_of(claim_matrix([one.claims for one in links]), visibility)
    return AttributeTruth(values, np.array([bool(one.claims) for one in links], bool))

"""Protocols: what is trained where, what is asked of it on the held-out images, and by which metrics it is judged."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from exiqa.bench.metrics.metric import Metric

ProtocolId = Literal["identification", "unseen", "quality", "zero_shot", "validity", "attributes"]
"""What a cell says, and a suite's TOML."""

Side = Literal["train", "test"]
"""One of a cell's two data sets: the one that a tower is tuned on, or the one that is tested on."""

TableName = Literal["II", "III", "IV", "V", "unseen", "zero-shot", "validity", "attributes"]
"""The paper's tables of figures, and those beside them."""


@dataclass(frozen=True)
class Protocol:
    """How a method is trained and tested."""

    id: ProtocolId
    title: str
    predicts: Literal["strengths", "scores", "attributes", "ratings"]
    """Of N test images (N, D) strengths of the D distortions, in [0, 1], (N,) scores, higher is better, (N, A) P(a|I)
    of the bank's attributes, in [0, 1], or (N, R) answers to what people rated beside quality."""
    headline: tuple[str, ...]
    """The metrics that are drawn; the first is the one to name where there is room for one."""
    bank: Side
    """Whose attribute bank the tuned tower is read out with."""
    regressor: Side | None
    """Whose training split the scores' regressor is fitted to; None where no scores are predicted."""
    table: TableName | None
    """Where its figures stand if one data set is both trained and tested on; None where that cannot be."""
    across_table: TableName
    """Where they stand if the two differ."""
    leaves_one_out: bool = False
    """Whether each distortion's strengths are those of a tower that was trained without any image of it."""

    @property
    def metrics(self) -> Mapping[str, Metric]:
        """What the predictions are judged by, by id: the columns of a table."""
        # What only says that a run is done takes no second to import scipy.
        from exiqa.bench.metrics.registry import metrics_of

        return metrics_of(self.id)

    def shape(self, images: int, distortions: int, attributes: int, ratings: int = 0) -> tuple[int, ...]:
        """Of the predictions for N images, D distortions, A attributes and R ratings."""
        columns = {"strengths": (distortions,), "scores": (), "attributes": (attributes,), "ratings": (ratings,)}
        return (images, *columns[self.predicts])


PROTOCOLS: Mapping[ProtocolId, Protocol] = {
    protocol.id: protocol
    for protocol in (
        Protocol(
            "identification", "Identification", predicts="strengths",
            headline=("map", "rmse"), bank="test", regressor=None, table="II", across_table="IV",
        ),
        Protocol(
            "unseen", "Distortions not trained on", predicts="strengths", headline=("map", "rmse"),
            bank="test", regressor=None, table="unseen", across_table="unseen", leaves_one_out=True,
        ),
        Protocol(
            "quality", "Quality", predicts="scores", headline=("srcc", "score_rmse"),
            bank="train", regressor="test", table="III", across_table="V",
        ),
        Protocol(
            "zero_shot", "Zero-shot quality", predicts="scores",
            headline=("srcc", "score_rmse"), bank="train", regressor="train", table=None, across_table="zero-shot",
        ),
        Protocol(
            "validity", "Attribute validity", predicts="attributes", headline=("auroc", "agreement"),
            bank="test", regressor=None, table="validity", across_table="validity",
        ),
        Protocol(
            "attributes", "Ratings of attributes", predicts="ratings", headline=("rating_srcc",),
            bank="test", regressor=None, table="attributes", across_table="attributes",
        ),
    )
}  # fmt: skip
"""By id. identification: strengths of the test set's distortions; across data sets the training set's tower is read
out with the test set's distortions and attributes. unseen: the strength of each distortion by a tower that was trained
without its images and its attributes, and is read out with the whole bank: by language alone. quality: scores; across
data sets the training set's tower and attributes, the regressor fitted again on the test set's training split.
zero_shot: scores on another data set with nothing fitted to it. validity: P(a|I) itself, held against what is seen in
each image beside its reference (`exiqa.iqadata.grounding.attribute_truth`); across data sets the training set's tower
is read out with the test set's attributes. attributes: answers to what people rated in photos beside their quality
(brightness, sharpness, noise), from the attributes that are linked to it; nothing is fitted to the ratings."""

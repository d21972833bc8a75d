"""`exported.json`: what goes into an exported graph and what comes out. Needs no torch to be read."""

from __future__ import annotations

from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field

from exiqa.core.documents import read_json
from exiqa.core.errors import UserError
from exiqa.model.regressors.score_origin import ScoreOrigin

DESCRIPTION = "exported.json"


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class BankIdentity(_Part):
    id: str
    """`name@version`, for people; the hash decides."""
    hash: str


class GraphInput(_Part):
    name: str
    shape: tuple[int | str, ...]
    """A name stands for a dimension that is free."""
    type: str
    range: tuple[float, float]
    meaning: str


class GraphPreprocessing(_Part):
    name: str
    size: int
    """S, in pixels."""
    views: int | str
    """Of a photo; a name where that depends on the photo."""
    steps: str
    """In words."""


class GraphDistortion(_Part):
    id: str
    name: str
    weights: dict[str, float]
    """Phrase -> w[a, d] of Eq. 7, in [0, 1], summing to 1; attributes that are not there have none."""


class GraphDescription(_Part):
    """The file's contents."""

    model: str
    """The graph's file, beside this one."""
    artifact: str
    """`Artifact.hash` of the model that was exported."""
    bank: BankIdentity
    input: GraphInput
    outputs: dict[str, str]
    """In order; name -> meaning."""
    preprocessing: GraphPreprocessing
    attributes: tuple[str, ...]
    """The A phrases: the columns of P(a|I)."""
    distortions: tuple[GraphDistortion, ...]
    """The D columns of P(d|I)."""
    regressor: str | None
    """Which of the artifact's regressors gives the scores."""
    score: ScoreOrigin | None
    """What that regressor learned from, where it is recorded."""
    files: dict[str, str] = Field(default_factory=dict)
    """Of a graph that is shipped: SHA-256 of it and of the files that it goes with."""
    stored_weights: tuple[str, ...] = ()
    """Of a graph that is shipped: its initialisers that lie in the backbone's weights file; see
    `exiqa.model.engines.graph_engine`."""


def read_description(path: Path) -> GraphDescription:
    """The description of a graph.

    Raises:
        UserError: There is no such file, or it is not a graph's description.
    """
    if not path.is_file():
        raise UserError(f"there is no {path}; export the model again")
    return read_json(path, GraphDescription, "the description of an exported graph")

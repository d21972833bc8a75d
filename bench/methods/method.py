"""What a row of a table is made by, and the registry of all that can be named in a suite."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING, Literal

from exiqa.bench.protocol import PROTOCOLS, ProtocolId
from exiqa.core.registry import Registry

if TYPE_CHECKING:
    import numpy as np

    from exiqa.bench.cells.record import Record
    from exiqa.bench.methods.prediction_task import PredictionTask

STRENGTHS: tuple[ProtocolId, ...] = tuple(
    p.id for p in PROTOCOLS.values() if p.predicts == "strengths" and not p.leaves_one_out
)
"""The protocols that ask for the strengths of distortions that were trained on; likewise `SCORES`."""
UNSEEN: tuple[ProtocolId, ...] = tuple(p.id for p in PROTOCOLS.values() if p.leaves_one_out)
"""The protocols that ask for the strengths of a distortion after training without it: `predict` is called once for
each, with a task whose training side lacks it, and of the answer its column is taken."""
SCORES: tuple[ProtocolId, ...] = tuple(p.id for p in PROTOCOLS.values() if p.predicts == "scores")
EVERY_PROTOCOL = (*STRENGTHS, *SCORES)
"""Those that need no attributes."""
ATTRIBUTES: tuple[ProtocolId, ...] = tuple(p.id for p in PROTOCOLS.values() if p.predicts == "attributes")
"""The protocols that ask for P(a|I)."""
RATINGS: tuple[ProtocolId, ...] = tuple(p.id for p in PROTOCOLS.values() if p.predicts == "ratings")
"""The protocols that ask for answers to what people rated beside quality."""


def _nothing() -> str | None:
    return None


def _is_comparable(record: Record) -> str:
    return ""


@dataclass(frozen=True)
class Method:
    """One kind of row. The module that has it imports what is heavy inside its functions: a table needs its label."""

    label: str
    meaning: str
    """One clause for a footnote."""
    protocols: tuple[ProtocolId, ...]
    """The `exiqa.bench.protocol.PROTOCOLS` that it has an answer for."""
    predict: Callable[[PredictionTask], np.ndarray]
    """Gives (T, D) strengths, (T,) scores, (T, A) attributes or (T, R) answers to ratings,
    whichever the task's protocol asks for (`PredictionTask`)."""
    version: int = 1
    """To be raised whenever the predictions change: records of another version are run again."""
    kind: Literal["ours", "trivial", "control", "peer"] = "peer"
    """trivial: looks at no image. control: ours with something taken away, that has to be worse. peer: of others."""
    needs: Callable[[], str | None] = _nothing
    """None where the method can run here, else what it needs, as one clause ("the package x: pip install x")."""
    uses: Literal["", "backbone", "bank"] = ""
    """What of a suite's its cells name: the backbone alone, or a bank and all that tuning on it is told."""
    of_subsets: bool = False
    """Only data sets that have parts (`Dataset.subsets`) can be asked of it."""
    own_scale: bool = False
    """Its scores are on a scale of its own and not on the data sets' [0, 1], so that they have no RMSE."""
    draws: bool = False
    """Its predictions have one more axis in front: one for each of the banks that it draws by seed. A figure is then
    the median over them."""
    not_comparable: Callable[[Record], str] = _is_comparable
    """Why a record of it cannot be fair, as a clause: its figures are then not printed, and the reason is. "" where it
    can."""

    def __post_init__(self) -> None:
        if not self.label.strip():
            raise ValueError("its label is empty")
        unknown = [name for name in self.protocols if name not in PROTOCOLS]
        if unknown or not self.protocols:
            problem = f"there is no protocol {unknown[0]!r}" if unknown else "it has no protocol"
            raise ValueError(f"{problem}; there are {', '.join(PROTOCOLS)}")


@dataclass(frozen=True)
class Methods(Registry[Method]):
    """The registry, which answers for every `pyiqa:METRIC` too, as many as a user's pyiqa has, and for the
    `predictions:NAME` of a suite."""

    def __contains__(self, name: object) -> bool:
        return (isinstance(name, str) and _FORMS.fullmatch(name) is not None) or super().__contains__(name)

    def __getitem__(self, name: str) -> Method:
        """As `Registry`; of pyiqa whether or not it or its metric is here."""
        match = _FORMS.fullmatch(name)
        if match is None:
            return super().__getitem__(name)
        return import_module(_MAKERS[match[1]]).method_of(match[2])


_PACKAGE = "exiqa.bench.methods"
NAME_PATTERN = r"[a-z0-9][a-z0-9_.+-]{0,63}"
"""Of a metric of pyiqa's, and of predictions in a suite."""
_MAKERS = {"pyiqa": f"{_PACKAGE}.peers.pyiqa_plugin", "predictions": f"{_PACKAGE}.predictions"}
"""What stands before a colon and such a name -> the module whose `method_of` makes the method."""
_FORMS = re.compile(f"({'|'.join(_MAKERS)}):({NAME_PATTERN})")

METHODS = Methods(
    "exiqa.methods",
    Method,
    "method",
    {
        "all_clean": f"{_PACKAGE}.baselines.all_clean:METHOD",
        "prior": f"{_PACKAGE}.baselines.prior:METHOD",
        "mean_score": f"{_PACKAGE}.baselines.mean_score:METHOD",
        "subset_mean": f"{_PACKAGE}.baselines.subset_mean:METHOD",
        "piqe": f"{_PACKAGE}.peers.piqe:METHOD",
        "brisque_svr": f"{_PACKAGE}.peers.brisque_svr:METHOD",
        "clip_iqa": f"{_PACKAGE}.peers.clip_iqa:METHOD",
        "embedding_ridge": f"{_PACKAGE}.peers.embedding_ridge:METHOD",
        "arniqa": f"{_PACKAGE}.peers.arniqa:METHOD",
        "names": f"{_PACKAGE}.controls.names:METHOD",
        "random": f"{_PACKAGE}.controls.random_words:METHOD",
        "random_banks": f"{_PACKAGE}.controls.random_banks:METHOD",
        "random_directions": f"{_PACKAGE}.controls.random_directions:METHOD",
        "shuffled": f"{_PACKAGE}.controls.shuffled:METHOD",
        "frozen": f"{_PACKAGE}.controls.frozen:METHOD",
        "given_score": f"{_PACKAGE}.given_score:METHOD",
        "exiqa": f"{_PACKAGE}.exiqa:METHOD",
    },
)
"""In the order of the rows; those of other packages follow."""


def in_row_order(names: Iterable[str]) -> list[str]:
    """Distinct names of methods in the order of `METHODS`, then those that it does not list, by name."""
    known = METHODS.names()
    return sorted(set(names), key=lambda name: (known.index(name) if name in known else len(known), name))

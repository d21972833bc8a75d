"""The methods a table can have rows for."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

from exiqa.bench.cells.protocol import PROTOCOLS, ProtocolId

_STRENGTHS = tuple(protocol.id for protocol in PROTOCOLS.values() if protocol.predicts == "strengths")
_SCORES = tuple(protocol.id for protocol in PROTOCOLS.values() if protocol.predicts == "scores")
_BOTH = (*_STRENGTHS, *_SCORES)


@dataclass(frozen=True)
class Method:
    """One kind of row."""

    label: str
    kind: Literal["ours", "trivial", "control", "peer"]
    """trivial: looks at no image. control: ours with something taken away, that has to be worse. peer: of others."""
    meaning: str
    """One clause for a footnote."""
    protocols: tuple[ProtocolId, ...]
    """The `exiqa.bench.cells.protocol.PROTOCOLS` that it has an answer for."""
    predict: str
    """"module:function", imported when it is run: a `PredictionTask` to (T, D) strengths or (T,) scores."""
    needs: str = ""
    """"module:function" without arguments that gives None where the method can run here, else what it needs, as one
    clause ("the package x: pip install x"); "" where nothing can be missing."""
    uses: Literal["", "backbone", "bank"] = ""
    """What of a suite's its cells name: the backbone alone, or a bank and all that tuning on it is told."""
    own_scale: bool = False
    """Its scores are on a scale of its own and not on the data sets' [0, 1], so that they have no RMSE."""


def pyiqa_method(name: str) -> Method | None:
    """The row of `pyiqa:METRIC`, whether or not pyiqa or the metric is here; None for a name of another form."""
    match = re.fullmatch(r"pyiqa:([a-z0-9][a-z0-9_.+-]{0,63})", name)
    if match is None:
        return None
    return Method(
        f"{match[1]} (pyiqa)", "peer", f"the metric {match[1]} of the user's own pyiqa, with the weights that it has",
        _SCORES, "exiqa.bench.methods.peers.pyiqa_plugin:predict",
        "exiqa.bench.methods.peers.pyiqa_plugin:needs",
        own_scale=True,
    )  # fmt: skip


class Methods(dict[str, Method]):
    """Methods by name, which answers for every `pyiqa:METRIC` too: those are as many as a user's pyiqa has."""

    def __missing__(self, name: str) -> Method:
        if method := pyiqa_method(name):
            return method
        raise KeyError(name)

    def __contains__(self, name: object) -> bool:
        return super().__contains__(name) or (isinstance(name, str) and pyiqa_method(name) is not None)


def in_row_order(names: Iterable[str]) -> list[str]:
    """Distinct names of methods in the order of `METHODS`, then those of pyiqa's by name."""
    known = list(METHODS)
    return sorted(set(names), key=lambda name: (known.index(name) if name in known else len(known), name))


METHODS: Mapping[str, Method] = Methods({
    "all_clean": Method(
        "All clean", "trivial", "predicts strength 0 for every distortion of every image",
        _STRENGTHS, "exiqa.bench.methods.baselines:predict_all_clean",
    ),
    "prior": Method(
        "Prior", "trivial", "predicts each distortion's mean strength in the training split for every image",
        _STRENGTHS, "exiqa.bench.methods.baselines:predict_prior",
    ),
    "mean_score": Method(
        "Mean score", "trivial", "predicts the training split's mean score for every image",
        _SCORES, "exiqa.bench.methods.baselines:predict_mean_score",
    ),
    "piqe": Method(
        "PIQE", "peer", "artefacts and noise in active blocks (NCC 2015), as 1 − PIQE/100; nothing is fitted",
        _SCORES, "exiqa.bench.methods.peers.piqe:predict", "exiqa.bench.methods.peers.piqe:needs",
    ),
    "brisque_svr": Method(
        "BRISQUE + SVR", "peer",
        "BRISQUE's 36 features and a support-vector regressor fitted to the training split, C and gamma chosen on "
        "validation",
        _SCORES, "exiqa.bench.methods.peers.brisque_svr:predict",
    ),
    "clip_iqa": Method(
        "CLIP-IQA pair", "peer",
        "the untuned backbone's choice between “Good photo.” and “Bad photo.” (CLIP-IQA's antonym pair); nothing is "
        "fitted",
        _SCORES, "exiqa.bench.methods.peers.clip_iqa:predict", uses="backbone",
    ),
    "embedding_ridge": Method(
        "Embedding + ridge", "peer",
        "ARNIQA's recipe on the untuned backbone: image embeddings at full and half scale and a ridge regression on "
        "the training split, its alpha chosen on validation",
        _SCORES, "exiqa.bench.methods.peers.embedding_ridge:predict", uses="backbone",
    ),
    "arniqa": Method(
        "ARNIQA + ridge", "peer",
        "ARNIQA's own encoder (trained on KADIS-700k) and a ridge regression on the training split, its alpha chosen "
        "on validation",
        _SCORES, "exiqa.bench.methods.peers.arniqa:predict", "exiqa.bench.methods.peers.arniqa:needs",
    ),
    "names": Method(
        "Names only", "control", "ours with each distortion's name as its only attribute",
        _BOTH, "exiqa.bench.methods.controls:predict", uses="bank",
    ),
    "random": Method(
        "Random words", "control", "ours with phrases that have nothing to do with distortions",
        _BOTH, "exiqa.bench.methods.controls:predict", uses="bank",
    ),
    "shuffled": Method(
        "Shuffled bank", "control", "ours with each distortion's attributes given to another",
        _BOTH, "exiqa.bench.methods.controls:predict", uses="bank",
    ),
    "frozen": Method(
        "Frozen CLIP", "control", "ours without tuning: the backbone as it is loaded, read out with the bank",
        _BOTH, "exiqa.bench.methods.controls:predict", uses="bank",
    ),
    "exiqa": Method(
        "ExIQA (ours)", "ours", "CLIP tuned on the attribute bank; scores regressed from attributes alone",
        _BOTH, "exiqa.bench.methods.ours:predict", uses="bank",
    ),
})  # fmt: skip
"""In the order of the rows."""

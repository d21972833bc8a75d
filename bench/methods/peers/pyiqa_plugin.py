"""Whatever no-reference metric a user's own pyiqa has, as the method `pyiqa:NAME`.

pyiqa is under the PolyForm Noncommercial licence: it is neither a dependency nor a source of this project, which
only calls its documented functions `list_models` and `create_metric` where a user has installed it.
"""

from __future__ import annotations

from importlib.metadata import version
from importlib.util import find_spec

import numpy as np

from exiqa.bench.methods.method import SCORES, Method
from exiqa.bench.methods.peers.features import cached_features
from exiqa.bench.methods.prediction_task import PredictionTask
from exiqa.core.errors import UserError
from exiqa.model.device import device_for

PREFIX = "pyiqa:"
VERSION = 1
"""`Method.version` of all of them."""


def method_of(metric: str) -> Method:
    """The row of `pyiqa:METRIC`, whether or not pyiqa or the metric is here."""
    return Method(
        label=f"{metric} (pyiqa)",
        meaning=f"the metric {metric} of the user's own pyiqa, with the weights that it has",
        protocols=SCORES,
        predict=predict,
        version=VERSION,
        needs=needs,
        own_scale=True,
    )


def needs() -> str | None:
    """None where pyiqa is installed, else what is needed."""
    return None if find_spec("pyiqa") else "the package pyiqa, which is under a non-commercial licence: see its site"


def predict(task: PredictionTask) -> np.ndarray:
    """(T,) float32 scores, higher is better: the metric's own scale, negated where lower is better.

    Raises:
        UserError: pyiqa has no such metric, or it compares with a reference.
    """
    import pyiqa
    import torch

    name = task.cell.method.removeprefix(PREFIX)
    if name not in pyiqa.list_models():
        raise UserError(f"the installed pyiqa has no metric {name!r}; pyiqa.list_models() names those that it has")
    device = device_for("auto")
    metric = pyiqa.create_metric(name, device=device)
    if metric.metric_mode != "NR":
        raise UserError(f"pyiqa's {name} compares with a reference image; give a no-reference metric")
    sign = -1 if metric.lower_better else 1

    def extract(photo: np.ndarray) -> np.ndarray:
        pixels = torch.from_numpy(np.ascontiguousarray(photo)).permute(2, 0, 1)[None].to(device) / 255
        with torch.no_grad():
            return sign * metric(pixels).reshape(1).float().cpu().numpy()

    extractor = f"pyiqa {VERSION} {version('pyiqa')} {name}"
    return cached_features(task.test, task.test_rows, extractor, extract)[:, 0]

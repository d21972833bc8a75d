"""ARNIQA as it was published: its own encoder, through torchmetrics, and the ridge regression on the same split.

L. Agnolucci, L. Galteri, M. Bertini, A. Del Bimbo, "ARNIQA: Learning Distortion Manifold for Image Quality
Assessment", WACV 2024. The regressors that its authors published saw whole data sets, test images included, so
none of them is used. Its weights are pickles of its authors', which can run code when they are opened: nothing here
fetches them, and the row runs only for a user who has put them where torch looks.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from exiqa.bench.methods.method import SCORES, Method
from exiqa.bench.methods.peers.embedding_ridge import predict_with
from exiqa.bench.methods.prediction_task import PredictionTask
from exiqa.core.files import sha256_file
from exiqa.model.device import device_for

if TYPE_CHECKING:
    from exiqa.bench.methods.peers.towers import Tower

ENCODER, REGRESSOR = "ARNIQA.pth", "regressor_koniq10k.pth"
"""What torchmetrics opens; of the second nothing is used."""
CROP = 224


def needs() -> str | None:
    """None where ARNIQA can run, else what it needs."""
    if all((weights_folder() / name).is_file() for name in (ENCODER, REGRESSOR)):
        return None
    return (
        f"the weights {ENCODER} and {REGRESSOR} in torch hub's folder of checkpoints: "
        "get them from https://github.com/miccunifi/ARNIQA/releases/tag/weights"
    )


def predict(task: PredictionTask) -> np.ndarray:
    """(T,) float32 scores, higher is better; alpha is chosen on validation.

    Raises:
        UserError: The images that are fitted to have no scores.
    """
    return predict_with(task, arniqa_tower())


def arniqa_tower() -> Tower:
    """ARNIQA's encoder, a ResNet-50 without its last layer."""
    import torch
    from torchmetrics.image.arniqa import ARNIQA

    from exiqa.bench.methods.peers import towers

    model = ARNIQA(regressor_dataset="koniq10k").model.to(device_for("auto"))
    mean, std = (
        torch.tensor(values, device=device_for("auto")).view(1, 3, 1, 1)
        for values in (model.imagenet_norm_mean, model.imagenet_norm_std)
    )
    return towers.Tower(model.encoder, mean, std, CROP, sha256_file(weights_folder() / ENCODER))


def weights_folder() -> Path:
    """Where torch hub keeps checkpoints; `torch.hub.get_dir()` says it too, but takes a second to import."""
    cache = os.environ.get("XDG_CACHE_HOME", "~/.cache")
    return Path(os.environ.get("TORCH_HOME", f"{cache}/torch")).expanduser() / "hub" / "checkpoints"


METHOD = Method(
    label="ARNIQA + ridge",
    meaning="ARNIQA's own encoder (trained on KADIS-700k) and a ridge regression on the training split, its alpha "
    "chosen on validation",
    protocols=SCORES,
    predict=predict,
    needs=needs,
)

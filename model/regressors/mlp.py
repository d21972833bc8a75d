"""The paper's regressor (Eq. 9): two hidden layers with SELU and dropout."""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn

from exiqa.model.config import RegressorConfig
from exiqa.model.regressors.kind import FitData, RegressorKind
from exiqa.model.schedule import learning_rate


def build(features: int, config: RegressorConfig) -> nn.Sequential:
    """The layers, with random weights from torch's global generator: (N, F) standardised -> (N, 1)."""
    return nn.Sequential(
        nn.Linear(features, config.hidden),
        nn.SELU(),
        nn.Dropout(config.dropout),
        nn.Linear(config.hidden, config.hidden),
        nn.SELU(),
        nn.Dropout(config.dropout),
        nn.Linear(config.hidden, 1),
    )


def fit(data: FitData, config: RegressorConfig) -> nn.Sequential:
    """Train on mean squared error; the epoch with the least validation error, the last without validation.

    The output starts at the training rows' mean score.
    """
    x, y = torch.from_numpy(data.x), torch.from_numpy(data.y)
    layers = build(x.shape[1], config)
    _initialise(layers, y)
    validation = None
    if data.validation is not None:
        validation = (torch.from_numpy(data.validation[0]), torch.from_numpy(data.validation[1]))
    _train(layers, x, y, validation, config)
    return layers


def _initialise(layers: nn.Sequential, y: Tensor) -> None:
    for layer in layers:
        if isinstance(layer, nn.Linear):
            nn.init.normal_(layer.weight, std=1 / math.sqrt(layer.in_features))  # SELU's own (Klambauer et al. 2017)
            nn.init.zeros_(layer.bias)
    last: nn.Linear = layers[-1]  # type: ignore[assignment]
    nn.init.zeros_(last.weight)
    nn.init.constant_(last.bias, float(y.mean()))


def _train(
    layers: nn.Sequential, x: Tensor, y: Tensor, validation: tuple[Tensor, Tensor] | None, config: RegressorConfig
) -> None:
    optimiser = torch.optim.AdamW(layers.parameters(), weight_decay=config.weight_decay)
    per_epoch = -(-len(x) // config.batch_size)
    steps, step = config.epochs * per_epoch, 0
    best, chosen = math.inf, None
    for _ in range(config.epochs):
        layers.train()
        for rows in torch.randperm(len(x)).split(config.batch_size):
            for group in optimiser.param_groups:
                group["lr"] = learning_rate(step, steps=steps, warmup=0, peak=config.learning_rate)
            optimiser.zero_grad()
            nn.functional.mse_loss(layers(x[rows])[:, 0], y[rows]).backward()
            optimiser.step()
            step += 1
        if validation is not None:
            layers.eval()
            with torch.no_grad():
                error = float(nn.functional.mse_loss(layers(validation[0])[:, 0], validation[1]))
            if error < best:
                best, chosen = error, {name: tensor.clone() for name, tensor in layers.state_dict().items()}
    if chosen is not None:
        layers.load_state_dict(chosen)


KIND = RegressorKind("mlp", "the paper's two hidden layers (Eq. 9)", config=RegressorConfig, build=build, fit=fit)

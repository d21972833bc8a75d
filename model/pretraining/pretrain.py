"""Pretraining the small backbone: the paper's whole-CLIP training on distortions made on the fly (Eqs. 6-8)."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn

from exiqa.bank.schema import Bank
from exiqa.bank.storage.store import load_bank
from exiqa.core.errors import UserError
from exiqa.core.files import canonical_json, sha256_hex
from exiqa.iqadata.versions import EFFECTS_VERSION
from exiqa.model.attribute_model import AttributeModel
from exiqa.model.backbones import mini
from exiqa.model.backbones.families import load_backbone
from exiqa.model.backbones.mini_weights import read_mini_weights, save_mini_weights
from exiqa.model.config import Tuning
from exiqa.model.device import device_for
from exiqa.model.pretraining.config import PretrainConfig
from exiqa.model.pretraining.distorted_crops import DistortedCrops, Draws, collate_crops, drawn_distortions
from exiqa.model.pretraining.objective import PretrainingObjective
from exiqa.model.pretraining.phrases import TEMPLATE
from exiqa.model.schedule import learning_rate
from exiqa.model.training.adamw import adamw_state, make_adamw, restore_adamw, set_learning_rate
from exiqa.model.training.checkpoint import Checkpoint, load_checkpoint, save_checkpoint
from exiqa.model.training.log import TrainLog
from exiqa.model.training.tune import TuneStep

WEIGHTS = "exiqa-mini.safetensors"
NOT_IN_RUN_HASH = {"checkpoint_every", "device", "workers"}
READOUT = ("model.backbone.text.projection.", "model.head.")
"""What stands between the image tower and the strengths: parameters of the objective."""


def pretrain(
    config: PretrainConfig,
    photos: Sequence[np.ndarray],
    out: Path,
    *,
    names: Mapping[str, Sequence[str]] | None = None,
    start: Path | None = None,
    minutes: float | None = None,
    on_step: Callable[[TuneStep], None] | None = None,
) -> bool:
    """Train the small backbone.

    Either way `out/exiqa-mini.safetensors` then holds the averaged weights so far, from which another run can start.

    Args:
        config: The run's settings.
        photos: (H, W, 3) uint8 sRGB without distortion.
        out: The folder of weights, log and checkpoint.
        names: Names of the photos' files by the data set that they are of, for the weights' card.
        start: Weights of an earlier run to go on from; the optimiser and the schedule start anew. `start_share` of
            its towers is in what is kept.
        minutes: Stop after so long, with a checkpoint; called again, the run goes on to the same weights as a run that
            never stopped.
        on_step: Called after each step.

    Returns:
        True once the run is done, False where time ran out first.

    Raises:
        UserError: The folder holds another run, the device is absent, `start_share` has no `start`, or the loss stops
            being finite (the checkpoint stays).
    """
    began = time.monotonic()
    device = device_for(config.device)
    if config.start_share and start is None:
        raise UserError("start_share is a share of an earlier run's weights; name them with --from")
    bank = pretraining_bank(config)
    run = _run_hash(config, photos, bank, start)
    checkpoint = load_checkpoint(out / "training" / "checkpoint.safetensors", run)
    weights = out / WEIGHTS
    if weights.is_file() and read_mini_weights(weights)[1].items() >= {"run": run, "steps": config.steps}.items():
        return True
    crops = DistortedCrops(photos, config)
    objective = PretrainingObjective(_model(bank, config, start), config).to(device)
    parameters = {name: p for name, p in objective.named_parameters() if p.requires_grad}
    optimiser = make_adamw(
        parameters,
        config.learning_rate,
        config.weight_decay,
        lambda name: config.readout_lr_multiplier if name.startswith(READOUT) else 1,
    )
    ema = {name: parameter.detach().clone() for name, parameter in parameters.items()}
    towers = {name: tensor.clone() for name, tensor in ema.items() if name.startswith("model.backbone.")}
    done = 0
    if checkpoint:
        done, ema = checkpoint.step, {name: tensor.to(device) for name, tensor in checkpoint.best.items()}
        with torch.no_grad():
            for name, parameter in parameters.items():
                parameter.copy_(checkpoint.trained[name])
        restore_adamw(optimiser, parameters, checkpoint.optimiser)
    loader = torch.utils.data.DataLoader(
        crops,
        batch_sampler=Draws(done, config.steps, config.draws),
        collate_fn=collate_crops,
        num_workers=config.workers,
    )
    objective.train()
    with TrainLog(out / "training", done) as log:
        for step, batch in enumerate(loader, start=done):
            done = step + 1
            rate = learning_rate(step, steps=config.steps, warmup=config.warmup_steps, peak=config.learning_rate)
            set_learning_rate(optimiser, rate)
            losses = objective(batch.to(device), step)
            loss = torch.stack(tuple(losses.values())).sum()
            loss.backward()
            nn.utils.clip_grad_norm_(parameters.values(), config.clip_norm)
            if not math.isfinite(loss.item()):
                raise UserError(
                    f"at step {done} the loss is not a finite number; the last checkpoint stays in "
                    f"{out / 'training'}: lower learning_rate"
                )
            optimiser.step()
            optimiser.zero_grad()
            # Early on the average would remember the start; its memory grows with the run.
            decay = min(config.ema_decay, done / (done + 10))
            for name, parameter in parameters.items():
                ema[name].lerp_(parameter.detach(), 1 - decay)
            parts = {f"{name}_loss": part.item() for name, part in losses.items()}
            log.write(done, loss=loss.item(), **parts, learning_rate=rate)
            if on_step:
                on_step(TuneStep(done, config.steps, loss.item(), None))
            over = minutes is not None and time.monotonic() - began > 60 * minutes
            if over or done % config.checkpoint_every == 0 or done == config.steps:
                log.flush()
                _save(out, run, done, parameters, ema, optimiser)
            if over:
                break
    for name, tensor in towers.items():
        ema[name].lerp_(tensor, config.start_share)
    model = objective.cpu().model
    model.load_trained_state(
        {name.removeprefix("model."): tensor for name, tensor in ema.items() if name.startswith("model.")}
    )
    about = {
        "config": config.model_dump(mode="json"),
        "bank_hash": bank.hash,
        "attributes": list(objective.phrases.attributes),
        "photos": {dataset: list(files) for dataset, files in (names or {}).items()},
        "run": run,
        "steps": done,
    }
    save_mini_weights(model.trained_state(), weights, about)
    return done == config.steps


def pretraining_bank(config: PretrainConfig) -> Bank:
    """The bank without the distortions that are held out.

    Raises:
        UserError: One of those is drawn by no data set of the run.
    """
    drawn = drawn_distortions(config.model_copy(update={"held_out": ()}))
    for distortion in config.held_out:
        if distortion not in drawn:
            raise UserError(f"held_out names {distortion!r}, which no data set of this run has")
    bank = load_bank(config.bank)
    return bank.select(tuple(d for d in bank.distortions if d not in config.held_out)) if config.held_out else bank


def _model(bank: Bank, config: PretrainConfig, start: Path | None) -> AttributeModel:
    """A small backbone that learns, of random weights or of those of an earlier run, whose bank may have been another.

    Of earlier weights, those of Eq. 7 are left aside, and a text head of another form begins anew.
    """
    backbone = load_backbone(mini.RANDOM, seed=config.seed)
    model = AttributeModel(backbone, bank, Tuning(mode="full", template=TEMPLATE, learn_logit_scale=True))
    if start is not None:
        tensors, _ = read_mini_weights(start)
        fresh = model.trained_state()
        tower = {name for name in fresh if name.startswith("backbone.visual.")}
        if any(name not in tensors or tensors[name].shape != fresh[name].shape for name in tower):
            raise UserError(f"{start} does not fit this run: its image tower is another")
        text = {name for name in fresh if name.startswith("backbone.text.")}
        taken = tower | (text if text <= tensors.keys() else set()) | {"head.log_scale"} & tensors.keys()
        model.load_trained_state({name: tensors[name] if name in taken else fresh[name] for name in fresh})
    return model


def _save(
    out: Path,
    run: str,
    step: int,
    parameters: dict[str, nn.Parameter],
    ema: dict[str, Tensor],
    optimiser: torch.optim.Optimizer,
) -> None:
    trained = {name: parameter.detach() for name, parameter in parameters.items()}
    checkpoint = Checkpoint(run, step, trained, ema, adamw_state(optimiser, parameters), {})
    save_checkpoint(out / "training" / "checkpoint.safetensors", checkpoint)


def _run_hash(config: PretrainConfig, photos: Sequence[np.ndarray], bank: Bank, start: Path | None) -> str:
    return sha256_hex(
        canonical_json(
            {
                "config": config.model_dump(mode="json", exclude=NOT_IN_RUN_HASH),
                "bank": bank.hash,
                "effects": EFFECTS_VERSION,
                "photos": [sha256_hex(photo.tobytes()) for photo in photos],
                "start": None if start is None else sha256_hex(start.read_bytes()),
            }
        )
    )

"""Pretraining the small backbone: the paper's whole-CLIP training on distortions made on the fly (Eqs. 6-8)."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn

from exiqa.bank.schema import Bank
from exiqa.bank.storage.store import load_bank
from exiqa.core.errors import UserError
from exiqa.core.files import canonical_json, sha256_hex
from exiqa.model.attribute_model import AttributeModel
from exiqa.model.backbones import mini
from exiqa.model.backbones.families import load_backbone
from exiqa.model.backbones.mini_weights import read_mini_weights, save_mini_weights
from exiqa.model.config import Tuning
from exiqa.model.head import attribute_loss, distortion_loss
from exiqa.model.preprocess import to_pixels
from exiqa.model.pretraining.config import PretrainConfig
from exiqa.model.pretraining.distorted_crops import DistortedCrops, Draws, collate_crops
from exiqa.model.schedule import learning_rate
from exiqa.model.training.adamw import adamw_state, make_adamw, restore_adamw, set_learning_rate
from exiqa.model.training.checkpoint import Checkpoint, load_checkpoint, save_checkpoint
from exiqa.model.training.log import TrainLog
from exiqa.model.training.tune import TuneStep

WEIGHTS = "exiqa-mini.safetensors"
READOUT = ("model.backbone.text.projection.", "model.head.")
"""What stands between the image tower and the strengths: parameters of the objective."""


def pretrain(
    config: PretrainConfig,
    photos: Sequence[np.ndarray],
    out: Path,
    *,
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
        start: Weights of an earlier run to go on from; the optimiser and the schedule start anew.
        minutes: Stop after so long, with a checkpoint; called again, the run goes on to the same weights as a run that
            never stopped.
        on_step: Called after each step.

    Returns:
        True once the run is done, False where time ran out first.

    Raises:
        UserError: The folder holds another run, or the loss stops being finite (the checkpoint stays).
    """
    began = time.monotonic()
    bank = pretraining_bank(config)
    run = _run_hash(config, photos, bank, start)
    checkpoint = load_checkpoint(out / "training" / "checkpoint.safetensors", run)
    weights = out / WEIGHTS
    if weights.is_file() and read_mini_weights(weights)[1].items() >= {"run": run, "steps": config.steps}.items():
        return True
    crops = DistortedCrops(photos, bank.distortions, config)
    objective = PretrainingObjective(_model(bank, config, start), config)
    parameters = {name: p for name, p in objective.named_parameters() if p.requires_grad}
    optimiser = make_adamw(
        parameters,
        config.learning_rate,
        config.weight_decay,
        lambda name: config.readout_lr_multiplier if name.startswith(READOUT) else 1,
    )
    ema = {name: parameter.detach().clone() for name, parameter in parameters.items()}
    done = 0
    if checkpoint:
        done, ema = checkpoint.step, checkpoint.best
        with torch.no_grad():
            for name, parameter in parameters.items():
                parameter.copy_(checkpoint.trained[name])
        restore_adamw(optimiser, parameters, checkpoint.optimiser)
    loader = torch.utils.data.DataLoader(
        crops, batch_sampler=Draws(done, config.steps, config.draws), collate_fn=collate_crops, num_workers=1
    )
    objective.train()
    with TrainLog(out / "training", done) as log:
        for step, (views, strengths) in enumerate(loader, start=done):
            done = step + 1
            rate = learning_rate(step, steps=config.steps, warmup=config.warmup_steps, peak=config.learning_rate)
            set_learning_rate(optimiser, rate)
            loss = objective(views, strengths)
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
            log.write(done, loss=loss.item(), learning_rate=rate)
            if on_step:
                on_step(TuneStep(done, config.steps, loss.item(), None))
            over = minutes is not None and time.monotonic() - began > 60 * minutes
            if over or done % config.checkpoint_every == 0 or done == config.steps:
                log.flush()
                _save(out, run, done, parameters, ema, optimiser)
            if over:
                break
    model = objective.model
    model.load_trained_state(
        {name.removeprefix("model."): tensor for name, tensor in ema.items() if name.startswith("model.")}
    )
    about = {"config": config.model_dump(mode="json"), "bank_hash": bank.hash, "run": run, "steps": done}
    save_mini_weights(model.trained_state(), weights, about)
    return done == config.steps


def pretraining_bank(config: PretrainConfig) -> Bank:
    """The bank without the distortions that are held out.

    Raises:
        UserError: One of those is not in it.
    """
    bank = load_bank(config.bank)
    for distortion in config.held_out:
        if distortion not in bank.distortions:
            raise UserError(f"held_out names {distortion!r}, which {bank.id} does not have")
    return bank.select(tuple(d for d in bank.distortions if d not in config.held_out)) if config.held_out else bank


class PretrainingObjective(nn.Module):
    """The model, and beside it a plain classifier of the distortion's type that is thrown away at the end.

    Eq. 8 alone moves a fresh tower very slowly, as each attribute sees a tenth of a distortion's gradient; the
    classifier shows the tower at once what tells the distortions apart.
    """

    def __init__(self, model: AttributeModel, config: PretrainConfig) -> None:
        super().__init__()
        self.model = model
        self.classifier_loss_weight = config.classifier_loss_weight
        self.attribute_loss_weight = config.attribute_loss_weight
        width = model.backbone.embed_dim
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(config.seed)
            self.classifier = nn.Sequential(nn.LayerNorm(width), nn.Linear(width, len(model.bank.distortions)))

    def forward(self, views: Tensor, strengths: Tensor) -> Tensor:
        """(N, S, S, 3) uint8 views, (N, D) strengths -> () the loss, the tower in bfloat16."""
        from torch.nn.attention import SDPBackend, sdpa_kernel

        pixels = to_pixels(views.numpy()).contiguous(memory_format=torch.channels_last)
        model = self.model
        # For so few tokens the plain product is faster on a CPU than flash attention, whose backward pass is slow.
        with sdpa_kernel(SDPBackend.MATH), torch.autocast("cpu", dtype=torch.bfloat16):
            embedding = model.encode_image(pixels)
        logits = model.attribute_logits(embedding)
        loss = distortion_loss(logits, model.head.weights(), strengths).mean()
        if self.attribute_loss_weight:
            loss = loss + self.attribute_loss_weight * attribute_loss(logits, model.head.mask, strengths).mean()
        if self.classifier_loss_weight:
            # A strong distortion counts more than a weak one, an image without any not at all.
            target = strengths / strengths.sum(dim=1, keepdim=True).clamp_min(1e-6) * strengths.amax(1, keepdim=True)
            agreement = (target * self.classifier(embedding.float()).log_softmax(dim=1)).sum(dim=1)
            loss = loss - self.classifier_loss_weight * agreement.mean()
        return loss


def _model(bank: Bank, config: PretrainConfig, start: Path | None) -> AttributeModel:
    backbone = load_backbone(mini.RANDOM, seed=config.seed)
    model = AttributeModel(backbone, bank, Tuning(mode="full", template=config.template, learn_logit_scale=True))
    if start is not None:
        tensors, _ = read_mini_weights(start)
        try:
            model.load_trained_state(tensors)
        except ValueError as error:
            raise UserError(f"{start} does not fit this run: {error}") from None
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
                "config": config.model_dump(mode="json", exclude={"checkpoint_every"}),
                "bank": bank.hash,
                "photos": [sha256_hex(photo.tobytes()) for photo in photos],
                "start": None if start is None else sha256_hex(start.read_bytes()),
            }
        )
    )

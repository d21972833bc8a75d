"""Tuning a CLIP on a bank (Eq. 8), through accelerate: seeded, resumable at any step, on any number of processes."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from torch import Tensor

from exiqa.bank.schema import Bank
from exiqa.core.errors import UserError
from exiqa.core.files import canonical_json, only_one, sha256_hex
from exiqa.iqadata.datasets.dataset import Dataset
from exiqa.iqadata.datasets.pixel_cache import PixelCache
from exiqa.iqadata.datasets.splits import Split
from exiqa.iqadata.grounding.attribute_truth import AttributeTruth
from exiqa.model.artifacts.artifact import Artifact, wait_until_written
from exiqa.model.attribute_model import AttributeModel
from exiqa.model.backbones.families import load_backbone
from exiqa.model.config import TuneConfig
from exiqa.model.inference import predict_attributes, predict_strengths
from exiqa.model.schedule import learning_rate
from exiqa.model.training.accelerator import make_accelerator
from exiqa.model.training.adamw import adamw_state, make_adamw, restore_adamw, set_learning_rate
from exiqa.model.training.checkpoint import Checkpoint, load_checkpoint, save_checkpoint
from exiqa.model.training.loader import (
    Batch,
    TrainingViews,
    checked_strengths,
    collate,
    sample_order,
    steps_per_epoch,
)
from exiqa.model.training.log import TrainLog
from exiqa.model.training.objective import Objective, training_truth
from exiqa.model.training.prior import prior_rmse, prior_strengths, start_at_prior
from exiqa.model.training.start import start_from
from exiqa.model.training.trackers import start_trackers

if TYPE_CHECKING:
    from accelerate import Accelerator

# What changes how fast a run is, or where, but not what it computes.
NOT_IN_RUN_HASH = {"workers", "cache_gb", "device", "checkpoint_every", "compile"}


@dataclass(frozen=True)
class TuneStep:
    """What a run reports after each step."""

    step: int
    """Steps done, from 1."""
    steps: int
    """Steps of the whole run, if it is not stopped early."""
    loss: float
    """Eq. 8 over the step's batch, before its update; with `attribute_truth` the cross-entropy against it added."""
    rmse: float | None
    """Eq. 11 on the validation side, the latest; None before the first or without that side."""


def tune(
    dataset: Dataset,
    split: Split,
    bank: Bank,
    config: TuneConfig,
    out: Path,
    on_step: Callable[[TuneStep], None] | None = None,
    start: Artifact | None = None,
    trackers: Sequence[str] = (),
) -> Artifact:
    """Tune a backbone on the training side of a split; choose the epoch on the validation side.

    The chosen weights are those with the least validation RMSE (Eq. 11) over the epochs, the untrained start
    included; with `attribute_truth` the cross-entropy against it is added there as it is in training, since strengths
    are read best from attributes that follow the labels. With no validation side they are the last. Called again after
    an interruption, it goes on from the checkpoint to the same result; called after the end, it loads it.

    Args:
        dataset: With strengths of all the bank's distortions.
        split: Of that dataset.
        bank: What the model answers in.
        config: The run's settings, the backbone among them.
        out: Folder of the artifact; the log (`log.jsonl`) and the checkpoint go to `out/training`.
        on_step: Called after each step, in the main process.
        start: A tuned model to go on from, where `config` has its backbone, mode and prompts (`start_settings`); what
            it learned of distortions whose attributes are the same in both banks is kept.
        trackers: Names of `exiqa.model.training.trackers.TRACKERS` that get the same values as the log.

    Raises:
        UserError: Bank, split and dataset do not fit together, the truth of attributes is asked for and cannot be
            had, `start` is of another kind, the device is absent, the folder holds another run, or the loss stops
            being finite (the last good checkpoint stays).
    """
    train_rows, validation_rows, _ = split.rows(dataset)
    strengths = checked_strengths(dataset, bank.distortions)
    _check_positives(strengths[train_rows], bank, dataset)
    looked_at = np.concatenate([train_rows, validation_rows])
    truth = training_truth(bank, dataset, looked_at) if config.attribute_truth else None
    accelerator = make_accelerator(config, trackers, out)
    busy = f"another process is tuning a model in {out}; wait for it to end, or give this one a folder of its own"
    with only_one(out / ".lock", busy) if accelerator.is_main_process else nullcontext():
        return _tune(accelerator, dataset, split, bank, config, out, on_step, start, truth)


def _tune(
    accelerator: Accelerator,
    dataset: Dataset,
    split: Split,
    bank: Bank,
    config: TuneConfig,
    out: Path,
    on_step: Callable[[TuneStep], None] | None,
    start: Artifact | None,
    truth: AttributeTruth | None,
) -> Artifact:
    """`tune`, which has looked at its arguments and holds the folder's lock."""
    train_rows, validation_rows, _ = split.rows(dataset)
    strengths = checked_strengths(dataset, bank.distortions)
    backbone = load_backbone(config.backbone, seed=config.seed if start is None else start.model.backbone.seed)
    run = _run_hash(config, dataset, split, bank, backbone.hash, start, truth)
    checkpoint = load_checkpoint(out / "training" / "checkpoint.safetensors", run)
    if checkpoint and checkpoint.progress["done"] and (out / "config.json").is_file():
        wait_until_written(out)
        return Artifact.from_pretrained(out)
    model = AttributeModel(backbone, bank, config, seed=config.seed)
    if start is not None:
        start_from(model, start)
    cached = replace(dataset, load=PixelCache(dataset.load, config.cache_gb * 1e9))
    targets = None if truth is None else truth.values[:, truth.linked]
    views = TrainingViews(cached, strengths, config.preprocessing, backbone.image_size, config.seed, targets)
    if config.start_at_prior and not checkpoint:
        sample = collate(
            [views[int(row), draw, 1] for draw, row in enumerate(train_rows[:: -(-len(train_rows) // 32)])]
        )
        start_at_prior(model, prior_strengths(strengths[train_rows]), sample.pixels)
    with torch.random.fork_rng(devices=range(torch.cuda.device_count())):
        objective = Objective(model, None if truth is None else truth.linked)
        progress = _TuningRun(
            accelerator, objective, views, train_rows, validation_rows, config, run, out, on_step
        ).fit(checkpoint)
    artifact = Artifact(
        model,
        config.preprocessing,
        training={
            "config": config.model_dump(),
            "dataset": dataset.name,
            "dataset_hash": dataset.hash,
            "strength_map": dataset.strength_map,
            "split_hash": split.hash,
            "prior_rmse": prior_rmse(strengths, train_rows, validation_rows),
            **progress,
        },
    )
    if accelerator.is_main_process:
        artifact.save_pretrained(out)
    accelerator.wait_for_everyone()
    return artifact


class _TuningRun:
    """One tuning run in one process."""

    def __init__(
        self,
        accelerator: Accelerator,
        objective: Objective,
        views: TrainingViews,
        train_rows: np.ndarray,
        validation_rows: np.ndarray,
        config: TuneConfig,
        run: str,
        out: Path,
        on_step: Callable[[TuneStep], None] | None,
    ) -> None:
        self.accelerator, self.objective, self.views, self.config = accelerator, objective, views, config
        self.model = model = objective.model
        self.train_rows, self.validation_rows = train_rows, validation_rows
        self.run, self.out, self.on_step = run, out, on_step
        self.per_epoch = steps_per_epoch(len(train_rows), config.crops, config.batch_size)
        self.steps = config.epochs * self.per_epoch if model.mode.trains_weights else 0
        model.to(accelerator.device)
        if config.compile:
            (model.backbone.visual if model.tower is None else model.tower).compile()
        self.parameters = {name: p for name, p in model.named_parameters() if p.requires_grad}
        self.best: dict[str, Tensor] = {}
        self.progress: dict[str, Any] = dict.fromkeys(("best", "best_rmse", "rmse"))
        self.progress |= {"best_step": 0, "stale": 0, "done": False}

    def fit(self, checkpoint: Checkpoint | None) -> dict[str, Any]:
        """Train to the end, leave the chosen weights in the model, and return how it went."""
        first = checkpoint.step if checkpoint else 0
        if checkpoint:
            self.model.load_trained_state(checkpoint.trained)
            self.best, self.progress = checkpoint.best, checkpoint.progress
        if self.parameters:
            adamw = make_adamw(self.parameters, self.config.learning_rate, self.config.weight_decay)
            objective, optimiser = self.accelerator.prepare(self.objective, adamw)
        else:
            objective, optimiser = None, None
        if checkpoint and optimiser:
            self._restore(optimiser, checkpoint)
        main = self.accelerator.is_main_process
        trackers = start_trackers(self.accelerator, self.config, self.run, self.out, first)
        with TrainLog(self.out / "training", first, enabled=main, trackers=trackers) as log:
            if not checkpoint:
                self._validate(0, log)
            self._train(objective, optimiser, first, log)
        if self.best:
            self.model.load_trained_state({name: t.to(self.accelerator.device) for name, t in self.best.items()})
        self.model.eval()
        return {"best_step": self.progress["best_step"], "validation_rmse": self.progress["best_rmse"]}

    def _train(self, objective: Any, optimiser: Any, first: int, log: TrainLog) -> None:
        done = first
        if not self._stopped():
            for done, batch in enumerate(self._batches(first), start=first + 1):
                rate = self._rate(done - 1)
                loss = self._step(objective, optimiser, batch, done, rate)
                log.write(done, loss=loss, learning_rate=rate)
                if self.on_step and self.accelerator.is_main_process:
                    self.on_step(TuneStep(done, self.steps, loss, self.progress["rmse"]))
                epoch, into = divmod(done, self.per_epoch)
                if into == 0 and (epoch % self.config.validate_every == 0 or done == self.steps):
                    self._validate(done, log)
                every = self.config.checkpoint_every or self.per_epoch
                if done % every == 0 and done < self.steps:
                    self._checkpoint(optimiser, done, log)
                if self._stopped():
                    break
        if not self.best:
            self.progress["best_step"] = done
        self.progress["done"] = True
        self._checkpoint(optimiser, done, log)

    def _step(self, objective: Any, optimiser: Any, batch: Batch, step: int, rate: float) -> float:
        """One update; returns the loss over the whole batch, before it."""
        accelerator = self.accelerator
        self.model.train()
        torch.manual_seed((self.config.seed << 40) + step * accelerator.num_processes + accelerator.process_index)
        set_learning_rate(optimiser, rate)
        total = accelerator.reduce(batch.counts.sum().to(accelerator.device), "sum")
        parts = list(zip(*(t.chunk(self.config.accumulation) for t in _tensors(batch)), strict=True))
        losses = []
        for number, (pixels, strengths, truth, counts) in enumerate(parts, start=1):
            pixels, strengths, truth, counts = (
                t.to(accelerator.device, non_blocking=True) for t in (pixels, strengths, truth, counts)
            )
            # Processes average their gradients; times their number makes that the sum over the whole batch.
            with accelerator.no_sync(objective) if number < len(parts) else nullcontext():
                loss = objective(pixels, strengths, truth)
                accelerator.backward((loss * counts).sum() / total * accelerator.num_processes)
            losses.append(loss.detach() * counts)
        loss = torch.cat(losses)
        mean = accelerator.reduce(loss.sum(), "sum") / total
        norm = accelerator.clip_grad_norm_(objective.parameters(), self.config.clip_norm)
        scaled = accelerator.scaler is not None  # the scaler skips a step whose scaled gradient overflows
        if not math.isfinite(float(mean)) or not (scaled or math.isfinite(float(norm))):
            self._refuse(loss, batch, step)
        optimiser.step()
        optimiser.zero_grad()
        return float(mean)

    def _refuse(self, losses: Tensor, batch: Batch, step: int) -> None:
        bad = (~torch.isfinite(losses)).nonzero()
        row = int(batch.rows[bad[0, 0]]) if len(bad) else -1
        row = int(self.accelerator.gather(torch.tensor([row], device=self.accelerator.device)).max())
        table = self.views.dataset.table
        what = f"the loss of image {table['image'].iloc[row]!r}" if row >= 0 else "the gradient"
        raise UserError(
            f"at step {step} {what} is not a finite number; the last good checkpoint stays in "
            f'{self.out / "training"}: look at the image, lower learning_rate or use precision = "no"'
        )

    def _validate(self, step: int, log: TrainLog) -> None:
        """RMSE, and error against the attributes' truth where that is learned, on the validation side.

        Keeps the weights where their sum is the least so far.
        """
        if len(self.validation_rows) == 0:
            return
        accelerator = self.accelerator
        rows = self.validation_rows[accelerator.process_index :: accelerator.num_processes]
        images = (self.views.dataset.load(int(row)) for row in rows)
        with accelerator.autocast():
            attributes = predict_attributes(self.model, images, self.config.preprocessing)
        error = (predict_strengths(self.model, attributes) - self.views.strengths[rows]) ** 2
        off = self.objective.truth_errors(attributes, self.views.truth[rows])
        sums = torch.tensor([float(error.sum()), float(error.size), float(off.sum()), float(len(rows))])
        squares, strengths, off_truth, images = accelerator.reduce(sums.to(accelerator.device), "sum").tolist()
        rmse = math.sqrt(squares / strengths)
        found = {"validation_rmse": rmse}
        if len(self.objective.linked):
            found["validation_truth_loss"] = off_truth / images
        log.write(step, **found)
        total = sum(found.values())
        better = self.progress["best"] is None or total < self.progress["best"]
        self.progress["rmse"] = rmse
        self.progress["stale"] = 0 if better else self.progress["stale"] + 1
        if better:
            self.progress.update(best=total, best_rmse=rmse, best_step=step)
            self.best = {name: tensor.cpu().clone() for name, tensor in self.model.trained_state().items()}

    def _stopped(self) -> bool:
        patience = self.config.patience
        return self.progress["done"] or (patience is not None and self.progress["stale"] >= patience)

    def _rate(self, step: int) -> float:
        warmup = round(self.config.warmup_epochs * self.per_epoch)
        return learning_rate(step, steps=self.steps, warmup=warmup, peak=self.config.learning_rate)

    def _batches(self, first: int) -> Iterator[Batch]:
        order = _SampleOrder(
            rows=self.train_rows,
            crops=self.config.crops,
            batch_size=self.config.batch_size,
            first_step=first,
            last_step=self.steps,
            seed=self.config.seed,
            rank=self.accelerator.process_index,
            world=self.accelerator.num_processes,
        )
        return iter(
            torch.utils.data.DataLoader(
                self.views,
                batch_sampler=order,
                collate_fn=collate,
                num_workers=self.config.workers,
                pin_memory=self.accelerator.device.type == "cuda",
            )
        )

    def _checkpoint(self, optimiser: Any, step: int, log: TrainLog) -> None:
        if not self.accelerator.is_main_process:
            return
        log.flush()
        scaler = self.accelerator.scaler
        self.progress["scaler"] = scaler.state_dict() if scaler is not None else None
        moments = adamw_state(optimiser, self.parameters) if optimiser else {}
        save_checkpoint(
            self.out / "training" / "checkpoint.safetensors",
            Checkpoint(self.run, step, self.model.trained_state(), self.best, moments, self.progress),
        )

    def _restore(self, optimiser: Any, checkpoint: Checkpoint) -> None:
        restore_adamw(optimiser, self.parameters, checkpoint.optimiser)
        if self.accelerator.scaler is not None and checkpoint.progress["scaler"]:
            self.accelerator.scaler.load_state_dict(checkpoint.progress["scaler"])


class _SampleOrder:
    """`sample_order` as something a DataLoader can walk through."""

    def __init__(self, **options: Any) -> None:
        self.options = options

    def __iter__(self) -> Iterator[list[tuple[int, int, int]]]:
        return sample_order(**self.options)


def _tensors(batch: Batch) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    return batch.pixels, batch.strengths, batch.truth, batch.counts


def _check_positives(strengths: np.ndarray, bank: Bank, dataset: Dataset) -> None:
    empty = np.flatnonzero(strengths.max(axis=0) == 0)
    if len(empty):
        raise UserError(
            f"no image on the training side of {dataset.name} has the distortion {bank.distortions[empty[0]]!r}, so "
            "nothing can be learned of it; take it out of the bank, or use another split"
        )


def _run_hash(
    config: TuneConfig,
    dataset: Dataset,
    split: Split,
    bank: Bank,
    backbone_hash: str,
    start: Artifact | None,
    truth: AttributeTruth | None,
) -> str:
    return sha256_hex(
        canonical_json(
            {
                **({"start": start.hash} if start else {}),
                **({"truth": truth.hash} if truth else {}),
                "config": config.model_dump(exclude=NOT_IN_RUN_HASH),
                "dataset": dataset.hash,
                "split": split.hash,
                "bank": bank.hash,
                "backbone": backbone_hash,
            }
        )
    )

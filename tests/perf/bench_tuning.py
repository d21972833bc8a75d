"""What tuning and reading out cost over the tower underneath. Run: python tests/perf/bench_tuning.py [--device cuda]

A ViT-B/32 with random weights. The baseline of a tuning step is one forward and backward pass through the same
frozen open_clip tower with as many extra tokens and a gradient to those tokens only; the baseline of reading
out is the bare tower on the same crops, already cut and on the device. Both sides of a ratio alternate in one
process; a time is the median over the rounds. Peak memory is each side's own process (on CUDA, the allocator's
peak).
"""

from __future__ import annotations

import argparse
import ctypes
import gc
import json
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from exiqa.bank.storage.store import load_bank
from exiqa.model.artifacts.artifact import Artifact
from exiqa.model.attribute_model import AttributeModel
from exiqa.model.backbones.backbone import Backbone
from exiqa.model.backbones.families import load_backbone
from exiqa.model.backbones.text import ClipText
from exiqa.model.config import Tuning
from exiqa.model.preprocess import crops_at, five_places, to_pixels
from exiqa.model.training.objective import Objective

SPEC = "open_clip:ViT-B-32/random"
LENGTH = 100
BATCH = 8


def baseline_step(backbone: Backbone, deep: bool, pixels: Tensor) -> Callable[[], None]:
    """Forward and backward through the frozen tower with learnable tokens, written out by hand."""
    visual = backbone.visual
    layers = len(visual.transformer.resblocks)  # type: ignore[union-attr,arg-type]
    shape = (layers if deep else 1, LENGTH, 768)
    tokens = torch.zeros(shape, device=pixels.device).normal_(std=0.02).requires_grad_()
    normalised = backbone.normalise(pixels)

    def step() -> None:
        tokens.grad = None
        x = visual._embeds(normalised)  # type: ignore[operator]
        own = x.shape[1]
        for layer, block in enumerate(visual.transformer.resblocks):  # type: ignore[union-attr,arg-type]
            if deep or layer == 0:
                x = torch.cat([x[:, :own], tokens[layer].expand(len(x), -1, -1)], dim=1)
            x = block(x)
        (visual._pool(x[:, :own])[0] @ visual.proj).sum().backward()  # type: ignore[operator]

    return step


def tuning_step(backbone: Backbone, deep: bool, pixels: Tensor) -> Callable[[], None]:
    """Everything a step of `exiqa.model.training.tune` does: Eqs. 3-8, the backward pass, clipping, AdamW."""
    bank = load_bank("kadid10k@1").top(5)
    tuning = Tuning(mode="deep" if deep else "shallow", prompt_length=LENGTH)
    objective = Objective(AttributeModel(backbone, bank, tuning).to(pixels.device).train())
    learned = [parameter for parameter in objective.parameters() if parameter.requires_grad]
    optimiser = torch.optim.AdamW(learned, lr=1e-3, fused=True)
    strengths = torch.rand(len(pixels), len(bank.distortions), device=pixels.device)

    def step() -> None:
        objective(pixels, strengths).mean().backward()
        torch.nn.utils.clip_grad_norm_(learned, 1.0)
        optimiser.step()
        optimiser.zero_grad()

    return step


SIDES = {"baseline": baseline_step, "tuning": tuning_step}


def seconds(steps: list[Callable[[], object]], rounds: int, device: str) -> list[float]:
    """Median time of each, taken in turn so that a busy machine is busy for all of them."""
    taken: list[list[float]] = [[] for _ in steps]
    for turn in range(rounds + 1):
        for times, step in zip(taken, steps, strict=True):
            start = time.perf_counter()
            step()
            if device == "cuda":
                torch.cuda.synchronize()
            if turn:  # the first round warms up
                times.append(time.perf_counter() - start)
    return [statistics.median(times) for times in taken]


def peak_memory(side: str, deep: bool, device: str) -> float:
    """MB at the peak of three steps, in a process of its own: the median of three such processes."""
    command = [sys.executable, __file__, "--memory-of", side, "--device", device, *(["--deep"] if deep else [])]
    runs = [subprocess.run(command, capture_output=True, text=True, check=True) for _ in range(3)]
    return statistics.median(float(json.loads(run.stdout.splitlines()[-1])) for run in runs)


def measure_memory(side: str, deep: bool, device: str) -> None:
    """Print the peak while steps run; what loading the weights took before is left out."""
    pixels = torch.rand(BATCH, 3, 224, 224).to(device)
    step = SIDES[side](load_backbone(SPEC).to(device), deep, pixels)
    gc.collect()
    if device == "cpu":
        ctypes.CDLL("libc.so.6").malloc_trim(0)
        Path("/proc/self/clear_refs").write_text("5")  # Linux: the peak starts anew from here
    for _ in range(3):
        step()
    if device == "cuda":
        peak = torch.cuda.max_memory_allocated() / 1e6
    else:
        status = dict(line.split(":", 1) for line in Path("/proc/self/status").read_text().splitlines())
        peak = 1024 * int(status["VmHWM"].split()[0]) / 1e6
    print(json.dumps(peak))


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--device", default="cpu", choices=["cpu", "cuda"])
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--deep", action="store_true")
    parser.add_argument("--memory-of", choices=list(SIDES))
    options = parser.parse_args()
    if options.memory_of:
        measure_memory(options.memory_of, options.deep, options.device)
        return

    encoded, forward = [0], ClipText.forward

    def counting(self: ClipText, inputs: Tensor) -> Tensor:
        encoded[0] += len(inputs)
        return forward(self, inputs)

    ClipText.forward = counting  # type: ignore[method-assign]
    backbone = load_backbone(SPEC).to(options.device)
    pixels = torch.rand(BATCH, 3, 224, 224).to(options.device)
    name = torch.cuda.get_device_name() if options.device == "cuda" else f"CPU, {torch.get_num_threads()} threads"
    print(f"{SPEC}, {LENGTH} prompts, batch {BATCH}, {name}, torch {torch.__version__}\n")
    print(f"{'':34}{'ours':>10}{'baseline':>10}{'ratio':>8}   target")
    for deep in (False, True):
        label = "deep" if deep else "shallow"
        sides = [tuning_step(backbone, deep, pixels), baseline_step(backbone, deep, pixels)]
        ours, base = seconds(sides, options.rounds, options.device)
        print(f"{'tuning step, ' + label + ' (ms)':34}{1e3 * ours:10.0f}{1e3 * base:10.0f}{ours / base:8.3f}   <= 1.10")
        ours, base = (peak_memory(side, deep, options.device) for side in ("tuning", "baseline"))
        print(f"{'peak memory, ' + label + ' (MB)':34}{ours:10.0f}{base:10.0f}{ours / base:8.3f}   <= 1.15")
    print(f"sentences encoded: {encoded[0]} (0 where the cache on disk has them; never more than 250)")

    bank = load_bank("kadid10k@1").top(5)
    artifact = Artifact(AttributeModel(backbone, bank, Tuning(mode="frozen")).to(options.device), "native")
    photos = [np.random.default_rng(i).integers(0, 256, (384, 512, 3), dtype=np.uint8) for i in range(8)]
    crops = to_pixels(np.concatenate([crops_at(photo, 224, five_places) for photo in photos])).to(options.device)

    def bare() -> None:
        with torch.no_grad():
            backbone.visual(backbone.normalise(crops))

    ours, base = seconds([lambda: artifact.predict(photos, batch_size=40), bare], options.rounds, options.device)
    rates = len(photos) / ours, len(photos) / base
    print(f"{'reading out (photos a second)':34}{rates[0]:10.1f}{rates[1]:10.1f}{rates[0] / rates[1]:8.3f}   >= 0.95")


if __name__ == "__main__":
    main()

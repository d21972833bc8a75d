"""What the suite `paper` costs on one GPU, estimated from counted operations: `python tests/perf/flops.py [--measure]`.

Counted with random weights and PyTorch's own counter: the operations of one view through the image tower, forward, and
forward and back to what is tuned. From the suite's own cells: how many views pass while its towers are tuned, and how
many are embedded, once for each tower and data set. The GPU is one number, the operations a second that it really
does (--tera), which `--measure` takes of the GPU at hand. So this is an estimate and no measurement, and reading and
cropping photos is not in it.
"""

from __future__ import annotations

import argparse
import json
import statistics
import time
from collections import defaultdict
from collections.abc import Callable
from functools import cache

import open_clip
import torch
from torch import nn
from torch.utils.flop_counter import FlopCounterMode

from exiqa.bank.taxonomy import load_taxonomy
from exiqa.bench.methods.method import METHODS
from exiqa.bench.protocol import PROTOCOLS
from exiqa.bench.running.suites.suite import Job, expand, load_suite
from exiqa.iqadata.catalog.loading import find_spec
from exiqa.iqadata.datasets.splits import RATIOS
from exiqa.model.backbones.prompts import PromptedTower
from exiqa.model.backbones.vit_tokens import vit_tokens
from exiqa.model.config import TuneConfig
from exiqa.model.preprocess import PREPROCESSINGS

IMAGES = {"exiqa": 100_000, "lvq": 2_000}
"""Of data sets whose number of files is not in their spec: the paper's own set, and LVQ at ten frames a video."""


def tower_for(architecture: str, prompts: int, whole: bool) -> tuple[nn.Module, int]:
    """An image tower with random weights as it is tuned, and the side of its views in pixels."""
    model = open_clip.create_model(architecture)
    tower = model.visual.requires_grad_(whole).eval()
    size = tower.image_size[0] if isinstance(tower.image_size, tuple) else tower.image_size
    if prompts:
        tower = PromptedTower(tower, vit_tokens(tower), prompts, False, torch.Generator().manual_seed(0))
    return tower, size


@cache
def operations(architecture: str, prompts: int, whole: bool) -> tuple[float, float]:
    """Of one view, a multiplication and an addition being two: forward, and forward and back.

    Args:
        architecture: open_clip's name.
        prompts: Visual prompts at the input, which are what is tuned unless the tower is.
        whole: Whether the whole image tower is tuned.
    """
    tower, size = tower_for(architecture, prompts, whole)
    # Without a gradient PyTorch takes a fused attention that its counter does not know: so there is one in any case.
    pixels = torch.zeros(1, 3, size, size, requires_grad=not (whole or prompts))
    with FlopCounterMode(display=False) as forward:
        embedding = tower(pixels)
    with FlopCounterMode(display=False) as backward:
        embedding.sum().backward()
    return forward.get_total_flops(), forward.get_total_flops() + backward.get_total_flops()


def measure(architecture: str = "ViT-B-32", prompts: int = 100, batch: int = 64, rounds: int = 30) -> None:
    """Print how many operations a second the GPU at hand does, in each precision that `TuneConfig` has."""
    forward, both = operations(architecture, prompts, False)
    tower, size = tower_for(architecture, prompts, False)
    tower.cuda()
    pixels = torch.rand(batch, 3, size, size, device="cuda")

    def tuned() -> None:
        tower(pixels).sum().backward()

    @torch.no_grad()
    def embedded() -> None:
        tower(pixels)

    print(f"{architecture}, {prompts} prompts, {batch} views a step, {torch.cuda.get_device_name()}")
    for precision, dtype in (("no", None), ("bf16", torch.bfloat16), ("fp16", torch.float16)):
        with torch.autocast("cuda", dtype=dtype, enabled=dtype is not None):
            for what, step, count in (("tuning", tuned, both), ("embedding", embedded, forward)):
                seconds = seconds_of(step, rounds)
                print(
                    f"{what:9} precision {precision:4} {batch / seconds:8.0f} views/s "
                    f"{count * batch / seconds / 1e12:6.1f} · 10¹² operations/s"
                )


def seconds_of(step: Callable[[], None], rounds: int) -> float:
    """The median time of a step on the GPU; the first five warm it up."""
    times = []
    for _ in range(rounds + 5):
        torch.cuda.synchronize()
        start = time.perf_counter()
        step()
        torch.cuda.synchronize()
        times.append(time.perf_counter() - start)
    return statistics.median(times[5:])


def images_of(name: str) -> int:
    """How many images a data set has."""
    return IMAGES[name] if name in IMAGES else find_spec(name, {})[0].images


def tower_of(job: Job) -> str:
    """What tells the towers of two cells apart: as in a run, one that is not tuned is the same for all."""
    config = TuneConfig.model_validate(job.settings["tuning"])
    if config.mode == "frozen":
        return f"frozen {config.backbone}"
    one_out = PROTOCOLS[job.cell.protocol].leaves_one_out
    settings = config.model_dump(mode="json")
    return json.dumps([job.cell.train, job.cell.seed, job.train_bank, job.cell.k, one_out, settings])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument(
        "--tera", type=float, default=33, help="10¹² operations a second; 33: an H100's in float32, measured"
    )
    parser.add_argument("--measure", action="store_true", help="time the suite's commonest step on this GPU instead")
    arguments = parser.parse_args()
    if arguments.measure:
        measure()
        return
    jobs = [job for job in expand(load_suite("paper")) if METHODS[job.cell.method].uses == "bank"]
    tuned: dict[str, float] = {}
    embedded: dict[tuple[str, str], float] = {}
    for job in jobs:
        config = TuneConfig.model_validate(job.settings["tuning"])
        architecture = config.backbone.removeprefix("open_clip:").partition("/")[0]
        forward, both = operations(architecture, config.prompt_length, config.mode == "full")
        views = PREPROCESSINGS[config.preprocessing].views or 12
        key, images = tower_of(job), images_of(job.cell.train)
        if config.mode != "frozen" and key not in tuned:
            train, validation, _ = RATIOS[job.cell.split]
            epochs = config.epochs * images * train * both
            validated = config.epochs / config.validate_every * images * validation * views * forward
            # Left out one by one: as many towers as distortions, each on nearly all images.
            times = len(load_taxonomy(job.cell.train).ids) if PROTOCOLS[job.cell.protocol].leaves_one_out else 1
            tuned[key] = times * (epochs + validated)
        embedded.setdefault((key, job.cell.test), images_of(job.cell.test) * views * forward)
    by_set: dict[str, list[float]] = defaultdict(list)
    for key, total in tuned.items():
        by_set[json.loads(key)[0]].append(total)
    hours = 1 / (arguments.tera * 1e12 * 3600)
    for name, totals in sorted(by_set.items()):
        print(
            f"tuning on {name:10} {len(totals):4} towers {sum(totals) / 1e15:10.0f} PFLOP {sum(totals) * hours:8.1f} h"
        )
    whole = sum(embedded.values())
    print(f"embedding {' ':10} {len(embedded):4} times  {whole / 1e15:10.0f} PFLOP {whole * hours:8.1f} h")
    total = sum(tuned.values()) + whole
    print(f"all: {total / 1e15:.0f} PFLOP, {total * hours:.0f} h at {arguments.tera:g} · 10¹² a second (estimate)")


if __name__ == "__main__":
    main()

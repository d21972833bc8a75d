"""Pretraining the small backbone on a CUDA GPU; skipped where there is none."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from exiqa.iqadata.distortions.levels import LEVELS
from exiqa.iqadata.standins.scenes import scene
from exiqa.model.backbones.families import load_backbone
from exiqa.model.pretraining.config import PretrainConfig
from exiqa.model.pretraining.pretrain import WEIGHTS, pretrain
from exiqa.model.training.log import read_log

pytestmark = pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA GPU")
FAST = ("gaussian_blur", "white_noise", "brighten")


def _pretrained(out: Path, *minutes: float | None, device: str = "cuda", workers: int = 1) -> list[float]:
    """The loss of each step of a run that is called once for each of `minutes`."""
    config = PretrainConfig(
        shares={"kadid10k": 1}, held_out=tuple(d for d in LEVELS["kadid10k"] if d not in FAST), steps=4, draws=2,
        crops=2, scenes=2, warmup_steps=1, phrases_each=2, phrases_more=5, device=device, workers=workers,
    )  # fmt: skip
    photos = [scene(seed, 256, 320) for seed in (20_001, 20_002)]
    for limit in minutes or (None,):
        done = pretrain(config, photos, out, minutes=limit)
    assert done
    return [line["loss"] for line in read_log(out / "training" / "log.jsonl")]


def test_the_gpu_gives_the_cpus_loss(tmp_path: Path) -> None:
    cpu = _pretrained(tmp_path / "cpu", device="cpu")
    # Both compute in bfloat16, with eight bits of a fraction.
    np.testing.assert_allclose(_pretrained(tmp_path / "gpu", workers=3), cpu, rtol=0.02)
    load_backbone(f"exiqa-mini@{tmp_path / 'gpu' / WEIGHTS}")


def test_a_run_on_the_gpu_goes_on(tmp_path: Path) -> None:
    whole = _pretrained(tmp_path / "whole")
    parts = _pretrained(tmp_path / "parts", 0, 0, None)
    np.testing.assert_allclose(parts, whole, rtol=0.02)

"""What only a CUDA GPU can show; skipped where there is none."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch

sys.path.insert(0, str(Path(__file__).parents[1] / "model"))

from model_toy import register_tiny_models, toy_bank, toy_dataset

from exiqa.iqadata.datasets.splits import make_split
from exiqa.model.config import TuneConfig
from exiqa.model.head import EPSILON, attribute_logits, distortion_loss
from exiqa.model.training.log import read_log
from exiqa.model.training.tune import TuneStep, tune

pytestmark = pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA GPU")


@pytest.fixture(autouse=True)
def _own_cache(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))


def _losses(device: str, precision: str, out: Path, on_step: Callable[[TuneStep], None] | None = None) -> list[float]:
    register_tiny_models()
    dataset = toy_dataset(references=8, levels=2, height=40, width=48)
    config = TuneConfig(
        backbone="open_clip:tiny-vit/random", mode="deep", prompt_length=3, epochs=2, warmup_epochs=1,
        device=device, precision=precision,
    )  # fmt: skip
    tune(dataset, make_split(dataset, 0), toy_bank(), config, out, on_step)
    return [line["loss"] for line in read_log(out / "training" / "log.jsonl") if "loss" in line]


@pytest.mark.parametrize(("precision", "tolerance"), [("no", 2e-3), ("bf16", 0.05), ("fp16", 0.05)])
def test_the_gpu_gives_the_cpus_loss(precision: str, tolerance: float, tmp_path: Path) -> None:
    cpu, gpu = _losses("cpu", "no", tmp_path / "cpu"), _losses("cuda", precision, tmp_path / "gpu")
    np.testing.assert_allclose(gpu, cpu, rtol=tolerance)


def test_a_stopped_run_goes_on(tmp_path: Path) -> None:
    whole = _losses("cuda", "no", tmp_path / "whole")

    def stop(step: TuneStep) -> None:
        if step.step == len(whole) - 1:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        _losses("cuda", "no", tmp_path / "parts", stop)
    np.testing.assert_allclose(_losses("cuda", "no", tmp_path / "parts"), whole, rtol=2e-3)


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16])
def test_the_head_runs_under_cuda_autocast(dtype: torch.dtype) -> None:
    embedding = torch.tensor([[1.0, 0.0]], device="cuda", requires_grad=True)
    with torch.autocast("cuda", dtype=dtype):
        logits = attribute_logits(embedding, torch.tensor([[1.0, 0.5]], device="cuda"), 20.0)
        loss = distortion_loss(logits, torch.ones(1, 1, device="cuda"), torch.zeros(1, 1, device="cuda"))
    assert loss.dtype == torch.float32
    assert loss.item() == pytest.approx(-np.log(EPSILON), abs=1e-4)
    loss.sum().backward()
    assert torch.isfinite(embedding.grad).all()  # type: ignore[arg-type]

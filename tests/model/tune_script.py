"""Run by tests as a real process: tunes a tiny tower on the toy data, and may kill itself on the way."""

from __future__ import annotations

import json
import os
import signal
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

from model_toy import register_tiny_models, toy_bank, toy_dataset

from exiqa.iqadata.datasets.splits import make_split
from exiqa.model.config import TuneConfig
from exiqa.model.training.tune import TuneStep, tune


def main(out: str, changes: str, kill_at: int = 0) -> None:
    """Tune into the folder `out` with `changes` (JSON) to the settings; SIGKILL itself after step `kill_at`."""

    def on_step(step: TuneStep) -> None:
        if step.step == kill_at:
            os.kill(os.getpid(), signal.SIGKILL)

    register_tiny_models()
    dataset = toy_dataset(references=8, levels=2, height=40, width=48)
    config = TuneConfig.model_validate(
        {
            "backbone": "open_clip:tiny-vit/random",
            "mode": "deep",
            "prompt_length": 3,
            "epochs": 3,
            "warmup_epochs": 1,
            "batch_size": 8,
            "device": "cpu",
            **json.loads(changes),
        }
    )
    tune(dataset, make_split(dataset, 0), toy_bank(), config, Path(out), on_step)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]) if len(sys.argv) > 3 else 0)

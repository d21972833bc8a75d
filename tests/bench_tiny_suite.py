"""A suite that runs in seconds: two tiny stand-ins, a backbone with random weights, every protocol."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from exiqa.bank.schema import Bank
from exiqa.bank.storage.bank_file import bank_text
from exiqa.bank.storage.store import load_bank
from exiqa.bench.methods.baselines import prior
from exiqa.bench.methods.prediction_task import PredictionTask

A, B = "mini-lvq", "mini-csiq"

TINY = """
title = "Tiny"
seeds = [0]
split = "80/20"
k = 2
seconds = 2.5
explore = 3

[tuning]
backbone = "exiqa-mini/random"
mode = "full"
learning_rate = 1e-4
epochs = 1
warmup_epochs = 0
batch_size = 16
preprocessing = "resize"

[regressor]
epochs = 2

[datasets.mini-lvq]
options = { references = 4, height = 48, width = 48, distortions = ["smoke", "motion_blur"] }
banks = { own = "mine@1" }

[datasets.mini-csiq]
options = { references = 4, height = 48, width = 48, distortions = ["gaussian_blur", "jpeg"] }
banks = { own = "csiq@1" }

[[cells]]
protocol = "identification"
test = ["mini-lvq", "mini-csiq"]
methods = ["all_clean", "prior", "exiqa"]

[[cells]]
protocol = "quality"
test = ["mini-lvq", "mini-csiq"]
methods = ["mean_score", "exiqa"]

[[cells]]
protocol = "identification"
train = ["mini-lvq"]
test = ["mini-lvq", "mini-csiq"]
methods = ["exiqa"]

[[cells]]
protocol = "quality"
train = ["mini-lvq"]
test = ["mini-csiq"]
methods = ["exiqa"]

[[cells]]
protocol = "zero_shot"
train = ["mini-lvq"]
test = ["mini-csiq"]
methods = ["exiqa"]
"""


def store_with_mine(folder: Path, first: int = 0) -> Path:
    """A bank store whose mine@1 has LVQ's attributes from the `first`-th on."""
    shipped = load_bank("lvq@1")
    ranked = {distortion: attributes[first:] for distortion, attributes in shipped.ranked.items()}
    bank = Bank(name="mine", version=1, taxonomy=shipped.taxonomy, ranked=ranked, provenance=shipped.provenance)
    folder.mkdir()
    (folder / "mine@1.json").write_text(bank_text(bank))
    return folder


def fails_on_b(task: PredictionTask) -> np.ndarray:
    """A method that has a bug on one of the data sets."""
    if task.test.name == B:
        raise ValueError("the photo is\nupside down")
    return prior.predict(task)

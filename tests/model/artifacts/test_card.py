"""The model card shows names; it makes nothing of them."""

from __future__ import annotations

import re

from exiqa.bank.storage.store import load_bank
from exiqa.model.artifacts.card import model_card
from exiqa.model.artifacts.config_file import ArtifactConfig
from exiqa.model.config import Tuning

HOSTILE = "x` <script>alert(1)</script>\n# [free](http://evil) ![p](q) \x1b[2J\u202e"


def test_hostile_names_are_text() -> None:
    config = ArtifactConfig(
        backbone=HOSTILE, backbone_seed=0, backbone_hash="0", tuning=Tuning(mode="frozen", template=HOSTILE),
        bank="b@1", bank_hash="0", logit_scale=1, image_size=32, preprocessing="native", weights_sha256="0",
        embeddings_sha256="0", regressors={HOSTILE: "0"},
        training={
            "dataset": HOSTILE, "strength_map": HOSTILE, "split_hash": HOSTILE, "best_step": 1,
            "validation_rmse": None,
            "config": {"seed": HOSTILE},
        },
    )  # fmt: skip
    card = model_card(config, load_bank("lvq@1"))
    assert "\x1b" not in card and "\u202e" not in card
    unescaped = re.sub(r"\\.", "", card)
    outside = "".join(unescaped.split("`")[::2])  # code spans show what is in them
    assert not re.search(r"<script|\]\(http|!\[p", outside)
    assert card.count("\n# ") == 1, "no name begins a line"

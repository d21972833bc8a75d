"""The model card shows names; it makes nothing of them."""

from __future__ import annotations

import re

from exiqa.bank.storage.store import load_bank
from exiqa.iqadata.datasets.dataset import ScoreInfo
from exiqa.model.artifacts.card import ScoreSource, model_card, score_lines
from exiqa.model.artifacts.config_file import ArtifactConfig
from exiqa.model.config import Tuning
from exiqa.model.regressors.score_origin import ScoreOrigin

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
    origin = ScoreOrigin(
        dataset=HOSTILE, dataset_hash="0", split_hash=HOSTILE,
        score=ScoreInfo(name=HOSTILE, raw_direction="higher is better", formula=HOSTILE),
    )  # fmt: skip
    sources = {HOSTILE: ScoreSource(HOSTILE, HOSTILE, origin, 0.1)}
    card = model_card(config, load_bank("lvq@1"), sources)
    assert "\x1b" not in card and "\u202e" not in card
    unescaped = re.sub(r"\\.", "", card)
    outside = "".join(unescaped.split("`")[::2])  # code spans show what is in them
    assert not re.search(r"<script|\]\(http|!\[p", outside)
    assert card.count("\n# ") == 1, "no name begins a line"


def test_each_score_has_its_name_scale_and_origin() -> None:
    score = ScoreInfo(name="MOS", raw_direction="higher is better", formula="(x - 1) / 4")
    origin = ScoreOrigin(dataset="own", dataset_hash="1", split_hash="2" * 64, score=score, images=1750)
    proxy = origin.model_copy(update={"score": ScoreInfo("P", "higher is better", "x", proxy=True), "images": None})
    opinions, computed, unknown = score_lines(
        {
            "z": ScoreSource("mlp", "probability", None, None),
            "a": ScoreSource("ridge", "logit", origin, 0.1234),
            "b": ScoreSource("mlp", "probability", proxy, None),
        }
    )
    assert opinions == (
        "Score `a` (ridge on logit; higher is better): MOS, opinions of people, on [0, 1] by `(x - 1) / 4` from the "
        "raw score x; fitted to 1,750 images of own, split `2222222222222222`; nine in ten such photos lie within "
        "±0.123, and `assess` says which are none such"
    )
    assert "a proxy, not opinions of people" in computed and "fitted to own" in computed
    assert unknown.endswith("of unrecorded origin")

"""The shipped model's score by people's opinions, beside its proxy: fitted again for every new backbone.

`python -m exiqa.model.pretraining.ship_opinions BIQ2021 [PHOTOS]` fits it to the photos of BIQ2021 in the first folder
and, with KADID-10k's distortions and the published mean opinion of each, to the photos in the second (by default to the
packaged photos and procedural scenes); it then exports the shipped graph with it. The card, README.md, is written by
hand; what it has to say of the score is printed.
"""

from __future__ import annotations

import sys
from pathlib import Path

from exiqa.core.progress import progress_bar
from exiqa.iqadata.catalog.loading import load_dataset
from exiqa.iqadata.datasets.splits import make_split
from exiqa.iqadata.standins.published_opinions import beside_published
from exiqa.model.artifacts.artifact import Artifact
from exiqa.model.artifacts.card import ScoreSource, score_lines
from exiqa.model.assessing.assessor import load
from exiqa.model.backbones.met_photos import keep_in_training
from exiqa.model.exporting.shipped_graph import export_shipped
from exiqa.model.shipped import SHIPPED_FOLDER
from exiqa.model.training.regress import Regression, regress

REGRESSOR = "opinions"
KIND, FEATURES = "mlp", "logit"
"""One score that spans photos as they are taken and photos with one strong fault is no linear function of attributes:
ridge regression on both loses .07 of its SRCC on the former."""


def ship_opinions(biq2021: Path, photos: Path | None = None) -> Regression:
    """Fit the score, save it in the shipped model and export the graph that has it.

    Args:
        biq2021: The folder of BIQ2021, or of a part of it.
        photos: Pristine photos for KADID-10k's distortions; None takes the packaged ones and scenes.

    Raises:
        UserError: A folder is missing or not whole.
    """
    artifact = Artifact.from_pretrained(SHIPPED_FOLDER)
    dataset = beside_published(load_dataset("biq2021", biq2021), photos)
    dataset = keep_in_training(dataset, [artifact.model.backbone.spec])
    with progress_bar("Reading attributes") as move:
        regression = regress(
            artifact,
            dataset,
            make_split(dataset, 0),
            name=REGRESSOR,
            on_image=lambda done: move(done, len(dataset)),
            kind=KIND,
            features=FEATURES,
        )
    card = (SHIPPED_FOLDER / "README.md").read_text(encoding="utf-8")
    regression.save(SHIPPED_FOLDER)
    (SHIPPED_FOLDER / "README.md").write_text(card, encoding="utf-8")
    export_shipped(load(SHIPPED_FOLDER, REGRESSOR, device="cpu", engine="torch"), SHIPPED_FOLDER)
    return regression


if __name__ == "__main__":
    done = ship_opinions(Path(sys.argv[1]), Path(sys.argv[2]) if len(sys.argv) > 2 else None)
    fitted = done.artifact.regressors[done.name]
    source = ScoreSource(KIND, FEATURES, fitted.origin, fitted.reach.half_width if fitted.reach else None)
    print("\n".join(score_lines({done.name: source})))
    print(
        f"{SHIPPED_FOLDER}: {done.images} training images; test side: SRCC {done.srcc:.3f}, RMSE {done.rmse:.4f} (the "
        f"mean's {done.mean_rmse:.4f}), coverage {done.coverage}, outside {done.outside}"
    )

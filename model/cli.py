"""`exiqa model`: tune CLIP on a bank, fit the regressor, look at a model, export it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from exiqa.core.console import new_app, printable

if TYPE_CHECKING:
    from pydantic import BaseModel

    from exiqa.iqadata.datasets.dataset import Dataset
    from exiqa.iqadata.datasets.splits import Split

app = new_app("Tune CLIP on an attribute bank, fit its quality score, inspect and export the result.")

DatasetSpec = Annotated[
    str,
    typer.Argument(
        metavar="DATASET[=DIR]",
        help="kadid10k=DIR, tid2013=DIR, …, your own images as table:FILE.csv=DIR, or a stand-in: mini-kadid10k.",
    ),
]
TunedModel = Annotated[
    str,
    typer.Argument(
        metavar="ARTIFACT",
        help="A tuned model: its folder, organisation/name on the hub, or exiqa-mini, the one that ships.",
    ),
]
ScoreScale = Annotated[
    str | None,
    typer.Option("--scale", metavar="WORST,BEST", help="Of a table's scores: 1,5, or 100,0 for a DMOS."),
]
SplitFile = Annotated[
    Path | None, typer.Option("--split", metavar="FILE", help="A split from `exiqa data split`, instead of a seed.")
]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]


@app.command()
def tune(
    dataset: DatasetSpec,
    bank: Annotated[str, typer.Option(metavar="BANK", help="NAME@VERSION, or NAME for its latest version.")],
    recipe: Annotated[
        str, typer.Option(metavar="NAME|FILE", help="One that ships (`exiqa model recipes`), or your own .toml file.")
    ],
    out: Annotated[Path, typer.Option(metavar="DIR", help="Folder for the model; an unfinished run there goes on.")],
    settings: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="KEY=VALUE", help="Any setting of the recipe: epochs=8. Repeat for more."),
    ] = None,
    start: Annotated[
        str | None,
        typer.Option("--from", metavar="ARTIFACT", help="A tuned model to go on from, whose backbone and mode count."),
    ] = None,
    split: SplitFile = None,
    seed: Annotated[int, typer.Option(min=0, help="Of the training and, without --split, of the split.")] = 0,
    k: Annotated[int | None, typer.Option("--k", min=1, help="Only the best K attributes of each distortion.")] = None,
    store: Annotated[Path, typer.Option(metavar="DIR", help="Folder of your own banks.")] = Path("banks"),
    strengths: Annotated[
        Literal["level", "magnitude"], typer.Option(help="How strengths follow from levels.")
    ] = "level",
    scale: ScoreScale = None,
    trackers: Annotated[
        list[str] | None,
        typer.Option(
            "--tracker", metavar="NAME", help="tensorboard, wandb or mlflow, beside the log. Repeat for more."
        ),
    ] = None,
) -> None:
    """Tune on the training side of a split; the epoch is chosen on its validation side.

    The same command goes on after an interruption.
    """
    from accelerate import PartialState

    from exiqa.bank.storage.store import load_bank
    from exiqa.core.progress import progress_bar
    from exiqa.model.artifacts.artifact import Artifact
    from exiqa.model.backbones.met_photos import keep_in_training
    from exiqa.model.config import load_recipe, parse_settings
    from exiqa.model.training.objective import training_truth
    from exiqa.model.training.start import start_settings
    from exiqa.model.training.tune import tune as run
    from exiqa.model.training.tuning_bar import tuning_bar

    before = None if start is None else Artifact.from_pretrained(start)
    inherited = {} if before is None else start_settings(before)
    config = load_recipe(recipe, **{"seed": seed, **inherited, **parse_settings(settings or [])})
    chosen = load_bank(bank, store)
    chosen = chosen if k is None else chosen.top(k)
    images = keep_in_training(_open(dataset, strengths, scale), [config.backbone])
    sides = _split(images, split, seed)
    if config.attribute_truth:
        rows = sides.rows(images)[0]
        with progress_bar("Measuring effects") as step:
            training_truth(chosen, images, rows, lambda done: step(done, len(rows)))  # kept, by content
    with tuning_bar() as show:
        artifact = run(images, sides, chosen, config, out, show, before, trackers or ())
    if not PartialState().is_main_process:
        return
    sides.save(out / "training" / "split.json")
    rmse, prior = artifact.training["validation_rmse"], artifact.training["prior_rmse"]
    typer.echo(
        printable(
            f"{out}: tuned on {chosen.id}, {len(chosen.distortions)} distortions by {len(chosen.attributes)} "
            f"attributes; chosen at step {artifact.training['best_step']}"
            + (f", validation RMSE {rmse:.4f} (the prior's: {prior:.4f})" if rmse is not None else "")
        )
    )
    if rmse is not None and rmse >= prior:
        typer.echo("Nothing was learned: predicting each distortion's mean strength for every photo is as good.")
    typer.echo(printable(f"Give it a quality score: exiqa model regress {out} {dataset}"))


@app.command()
def recipes(
    recipe: Annotated[str | None, typer.Argument(metavar="[NAME|FILE]", help="Show all settings of this one.")] = None,
) -> None:
    """The recipes that ship; all settings of one, as the file that `tune --recipe FILE` takes.

    kadid10k to exiqa are the paper's, for CLIP on those data sets; demo and scratch tune the small backbone, scratch
    from random weights.
    """
    from exiqa.model.config import load_recipe, recipe_names, setting_lines

    lines = recipe_names() if recipe is None else setting_lines(load_recipe(recipe))
    typer.echo(printable("\n".join(lines)))


@app.command()
def regress(
    artifact: TunedModel,
    dataset: DatasetSpec,
    scale: ScoreScale = None,
    split: SplitFile = None,
    seed: Annotated[int | None, typer.Option(min=0, help="Of the split.")] = None,
    kind: Annotated[str, typer.Option(help="mlp (the paper's), ridge, additive, sparse, or a package's own.")] = "mlp",
    features: Annotated[
        str, typer.Option(help="What it is fitted on: probability (the paper's), logit, or strengths.")
    ] = "probability",
    attributes: Annotated[
        int | None, typer.Option(min=1, help="At most so many attributes; of the kind sparse only, 10 by default.")
    ] = None,
    published: Annotated[
        bool,
        typer.Option(
            "--published",
            help="Fit it also to photos with KADID-10k's distortions and without, each with the published mean opinion "
            "of such, so that one score spans both.",
        ),
    ] = False,
    name: Annotated[str | None, typer.Option(help="The regressor's name; the dataset's by default.")] = None,
    out: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="Folder for the model with this score alone; by default the model's own."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Fit a quality score on a model's attributes, and store it in the model's folder, or in another.

    Without --split and --seed, the split that the model was tuned on is taken where the dataset is the same.
    """
    import json

    from exiqa.core.progress import progress_bar
    from exiqa.model.artifacts.artifact import Artifact
    from exiqa.model.artifacts.locate import locate_artifact
    from exiqa.model.backbones.met_photos import keep_in_training
    from exiqa.model.training.regress import FEW_TESTED, regressor_folder
    from exiqa.model.training.regress import regress as run

    folder = regressor_folder(artifact, out)
    loaded = Artifact.from_pretrained(artifact)
    # Strengths play no part here, but they are part of a dataset's hash.
    images = _open(dataset, "magnitude" if loaded.training.get("strength_map") == "magnitude" else "level", scale)
    if published:
        from exiqa.iqadata.standins.published_opinions import beside_published

        images = beside_published(images)
    images = keep_in_training(images, [loaded.model.backbone.spec])
    if split is None and seed is None and loaded.training.get("dataset_hash") == images.hash:
        kept = locate_artifact(artifact) / "training" / "split.json"
        split = kept if kept.is_file() else None
    sides = _split(images, split, seed or 0)
    with progress_bar("Reading attributes") as move:
        done = run(
            loaded, images, sides, _sparse(kind, attributes), name, lambda count: move(count, len(images)), kind,
            features,
        )  # fmt: skip
    done.save(folder)
    if as_json:
        typer.echo(json.dumps(done.to_json()))
        return
    assert images.score_info is not None  # regress refuses datasets without scores
    kind = "a proxy, not opinions" if images.score_info.proxy else images.score_info.name
    typer.echo(
        printable(
            f"{folder}: regressor {done.name} fitted on {done.images} images ({kind}); on the test side "
            f"RMSE {done.rmse:.4f} (the mean score's: {done.mean_rmse:.4f}), SRCC {done.srcc:.3f}"
        )
    )
    if done.tested < FEW_TESTED:
        low, high = done.srcc_interval or (-1.0, 1.0)
        typer.echo(
            f"Only {done.tested} images test it: on others like them the SRCC may be anything from {low:.2f} to "
            f"{high:.2f} (95 %), so that nothing can be concluded from a difference within that"
        )
    if done.coverage is not None and done.outside is not None:
        typer.echo(
            f"Its interval holds {done.coverage:.1%} of the test side's true scores; {done.outside:.1%} of that side "
            "lies outside what it has seen"
        )
    if not done.learned:
        typer.echo("Nothing was learned: predicting the training side's mean score for every photo is as good.")


@app.command()
def pretrain(
    photos: Annotated[
        Path, typer.Option(metavar="DIR", help="The packages and photos that model/pretraining/photos.py lists.")
    ],
    out: Annotated[Path, typer.Option(metavar="DIR", help="Folder for the weights; an unfinished run there goes on.")],
    config: Annotated[
        Path | None, typer.Option(metavar="FILE", help="A TOML file; without one, the run that is shipped.")
    ] = None,
    start: Annotated[
        Path | None, typer.Option("--from", metavar="FILE", help="Weights of an earlier run to go on from.")
    ] = None,
    minutes: Annotated[float | None, typer.Option(min=0, help="Stop after so long; the same command goes on.")] = None,
) -> None:
    """Train the small backbone on photographs and scenes, distorted on the fly."""
    from exiqa.model.pretraining.config import SHIPPED_SETTINGS, load_pretrain_config
    from exiqa.model.pretraining.photos import training_names, training_photos
    from exiqa.model.pretraining.pretrain import WEIGHTS
    from exiqa.model.pretraining.pretrain import pretrain as run
    from exiqa.model.training.tuning_bar import tuning_bar

    settings = load_pretrain_config(config or SHIPPED_SETTINGS)
    images = training_photos(photos)
    with tuning_bar() as show:
        done = run(settings, images, out, names=training_names(), start=start, minutes=minutes, on_step=show)
    weights = out / WEIGHTS
    typer.echo(printable(f"{weights}: the backbone exiqa-mini@{weights}"))
    if not done:
        typer.echo(printable(f"stopped after {minutes:g} minutes; the same command goes on"))


@app.command("with-bank")
def with_bank(
    artifact: TunedModel,
    bank: Annotated[str, typer.Argument(metavar="BANK", help="NAME@VERSION, or NAME for its latest version.")],
    out: Annotated[Path, typer.Option(metavar="DIR", help="A new folder for the model.")],
    store: Annotated[Path | None, typer.Option(metavar="DIR", help="Folder of your banks; `banks` by default.")] = None,
) -> None:
    """The same model read out with another bank, without training.

    The shipped model learned what visible effects look like, and answers to any phrase that names one; phrases that
    name none that it knows are listed. Its scores stay behind: they were fitted to the old bank.
    """
    from exiqa.bank.linking.vouching import unlinked_phrases
    from exiqa.bank.phrases.encoder import load_encoder
    from exiqa.bank.storage.store import load_bank
    from exiqa.core.errors import UserError
    from exiqa.model.artifacts.artifact import Artifact

    if out.exists() and any(out.iterdir()):
        raise UserError(f"{out} is not empty; give a new folder")
    chosen = load_bank(bank, store)
    Artifact.from_pretrained(artifact).with_bank(chosen).save_pretrained(out)
    typer.echo(
        printable(
            f"{out}: {artifact} read out with {chosen.id}, {len(chosen.distortions)} distortions by "
            f"{len(chosen.attributes)} attributes, without training"
        )
    )
    for phrase in unlinked_phrases(chosen, load_encoder()):
        typer.echo(printable(f"  names no effect that is known, so do not rely on it untuned: {phrase}"))


@app.command()
def info(artifact: TunedModel, as_json: AsJson = False) -> None:
    """What a model is and how it was made, without loading its weights."""
    import json

    from exiqa.model.artifacts.info import describe_artifact, info_lines

    about = describe_artifact(artifact)
    if as_json:
        typer.echo(json.dumps(about, indent=1))
        return
    for line in info_lines(about):
        typer.echo(printable(line))


@app.command()
def export(
    artifact: TunedModel,
    out: Annotated[Path, typer.Option(metavar="DIR", help="Folder for the exported model.")],
    format: Annotated[Literal["onnx", "torch"], typer.Option(help="ONNX, or PyTorch's torch.export.")] = "onnx",
    regressor: Annotated[str | None, typer.Option(metavar="NAME", help="Which score, where there are several.")] = None,
) -> None:
    """Write the model as one graph, checked against the original, with its preprocessing beside it."""
    from exiqa.model.assessing.assessor import load
    from exiqa.model.exporting.export import export_model

    exported = export_model(load(artifact, regressor, "cpu"), out, format)
    typer.echo(printable(f"{exported.model}: largest difference to the original {exported.largest_difference:.1e}"))
    typer.echo(printable(f"{exported.description}: inputs, outputs, preprocessing"))


def _open(dataset: str, strength_map: str, scale: str | None) -> Dataset:
    from exiqa.core.errors import UserError
    from exiqa.iqadata.catalog.loading import open_dataset
    from exiqa.iqadata.datasets.labels.scales import parse_scale

    if scale is None:
        return open_dataset(dataset, strength_map)
    if not dataset.startswith("table:"):
        raise UserError(f"--scale is for the scores of a table (table:FILE.csv); {dataset} has a scale of its own")
    return open_dataset(dataset, strength_map, scale=parse_scale(scale))


def _sparse(kind: str, attributes: int | None) -> BaseModel | None:
    """The settings of a sparse regressor of so many attributes; None where no number is given."""
    from exiqa.core.errors import UserError
    from exiqa.model.regressors.sparse import SparseConfig

    if attributes is None:
        return None
    if kind != "sparse":
        raise UserError(f"--attributes is for --kind sparse; {kind} takes all attributes")
    return SparseConfig(attributes=attributes)


def _split(dataset: Dataset, file: Path | None, seed: int) -> Split:
    from exiqa.iqadata.datasets.splits import Split, make_split

    return make_split(dataset, seed) if file is None else Split.load(file)

"""The multi-distortion set that `exiqa data synth` makes: several distortions an image, no scores."""

from __future__ import annotations

from pathlib import Path

from exiqa.iqadata.datasets.dataset import Dataset
from exiqa.iqadata.datasets.spec import DatasetProblem, DatasetSpec, Listing

LAYOUT = "recipes.parquet, and images or the photos that the recipes name"


def build(root: Path, strength_map: str, pristine: Path | None = None) -> Dataset:
    """The set as a dataset.

    Args:
        root: The folder that `exiqa data synth` made.
        strength_map: "level" or "magnitude".
        pristine: The folder of the undistorted photos, if it was moved.

    Raises:
        UserError: As `synth_dataset`.
    """
    from exiqa.iqadata.synthesis.synth_dataset import synth_dataset

    return synth_dataset(root, "magnitude" if strength_map == "magnitude" else "level", pristine)


def read(root: Path, pristine: Path | None = None) -> Listing:
    """What the recipes ask for, which of its images are there, and what was skipped.

    Where no image has a file (they are rendered when loaded), the photos are listed instead.

    Raises:
        UserError: The folder holds no such set.
    """
    from exiqa.iqadata.synthesis.synth import IMAGES, SKIPPED, read_skipped
    from exiqa.iqadata.synthesis.synth_dataset import SynthPixels
    from exiqa.iqadata.synthesis.worker import image_path

    dataset = build(root, "level", pristine)
    load = dataset.load
    assert isinstance(load, SynthPixels)
    images = {image: image_path(root / IMAGES, image) for image in dataset.table["image"]}
    present = {image: path for image, path in images.items() if path.exists()}
    problems = [
        DatasetProblem("unreadable", f"{SKIPPED} lists {skipped.source} {skipped.image}: {skipped.reason}")
        for skipped in read_skipped(root)
    ]
    if present:
        problems += [
            DatasetProblem(
                "missing", f"the recipes ask for image {image}, which has no file; run synth again to render it"
            )
            for image in images
            if image not in present
        ]
    return Listing(
        taxonomy=dataset.taxonomy,
        table=dataset.table.drop(columns="score"),
        load=load,
        files=tuple(present.values()) or tuple(load.pristine / reference for reference in dataset.references),
        problems=tuple(problems),
        notes=dataset.notes,
    )


SPEC = DatasetSpec(
    name="exiqa",
    title="the multi-distortion set",
    source="made by this package from photos of the user's, after section V-A of the ExIQA paper",
    layout=LAYOUT,
    read=read,
    build=build,
    strength_maps=("level", "magnitude"),
)

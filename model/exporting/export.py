"""The model as one graph without this package: ONNX, or PyTorch's torch.export, and its preprocessing in words."""

from __future__ import annotations

import json
import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np
import torch
from torch import Tensor, nn

from exiqa.core.errors import UserError
from exiqa.core.files import atomic_path, write_text
from exiqa.model.artifacts.artifact import Artifact
from exiqa.model.assessing.assessor import Assessor
from exiqa.model.engines.graph_description import (
    DESCRIPTION,
    BankIdentity,
    GraphDescription,
    GraphDistortion,
    GraphInput,
    GraphPreprocessing,
)
from exiqa.model.engines.onnxruntime import import_onnxruntime
from exiqa.model.head import distortion_probability, photo_attributes
from exiqa.model.preprocess import PREPROCESSINGS
from exiqa.model.regressors.regressor import Regressor

Format = Literal["onnx", "torch"]

TOLERANCE = 1e-4
"""The largest difference to the original in any output, for an export to be kept."""
OUTPUTS = {
    "attributes": "(photos, A) P(a|I) in [0, 1], the mean over the views; columns as in `attributes` below",
    "strengths": "(photos, D) P(d|I) in [0, 1]; columns as in `distortions` below",
    "scores": "(photos,) quality scores, higher is better, not clipped",
}
"""What an exported model gives, in order; `scores` only with a regressor."""

PREPROCESSING: dict[str, str] = {
    "native": "Cut five crops of size × size pixels out of the photo without resampling it: top left, top right, "
    "bottom left, bottom right and centre (offset = floor(free pixels / 2)). A photo smaller than a crop is first "
    "continued on both sides by mirroring, the border pixel included, floor(missing / 2) pixels above and left.",
    "grid": "Cut crops of size × size pixels out of the photo without resampling it, in rows from the top left. Along "
    "a side of length L there are n = min(ceil(L / size), 8) of them, the i-th (from 0) at offset "
    "8 · floor(floor(i · (L - size) / (n - 1)) / 8), a single one at 0. A photo smaller than a crop is first continued "
    "on both sides by mirroring, the border pixel included, floor(missing / 2) pixels above and left. The photos of "
    "one call have equally many views.",
    "resize": "Resample the whole photo to size × size pixels, bicubic with antialiasing (Pillow's), its aspect ratio "
    "lost.",
}


@dataclass(frozen=True)
class Exported:
    """What an export wrote."""

    model: Path
    description: Path
    """JSON: inputs, outputs, preprocessing, the names behind the columns."""
    largest_difference: float
    """To the original, over all outputs of random photos."""


class PhotoModel(nn.Module):
    """Views of photos in, attributes, strengths and scores out: all that an artifact computes, preprocessing aside."""

    mean: Tensor
    std: Tensor
    directions: Tensor
    weights: Tensor

    def __init__(self, artifact: Artifact, regressor: Regressor | None) -> None:
        super().__init__()
        model = artifact.model.eval()
        # The image tower alone: the text tower's work is in the directions.
        self.tower = model.backbone.visual if model.tower is None else model.tower
        self.regressor = regressor
        self.logit_scale = float(model.head.logit_scale)
        for name, tensor in {
            "mean": model.backbone.mean,
            "std": model.backbone.std,
            "directions": model.directions(),
            "weights": model.head.weights(),
        }.items():
            self.register_buffer(name, tensor.detach().clone())  # type: ignore[operator]

    def forward(self, views: Tensor) -> tuple[Tensor, ...]:
        """(N, V, 3, S, S) pixels in [0, 1] -> (N, A) P(a|I), (N, D) P(d|I) and, with a regressor, (N,) scores."""
        photos, count = views.shape[:2]
        embedding = self.tower((views.flatten(0, 1) - self.mean) / self.std)
        embedding = embedding[0] if isinstance(embedding, tuple) else embedding
        embeddings = embedding.reshape(photos, count, -1)
        attributes = photo_attributes(embeddings, self.directions, self.logit_scale)
        strengths = distortion_probability(attributes, self.weights)
        return (
            (attributes, strengths) if self.regressor is None else (attributes, strengths, self.regressor(attributes))
        )


def export_model(assessor: Assessor, out: Path, format: Format = "onnx") -> Exported:
    """Write `out`/model.onnx or `out`/model.pt2, and `out`/exported.json beside it.

    The number of photos a call is free, and so is the number of their views where it varies with the photo. What was
    written is read back and run on random photos.

    Args:
        assessor: Whose model and regressor are exported.
        out: The folder.
        format: "onnx", or "torch" for PyTorch's torch.export.

    Raises:
        UserError: `out` is called like a file, an output is further than 1e-4 from the original's (then nothing is
            kept), or a package that ONNX needs is missing.
    """
    if out.suffix in {suffix for *_, suffix in FORMATS.values()}:
        raise UserError(f"{out} has a file's name, and an export is a folder; name it {out.with_suffix('')}")
    artifact = assessor.artifact
    photo_model = PhotoModel(artifact, assessor.regressor).cpu().eval()
    samples = random_views(artifact)
    write, run, suffix = FORMATS[format]
    path = out / f"model{suffix}"
    with atomic_path(path) as temporary:
        write(photo_model, samples[-1], dynamic_sizes(artifact), output_names(assessor), temporary)
        difference = largest_difference(photo_model, run(temporary), samples)
    return Exported(path, write_description(describe_graph(assessor, path.name), out), difference)


def output_names(assessor: Assessor) -> tuple[str, ...]:
    """The outputs of an exported model, in order."""
    return tuple(OUTPUTS)[: 3 if assessor.regressor else 2]


def random_views(artifact: Artifact) -> list[Tensor]:
    """Random pixels in [0, 1], (N, V, 3, S, S) each, with different N and, where it varies, V; the last for tracing."""
    size = artifact.model.backbone.image_size
    views = PREPROCESSINGS[artifact.preprocessing].views
    generator = torch.Generator().manual_seed(0)
    counts = ((1, 1), (1, 5), (3, 2)) if views is None else ((1, views), (3, views))
    return [torch.rand(photos, count, 3, size, size, generator=generator) for photos, count in counts]


def dynamic_sizes(artifact: Artifact) -> dict[int, Any]:
    """Which dimensions of the views are free in a graph, as torch.export wants it."""
    free = {0: torch.export.Dim("photos")}
    return free | ({1: torch.export.Dim("views")} if PREPROCESSINGS[artifact.preprocessing].views is None else {})


def largest_difference(
    model: PhotoModel, run: Callable[[np.ndarray], Sequence[np.ndarray]], samples: Sequence[Tensor]
) -> float:
    """Between a model and its graph, over all outputs.

    Args:
        model: The original.
        run: The graph: views -> its outputs.
        samples: Views of random photos, see `random_views`.

    Raises:
        UserError: It is more than 1e-4.
    """
    largest = 0.0
    for views in samples:
        with torch.no_grad():
            expected = model(views)
        for of_graph, of_model in zip(run(views.numpy()), expected, strict=True):
            largest = max(largest, float(np.abs(of_graph - of_model.numpy()).max()))
    if not largest <= TOLERANCE:
        raise UserError(
            f"the graph differs from the model by {largest:.1e}, more than {TOLERANCE:.0e}, so nothing was written; "
            "use the other format"
        )
    return largest


def _program(model: PhotoModel, sample: Tensor, free: dict[int, Any]) -> torch.export.ExportedProgram:
    with torch.no_grad():
        return torch.export.export(model, (sample,), dynamic_shapes=(free,))


def _write_torch(model: PhotoModel, sample: Tensor, free: dict[int, Any], names: tuple[str, ...], path: Path) -> None:
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="No complete tensor found")  # weights that are views of one tensor
        torch.export.save(_program(model, sample, free), path)


def _run_torch(path: Path) -> Callable[[np.ndarray], list[np.ndarray]]:
    loaded = torch.export.load(path).module()

    def run(views: np.ndarray) -> list[np.ndarray]:
        with torch.no_grad():
            return [output.numpy() for output in loaded(torch.from_numpy(views))]

    return run


def _write_onnx(model: PhotoModel, sample: Tensor, free: dict[int, Any], names: tuple[str, ...], path: Path) -> None:
    onnx_program(model, sample, free, names).save(path, external_data=False)


def onnx_program(
    model: PhotoModel, sample: Tensor, free: dict[int, Any], names: tuple[str, ...]
) -> torch.onnx.ONNXProgram:
    """The model as an ONNX graph.

    Args:
        model: What is traced.
        sample: Views to trace it with.
        free: Its free dimensions, see `dynamic_sizes`.
        names: Of the outputs.

    Raises:
        UserError: A package that this needs is missing.
    """
    try:
        import onnxscript  # noqa: F401 - torch's exporter needs it and names it badly
    except ImportError:
        raise UserError("the ONNX format needs the extra onnx: pip install 'exiqa[onnx]'") from None
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the exporter warns of its own deprecated calls
        program = torch.onnx.export(
            _program(model, sample, free), input_names=["views"], output_names=list(names), verbose=False, dynamo=True
        )
    assert program is not None  # None only where a file name is given
    for node in program.model.graph.all_nodes():
        node.metadata_props.clear()  # where in which file each was made
        node.doc_string = None
    return program


def _run_onnx(path: Path) -> Callable[[np.ndarray], list[np.ndarray]]:
    try:
        onnxruntime = import_onnxruntime()
    except ImportError:
        raise UserError("checking an ONNX graph needs the extra onnx: pip install 'exiqa[onnx]'") from None
    session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
    return lambda views: session.run(None, {"views": views})


FORMATS: dict[str, tuple[Callable[..., None], Callable[[Path], Callable[[np.ndarray], list[np.ndarray]]], str]] = {
    "onnx": (_write_onnx, _run_onnx, ".onnx"),
    "torch": (_write_torch, _run_torch, ".pt2"),
}
"""Per format: how it is written, how it is read back to be checked, the file's suffix."""


def describe_graph(assessor: Assessor, model: str) -> GraphDescription:
    """What goes into the graph of an assessor's model and what comes out.

    Args:
        assessor: Whose model was exported.
        model: The graph's file name.
    """
    artifact = assessor.artifact
    bank, size = artifact.bank, artifact.model.backbone.image_size
    weights = artifact.model.head.weights().detach().cpu().numpy()  # (A, D)
    views = PREPROCESSINGS[artifact.preprocessing].views or "views"
    rows = {attribute.id: (row, attribute.phrase) for row, attribute in enumerate(bank.attributes)}
    return GraphDescription(
        model=model,
        artifact=artifact.hash,
        bank=BankIdentity(id=bank.id, hash=bank.hash),
        input=GraphInput(
            name="views",
            shape=("photos", views, 3, size, size),
            type="float32",
            range=(0, 1),
            meaning="RGB, sRGB as in the file, divided by 255; mean and deviation are applied inside the graph",
        ),
        outputs={name: OUTPUTS[name] for name in output_names(assessor)},
        preprocessing=GraphPreprocessing(
            name=artifact.preprocessing, size=size, views=views, steps=PREPROCESSING[artifact.preprocessing]
        ),
        attributes=tuple(attribute.phrase for attribute in bank.attributes),
        distortions=tuple(
            GraphDistortion(
                id=distortion,
                name=bank.taxonomy[distortion].name,
                weights={
                    phrase: float(weights[row, column])
                    for row, phrase in (rows[attribute.id] for attribute in bank.ranked[distortion])
                },
            )
            for column, distortion in enumerate(bank.distortions)
        ),
        regressor=assessor.engine.regressor_name,
        score=assessor.engine.origin,
    )


def write_description(about: GraphDescription, folder: Path) -> Path:
    """Write `exported.json`."""
    path = folder / DESCRIPTION
    values = about.model_dump(mode="json", exclude_defaults=True)
    write_text(path, json.dumps(values, indent=1, ensure_ascii=False) + "\n")
    return path

"""The model as one graph without this package: ONNX, or PyTorch's torch.export, and its preprocessing in words."""

from __future__ import annotations

import json
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np
import torch
from torch import Tensor, nn

from bank.errors import UserError
from bank.files import atomic_path, write_text
from model.artifact import Artifact
from model.assess import Assessor
from model.head import attribute_logits, distortion_probability
from model.preprocess import PREPROCESSINGS
from model.regressor import Regressor

Format = Literal["onnx", "torch"]

TOLERANCE = 1e-4
"""The largest difference to the original in any output, for an export to be kept."""
CHECKED_PHOTOS = 3
DESCRIPTION = "exported.json"

PREPROCESSING: dict[str, str] = {
    "native": "Cut five crops of size × size pixels out of the photo without resampling it: top left, top right, "
    "bottom left, bottom right and centre (offset = floor(free pixels / 2)). A photo smaller than a crop is first "
    "continued on both sides by mirroring, the border pixel included, floor(missing / 2) pixels above and left.",
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
        logits = attribute_logits(embedding, self.directions, self.logit_scale)
        attributes = torch.sigmoid(logits).reshape(photos, count, -1).mean(dim=1)
        strengths = distortion_probability(attributes, self.weights)
        return (
            (attributes, strengths) if self.regressor is None else (attributes, strengths, self.regressor(attributes))
        )


def export_model(assessor: Assessor, out: Path, format: Format = "onnx") -> Exported:
    """Write `out`/model.onnx or `out`/model.pt2, and `out`/exported.json beside it.

    The number of photos a call is free; the number of views is fixed by the preprocessing. What was written is read
    back and run on random photos; where any output is further than 1e-4 from the original's, nothing is kept.
    Raises UserError for that, and where the packages that ONNX needs are missing.
    """
    artifact = assessor.artifact
    views = PREPROCESSINGS[artifact.preprocessing].views
    size = artifact.model.backbone.image_size
    photo_model = PhotoModel(artifact, assessor.regressor).cpu().eval()
    generator = torch.Generator().manual_seed(0)
    sample = torch.rand(CHECKED_PHOTOS, views, 3, size, size, generator=generator)
    write, run, suffix = FORMATS[format]
    path = out / f"model{suffix}"
    with atomic_path(path) as temporary:
        write(photo_model, sample[:2], output_names(assessor), temporary)
        difference = _largest_difference(photo_model, run(temporary), sample)
        if not difference <= TOLERANCE:
            raise UserError(
                f"the {format} graph differs from the model by {difference:.1e}, more than {TOLERANCE:.0e}, so nothing "
                "was written; use the other format"
            )
    description = out / DESCRIPTION
    write_text(description, json.dumps(_description(assessor, path, size, views), indent=1, ensure_ascii=False) + "\n")
    return Exported(path, description, difference)


def output_names(assessor: Assessor) -> tuple[str, ...]:
    """The outputs of an exported model, in order."""
    return ("attributes", "strengths", *(("scores",) if assessor.regressor else ()))


def _largest_difference(model: PhotoModel, run: Callable[[np.ndarray], list[np.ndarray]], sample: Tensor) -> float:
    largest = 0.0
    for photos in (1, len(sample)):
        with torch.no_grad():
            expected = model(sample[:photos])
        for theirs, ours in zip(run(sample[:photos].numpy()), expected, strict=True):
            largest = max(largest, float(np.abs(theirs - ours.numpy()).max()))
    return largest


def _program(model: PhotoModel, sample: Tensor) -> torch.export.ExportedProgram:
    with torch.no_grad():
        return torch.export.export(model, (sample,), dynamic_shapes=({0: torch.export.Dim("photos")},))


def _write_torch(model: PhotoModel, sample: Tensor, names: tuple[str, ...], path: Path) -> None:
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="No complete tensor found")  # weights that are views of one tensor
        torch.export.save(_program(model, sample), path)


def _run_torch(path: Path) -> Callable[[np.ndarray], list[np.ndarray]]:
    loaded = torch.export.load(path).module()

    def run(views: np.ndarray) -> list[np.ndarray]:
        with torch.no_grad():
            return [output.numpy() for output in loaded(torch.from_numpy(views))]

    return run


def _write_onnx(model: PhotoModel, sample: Tensor, names: tuple[str, ...], path: Path) -> None:
    try:
        import onnxscript  # noqa: F401 - torch's exporter needs it and names it badly
    except ImportError:
        raise UserError("the ONNX format needs the extra onnx: pip install 'exiqa[onnx]'") from None
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the exporter warns of its own deprecated calls
        program = torch.onnx.export(
            _program(model, sample), input_names=["views"], output_names=list(names), verbose=False, dynamo=True
        )
    assert program is not None  # None only where a file name is given
    program.save(path, external_data=False)


def _run_onnx(path: Path) -> Callable[[np.ndarray], list[np.ndarray]]:
    try:
        import onnxruntime
    except ImportError:
        raise UserError("checking an ONNX graph needs the extra onnx: pip install 'exiqa[onnx]'") from None
    session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
    return lambda views: session.run(None, {"views": views})


FORMATS: dict[str, tuple[Callable[..., None], Callable[[Path], Callable[[np.ndarray], list[np.ndarray]]], str]] = {
    "onnx": (_write_onnx, _run_onnx, ".onnx"),
    "torch": (_write_torch, _run_torch, ".pt2"),
}
"""Per format: how it is written, how it is read back to be checked, the file's suffix."""


def _description(assessor: Assessor, model: Path, size: int, views: int) -> dict[str, Any]:
    artifact = assessor.artifact
    bank = artifact.bank
    origin = assessor.regressor.origin if assessor.regressor else None
    outputs = {
        "attributes": "(photos, A) P(a|I) in [0, 1], the mean over the views; columns as in `attributes` below",
        "strengths": "(photos, D) P(d|I) in [0, 1]; columns as in `distortions` below",
        "scores": "(photos,) quality scores, higher is better, not clipped",
    }
    return {
        "model": model.name,
        "artifact": artifact.hash,
        "bank": {"id": bank.id, "hash": bank.hash},
        "input": {
            "name": "views",
            "shape": ["photos", views, 3, size, size],
            "type": "float32",
            "range": [0, 1],
            "meaning": "RGB, sRGB as in the file, divided by 255; mean and deviation are applied inside the graph",
        },
        "outputs": {name: outputs[name] for name in output_names(assessor)},
        "preprocessing": {
            "name": artifact.preprocessing,
            "size": size,
            "views": views,
            "steps": PREPROCESSING[artifact.preprocessing],
        },
        "attributes": [attribute.phrase for attribute in bank.attributes],
        "distortions": [{"id": d, "name": bank.taxonomy[d].name} for d in bank.distortions],
        "score": origin.model_dump() if origin else None,
    }

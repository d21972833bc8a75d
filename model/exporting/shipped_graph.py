"""Writing the graph that ships beside an artifact, without a second copy of the backbone's weights."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from exiqa.core.errors import UserError
from exiqa.core.files import atomic_path, sha256_file
from exiqa.model.artifacts.config_file import CONFIG
from exiqa.model.assessing.assessor import Assessor
from exiqa.model.engines.graph_description import DESCRIPTION
from exiqa.model.engines.graph_engine import FILES, GRAPH, TRANSPOSED, WEIGHTS, GraphSession
from exiqa.model.exporting.export import (
    Exported,
    PhotoModel,
    describe_graph,
    dynamic_sizes,
    largest_difference,
    onnx_program,
    output_names,
    random_views,
    write_description,
)

if TYPE_CHECKING:
    import onnx

SMALLEST = 64
"""Elements: smaller initialisers stay in the graph, as they are mostly constants of its own."""


def export_shipped(assessor: Assessor, folder: Path) -> Exported:
    """Write `folder`/assess.onnx and `folder`/exported.json, so that photos are assessed without torch
    (`exiqa.model.engines.graph_engine`).

    The graph is read back and compared on random photos of different numbers of views.

    Args:
        assessor: Of the artifact in `folder`.
        folder: The artifact as it was saved, with the backbone's weights.safetensors in it.

    Raises:
        UserError: An output is further than 1e-4 from the model's (then no graph is left there), the folder lacks those
            files, or a package that ONNX needs is missing.
    """
    for name in (CONFIG, WEIGHTS):
        if not (folder / name).is_file():
            raise UserError(f"{folder} has no {name}; save the artifact and its backbone's weights there first")
    (folder / DESCRIPTION).unlink(missing_ok=True)  # written last: with it the graph is complete
    artifact = assessor.artifact
    model = PhotoModel(artifact, assessor.regressor).cpu().eval()
    samples = random_views(artifact)
    program = onnx_program(model, samples[-1], dynamic_sizes(artifact), output_names(assessor))
    graph = program.model_proto
    stored = leave_stored_weights_out(graph, folder / WEIGHTS)
    path = folder / GRAPH
    with atomic_path(path) as temporary:
        temporary.write_bytes(graph.SerializeToString())
        opened = GraphSession(temporary, folder / WEIGHTS, stored)
        difference = largest_difference(model, lambda views: opened.session.run(None, {"views": views}), samples)
    about = describe_graph(assessor, GRAPH)
    files = {name: sha256_file(folder / name) for name in FILES}
    about = about.model_copy(update={"files": files, "stored_weights": stored})
    return Exported(path, write_description(about, folder), difference)


def leave_stored_weights_out(graph: onnx.ModelProto, weights: Path) -> tuple[str, ...]:
    """Turn the initialisers that equal a stored tensor, or its transpose, into external data.

    They are told by their contents, as the exporter folds and renames them.

    Args:
        graph: Changed in place.
        weights: A safetensors file; its tensors are compared as float32.

    Returns:
        The initialisers' new names.
    """
    from onnx import TensorProto, numpy_helper

    names = _by_content(weights)
    renamed: dict[str, str] = {}
    kept: list[TensorProto] = []
    stored: list[str] = []
    for initialiser in graph.graph.initializer:
        values = numpy_helper.to_array(initialiser)
        name = names.get((values.shape, values.tobytes())) if values.dtype == np.float32 else None
        if name is None or values.size < SMALLEST:
            kept.append(initialiser)
            continue
        renamed[initialiser.name] = name
        if name not in stored:  # two that are equal become one
            stored.append(name)
            external = TensorProto(
                name=name, dims=values.shape, data_type=TensorProto.FLOAT, data_location=TensorProto.EXTERNAL
            )
            external.external_data.add(key="location", value=weights.name)
            kept.append(external)
    for node in graph.graph.node:
        node.input[:] = [renamed.get(name, name) for name in node.input]
    del graph.graph.value_info[:]  # shapes of values in between, some under their old names; inferred when opened
    del graph.graph.initializer[:]
    graph.graph.initializer.extend(kept)
    return tuple(stored)


def _by_content(weights: Path) -> dict[tuple[tuple[int, ...], bytes], str]:
    """(shape, float32 bytes) -> the tensor's name, and of a matrix also those of its transpose."""
    from safetensors.numpy import load_file

    names: dict[tuple[tuple[int, ...], bytes], str] = {}
    for name, tensor in load_file(weights).items():
        values = tensor.astype(np.float32)
        names[values.shape, values.tobytes()] = name
        if values.ndim == 2:
            names.setdefault((values.T.shape, values.T.tobytes()), name + TRANSPOSED)
    return names

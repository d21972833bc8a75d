"""A shipped graph under onnxruntime: photos read without torch, from a second after a cold start.

The graph's file holds no weight that the backbone's own file, weights.safetensors, has already: those initialisers
are ONNX external data, named after the stored tensors (NAME, or NAME.T for a matrix that the graph wants transposed),
and are handed over in memory, as float32, when a session is opened.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from exiqa.bank.storage.bank_file import read_bank
from exiqa.core.errors import UserError
from exiqa.core.files import sha256_file
from exiqa.model.artifacts.config_file import CONFIG, read_config
from exiqa.model.engines.graph_description import DESCRIPTION, GraphDescription, read_description
from exiqa.model.engines.onnxruntime import import_onnxruntime
from exiqa.model.prediction import Prediction
from exiqa.model.preprocess import PREPROCESSINGS
from exiqa.model.regressors.reach import Reach, read_reach
from exiqa.model.regressors.regressor_paths import find_regressor
from exiqa.model.regressors.score_origin import ScoreOrigin

if TYPE_CHECKING:
    from exiqa.model.artifacts.artifact import Artifact

GRAPH = "assess.onnx"
WEIGHTS = "weights.safetensors"
FILES = (GRAPH, WEIGHTS, CONFIG)
"""What `exported.json` has the SHA-256 of; the artifact's config.json stands for its other files."""
TRANSPOSED = ".T"


def has_graph(folder: Path) -> bool:
    """Whether an artifact has a shipped graph, and onnxruntime is installed."""
    return (folder / DESCRIPTION).is_file() and (folder / GRAPH).is_file() and find_spec("onnxruntime") is not None


class GraphEngine:
    """The graph in an artifact's folder. Runs on the CPU."""

    def __init__(self, folder: Path) -> None:
        """The graph that ships in an artifact's folder, opened.

        Raises:
            UserError: A file is missing, cut short or changed, or does not go with the others.
        """
        onnxruntime = import_onnxruntime()
        self.name = f"onnxruntime {onnxruntime.__version__}"
        self._folder = folder
        about = read_description(folder / DESCRIPTION)
        _verify(folder, about)
        bank_path = folder / "bank.json"
        if not bank_path.is_file():
            raise UserError(f"{bank_path} is missing, and {DESCRIPTION} names its bank; restore the file")
        self.bank = read_bank(bank_path)
        if self.bank.hash != about.bank.hash:
            raise UserError(f"{bank_path} is not the bank that {DESCRIPTION} names; restore the file")
        self.preprocessing: str = about.preprocessing.name
        self.regressor_name: str | None = about.regressor
        self.origin: ScoreOrigin | None = about.score
        self.weights = np.array(
            [[d.weights.get(a.phrase, 0) for d in about.distortions] for a in self.bank.attributes], np.float32
        ).reshape(len(self.bank.attributes), len(about.distortions))
        self._view_size = about.preprocessing.size
        self._graph = GraphSession(folder / GRAPH, folder / WEIGHTS, about.stored_weights)

    @cached_property
    def reach(self) -> Reach | None:
        """Read from the regressor's own file, when it is first asked for.

        Raises:
            UserError: The file is missing, cut short or changed.
        """
        if self.regressor_name is None:
            return None
        sha256 = read_config(self._folder / CONFIG).regressors.get(self.regressor_name, "")
        path = find_regressor(self._folder, self.regressor_name, sha256)
        return read_reach(path, len(self.bank.attributes))

    @cached_property
    def artifact(self) -> Artifact:
        from exiqa.model.artifacts.artifact import Artifact

        return Artifact.from_pretrained(self._folder)

    def predict(self, images: Sequence[np.ndarray], batch_size: int = 64) -> Prediction:
        """One photo at a time, as each has its own number of views; `batch_size` changes nothing."""
        preprocess, size = PREPROCESSINGS[self.preprocessing], self._view_size
        outputs = [
            self._graph.session.run(None, {"views": to_input(preprocess.test_views(image, size))}) for image in images
        ]
        columns = [np.concatenate(column) for column in zip(*outputs, strict=True)] if outputs else self._nothing()
        return Prediction(columns[0], columns[1], columns[2] if self.regressor_name else None)

    def _nothing(self) -> list[np.ndarray]:
        attributes, distortions = self.weights.shape
        return [np.empty((0, attributes), np.float32), np.empty((0, distortions), np.float32), np.empty(0, np.float32)]


def to_input(views: np.ndarray) -> np.ndarray:
    """(V, S, S, 3) uint8 views of one photo -> (1, V, 3, S, S) float32 in [0, 1], as the graph takes them."""
    return np.ascontiguousarray(views.transpose(0, 3, 1, 2), dtype=np.float32)[None] / np.float32(255)


class GraphSession:
    """An opened graph, on the CPU: `session.run` takes "views", (N, V, 3, S, S) float32 in [0, 1]."""

    def __init__(self, graph: Path, weights: Path, stored_weights: Sequence[str]) -> None:
        """Open a graph.

        Args:
            graph: The ONNX file.
            weights: The safetensors file with the initialisers that the graph lacks.
            stored_weights: Their names.

        Raises:
            UserError: The files do not go together.
        """
        onnxruntime = import_onnxruntime()
        values = [onnxruntime.OrtValue.ortvalue_from_numpy(value) for value in read_stored(weights, stored_weights)]
        options = onnxruntime.SessionOptions()
        options.log_severity_level = 3  # errors
        # Its threads would otherwise burn the processor while they wait, and photos are decoded meanwhile.
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        options.add_external_initializers(list(stored_weights), values)
        self._values = values  # onnxruntime reads them where they are
        try:
            self.session = onnxruntime.InferenceSession(graph, options, providers=["CPUExecutionProvider"])
        except Exception as error:  # onnxruntime's own errors share no narrower class
            raise UserError(f"onnxruntime cannot open {graph}: {str(error).splitlines()[0]}") from None


def read_stored(weights: Path, names: Sequence[str]) -> list[np.ndarray]:
    """The tensors of a safetensors file that a graph's initialisers are named after.

    Args:
        weights: The safetensors file.
        names: Each a tensor's, or with `TRANSPOSED` at its end that of its transpose.

    Returns:
        Float32 arrays, in the order of the names.

    Raises:
        UserError: The file has no such tensor.
    """
    from safetensors import SafetensorError, safe_open

    try:
        with safe_open(weights, framework="np") as file:
            tensors = [(name, file.get_tensor(name.removesuffix(TRANSPOSED))) for name in names]
    except SafetensorError as error:
        raise UserError(f"{weights} does not go with the graph: {error}") from None
    return [np.ascontiguousarray(t.T if name.endswith(TRANSPOSED) else t, dtype=np.float32) for name, t in tensors]


def _verify(folder: Path, about: GraphDescription) -> None:
    for name in FILES:
        if not (folder / name).is_file():
            raise UserError(f"{folder / name} is missing, and {DESCRIPTION} names it; install exiqa again")
        if sha256_file(folder / name) != about.files.get(name):
            raise UserError(
                f"{folder / name} is cut short or changed: its SHA-256 is not the one in {DESCRIPTION}; "
                "install exiqa again"
            )

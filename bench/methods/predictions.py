"""A row of somebody else's predictions, read from a CSV file: `predictions:NAME`, the file being the suite's to name.

Columns: `image`, the data set's own name of each image, and `score` (higher is better; on [0, 1] as the data set's
scores are, if its RMSE is to say anything), or a column for each of the data set's distortions with strengths in
[0, 1], or both.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from exiqa.bench.methods.method import EVERY_PROTOCOL, Method
from exiqa.bench.methods.prediction_task import PredictionTask
from exiqa.core.errors import UserError

if TYPE_CHECKING:
    import pandas as pd

    from exiqa.iqadata.datasets.dataset import Dataset

PREFIX = "predictions:"
VERSION = 1
"""`Method.version` of all of them."""
FILE = "file"
"""The setting of a cell that has the file's path."""
_LISTED = 10
"""So many images are named where some are wrong, and the others counted."""


def method_of(name: str) -> Method:
    """The row of the predictions that a suite calls `name`."""
    return Method(
        label=name,
        meaning="predictions read from a file of their author's, who says what they were fitted to",
        protocols=EVERY_PROTOCOL,
        predict=predict,
        version=VERSION,
    )


def predict(task: PredictionTask) -> np.ndarray:
    """(T, D) strengths or (T,) scores of the task's images, as the file has them.

    Raises:
        UserError: As `read_predictions_of`.
    """
    return read_predictions_of(Path(task.settings[FILE]), task.test, task.test_rows, task.protocol.predicts)


def read_predictions_of(path: Path, dataset: Dataset, rows: np.ndarray, predicts: str) -> np.ndarray:
    """The predictions in a file for some images of a data set; the file may have the data set's other images too.

    Args:
        path: The CSV file.
        dataset: What it is about.
        rows: (N,) row numbers of the images that are asked for.
        predicts: "strengths" or "scores".

    Returns:
        (N, D) float32 strengths in [0, 1], or (N,) float32 scores, higher is better.

    Raises:
        UserError: There is no such file, a column is missing or unknown, an image is missing, unknown or twice there,
            or a value is no number.
    """
    table = _read(path)
    known = ["image", "score", *dataset.distortions]
    for column in table.columns:
        if column not in known:
            nearest = get_close_matches(column, known, n=1)
            hint = f"the nearest is {nearest[0]!r}" if nearest else f"{dataset.name} has {', '.join(known)}"
            raise UserError(f"{path}: there is no column {column!r}; {hint}")
    wanted = ["score"] if predicts == "scores" else list(dataset.distortions)
    if lacking := [column for column in ("image", *wanted) if column not in table]:
        raise UserError(f"{path}: {predicts} of {dataset.name} need the columns {_listed(lacking)}, which it has not")
    names = table["image"]
    asked_for = dataset.table["image"].iloc[rows]
    values = table[wanted].apply(_numbers)
    finite = np.isfinite(values.to_numpy()).all(axis=1)
    beyond = finite & ((values.to_numpy() < 0) | (values.to_numpy() > 1)).any(axis=1) & (predicts == "strengths")
    wrong = {
        "missing": asked_for[~asked_for.isin(set(names))],
        f"not in {dataset.name}": names[~names.isin(set(dataset.table["image"]))],
        "there more than once": names[names.duplicated()],
        "without a number": names[~finite],
        "with a strength outside [0, 1]": names[beyond],
    }
    problems = [f"{len(images)} {what} ({_listed(images)})" for what, images in wrong.items() if len(images)]
    if problems:
        raise UserError(f"{path}: images of {dataset.name} are wrong: {'; '.join(problems)}; mend the file")
    predictions = values.set_axis(names).loc[list(asked_for)].to_numpy(np.float32)
    return predictions if predicts == "strengths" else predictions[:, 0]


def _read(path: Path) -> pd.DataFrame:
    """The file with all values as texts."""
    import pandas as pd

    try:
        return pd.read_csv(path, dtype=str, keep_default_na=False, skipinitialspace=True, encoding="utf-8-sig")
    except FileNotFoundError:
        raise UserError(f"there are no predictions at {path}; write the file, or name another in the suite") from None
    except (OSError, UnicodeDecodeError, pd.errors.ParserError, pd.errors.EmptyDataError) as error:
        raise UserError(f"{path} is no CSV file of predictions: {str(error).strip().splitlines()[0]}") from None


def _numbers(texts: pd.Series[str]) -> pd.Series[float]:
    """Numbers, NaN for what is none."""
    import pandas as pd

    return pd.to_numeric(texts, errors="coerce").astype(float)


def _listed(names: Iterable[str]) -> str:
    listed: Sequence[str] = list(dict.fromkeys(names))
    more = f" and {len(listed) - _LISTED} more" if len(listed) > _LISTED else ""
    return ", ".join(listed[:_LISTED]) + more

"""Stored predictions by what people rated, where that is not each image by itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd


def of_what_was_rated(predictions: pd.DataFrame) -> pd.DataFrame:
    """Stored predictions with one row for each thing that people rated: of the frames of a video the mean prediction.

    A correlation over frames would count each video as often as it has frames, all of them with one true score.
    """
    if "rated" not in predictions:
        return predictions
    means = {name: "mean" for name in predictions.columns if name == "true" or name.startswith("predicted")}
    first = {name: "first" for name in predictions.columns if name not in (*means, "rated")}
    return predictions.groupby("rated", sort=False).agg({**first, **means}).reset_index()

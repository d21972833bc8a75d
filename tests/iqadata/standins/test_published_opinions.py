"""Photos with the mean opinion published of their distortion and level, and beside them opinions of whole photos."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from exiqa.core.errors import UserError
from exiqa.iqadata.datasets.combine import combine
from exiqa.iqadata.datasets.dataset import Dataset
from exiqa.iqadata.datasets.splits import make_split
from exiqa.iqadata.standins import published_opinions
from exiqa.iqadata.standins.opinions import opinion
from exiqa.iqadata.standins.published_opinions import beside_published, pristine_opinion, with_pristine
from exiqa.iqadata.standins.standin import standin


@pytest.fixture(scope="module")
def rated() -> Dataset:
    return standin(
        "mini-csiq", references=4, height=48, width=48, distortions=["jpeg", "gaussian_blur"], scores="published"
    )


def test_every_photo_has_the_published_mean_of_its_cell(rated: Dataset) -> None:
    assert rated.score_info is not None and not rated.score_info.proxy
    for row in rated.table.itertuples():
        assert row.score == pytest.approx(opinion("csiq", row.distortion, row.level, 5)[0])
    # CSIQ's raw scores run the other way.
    np.testing.assert_allclose(rated.table["raw_score"], 1 - rated.table["score"], atol=1e-6)


def test_pristine_photos_are_the_best_and_are_their_references(rated: Dataset) -> None:
    whole = with_pristine(rated)
    assert len(whole) == len(rated) + 4 == len(whole.strengths)
    clean = whole.table["distortion"].to_numpy() == ""
    assert clean.sum() == 4 and not whole.strengths[clean].any()
    assert (whole.scores[clean] >= whole.scores[~clean].max()).all()
    assert whole.scores[clean][0] == pytest.approx(pristine_opinion("csiq"))
    row = int(np.flatnonzero(clean)[1])
    reference = whole.table["reference"].iloc[row]
    np.testing.assert_array_equal(whole.load(row), rated.load.reference(reference))
    np.testing.assert_array_equal(whole.load(0), rated.load(0))


def _photos(count: int) -> Dataset:
    """Authentic photos in two parts, by opinions."""
    part = standin("mini-lvq", references=count, height=48, width=48, distortions=["smoke"], scores="published")
    first = part.table["level"].to_numpy() == 1
    table = part.table[first].assign(distortion="", level=0).reset_index(drop=True)
    parts = np.array(["a", "b"], object)[np.arange(len(table)) % 2]
    return replace(
        part,
        name="photos",
        table=table,
        distortions=(),
        strengths=part.strengths[first][:, :0],
        levels=(),
        subsets=parts,
    )


def test_a_split_has_the_same_share_of_each_part(rated: Dataset) -> None:
    both = combine("both", [_photos(20), with_pristine(rated)])
    assert both.subsets is not None
    assert sorted(set(both.subsets)) == ["mini-csiq", "photos a", "photos b"]
    assert both.score_info is not None and not both.score_info.proxy
    _, _, test = make_split(both, 0).rows(both)
    counts = {name: int((both.subsets[test] == name).sum()) for name in sorted(set(both.subsets))}
    assert counts["photos a"] == counts["photos b"] == 2
    assert counts["mini-csiq"] == (len(rated) + 4) // 4  # one reference of four, with all its images


def test_opinions_stand_beside_published_ones(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(published_opinions, "HEIGHT", 48)
    monkeypatch.setattr(published_opinions, "WIDTH", 48)
    both = beside_published(_photos(6))
    assert both.name == "photos+published"
    assert both.table["image"].str.endswith("_pristine").sum() == 20
    with pytest.raises(UserError, match="no quality scores"):
        beside_published(replace(_photos(6), score_info=None))

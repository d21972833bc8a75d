"""Several datasets as one."""

from __future__ import annotations

import numpy as np
import pytest

from exiqa.core.errors import UserError
from exiqa.iqadata.catalog.loading import load_dataset

SIZE = {"references": 2, "height": 48, "width": 48}
BLUR = {"data": "mini-csiq", "distortions": ["gaussian_blur", "jpeg"], **SIZE}
SMOKE = {"data": "mini-lvq", "distortions": ["smoke"], **SIZE}


def test_a_combined_dataset_has_the_images_of_its_parts_over_all_their_distortions():
    blur, smoke = (
        load_dataset("mini-csiq", distortions=BLUR["distortions"], **SIZE),
        load_dataset("mini-lvq", distortions=["smoke"], **SIZE),
    )
    both = load_dataset("combined", parts=[BLUR, SMOKE])
    assert both.distortions == (*blur.distortions, "smoke")
    assert both.taxonomy["smoke"] == smoke.taxonomy["smoke"]
    assert len(both) == len(blur) + len(smoke)
    np.testing.assert_array_equal(both.strengths[: len(blur), :2], blur.strengths)
    np.testing.assert_array_equal(both.strengths[len(blur) :, 2:], smoke.strengths)
    assert both.strengths[: len(blur), 2:].max() == both.strengths[len(blur) :, :2].max() == 0
    np.testing.assert_array_equal(both.load(0), blur.load(0))
    np.testing.assert_array_equal(both.load(len(both) - 1), smoke.load(len(smoke) - 1))
    np.testing.assert_array_equal(both.scores, np.concatenate([blur.scores, smoke.scores]))
    assert both.score_info is not None and both.score_info.proxy


def test_parts_that_share_images_cannot_be_combined():
    with pytest.raises(UserError, match="same reference or image"):
        load_dataset("combined", parts=[BLUR, BLUR])


@pytest.mark.parametrize("options", [{"parts": [SIZE]}, {"parts": [BLUR], "references": 3}, {"parts": ["mini-csiq"]}])
def test_what_is_no_list_of_parts_is_refused_with_an_example(options):
    with pytest.raises(UserError, match="data = "):
        load_dataset("combined", **options)


def test_no_parts_are_no_dataset():
    with pytest.raises(UserError, match="has no parts"):
        load_dataset("combined")

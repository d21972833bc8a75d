from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from exiqa.bench.tables.parts.quartiles import median, quartiles

NUMBERS = st.lists(st.floats(-1e9, 1e9), min_size=1, max_size=12)


@given(NUMBERS)
def test_they_are_numpys_to_the_last_bit(numbers: list[float]) -> None:
    assert quartiles(numbers) == tuple(np.quantile(numbers, (0.25, 0.5, 0.75)).tolist())
    assert median(numbers) == np.median(numbers)

from __future__ import annotations

import torch

from exiqa.model.backbones.text import state_hash


def test_a_modules_hash_is_of_its_content() -> None:
    torch.manual_seed(0)
    one, two = torch.nn.Linear(3, 2), torch.nn.Linear(3, 2)
    assert state_hash(one) != state_hash(two)
    two.load_state_dict(one.state_dict())
    assert state_hash(one) == state_hash(two)
    with torch.no_grad():
        two.bias[0] += 1e-6
    assert state_hash(one) != state_hash(two)

from __future__ import annotations

import inspect
from typing import Any

import pytest
import torch
from open_clip.transformer import VisionTransformer

from exiqa.core.errors import UserError
from exiqa.model.backbones.families import load_backbone
from exiqa.model.backbones.prompts import PromptedTower, tokens_for_prompts
from exiqa.model.backbones.vit_tokens import ViTTokens

POOLING = [
    {"pool_type": "tok"},
    {"pool_type": "avg"},
    {"pool_type": "avg", "final_ln_after_pool": True},
    {"pool_type": "tok", "no_ln_pre": True},
]


def _visual(**settings: Any) -> VisionTransformer:
    torch.manual_seed(0)
    return VisionTransformer(32, 8, width=64, layers=3, heads=2, mlp_ratio=4.0, output_dim=16, **settings).eval()


def _prompted(visual: VisionTransformer, length: int, deep: bool) -> PromptedTower:
    return PromptedTower(visual, ViTTokens(visual), length, deep, torch.Generator().manual_seed(1)).eval()


@pytest.fixture(scope="module")
def pixels() -> torch.Tensor:
    return torch.rand(3, 3, 32, 32, generator=torch.Generator().manual_seed(2))


@pytest.mark.parametrize("deep", [False, True])
@pytest.mark.parametrize("pooling", POOLING)
def test_zero_prompts_are_the_bare_tower(pooling: dict[str, Any], deep: bool, pixels: torch.Tensor) -> None:
    visual = _visual(**pooling)
    torch.testing.assert_close(_prompted(visual, 0, deep)(pixels), visual(pixels), atol=1e-6, rtol=0)


@pytest.mark.parametrize("pooling", POOLING)
def test_shallow_prompts_are_equation_3(pooling: dict[str, Any], pixels: torch.Tensor) -> None:
    visual = _visual(**pooling)
    tower = _prompted(visual, 4, deep=False)
    x = visual._embeds(pixels)
    h = x.shape[1]
    assert h == 1 + 16
    x = torch.cat([x, tower.prompts[0].expand(3, -1, -1)], dim=1)
    for block in visual.transformer.resblocks:
        x = block(x)
    assert x.shape[1] == h + 4
    expected = visual._pool(x[:, :h])[0] @ visual.proj
    torch.testing.assert_close(tower(pixels), expected)
    assert (tower(pixels) - visual(pixels)).abs().max() > 1e-4


def test_deep_prompts_are_equations_4_and_5(pixels: torch.Tensor) -> None:
    visual = _visual(pool_type="tok")
    tower = _prompted(visual, 4, deep=True)
    y = visual._embeds(pixels)
    for layer in range(3):
        x = torch.cat([y, tower.prompts[layer].expand(3, -1, -1)], dim=1)  # Eq. 4
        y = visual.transformer.resblocks[layer](x)[:, : y.shape[1]]  # Eq. 5
    torch.testing.assert_close(tower(pixels), visual._pool(y)[0] @ visual.proj)


def test_prompts_have_no_position(pixels: torch.Tensor) -> None:
    tower = _prompted(_visual(), 5, deep=False)
    before = tower(pixels)
    with torch.no_grad():
        tower.prompts.copy_(tower.prompts[:, [3, 0, 4, 1, 2]])
    torch.testing.assert_close(tower(pixels), before)


@pytest.mark.parametrize("deep", [False, True])
def test_the_gradient_reaches_every_prompt(deep: bool, pixels: torch.Tensor) -> None:
    visual = _visual().requires_grad_(False)
    tower = _prompted(visual, 4, deep)
    tower(pixels).square().sum().backward()
    assert tower.prompts.grad is not None
    assert (tower.prompts.grad.abs().sum(dim=2) > 0).all()
    assert [name for name, p in tower.named_parameters() if p.requires_grad] == ["prompts"]


def test_gradients_of_prompts_against_finite_differences(pixels: torch.Tensor) -> None:
    tower = _prompted(_visual().double().requires_grad_(False), 2, deep=True).double()
    image = pixels.double()
    tower(image).pow(2).sum().backward()
    assert tower.prompts.grad is not None
    for place in [(0, 0, 0), (1, 1, 5), (2, 0, 63)]:
        with torch.no_grad():
            values = []
            for change in (1e-5, -2e-5):
                tower.prompts[place] += change
                values.append(tower(image).pow(2).sum().item())
            tower.prompts[place] += 1e-5
        assert tower.prompts.grad[place].item() == pytest.approx((values[0] - values[1]) / 2e-5, rel=1e-4, abs=1e-7)


def test_a_tower_without_tokens_is_refused_with_the_reason() -> None:
    backbone = load_backbone("open_clip:tiny-resnet/random")
    with pytest.raises(UserError, match=r"ModifiedResNet image tower.*no\s+token sequence.*full or frozen"):
        tokens_for_prompts(backbone)


def test_open_clips_seams_have_not_moved(pixels: torch.Tensor) -> None:
    """Says which seam moved, when a new open_clip moves one."""
    visual = _visual()
    moved = []
    embeds = getattr(visual, "_embeds", None)
    if embeds is None or embeds(pixels).shape != (3, 17, 64):
        moved.append("_embeds: pixels -> (N, 1 + patches, width), class token first, positions and ln_pre applied")
    transformer = getattr(visual, "transformer", None)
    if len(getattr(transformer, "resblocks", [])) != 3:
        moved.append("transformer.resblocks: the list of blocks")
    if not getattr(transformer, "batch_first", False):
        moved.append("transformer.batch_first: tokens come as (N, L, width)")
    if list(inspect.signature(VisionTransformer._pool).parameters) != ["self", "x"]:
        moved.append("_pool(x)")
    elif not isinstance(pooled := visual._pool(torch.zeros(2, 17, 64)), tuple) or pooled[0].shape != (2, 64):
        moved.append("_pool: (N, L, width) -> (pooled (N, width), tokens)")
    if getattr(visual, "proj", torch.empty(0)).shape != (64, 16):
        moved.append("proj: (width, E) matrix")
    assert not moved, f"open_clip's VisionTransformer has moved: {'; '.join(moved)}"

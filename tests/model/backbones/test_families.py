from __future__ import annotations

import pickle
from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file

from exiqa.core.errors import UserError
from exiqa.model.backbones.families import FAMILIES, load_backbone


def test_random_weights_are_seeded() -> None:
    one, same, other = (load_backbone("open_clip:tiny-vit/random", seed=seed) for seed in (0, 0, 1))
    assert one.hash == same.hash != other.hash
    assert (one.image_size, one.embed_dim) == (32, 32)
    assert one.logit_scale == pytest.approx(1 / 0.07)
    assert not any(parameter.requires_grad for parameter in one.parameters())


def test_loading_leaves_the_global_generator_alone() -> None:
    torch.manual_seed(5)
    expected = torch.rand(3)
    torch.manual_seed(5)
    load_backbone("open_clip:tiny-vit/random", seed=9)
    torch.testing.assert_close(torch.rand(3), expected)


def test_a_local_safetensors_checkpoint(tmp_path: Path) -> None:
    import open_clip

    clip = open_clip.create_model("tiny-vit", force_custom_text=True)
    path = tmp_path / "clip.safetensors"
    save_file({name: tensor.contiguous() for name, tensor in clip.state_dict().items()}, path)
    backbone = load_backbone(f"open_clip:tiny-vit@{path}")
    pixels = torch.rand(2, 3, 32, 32)
    torch.testing.assert_close(backbone.visual(pixels), clip.eval().visual(pixels))
    tokens = backbone.text_tower.inputs(["There is a softening of details in the photo."])
    torch.testing.assert_close(backbone.text_tower(tokens), clip.encode_text(tokens))


def test_pickles_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "clip.pt"
    path.write_bytes(pickle.dumps({"visual.proj": 1}))
    with pytest.raises(UserError, match="pickles, which can run code"):
        load_backbone(f"open_clip:tiny-vit@{path}")
    disguised = tmp_path / "clip.safetensors"
    disguised.write_bytes(path.read_bytes())
    with pytest.raises(UserError, match="cannot be loaded"):
        load_backbone(f"open_clip:tiny-vit@{disguised}")


def test_openai_weights_select_quickgelu(monkeypatch: pytest.MonkeyPatch) -> None:
    from exiqa.model.backbones import open_clip_models

    asked = []

    def create(spec: str, name: str, pretrained: str | None) -> None:
        asked.append((name, pretrained))
        raise UserError("no network in this test")

    monkeypatch.setattr(open_clip_models, "_create", create)
    for spec in (
        "open_clip:ViT-B-32/openai",
        "open_clip:ViT-B-32-quickgelu/openai",
        "open_clip:ViT-B-16/laion2b_s34b_b88k",
    ):
        with pytest.raises(UserError, match="no network"):
            load_backbone(spec)
    assert asked == [
        ("ViT-B-32-quickgelu", "openai"),
        ("ViT-B-32-quickgelu", "openai"),
        ("ViT-B-16", "laion2b_s34b_b88k"),
    ]


@pytest.mark.parametrize(
    ("spec", "sentence"),
    [
        ("open_clip:ViT-B-32/laion400m_e31", "configured without it; use open_clip:ViT-B-32-quickgelu/laion400m_e31"),
        ("open_clip:ViT-B-32-quickgelu/laion2b_s34b_b79k", "ViT-B-32-quickgelu has no weights|without QuickGELU"),
        ("open_clip:ViT-B-32/nonsense", "has no weights 'nonsense'; there are"),
        ("open_clip:ViT-B-99/openai", "open_clip has no model 'ViT-B-99'"),
        ("open_clip:tiny-vit", "no weights are named"),
        ("open_clip:tiny-vit@/nowhere/x.safetensors", "there is no checkpoint"),
        ("clip", "there is no backbone 'clip'"),
    ],
)  # fmt: skip
def test_specs_that_cannot_be(spec: str, sentence: str) -> None:
    with pytest.raises(UserError, match=sentence) as caught:
        load_backbone(spec)
    assert "\n" not in str(caught.value)


def test_a_hub_out_of_reach_is_one_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)  # else it retries for half a minute
    with pytest.raises(UserError, match="hf-hub:nobody/nothing cannot be loaded"):
        load_backbone("hf-hub:nobody/nothing")


def test_exiqa_mini_encodes_images_and_text() -> None:
    backbone = load_backbone("exiqa-mini")
    assert backbone.visual(torch.rand(2, 3, 128, 128)).shape == (2, backbone.embed_dim)
    inputs = backbone.text_tower.inputs(["There is a fine grain in the photo.", "There is nothing."])
    torch.testing.assert_close(inputs.norm(dim=1), torch.ones(2))
    assert backbone.text_tower(inputs).shape == (2, backbone.embed_dim)


def test_the_shipped_small_backbone_is_not_the_random_one() -> None:
    shipped = load_backbone("exiqa-mini")
    assert shipped.hash == load_backbone("exiqa-mini", seed=1).hash
    assert shipped.hash != load_backbone("exiqa-mini/random").hash
    assert load_backbone("exiqa-mini/random").hash != load_backbone("exiqa-mini/random", seed=1).hash


def test_each_form_of_a_spec_is_one_familys() -> None:
    families = [FAMILIES[name] for name in FAMILIES.own]
    for family in families:
        for form in family.forms:
            assert [other.name for other in families if other.pattern.fullmatch(form)] == [family.name]
            assert FAMILIES.beginning(form) == (family.name, form.removeprefix(family.name))
    for spec in ("exiqa-mini@", "exiqa-mini/other", "exiqa-minim", "open_clip", "hf-hub"):
        with pytest.raises(UserError, match="or hf-hub:ORGANISATION/REPOSITORY"):
            load_backbone(spec)

"""Reading a model out over photos: views in batches, P(a|I) as the mean over a photo's views."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence

import numpy as np
import torch

from exiqa.model.attribute_model import AttributeModel
from exiqa.model.head import distortion_probability
from exiqa.model.preprocess import PREPROCESSINGS, to_pixels


def predict_attributes(
    model: AttributeModel,
    images: Iterable[np.ndarray],
    preprocessing: str,
    *,
    batch_size: int = 64,
    on_image: Callable[[int], None] | None = None,
) -> np.ndarray:
    """P(a|I) of photos, the mean over each photo's test views. The model is left in evaluation mode.

    Args:
        model: Computes on the device where it lies.
        images: N photos, (H, W, 3) uint8 sRGB each, read one after the other.
        preprocessing: A name of `exiqa.model.preprocess.PREPROCESSINGS`.
        batch_size: Views a forward pass.
        on_image: Called with the number of photos done.

    Returns:
        (N, A) float32 in [0, 1].
    """
    preprocess = PREPROCESSINGS[preprocessing]
    rows: list[np.ndarray] = []
    for photos in _grouped(images, preprocess.photos_a_batch(batch_size)):
        embeddings = view_embeddings(model, photos, preprocessing, batch_size)
        with torch.no_grad():
            attributes = torch.stack([model.photo_attributes(views) for views in embeddings])
        rows.extend(attributes.cpu().numpy())
        if on_image:
            on_image(len(rows))
    return np.stack(rows) if rows else np.empty((0, len(model.bank.attributes)), np.float32)


def view_embeddings(
    model: AttributeModel, images: Sequence[np.ndarray], preprocessing: str, batch_size: int = 64
) -> list[torch.Tensor]:
    """Embeddings of photos' test views. The model is left in evaluation mode.

    Args:
        model: Computes on the device where it lies.
        images: (H, W, 3) uint8 sRGB each.
        preprocessing: A name of `exiqa.model.preprocess.PREPROCESSINGS`.
        batch_size: Views a forward pass.

    Returns:
        Per photo (V, E), of any length, on the model's device.
    """
    model.eval()
    preprocess = PREPROCESSINGS[preprocessing]
    device = next(model.parameters()).device
    views = [preprocess.test_views(image, model.backbone.image_size) for image in images]
    stacked = np.concatenate(views)
    with torch.no_grad():
        embeddings = torch.cat(
            [
                model.encode_image(to_pixels(stacked[start : start + batch_size]).to(device))
                for start in range(0, len(stacked), batch_size)
            ]
        )
    return list(embeddings.split([len(of_photo) for of_photo in views]))


def predict_strengths(model: AttributeModel, attributes: np.ndarray) -> np.ndarray:
    """P(d|I) from P(a|I) (Eq. 7, which is linear, so that the mean over views may come first).

    Args:
        model: Whose weights of Eq. 7 are taken.
        attributes: (N, A) in [0, 1], as `predict_attributes` gives them.

    Returns:
        (N, D) float32 in [0, 1]: 0 is absent, 1 the strongest.
    """
    with torch.no_grad():
        weights = model.head.weights().cpu()
        return distortion_probability(torch.from_numpy(np.ascontiguousarray(attributes)), weights).numpy()


def _grouped(images: Iterable[np.ndarray], size: int) -> Iterator[list[np.ndarray]]:
    group: list[np.ndarray] = []
    for image in images:
        group.append(image)
        if len(group) == size:
            yield group
            group = []
    if group:
        yield group

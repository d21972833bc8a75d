"""ExIQA in pyiqa, where that is installed: `pyiqa.create_metric("exiqa")`.

pyiqa finds `register` by its entry-point group `pyiqa.archs` when it builds its first network. It looks a metric's
name up before that, so a program whose first metric is this one calls `register` itself.
"""

from __future__ import annotations

from exiqa.core.errors import UserError

NAME = "exiqa"
ARCHITECTURE = "ExIQA"


def register() -> None:
    """Add the metric `exiqa` to pyiqa's registry and to its list of metrics; a second call changes nothing.

    Raises:
        UserError: pyiqa is not installed, or has another registry.
    """
    try:
        from pyiqa.default_model_configs import DEFAULT_CONFIGS
        from pyiqa.utils.registry import ARCH_REGISTRY
    except ImportError as error:
        raise UserError(f"pyiqa cannot be extended ({error}); install pyiqa 0.1.16 or newer") from None
    if NAME in DEFAULT_CONFIGS:
        return
    from exiqa.model.image_score import ImageScore

    ARCH_REGISTRY.register(ImageScore, name=ARCHITECTURE)
    DEFAULT_CONFIGS[NAME] = {
        "metric_opts": {"type": ARCHITECTURE},
        "metric_mode": "NR",
        "lower_better": False,
        "score_range": "~0, ~1",
    }

"""The registries that other packages add to, and how a test has them read what is installed anew."""

from __future__ import annotations

from exiqa.attrgen.llms.spec import PROVIDERS
from exiqa.bank import described
from exiqa.bench.methods.method import METHODS
from exiqa.bench.metrics.registry import METRICS
from exiqa.iqadata.catalog.loading import DATASETS
from exiqa.iqadata.distortions.registry import DISTORTIONS
from exiqa.model.backbones.families import FAMILIES
from exiqa.model.regressors.kind import KINDS

REGISTRIES = (PROVIDERS, described._DESCRIBED, METHODS, METRICS, DATASETS, DISTORTIONS, FAMILIES, KINDS)


def look_again() -> None:
    """Have them forget which entry points there were, and what was loaded."""
    for registry in REGISTRIES:
        for kept in ("_added", "_loaded", "_failed"):
            vars(registry).pop(kept, None)

"""The versions of all that a figure follows from, by name: what tells a stale record from a current one.

A docstring or a faster loop leaves a version as it is, and no record stale. That a changed output does not go
unnoticed is the business of a test, which holds every one of them against a committed fingerprint.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from exiqa.bench.cells.record import Cell
from exiqa.bench.methods.method import METHODS
from exiqa.bench.metrics.bootstrap import INTERVAL_VERSION
from exiqa.bench.protocol import PROTOCOLS, ProtocolId
from exiqa.bench.running.suites.choices import DatasetChoice
from exiqa.core.errors import UserError
from exiqa.iqadata.versions import (
    EFFECTS_VERSION,
    PIXELS_VERSION,
    PROXY_VERSION,
    SPLITS_VERSION,
    STANDINS_VERSION,
    TRUTH_VERSION,
)
from exiqa.model.backbones.versions import FAMILY_VERSIONS
from exiqa.model.preprocess import PREPROCESSINGS

STATISTICS_VERSION = 1
"""Of `exiqa.bench.running.count.statistics_of`."""

METRIC = "metric "
"""How the names of versions begin that `exiqa bench rescore` brings up to date, from stored predictions alone."""


def cell_versions(cell: Cell, *choices: DatasetChoice) -> dict[str, int]:
    """Of all that a cell's record follows from; `choices` are its data sets.

    Raises:
        UserError: Its method, or the family of its backbone, cannot be imported.
    """
    versions = {f"method {cell.method}": METHODS[cell.method].version, "splits": SPLITS_VERSION}
    if cell.preprocessing is not None:
        versions[f"preprocessing {cell.preprocessing}"] = PREPROCESSINGS[cell.preprocessing].version
    if cell.backbone is not None:
        versions |= backbone_version(cell.backbone)
    if PROTOCOLS[cell.protocol].predicts == "attributes":
        versions |= {"effects": EFFECTS_VERSION, "attribute truth": TRUTH_VERSION}
    for choice in choices:
        versions |= data_versions(choice.data, choice.options)
    return versions | metric_versions(cell.protocol)


def backbone_version(spec: str) -> dict[str, int]:
    """Of a backbone's family, from its second on: without one, a record is of the first."""
    name = spec.partition(":")[0].partition("/")[0].partition("@")[0]
    version = FAMILY_VERSIONS.get(name)
    if version is None:  # another package's, which is not looked up among ours: that would import torch
        from exiqa.model.backbones.families import family_of

        name, family = family_of(spec)
        version = family.version
    return {f"backbone family {name}": version} if version > 1 else {}


def metric_versions(protocol: ProtocolId) -> dict[str, int]:
    """Of the metrics that a protocol's predictions are judged by, and of their intervals."""
    of_metrics = {f"{METRIC}{name}": metric.version for name, metric in PROTOCOLS[protocol].metrics.items()}
    return {**of_metrics, f"{METRIC}intervals": INTERVAL_VERSION}


def statistics_versions(choice: DatasetChoice) -> dict[str, int]:
    """Of all that the statistics of a data set follow from."""
    return {"statistics": STATISTICS_VERSION, **data_versions(choice.data, choice.options)}


def data_versions(data: str, options: Mapping[str, Any]) -> dict[str, int]:
    """Of all that the content of a data set follows from besides its files. Nothing is opened.

    Args:
        data: What `exiqa.iqadata.catalog.loading.load_dataset` calls it; of an unknown one there are no versions.
        options: Its options, which name the parts of a combined one.
    """
    if data.startswith("mini-"):  # not looked up among the stand-ins: that would import all that makes their pixels
        versions = {"the stand-ins' scores": PROXY_VERSION, "distortions": PIXELS_VERSION}
        return {f"data set {data}": STANDINS_VERSION, **versions, **_own_distortions(options.get("taxonomy"))}
    from exiqa.iqadata.catalog.loading import COMBINED, find_spec

    if data == COMBINED:
        parts = [part for part in options.get("parts", ()) if isinstance(part, Mapping) and "data" in part]
        return {name: v for part in parts for name, v in data_versions(str(part["data"]), part).items()}
    try:
        spec, _ = find_spec(data, {})
    except UserError:
        return {}
    return {f"data set {data}": spec.version}


def _own_distortions(taxonomy: Any) -> dict[str, int]:
    """Of the distortions of a taxonomy of the user's that other packages add; none of an unreadable taxonomy."""
    if taxonomy is None:
        return {}
    from exiqa.bank.taxonomy import load_taxonomy
    from exiqa.iqadata.distortions.registry import own_versions

    try:
        versions = own_versions(load_taxonomy(str(taxonomy)).ids)
    except UserError:
        return {}
    return {f"distortion {name}": version for name, version in versions.items()}

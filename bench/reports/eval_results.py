"""A method's figures for a model's page on the hub: `.eval_results/DATASET.yaml`, in huggingface_hub's own schema."""

from __future__ import annotations

import statistics
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from exiqa.bench.cells.record import Cell, Record
from exiqa.core.errors import UserError
from exiqa.core.files import write_text

if TYPE_CHECKING:
    from huggingface_hub import EvalResultEntry

FOLDER = ".eval_results"


def eval_results(
    records: Sequence[Record], method: str, datasets: Mapping[str, str], source: str | None = None
) -> dict[str, list[EvalResultEntry]]:
    """The medians over the splits of everything that was measured of a method.

    A metric that is not defined on one of the splits is left out, as tables print no figure for it. Nor are scores
    given that are only a proxy of opinions, as a page has no room to say so.

    Args:
        records: Of a run.
        method: Its id: "exiqa".
        datasets: Name of a data set tested on -> its repository on the hub.
        source: Address of the report that the figures come from.

    Returns:
        By data set, an entry for each metric of each variant; `task_id` is PROTOCOL_METRIC.

    Raises:
        UserError: Nothing was measured of the method on one of the data sets.
    """
    from huggingface_hub import EvalResultEntry

    entries: dict[str, list[EvalResultEntry]] = {}
    for name, repository in datasets.items():
        variants: dict[Cell, list[Record]] = {}
        for record in records:
            proxy = record.cell.protocol == "quality" and record.testset.score_is_proxy
            if (record.cell.method, record.cell.test) == (method, name) and not proxy:
                variants.setdefault(record.cell.variant, []).append(record)
        if not variants:
            raise UserError(f"no figure of {method!r} on {name} is in these records, proxies of opinions left out")
        entries[name] = [
            EvalResultEntry(
                dataset_id=repository,
                task_id=f"{cell.protocol}_{metric}",
                value=statistics.median(values),
                source_url=source,
                notes=_notes(cell, len(splits)),
            )
            for cell, splits in variants.items()
            for metric in splits[0].metrics
            if len(values := [v for split in splits if (v := split.metrics.get(metric)) is not None]) == len(splits)
        ]
    return entries


def _notes(cell: Cell, splits: int) -> str:
    parts = [
        f"median of {splits} split{'s' * (splits > 1)} {cell.split} by reference",
        f"trained on {cell.train}" if cell.is_across else "",
        f"bank {cell.bank}" if cell.bank else "",
        f"K = {cell.k}" if cell.k else "",
        f"{cell.backbone}, {cell.tuning}" if cell.backbone else "",
    ]
    return "; ".join(part for part in parts if part)


def write_eval_results(entries: Mapping[str, Sequence[EvalResultEntry]], out: Path) -> list[Path]:
    """Write `out`/.eval_results/DATASET.yaml for each data set; `out` is a model's folder."""
    import yaml
    from huggingface_hub import eval_result_entries_to_yaml

    paths = []
    for name, of_dataset in entries.items():
        path = out / FOLDER / f"{name.replace('/', '-').replace(':', '-')}.yaml"
        write_text(path, yaml.safe_dump(eval_result_entries_to_yaml(list(of_dataset)), sort_keys=False))
        paths.append(path)
    return paths

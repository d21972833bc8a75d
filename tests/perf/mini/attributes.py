"""Do attributes answer to something of their own? Siblings, effective rank, and agreement with attribute truth."""

from __future__ import annotations

import numpy as np
import torch

from exiqa.bank.storage.store import load_bank
from exiqa.bench.metrics.attributes.agreement import METRIC as WITHIN
from exiqa.bench.metrics.attributes.auroc import METRIC as AUROC
from exiqa.bench.metrics.attributes.effective_rank import METRIC as RANK
from exiqa.bench.metrics.attributes.siblings import METRIC as SIBLINGS
from exiqa.bench.metrics.metric import measure
from exiqa.bench.metrics.predictions import AttributeColumns, Predictions
from exiqa.core.progress import progress_bar
from exiqa.iqadata.grounding.attribute_truth import attribute_truth
from mini.backbone import Measured, attributes_of
from mini.findings import Findings, Headline, Table
from mini.pictures import Distorted

BANKS = ("kadid10k@3", "kadid10k@1")
K = 5
METRICS = {"siblings": SIBLINGS, "effective rank": RANK, "within": WITHIN, "AUROC": AUROC}


def measure_attributes(
    measured: Measured, distorted: Distorted, embeddings: list[torch.Tensor], references: int
) -> Findings:
    """The metrics of benchmarks' protocol `validity`, of untuned read-outs.

    Args:
        measured: The backbone.
        distorted: One distortion a picture.
        embeddings: Of its pictures.
        references: How many of its references attribute truth is measured for; the others are left out of all figures.
    """
    dataset = distorted.dataset
    kept = dataset.references[:references]
    rows = np.flatnonzero(dataset.table["reference"].isin(kept))
    table: dict[str, list[float | None]] = {}
    for name in BANKS:
        bank = load_bank(name).top(K)
        with progress_bar(f"Truth of {name}") as step:
            truth = attribute_truth(bank, dataset, rows, on_image=lambda done: step(done, len(rows)))
        columns = AttributeColumns(
            linked=truth.linked,
            membership=bank.membership()[:, [bank.distortions.index(d) for d in dataset.distortions]],
            distorted=dataset.strengths[rows] > 0,
            group=np.unique(dataset.table["reference"].to_numpy()[rows], return_inverse=True)[1],
        )
        predicted = attributes_of(measured.untuned(bank), [embeddings[row] for row in rows])
        predictions = Predictions(predicted, truth.values, attributes=columns)
        values, _ = measure(METRICS, predictions)
        table[f"{name}, {len(bank.attributes)} attributes"] = list(values.values())
    siblings, rank, within, _ = next(iter(table.values()))
    return Findings(
        [
            Headline("siblings' correlation", siblings, "≤ .55"),
            Headline(f"effective rank, {BANKS[0]}, K = {K}", rank, "≥ 45"),
            Headline("agreement with attribute truth within a distortion", within, "≥ .50"),
        ],
        [Table(f"Attributes, {len(rows)} pictures of {len(kept)} photos", tuple(METRICS), table)],
    )

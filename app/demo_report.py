"""The demo's report: what a run gave, as a `bench.Report`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from exiqa.attrgen.generation import GenerationResult
from exiqa.attrgen.transcript import VerdictLine
from exiqa.bank.phrases.encoder import load_encoder
from exiqa.bank.phrases.screens import KEPT
from exiqa.bank.schema import Bank
from exiqa.bank.taxonomy import Distortion
from exiqa.bench import (
    AttributeLine,
    Fact,
    PhotoCard,
    Phrase,
    Record,
    Report,
    Step,
    StrengthBar,
    jpeg_thumbnail,
    provenance_of,
    trace_of,
    verdicts,
)
from exiqa.bench import Generation as GenerationSection
from exiqa.bench.tables.paper.three import table_three
from exiqa.bench.tables.paper.two import table_two
from exiqa.iqadata.datasets.dataset import Dataset
from exiqa.iqadata.datasets.splits import Split
from exiqa.iqadata.photos import packaged_photos
from exiqa.model.artifacts.artifact import Artifact

SHOWN_LEVEL = 4
"""Level of the photos on the page: strong enough to be seen in a thumbnail, and not the strongest."""
SHOWN_ATTRIBUTES = 6
BREAKDOWNS = 4
"""How many of the photos have their attributes listed."""


@dataclass(frozen=True)
class SplitResult:
    """What one split gave on its T test images."""

    split: Split
    artifact: Artifact
    rows: np.ndarray
    """(T,) row numbers in the dataset."""
    attributes: np.ndarray
    """(T, A) P(a|I), columns as in the artifact's bank."""
    strengths: np.ndarray
    """(T, D) P(d|I), columns as in the dataset's distortions."""
    scores: np.ndarray
    """(T,) predicted scores, higher is better."""
    records: tuple[Record, ...]


@dataclass(frozen=True)
class Description:
    """A new distortion, the LLM that was asked about it, and what came of it."""

    distortion: Distortion
    llm: str
    k: int
    generation: GenerationResult


def demo_report(
    described: Description,
    bank: Bank,
    dataset: Dataset,
    results: Sequence[SplitResult],
    seed: int,
    steps: Sequence[tuple[str, float]],
) -> Report:
    """The report of a demo run. Its pictures are chosen by `_shown`, not by how well they came out."""
    records = [record for result in results for record in result.records]
    found = verdicts(records)
    encoder = load_encoder()
    info = dataset.score_info
    assert info is not None  # the stand-ins of single distortions have scores
    return Report(
        title="exiqa demo: distortions and quality, explained by attributes",
        summary=(
            "The small image tower that comes with exiqa was tuned by visual prompts on the attribute bank "
            f"{bank.id}, with {len(dataset)} images of {len(dataset.references)} photos and procedural scenes under "
            f"{len(dataset.distortions)} kinds of distortion at up to five levels; all figures are medians over "
            f"{len(results)} splits on images whose references it never saw.",
            f"The quality scores are a proxy ({info.name}), not opinions of people.",
        ),
        verdicts=found,
        tables=(table_two(records), table_three(records)),
        photos=_photo_cards(bank, dataset, *_shown(dataset, results)),
        generation=(_generation_section(described, bank),),
        steps=tuple(Step(name, seconds) for name, seconds in steps),
        provenance=(
            Fact("Command", f"exiqa demo --seed {seed}"),
            Fact("Seed", str(seed)),
            *(Fact("Parent bank (SHA-256)", parent) for parent in bank.provenance.parents),
            Fact("Language model", described.llm),
            Fact("Sentence encoder (SHA-256)", f"{encoder.name}: {encoder.hash}"),
            *provenance_of(records),
        ),
        trace=trace_of(records),
    )


def _shown(dataset: Dataset, results: Sequence[SplitResult]) -> tuple[SplitResult, str]:
    """The reference on the page and a split that tests on it: the first real photo, else the first scene."""
    photos = packaged_photos()
    tested = [(result, reference) for result in results for reference in result.split.test]
    return next((shown for shown in tested if shown[1] in photos), tested[0])


def _photo_cards(bank: Bank, dataset: Dataset, result: SplitResult, reference: str) -> tuple[PhotoCard, ...]:
    """One card a distortion: the reference's image at `SHOWN_LEVEL`, or at its strongest level below."""
    table = dataset.table.iloc[result.rows]
    cards: list[PhotoCard] = []
    for distortion in dataset.distortions:
        of_kind = (table["distortion"] == distortion) & (table["level"] <= SHOWN_LEVEL)
        own = of_kind & (table["reference"] == reference)
        # A distortion from another part of the dataset has other references.
        candidates = np.flatnonzero(own if own.any() else of_kind)
        levels = table["level"].to_numpy()[candidates]
        position = int(candidates[np.argmax(levels)])  # the first of the strongest
        cards.append(_photo_card(bank, dataset, result, position, with_attributes=len(cards) < BREAKDOWNS))
    return tuple(cards)


def _photo_card(bank: Bank, dataset: Dataset, result: SplitResult, position: int, with_attributes: bool) -> PhotoCard:
    row = int(result.rows[position])
    entry = dataset.table.iloc[row]
    name = bank.taxonomy[entry["distortion"]].name
    read_out = result.artifact.bank
    probabilities = result.attributes[position]
    lines = tuple(
        AttributeLine(
            phrase=read_out.attributes[a].phrase,
            probability=float(probabilities[a]),
            distortions=tuple(
                bank.taxonomy[d].name for d in read_out.distortions if read_out.attributes[a] in read_out.ranked[d]
            ),
        )
        for a in np.argsort(-probabilities, kind="stable")[:SHOWN_ATTRIBUTES]
    )
    return PhotoCard(
        title=f"{entry['reference']}: {name}, level {entry['level']}",
        alt=f"{entry['reference']} under {name.casefold()} at level {entry['level']}",
        jpeg=jpeg_thumbnail(dataset.load(row)),
        bars=tuple(
            StrengthBar(
                distortion=bank.taxonomy[d].name,
                true=float(dataset.strengths[row, column]),
                predicted=float(result.strengths[position, column]),
            )
            for column, d in enumerate(dataset.distortions)
        ),
        attributes=lines if with_attributes else (),
        true_score=float(entry["score"]),
        predicted_score=float(result.scores[position]),
        score_name="proxy score",
    )


def _generation_section(described: Description, bank: Bank) -> GenerationSection:
    generation = described.generation
    kept = sum(line.verdict == KEPT for line in generation.verdicts)
    if generation.bank is None:
        outcome = (
            f"{kept} of {len(generation.verdicts)} phrases survived where {described.k} are needed, so {bank.id} does "
            "without this distortion. The packaged language model is small; a larger one writes better phrases."
        )
    else:
        outcome = f"{kept} of {len(generation.verdicts)} phrases survived, and {bank.id} has this distortion."
    return GenerationSection(
        distortion=described.distortion.name,
        explanation=described.distortion.explanation,
        model=described.llm,
        outcome=outcome,
        phrases=tuple(
            Phrase(line.phrase or line.written, line.verdict == KEPT, _reason(line)) for line in generation.verdicts
        ),
    )


def _reason(line: VerdictLine) -> str:
    return f"{line.verdict}: {line.detail}" if line.detail else line.verdict

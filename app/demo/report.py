"""The demo's report: that of its records, with the sections that only the demo has."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from exiqa.attrgen.transcript import VerdictLine
from exiqa.bank.phrases.encoder import load_encoder
from exiqa.bank.phrases.screens import KEPT
from exiqa.bank.schema import Bank
from exiqa.bench import (
    Fact,
    GeneratedPhrase,
    GenerationSection,
    PhotoCard,
    PredictionTask,
    Report,
    RunResults,
    TimedStep,
    jpeg_thumbnail,
    report_of,
)
from exiqa.bench.explorer.photo_card import attribute_lines, strength_bars
from exiqa.demo.bank import Description
from exiqa.iqadata.photos import packaged_photos
from exiqa.model.artifacts.artifact import Artifact
from exiqa.model.assessing.assessor import Assessor

SHOWN_LEVEL = 4
"""Level of the photos on the page: strong enough to be seen in a thumbnail, and not the strongest."""
SHOWN_ATTRIBUTES = 6
BREAKDOWNS = 4
"""How many of the photos have their attributes listed."""


def demo_report(
    results: RunResults,
    title: str,
    seed: int,
    described: Description,
    bank: Bank,
    models: Sequence[tuple[PredictionTask, Artifact]],
    steps: Sequence[tuple[str, float]],
) -> Report:
    """The report of a demo run. Its pictures are chosen by `_shown`, not by how well they came out.

    Args:
        results: Of the demo's suite.
        title: The report's.
        seed: The demo's.
        described: The new distortion.
        bank: What was tuned on.
        models: A split's quality cell with the tuned and scoring model, split by split.
        steps: Name and seconds of each step so far.
    """
    report = report_of(results, title)
    dataset = models[0][0].test
    encoder, info = load_encoder(), dataset.score_info
    assert info is not None  # the stand-ins of single distortions have scores
    return replace(
        report,
        summary=(
            "The small image tower that comes with exiqa was tuned by visual prompts on the attribute bank "
            f"{bank.id}, with {len(dataset)} images of {len(dataset.references)} photos and procedural scenes under "
            f"{len(dataset.distortions)} kinds of distortion at up to five levels; all figures are medians over "
            f"{len(models)} splits on images whose references it never saw.",
            f"The quality scores are a proxy ({info.name}), not opinions of people.",
        ),
        photos=_photo_cards(*_shown(models)),
        generation=(_generation_section(described, bank),),
        steps=tuple(TimedStep(name, seconds) for name, seconds in steps),
        provenance=(
            Fact("Command", f"exiqa demo --seed {seed}"),
            Fact("Seed", str(seed)),
            *(Fact("Parent bank (SHA-256)", parent) for parent in bank.provenance.parents),
            Fact("Language model", described.llm),
            Fact("Sentence encoder (SHA-256)", f"{encoder.name}: {encoder.hash}"),
            *report.provenance,
        ),
    )


def _shown(models: Sequence[tuple[PredictionTask, Artifact]]) -> tuple[PredictionTask, Artifact, str]:
    """The reference on the page and a split that tests on it: the first real photo, else the first scene."""
    photos = packaged_photos()
    tested = [(task, artifact, reference) for task, artifact in models for reference in task.test_split.test]
    return next((shown for shown in tested if shown[-1] in photos), tested[0])


def _photo_cards(task: PredictionTask, artifact: Artifact, reference: str) -> tuple[PhotoCard, ...]:
    """One card a distortion: the reference's image at `SHOWN_LEVEL`, or at its strongest level below."""
    rows, assessor = task.test_rows, Assessor.of(artifact)
    table = task.test.table.iloc[rows]
    cards: list[PhotoCard] = []
    for distortion in task.test.distortions:
        of_kind = (table["distortion"] == distortion) & (table["level"] <= SHOWN_LEVEL)
        of_reference = of_kind & (table["reference"] == reference)
        # A distortion from another part of the data set has other references.
        candidates = np.flatnonzero(of_reference if of_reference.any() else of_kind)
        levels = table["level"].to_numpy()[candidates]
        row = int(rows[candidates[np.argmax(levels)]])  # the first of the strongest
        cards.append(_photo_card(task, assessor, row, attributes=SHOWN_ATTRIBUTES if len(cards) < BREAKDOWNS else 0))
    return tuple(cards)


def _photo_card(task: PredictionTask, assessor: Assessor, row: int, attributes: int) -> PhotoCard:
    dataset, pixels = task.test, task.test.load(row)
    entry, assessment = dataset.table.iloc[row], assessor.assess(pixels)
    name = dataset.taxonomy[entry["distortion"]].name
    assert assessment.score is not None  # the model has a regressor
    return PhotoCard(
        title=f"{entry['reference']}: {name}, level {entry['level']}",
        alt=f"{entry['reference']} under {name.casefold()} at level {entry['level']}",
        jpeg=jpeg_thumbnail(pixels),
        bars=strength_bars(dataset, row, assessment),
        attributes=attribute_lines(assessment, attributes),
        true_score=float(entry["score"]),
        predicted_score=assessment.score.value,
        score_name="proxy score",
    )


def _generation_section(described: Description, bank: Bank) -> GenerationSection:
    generation = described.generation
    if generation.bank is None:
        outcome = (
            f"{described.kept} of {len(generation.verdicts)} phrases survived where {described.k} are needed, so "
            f"{bank.id} does without this distortion. The packaged language model is small; a larger one writes better "
            "phrases."
        )
    else:
        outcome = f"{described.kept} of {len(generation.verdicts)} phrases survived, and {bank.id} has this distortion."
    return GenerationSection(
        distortion=described.distortion.name,
        explanation=described.distortion.explanation,
        model=described.llm,
        outcome=outcome,
        phrases=tuple(
            GeneratedPhrase(line.phrase or line.written, line.verdict == KEPT, _reason(line))
            for line in generation.verdicts
        ),
    )


def _reason(line: VerdictLine) -> str:
    return f"{line.verdict}: {line.detail}" if line.detail else line.verdict

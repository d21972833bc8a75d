"""The phrases that the small backbone reads in pretraining, and those that are kept for measuring."""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from exiqa.bank.attribute import Attribute
from exiqa.bank.grounding.truth import claim_matrix
from exiqa.bank.linking.effects import ABSENT, PRESENT
from exiqa.bank.linking.labelled import LabelledPhrase, labelled_phrases
from exiqa.bank.sentences import sentence_pairs
from exiqa.bank.storage.store import load_bank
from exiqa.core.files import sha256_hex

TEMPLATE = "nothing_wrong"
"""The template set of the sentences: one negative sentence for all, which a frozen sentence encoder can tell from any
phrase. That of a phrase with a "not" in it, it cannot."""
BANKS = ("kadid10k@3", "tid2013@3", "csiq@2", "live@2", "lvq@2", "authentic@2")
"""The shipped banks that say which phrase was written for which distortions."""
HELD_OUT_SOURCES = ("llm", "descriptions", "other_asides")
"""Sources of labelled phrases that are never trained on. The second was written by someone who had read the first."""
HELD_OUT_EVERY = 5
"""Of the other sources, about one phrase in so many is never trained on: those whose hash is divisible by it."""


def is_held_out(phrase: LabelledPhrase) -> bool:
    """Whether a labelled phrase is kept for measuring and never trained on."""
    return phrase.source in HELD_OUT_SOURCES or int(sha256_hex(phrase.phrase)[:8], 16) % HELD_OUT_EVERY == 0


def everyday_names() -> dict[str, tuple[str, ...]]:
    """Distortion id -> what people call it: names.toml."""
    text = Path(__file__).with_name("names.toml").read_text(encoding="utf-8")
    return {distortion: tuple(names) for distortion, names in tomllib.loads(text).items()}


@dataclass(frozen=True)
class SampledPhrases:
    """The P phrases of one step, over E effects and D distortions."""

    inputs: Tensor
    """(P + 1, T) what the text tower takes: the phrases' sentences, and the one sentence that denies them all."""
    weights: Tensor
    """(P, D) float32: Eq. 7's uniform weights over the phrases that were drawn for each distortion; a column of zeros
    for a distortion that has none."""
    names: Tensor
    """(P, D) float32: 1 where the phrase is a name of the distortion."""
    present: Tensor
    """(P, E) bool: the effects that a phrase says are there."""
    absent: Tensor
    """(P, E) bool: those that it says are not."""

    def to(self, device: torch.device) -> SampledPhrases:
        """The same phrases on a device."""
        return SampledPhrases(*(getattr(self, field.name).to(device) for field in fields(self)))

    def truth(self, visibility: Tensor) -> Tensor:
        """(N, E) visibility -> (N, P): how true each phrase is, as `exiqa.bank.grounding.truth.truth_of`."""
        there = torch.where(self.present, visibility[:, None, :], 0).amax(dim=2)
        there = torch.where(self.present.any(dim=1), there, 1.0)
        return there * torch.where(self.absent, 1 - visibility[:, None, :], 1.0).prod(dim=2)

    @property
    def linked(self) -> Tensor:
        """(P,) bool: the phrases that claim an effect."""
        return (self.present | self.absent).any(dim=1)


class TrainingPhrases:
    """All phrases that are trained on, with the distortions that they were written for, and their draws."""

    def __init__(self, distortions: Sequence[str], inputs_of: Callable[[Sequence[str]], Tensor]) -> None:
        """The phrases of D distortions.

        Args:
            distortions: The D ids; phrases that were written for others only are drawn for none.
            inputs_of: Sentences -> (M, T) what the text tower takes.
        """
        names = everyday_names()
        labelled = [phrase for phrase in labelled_phrases() if phrase.kind == "effect" and not is_held_out(phrase)]
        named = [(name, distortion) for distortion in distortions for name in names.get(distortion, ())]
        attributes = [Attribute(phrase=phrase) for phrase in (*(p.phrase for p in labelled), *(n for n, _ in named))]
        positive, negative = sentence_pairs(attributes, TEMPLATE)
        self.inputs, self.negative = inputs_of(positive), inputs_of(negative[:1])
        matrix = torch.from_numpy(claim_matrix([phrase.effects for phrase in labelled] + [()] * len(named)))
        self.present, self.absent = matrix == PRESENT, matrix == ABSENT
        self.labelled = len(labelled)
        self.attributes = tuple(sorted({attribute.id for attribute in attributes}))
        """Ids of all that is trained on, names included."""
        shown = self.present.any(dim=1).tolist()
        written_for = [ids if there else frozenset() for ids, there in zip(_written_for(labelled), shown, strict=False)]
        self.pools = [
            np.array([row for row, ids in enumerate(written_for) if distortion in ids], int)
            for distortion in distortions
        ]
        self.name_pools = [
            np.array([self.labelled + row for row, (_, of) in enumerate(named) if of == distortion], int)
            for distortion in distortions
        ]

    def draw(self, rng: np.random.Generator, for_each: int, more: int) -> SampledPhrases:
        """Draw the phrases of one step.

        Args:
            rng: What is drawn from.
            for_each: Phrases for each distortion that has any; beside them, one of its names.
            more: Further phrases of any kind.
        """
        rows: list[np.ndarray] = []
        weights: list[tuple[int, int, float]] = []
        names: list[tuple[int, int, float]] = []
        count = 0
        for column, (pool, called) in enumerate(zip(self.pools, self.name_pools, strict=True)):
            if len(pool):
                drawn = rng.choice(pool, min(for_each, len(pool)), replace=False)
                weights += [(count + row, column, 1 / len(drawn)) for row in range(len(drawn))]
                rows.append(drawn)
                count += len(drawn)
            if len(called):
                rows.append(rng.choice(called, 1))
                names.append((count, column, 1.0))
                count += 1
        rows.append(rng.integers(self.labelled, size=more))
        index = torch.from_numpy(np.concatenate(rows))
        shape = (len(index), len(self.pools))
        return SampledPhrases(
            torch.cat([self.inputs[index], self.negative]),
            _matrix(shape, weights),
            _matrix(shape, names),
            self.present[index],
            self.absent[index],
        )


def _matrix(shape: tuple[int, int], entries: list[tuple[int, int, float]]) -> Tensor:
    matrix = torch.zeros(shape)
    for row, column, value in entries:
        matrix[row, column] = value
    return matrix


def _written_for(phrases: Sequence[LabelledPhrase]) -> list[frozenset[str]]:
    """The distortions that each phrase was written for; a further wording, those of the phrase that it words anew."""
    of_bank: dict[str, set[str]] = {}
    for spec in BANKS:
        for distortion, attributes in load_bank(spec).ranked.items():
            for attribute in attributes:
                of_bank.setdefault(attribute.phrase, set()).add(distortion)
    origins = [
        "" if phrase.source == "antonym" else phrase.distortion if phrase.source == "paraphrase" else phrase.phrase
        for phrase in phrases
    ]
    return [frozenset(of_bank.get(origin, ())) for origin in origins]

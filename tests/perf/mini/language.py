"""Does it read? Mean average precision untuned, with phrases that it was trained on and with others.

The phrases of `held_out_phrases.json` are in no bank and in no list of the package: paraphrases that share no content
word with the curated phrase that they stand for (`exiqa.bank.linking.features.content_words`), and what anyone
would call the 25 distortions.
"""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import torch
from sklearn.metrics import average_precision_score

from exiqa.attrgen.answers.parse import parse_answer
from exiqa.bank.attribute import Attribute, Ranked
from exiqa.bank.linking.features import content_words
from exiqa.bank.linking.labelled import labelled_phrases
from exiqa.bank.phrases.screens import strip_frame
from exiqa.bank.schema import Bank, Provenance
from exiqa.bank.sentences import TEMPLATE_SETS
from exiqa.bank.storage.store import load_bank
from exiqa.bank.taxonomy import load_taxonomy
from exiqa.bench.metrics.strengths.mean_average_precision import METRIC as MAP
from exiqa.bench.metrics.strengths.top1 import METRIC as TOP1
from exiqa.core.errors import UserError
from mini.backbone import Measured, strengths_of
from mini.findings import Findings, Headline, Table
from mini.pictures import KADID, STRONG, Distorted

HELD_OUT = Path(__file__).with_name("held_out_phrases.json")
SHIPPED = "kadid10k@3"
K = 5
"""Attributes a distortion in every bank that has as many: a paraphrase stands for each of the first five."""

_SETS = tuple(TEMPLATE_SETS)


def held_out_phrases() -> tuple[dict[str, str], dict[str, str]]:
    """Curated phrase -> paraphrase, and distortion -> everyday name.

    Raises:
        UserError: A paraphrase shares a content word with what it stands for, or a phrase is in the package's list of
            labelled phrases.
    """
    document = json.loads(HELD_OUT.read_text(encoding="utf-8"))
    paraphrases, names = document["paraphrases"], document["everyday_names"]
    labelled = {Attribute(phrase=row.phrase).id for row in labelled_phrases()}
    for curated, other in paraphrases.items():
        if shared := set(content_words(curated)) & set(content_words(other)):
            raise UserError(f"{other!r} shares {min(shared)!r} with {curated!r}")
    for phrase in (*paraphrases.values(), *names.values()):
        if Attribute(phrase=phrase).id in labelled:
            raise UserError(f"{phrase!r} is among the labelled phrases, so it may have been trained on")
    return paraphrases, names


def banks(data: Path) -> dict[str, Bank]:
    """The banks by what they are; the answers of the large model lie in `data`."""
    shipped = load_bank(SHIPPED)
    paraphrases, names = held_out_phrases()
    best = shipped.top(K)
    return {
        SHIPPED: best,
        "kadid10k@1": load_bank("kadid10k@1").top(K),
        f"{SHIPPED}, all ten": shipped,
        "paraphrases": _bank(
            "paraphrases",
            {d: tuple(Attribute(phrase=paraphrases[a.phrase]) for a in best.ranked[d]) for d in best.distortions},
        ),
        "another model's": _bank("another-model", answered(data, best.distortions)).top(K),
        "everyday names": _bank("everyday-names", {d: (Attribute(phrase=names[d]),) for d in best.distortions}),
        "kadid10k-names@2": load_bank("kadid10k-names@2"),
    }


def answered(data: Path, distortions: tuple[str, ...]) -> Ranked:
    """A large model's recorded answers to the paper's prompt, in its own order."""
    lines = (data / "llm_answers" / "answers.jsonl").read_text(encoding="utf-8").splitlines()
    answers = [json.loads(line) for line in lines]
    return {
        row["distortion"]: tuple(Attribute(phrase=strip_frame(item)) for item in parse_answer(row["answer"]))
        for row in answers
        if row["distortion"] in distortions and row["prompt_id"] == "paper"
    }


def _bank(name: str, ranked: Ranked) -> Bank:
    return Bank(
        name=name, version=1, taxonomy=load_taxonomy(KADID), ranked=ranked, provenance=Provenance(method="control")
    )


def measure_language(measured: Measured, distorted: Distorted, embeddings: list[torch.Tensor], data: Path) -> Findings:
    """Every bank under every template set that it has the phrases for.

    Args:
        measured: The backbone.
        distorted: One distortion a picture.
        embeddings: Of its pictures.
        data: Holds the folder llm_answers.
    """
    truth = distorted.dataset.strengths
    strong = truth.max(axis=1) >= STRONG - 1e-6
    precision: dict[str, list[float | None]] = {}
    right: dict[str, list[float | None]] = {}
    for name, bank in banks(data).items():
        columns = [bank.distortions.index(distortion) for distortion in distorted.dataset.distortions]
        found = [_strengths(measured, bank, template, embeddings) for template in TEMPLATE_SETS]
        precision[name] = [one if one is None else float(MAP(one[:, columns], truth)) for one in found]
        right[name] = [one if one is None else float(TOP1(one[strong][:, columns], truth[strong])) for one in found]
    own = _SETS.index(measured.template)
    unseen = _unseen(measured, distorted, embeddings)

    def relative(name: str, template: int) -> float | None:
        mine, shipped = precision[name][template], precision[SHIPPED][template]
        return None if mine is None or shipped is None else mine / shipped

    return Findings(
        [
            Headline(f"mAP untuned, {SHIPPED}, K = {K}", precision[SHIPPED][own]),
            Headline("mAP with paraphrases, relative", relative("paraphrases", own), "≥ .75"),
            Headline("mAP with another model's bank, relative", relative("another model's", own), "≥ .90"),
            Headline("mAP with everyday names, relative", relative("everyday names", own), "≥ .75"),
            Headline(
                "AP of distortions held out of the training, mean",
                float(np.mean(list(unseen.values()))) if unseen else None,
                "≥ .30",
            ),
        ],
        [
            Table(f"Mean average precision untuned, by template set (own: {measured.template})", _SETS, precision),
            Table("Top-1 distortion untuned, levels 3 to 5", _SETS, right),
            Table(
                f"Mean average precision relative to that of {SHIPPED}, K = {K}",
                _SETS,
                {name: [relative(name, place) for place in range(len(_SETS))] for name in precision},
                decimals=2,
            ),
            *([Table("Held out of the training, by language alone", ("AP",), unseen, decimals=2)] if unseen else []),
        ],
    )


def _unseen(measured: Measured, distorted: Distorted, embeddings: list[torch.Tensor]) -> dict[str, list[float | None]]:
    """Average precision of each distortion that was held out of the training, by its attributes' sentences alone."""
    dataset, model = distorted.dataset, measured.untuned(load_bank(SHIPPED).top(K))
    strengths = strengths_of(model, embeddings)
    return {
        distortion: [
            float(
                average_precision_score(
                    dataset.strengths[:, dataset.distortions.index(distortion)] > 0,
                    strengths[:, model.bank.distortions.index(distortion)],
                )
            )
        ]
        for distortion in measured.held_out
    }


def _strengths(measured: Measured, bank: Bank, template: str, embeddings: list[torch.Tensor]) -> np.ndarray | None:
    """(N, D), or None where the bank has no antonyms and the template set needs them."""
    if template == "antonym" and any(attribute.antonym is None for attribute in bank.attributes):
        return None
    return strengths_of(measured.untuned(bank, template), embeddings)

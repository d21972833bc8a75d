"""`exiqa demo`: the main job, end to end, on what comes with the package.

Description -> LLM -> bank -> dataset -> tuned model -> tables -> report, each step by the package that owns it;
this file only hands one's result to the next and says what happens.
"""

from __future__ import annotations

import datetime
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from rich.console import Console

from exiqa.attrgen.display import generation_progress
from exiqa.attrgen.generation import GenerationResult, NotEnoughPhrases, generate
from exiqa.attrgen.llms.spec import parse_llm_spec
from exiqa.attrgen.settings import GenerateSettings
from exiqa.bank.editing.merge import merge, merged_provenance
from exiqa.bank.phrases.encoder import load_encoder
from exiqa.bank.phrases.screens import KEPT
from exiqa.bank.phrases.selection import SelectionSettings
from exiqa.bank.schema import Bank, Provenance
from exiqa.bank.storage.store import BankStore, load_bank
from exiqa.bank.taxonomy import Taxonomy, load_taxonomy
from exiqa.bench import (
    Cell,
    Record,
    all_clean,
    evaluate_scores,
    evaluate_strengths,
    mean_score,
    prior,
    render_report,
    verdicts,
    write_record,
)
from exiqa.bench.cells.record import Protocol
from exiqa.core.console import printable
from exiqa.core.files import canonical_json, sha256_hex, write_text
from exiqa.core.progress import progress_bar
from exiqa.demo_report import Description, SplitResult, demo_report
from exiqa.iqadata.datasets.combine import combine
from exiqa.iqadata.datasets.dataset import Dataset
from exiqa.iqadata.datasets.splits import Split, make_split
from exiqa.iqadata.standins.standin import standin
from exiqa.model.config import TuneConfig, load_recipe
from exiqa.model.inference import predict_strengths
from exiqa.model.training.features import extract_features
from exiqa.model.training.regress import regress
from exiqa.model.training.tune import tune
from exiqa.model.training.tuning_bar import tuning_bar

BANK = "kadid10k@1"
DISTORTIONS = (
    "gaussian_blur",
    "color_saturation_2",
    "jpeg",
    "white_noise",
    "impulse_noise",
    "brighten",
    "pixelate",
    "quantization",
)
"""Eight of KADID-10k's: every kind of effect, and none whose levels run both ways."""

NEW_DISTORTION = ("lvq", "smoke")
"""A distortion that the shipped bank does not have: the taxonomy that describes it, and its id."""


@dataclass(frozen=True)
class DemoSettings:
    """How large the demo is. The defaults are what `exiqa demo` runs; tests take smaller ones."""

    llm: str = "smollm2"
    rounds: int = 2
    k: int = 5
    references: int = 30
    height: int = 192
    width: int = 256
    splits: int = 3
    tuning: dict[str, Any] = field(default_factory=dict)
    """Changes to the tuning recipe `demo`."""


def run_demo(out: Path, seed: int = 0, settings: DemoSettings | None = None) -> Path:
    """Run the main job into the folder `out`; returns the path of the HTML report.

    `out` gets `banks/` (the store with demo@1), `models/` (one artifact a split), `records/`, `splits/` and
    `report/`. Called again after an interruption, tuning goes on where it stopped.
    Raises UserError and OSError for what a user can mend.
    """
    settings = settings or DemoSettings()
    out.mkdir(parents=True, exist_ok=True)
    steps = Steps()
    with steps.step("Asking a language model what a new distortion looks like"):
        described = _describe(out, seed, settings)
    with steps.step("Saving the attribute bank"):
        bank = _save_bank(out, described.generation)
    with steps.step("Making the data set"):
        dataset = _make_dataset(bank.taxonomy, settings, seed)
        splits = [make_split(dataset, seed=seed + number) for number in range(settings.splits)]
        for split in splits:
            split.save(out / "splits" / f"{dataset.name}-{split.seed}.json")
        steps.say(f"{len(dataset)} images of {len(dataset.references)} references, {len(dataset.distortions)} kinds")
    results = []
    for number, split in enumerate(splits, 1):
        with steps.step(f"Tuning on split {number} of {len(splits)}"):
            results.append(_tune_and_test(out, dataset, split, bank, settings, seed))
            steps.say(_figures(results[-1].records))
    with steps.step("Rendering the report"):
        report = demo_report(described, bank, dataset, results, seed, steps.done)
        page = render_report(report, out / "report")[1]
    for verdict in verdicts([record for result in results for record in result.records]):
        steps.say(verdict.sentence)
    print(f"Report: {printable(str(page))}")
    return page


class Steps:
    """Says each step and its time as the demo goes."""

    def __init__(self) -> None:
        self.done: list[tuple[str, float]] = []
        self._console = Console()

    @contextmanager
    def step(self, name: str) -> Iterator[None]:
        self._console.print(f"[bold]{name}[/] …")
        start = time.perf_counter()
        yield
        self.done.append((name, time.perf_counter() - start))
        self.say(f"done in {self.done[-1][1]:.0f} s")

    def say(self, text: str) -> None:
        """One indented line. Text from outside is made safe here."""
        self._console.print(f"  {printable(text)}", markup=False, highlight=False, soft_wrap=True)


def _describe(out: Path, seed: int, settings: DemoSettings) -> Description:
    """Ask the LLM for attributes of the new distortion. Too few is an outcome, not an error."""
    source, distortion = NEW_DISTORTION
    taxonomy = load_taxonomy(source)
    options = GenerateSettings(selection=SelectionSettings(k=settings.k), seed=seed, rounds=settings.rounds)
    with generation_progress() as listen:
        try:
            generation = generate(
                taxonomy, [distortion], parse_llm_spec(settings.llm), options, out / "banks",
                f"{distortion}-generated", listen,
            )  # fmt: skip
        except NotEnoughPhrases as short:
            generation = short.generation
            # Moved out of the store: the next run of the demo starts anew instead of asking for further rounds.
            kept = out / "transcripts" / f"{distortion}-{seed}.jsonl"
            write_text(kept, generation.transcript.read_text(encoding="utf-8"))
            generation.transcript.unlink()
            generation = replace(generation, transcript=kept)
    console = Console()
    for line in generation.verdicts:
        mark = "+" if line.verdict == KEPT else "-"
        text = f"  {mark} {line.phrase or line.written}: {line.verdict}" + (f", {line.detail}" if line.detail else "")
        console.print(printable(text), markup=False, highlight=False)
    if generation.bank is None:
        kept_count = sum(line.verdict == KEPT for line in generation.verdicts)
        console.print(
            f"  {kept_count} phrases survived where {settings.k} are needed: the bank goes on without {distortion!r}. "
            "A larger language model writes better phrases.",
            highlight=False,
        )
    return Description(taxonomy[distortion], settings.llm, settings.k, generation)


def _save_bank(out: Path, generation: GenerationResult) -> Bank:
    """demo@1: eight distortions of the shipped bank, and the new one where the LLM gave enough phrases."""
    shipped = load_bank(BANK)
    chosen = shipped.select(DISTORTIONS)
    taxonomy, ranked = chosen.taxonomy, chosen.ranked
    provenance = Provenance(
        method="edited",
        parents=(f"{shipped.id} {shipped.hash}",),
        created=datetime.datetime.now(datetime.UTC).date().isoformat(),
        note=f"{len(DISTORTIONS)} of the parent's distortions",
    )
    if generation.bank is not None:
        encoder = load_encoder()
        merged = merge(chosen, generation.bank, encoder, threshold=None)
        taxonomy, ranked = merged.taxonomy, merged.ranked
        provenance = merged_provenance(shipped, generation.bank, encoder, threshold=None)
    store = BankStore(out / "banks")
    bank = Bank(name="demo", version=1, taxonomy=taxonomy, ranked=ranked, provenance=provenance)
    for entry in reversed(store.list()):
        # A demo that was run here before has saved this bank already.
        if entry.name == bank.name and (saved := entry.load()).hash == bank.hash:
            return saved
    return store.save(bank.name, bank.taxonomy, bank.ranked, bank.provenance)


def _make_dataset(taxonomy: Taxonomy, settings: DemoSettings, seed: int) -> Dataset:
    make = partial(standin, seed=seed, height=settings.height, width=settings.width, references=settings.references)
    parts = [make("mini-kadid10k", distortions=DISTORTIONS)]
    source, distortion = NEW_DISTORTION
    if distortion in taxonomy.ids:
        parts.append(make(f"mini-{source}", distortions=[distortion]))
    return combine("demo", taxonomy, parts)


def _tune_and_test(
    out: Path, dataset: Dataset, split: Split, bank: Bank, settings: DemoSettings, seed: int
) -> SplitResult:
    """Tune on one split, fit the regressor, and record our rows and the trivial ones."""
    config = load_recipe("demo", seed=seed, **settings.tuning)
    folder = out / "models" / f"seed{seed}-split{split.seed}"
    train, _, test = split.rows(dataset)
    start = time.perf_counter()
    with tuning_bar() as show:
        artifact = tune(dataset, split, bank.top(settings.k), config, folder, show)
    with progress_bar("  reading out") as move:
        fitted = regress(artifact, dataset, split, on_image=lambda n: move(n, len(dataset)))
    artifact = fitted.artifact
    artifact.save_regressor(folder, fitted.name)
    # The artifact answers in its bank's order, the dataset has its own.
    columns = [artifact.bank.distortions.index(d) for d in dataset.distortions]
    attributes = extract_features(artifact, dataset, test)  # from the cache that `regress` has filled
    strengths = predict_strengths(artifact.model, attributes)[:, columns]
    predicted = artifact.score(attributes)
    seconds = time.perf_counter() - start

    def record(protocol: Protocol, method: str, prediction: np.ndarray) -> Record:
        ours = method == "exiqa"
        cell = _cell(protocol, method, dataset, split, (bank, settings.k, config) if ours else None)
        evaluate = evaluate_strengths if protocol == "identification" else evaluate_scores
        made, predictions = evaluate(
            cell, dataset, split, prediction, seconds=seconds if ours else 0.0, bank=bank if ours else None
        )
        write_record(out / "records" / f"seed{seed}", made, predictions)
        return made

    records = (
        record("identification", "all_clean", all_clean(len(test), len(dataset.distortions))),
        record("identification", "prior", prior(dataset.strengths[train], len(test))),
        record("identification", "exiqa", strengths),
        record("quality", "mean_score", mean_score(dataset.scores[train], len(test))),
        record("quality", "exiqa", predicted),
    )
    return SplitResult(split, artifact, test, attributes, strengths, predicted, records)


def _cell(
    protocol: Protocol, method: str, dataset: Dataset, split: Split, ours: tuple[Bank, int, TuneConfig] | None
) -> Cell:
    cell = Cell(
        protocol=protocol,
        method=method,
        train=dataset.name,
        test=dataset.name,
        split=split.ratio,
        seed=split.seed,
        strength_map=dataset.strength_map,
    )
    if ours is None:
        return cell
    bank, k, config = ours
    return cell.model_copy(
        update={
            "bank": bank.id,
            "k": k,
            "template": config.template,
            "backbone": config.backbone,
            "tuning": config.mode,
            "prompt_length": config.prompt_length,
            "preprocessing": config.preprocessing,
            "hyperparameters": sha256_hex(canonical_json(config.model_dump()))[:16],
        }
    )


def _figures(records: tuple[Record, ...]) -> str:
    rmse = {r.cell.method: r.metrics["rmse"] for r in records if r.cell.protocol == "identification"}
    srcc = {r.cell.method: r.metrics["srcc"] for r in records if r.cell.protocol == "quality"}
    return (
        f"held-out RMSE {rmse['exiqa']:.4f} (prior {rmse['prior']:.4f}, all clean {rmse['all_clean']:.4f}), "
        f"SRCC with the proxy score {srcc['exiqa']:.3f}"
    )

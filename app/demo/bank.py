"""The demo's attribute bank: a part of a shipped one, and a new distortion where an LLM says enough of it."""

from __future__ import annotations

import datetime
from dataclasses import dataclass, replace
from pathlib import Path

from exiqa.attrgen.display import generation_progress
from exiqa.attrgen.generation import GenerationResult, NotEnoughPhrases, generate
from exiqa.attrgen.llms.spec import parse_llm_spec
from exiqa.attrgen.settings import GenerateSettings
from exiqa.bank.editing.merge import merge, merged_provenance
from exiqa.bank.grounding.grounding import load_grounding, table_of
from exiqa.bank.phrases.encoder import load_encoder
from exiqa.bank.phrases.screens import KEPT
from exiqa.bank.phrases.selection import SelectionSettings
from exiqa.bank.schema import Bank, Provenance
from exiqa.bank.storage.store import BankStore, load_bank
from exiqa.bank.taxonomy import Distortion, load_taxonomy
from exiqa.core.files import write_text

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
class Description:
    """A new distortion, the LLM that was asked about it, and what came of it."""

    distortion: Distortion
    llm: str
    k: int
    """Attributes that were needed."""
    generation: GenerationResult

    @property
    def kept(self) -> int:
        """How many phrases survived."""
        return sum(line.verdict == KEPT for line in self.generation.verdicts)

    @property
    def lines(self) -> list[str]:
        """What became of each phrase, a line each, and what follows where too few were kept."""
        lines = [
            f"{'+' if line.verdict == KEPT else '-'} {line.phrase or line.written}: {line.verdict}"
            + (f", {line.detail}" if line.detail else "")
            for line in self.generation.verdicts
        ]
        if self.generation.bank is None:
            lines.append(
                f"{self.kept} phrases survived where {self.k} are needed: the bank goes on without "
                f"{self.distortion.id!r}. A larger language model writes better phrases."
            )
        return lines


def describe(out: Path, llm: str, k: int, rounds: int, seed: int) -> Description:
    """Ask an LLM for attributes of the new distortion. Too few is an outcome, not an error.

    Args:
        out: The demo's folder; the transcript is kept in it.
        llm: What `exiqa attrgen generate --llm` takes.
        k: Attributes that are needed.
        rounds: Times the LLM is asked at most.
        seed: Of the LLM's sampling.
    """
    source, distortion = NEW_DISTORTION
    store = out / "banks"
    taxonomy = load_taxonomy(source)
    # What the distortions of that taxonomy do to pictures was measured when its shipped bank was grounded.
    effects = table_of(load_grounding(load_bank(source), store))
    options = GenerateSettings(selection=SelectionSettings(k=k), seed=seed, rounds=rounds)
    with generation_progress() as listen:
        try:
            generation = generate(
                taxonomy, [distortion], parse_llm_spec(llm), options, store, f"{distortion}-generated", listen, effects,
            )  # fmt: skip
        except NotEnoughPhrases as short:
            # Moved out of the store: the next run of the demo starts anew instead of asking for further rounds.
            draft, transcript = short.generation.transcript, out / "transcripts" / f"{distortion}-{seed}.jsonl"
            write_text(transcript, draft.read_text(encoding="utf-8"))
            if draft.is_relative_to(store):  # and not a transcript of the user's that is replayed
                draft.unlink()
            generation = replace(short.generation, transcript=transcript)
    return Description(taxonomy[distortion], llm, k, generation)


def save_bank(out: Path, generation: GenerationResult) -> Bank:
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

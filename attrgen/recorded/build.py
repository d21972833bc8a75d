"""The shipped banks that language models wrote, `kadid10k-llm@1` and its like, with transcripts and groundings.

`python -m exiqa.attrgen.recorded.build` makes them again from the answers in their transcripts, against the present
curves of the curated banks' groundings: after a change of the effects, the screens, the ranking, the linker or the
taxonomies, and after `python -m exiqa.iqadata.grounding.shipped`. `… build ANSWERS.jsonl` makes those of `LARGE` from
a file of recorded answers: the OpenAI client asks a server on loopback that gives them. `… build ID=TRANSCRIPT` makes
one of `WRITTEN` from the transcript, or its draft, of `exiqa attrgen generate TAXONOMY --llm MODEL --ground`.
"""

from __future__ import annotations

import json
import sys
import tempfile
from collections.abc import Generator, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from exiqa.attrgen.generation import generate
from exiqa.attrgen.llms.openai import OpenAILLM
from exiqa.attrgen.llms.replay import ReplayLLM
from exiqa.attrgen.recorded.comparison import PAGE, comparison_page
from exiqa.attrgen.recorded.server import serving
from exiqa.attrgen.request import Answer, Request, Sampling
from exiqa.attrgen.settings import GenerateSettings
from exiqa.attrgen.transcript import Header, line_text, read_transcript
from exiqa.bank.curated.build import SHIPPED
from exiqa.bank.grounding.grounding import (
    ground,
    grounding_path,
    load_grounding,
    table_of,
    write_grounding,
)
from exiqa.bank.linking.linker import link, linker_hash
from exiqa.bank.phrases.embedding import CachedEncoder
from exiqa.bank.phrases.encoder import SentenceEncoder, load_encoder
from exiqa.bank.phrases.selection import SelectionSettings
from exiqa.bank.schema import Bank
from exiqa.bank.storage.bank_file import bank_text
from exiqa.bank.storage.store import load_bank
from exiqa.bank.taxonomy import Taxonomy, load_taxonomy
from exiqa.core.documents import read_text
from exiqa.core.files import canonical_json, sha256_hex, write_text

MODEL = "claude"
PROMPTS = ("paper", "tell_apart")
"""The prompts that each distortion's recorded answers were given to, in the order in which they are asked."""
ASKED = 10
"""Phrases that each of these prompts asks for."""


@dataclass(frozen=True)
class WrittenBank:
    """A shipped bank that a language model wrote."""

    taxonomy: str
    kind: str
    """Its name is `TAXONOMY-KIND`."""
    version: int
    k: int
    """Attributes per distortion."""
    note: str
    """What its answers are."""
    missing: tuple[str, ...] = ()
    """Distortions of the taxonomy that it leaves out, for want of phrases that pictures bear out."""

    @property
    def id(self) -> str:
        return f"{self.taxonomy}-{self.kind}@{self.version}"

    @property
    def distortions(self) -> tuple[str, ...]:
        """Those that it describes, in the taxonomy's order."""
        return tuple(one for one in load_taxonomy(self.taxonomy).ids if one not in self.missing)

    @property
    def transcript(self) -> Path:
        return SHIPPED / f"{self.id}.transcript.jsonl"


_LARGE_NOTE = (
    "Written by a language model, Claude by Anthropic: its recorded answers to two prompts, one sample each, of "
    "2026-11-25. It wrote all of them in one go, from a brief that gave the descriptions of the distortions and asked "
    "also for the form of the phrases and for others in the second answer than in the first, which the prompts do not "
    "say; how they were sampled is not known. A distortion of several data sets was described to it as in the first of "
    "kadid10k, tid2013, csiq, live and lvq. The answers came in through the OpenAI client from a server that gives "
    "them, and were screened, held against pictures, de-duplicated and ranked as any others; nothing was chosen or "
    "changed by hand."
)

K = 5
"""Attributes per distortion."""
MISSING = {"tid2013": ("jpeg_transmission", "comfort_noise"), "live": ("fast_fading",)}
"""Taxonomy -> distortions of which fewer than `K` recorded phrases are seen in the pictures: of comfort noise and of
fast fading none, of JPEG transmission errors four."""


def _large(taxonomy: str) -> WrittenBank:
    missing = MISSING.get(taxonomy, ())
    left_out = (
        f" It leaves out {' and '.join(missing)}, of which fewer than {K} phrases are seen in the pictures."
        if missing
        else ""
    )
    return WrittenBank(taxonomy, "llm", 1, K, _LARGE_NOTE + left_out, missing)


LARGE = tuple(map(_large, ("kadid10k", "tid2013", "csiq", "live", "lvq")))
"""By a large model, from the file of recorded answers."""

_SMALL_NOTE = (
    "Written by a small language model, SmolLM2-135M-Instruct, on one core without a network, as `exiqa attrgen "
    "generate kadid10k --llm smollm2 --ground` asks it: by worked examples, one effect at a time, in up to four "
    "rounds. Nothing was chosen or changed by hand, and many of its phrases are clumsy."
)
SMALL = (WrittenBank("kadid10k", "smollm2", 1, K, _SMALL_NOTE),)
"""By the small model that needs no network."""

WRITTEN = (*LARGE, *SMALL)


class RecordedLLM(ReplayLLM):
    """Recorded prompts in place of those of a template, answered by the server that they are sent to."""

    def __init__(self, taxonomy: Taxonomy, prompts: Mapping[str, Sequence[str]], url: str) -> None:
        """Nothing is sent yet.

        Args:
            taxonomy: The distortions.
            prompts: Distortion id -> the prompts that its answers were given to.
            url: The base URL of a server that has the answers, see `serving`.
        """
        self.path = Path("recorded answers")
        self._server = OpenAILLM(MODEL, url)
        self.name = f"openai:{MODEL} (recorded answers)"  # not the port, which is another every time
        self.header = Header(
            bank="recorded",
            taxonomy=taxonomy.id,
            taxonomy_hash=taxonomy.hash,
            only=tuple(prompts),
            llm=self.name,
            prompt="recorded",
            prompt_hash=sha256_hex(canonical_json({name: list(asked) for name, asked in prompts.items()})),
            asking={"asked": ASKED, "samples": len(PROMPTS)},
            choosing={},
        )
        self.effects = None
        self.bank_hash = None
        self._requests = {
            (distortion, 1): [
                Request(
                    llm=self.name,
                    distortion=distortion,
                    round=1,
                    prompt=prompt,
                    count=ASKED,
                    seed=0,
                    sampling=Sampling(),
                )
                for prompt in asked
            ]
            for distortion, asked in prompts.items()
        }

    def complete(self, requests: Iterable[Request]) -> Generator[Answer, None, None]:
        """The server's answers, as they arrive."""
        return self._server.complete(requests)


def from_answers(bank: WrittenBank, answers: Path, folder: Path, encoder: SentenceEncoder) -> list[Path]:
    """Make a bank of recorded answers, asked for by the OpenAI client.

    Args:
        bank: Which of `LARGE`.
        answers: JSON lines with `distortion`, `prompt_id` (one of `PROMPTS`), `prompt` and `answer`.
        folder: Where bank, transcript and grounding are written.
        encoder: Embeds and links the phrases.

    Returns:
        The paths of the files.
    """
    taxonomy = load_taxonomy(bank.taxonomy)
    rows = [json.loads(line) for line in read_text(answers).splitlines()]
    recorded = {(row["distortion"], row["prompt_id"]): row["prompt"] for row in rows}
    prompts = {distortion: [recorded[distortion, prompt] for prompt in PROMPTS] for distortion in bank.distortions}
    with serving({row["prompt"]: row["answer"] for row in rows}, MODEL) as url:
        return _write(bank, taxonomy, RecordedLLM(taxonomy, prompts, url), folder, encoder)


def from_transcript(
    bank: WrittenBank, folder: Path, encoder: SentenceEncoder, transcript: Path | None = None
) -> list[Path]:
    """Make a bank again from the answers in a transcript, held against the present curves.

    Args:
        bank: Which of `WRITTEN`.
        folder: Where bank, transcript and grounding are written.
        encoder: Embeds and links the phrases.
        transcript: Or the draft of one, of `exiqa attrgen generate`. Default: the shipped one.

    Returns:
        The paths of the files.
    """
    llm = ReplayLLM(transcript or bank.transcript)
    return _write(bank, load_taxonomy(bank.taxonomy), llm, folder, encoder)


def _write(bank: WrittenBank, taxonomy: Taxonomy, llm: ReplayLLM, folder: Path, encoder: SentenceEncoder) -> list[Path]:
    curated = load_grounding(load_bank(taxonomy.id), folder)
    llm.effects = table = table_of(curated)
    settings = GenerateSettings(selection=SelectionSettings(k=bank.k), rounds=1)
    with tempfile.TemporaryDirectory() as scratch:
        # Under a name of its own: those of shipped banks are reserved.
        done = generate(taxonomy, bank.distortions, llm, settings, Path(scratch), "written")
        assert done.bank is not None
        header, *lines = read_transcript(done.transcript)
    assert isinstance(header, Header)
    header = header.model_copy(update={"bank": f"{bank.taxonomy}-{bank.kind}"})
    transcript = "".join(map(line_text, (header, *lines)))
    provenance = done.bank.provenance.model_copy(
        update={"created": "", "transcript": sha256_hex(transcript), "note": bank.note}
    )
    shipped = Bank(
        name=header.bank, version=bank.version, taxonomy=taxonomy, ranked=done.bank.ranked, provenance=provenance
    )
    links = {one.phrase: one.claims for one in link([a.phrase for a in shipped.attributes], encoder)}
    grounding = ground(shipped, table, links, linker_hash(encoder), curated.source.settings)
    # `table` holds the curves of that measurement, all of them.
    source = grounding.source.model_copy(update={"table": curated.source.table})
    paths = [folder / f"{shipped.id}.json", folder / f"{shipped.id}.transcript.jsonl"]
    write_text(paths[0], bank_text(shipped))
    write_text(paths[1], transcript)
    paths.append(grounding_path(folder, shipped.id))
    write_grounding(paths[2], grounding.model_copy(update={"source": source}))
    return paths


def main(argument: str | None) -> None:
    """Make the shipped banks, or those that the command line names, and the page that compares them."""
    encoder = CachedEncoder(load_encoder())
    if argument is None:
        made = [path for bank in WRITTEN for path in from_transcript(bank, SHIPPED, encoder)]
    elif "=" in argument:
        id, _, transcript = argument.partition("=")
        [bank] = [bank for bank in WRITTEN if bank.id == id]
        made = from_transcript(bank, SHIPPED, encoder, Path(transcript))
    else:
        made = [path for bank in LARGE for path in from_answers(bank, Path(argument), SHIPPED, encoder)]
    page = comparison_page([(each.taxonomy, each.id) for each in WRITTEN], SHIPPED)
    write_text(PAGE, page)
    for path in (*made, PAGE):
        print(path)


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else None)

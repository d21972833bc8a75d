"""What is asked in each round: prompts made for an LLM, or the recorded ones of a replay."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from exiqa.attrgen.llms.replay import ReplayLLM
from exiqa.attrgen.prompt import Prompt
from exiqa.attrgen.request import Request, Sampling
from exiqa.attrgen.settings import GenerateSettings
from exiqa.attrgen.transcript import Header
from exiqa.bank.taxonomy import Taxonomy
from exiqa.core.errors import UserError
from exiqa.core.files import sha256_hex

TOKENS_PER_PHRASE = 40
"""Room that an answer gets for each phrase, twice what the paper's own take, and as much again for a preamble."""


@dataclass(frozen=True)
class Wanting:
    """What a distortion that is asked about has so far, and what it lacks."""

    taken: tuple[str, ...]
    """Its phrases."""
    gaps: tuple[str, ...] = ()
    """Names of effects that its pictures show and that none of its phrases speaks of."""


class RequestSource(Protocol):
    """Where the requests of a round come from."""

    def for_round(self, round: int, wanting: Mapping[str, Wanting]) -> list[Request]:
        """The requests of one round.

        Args:
            round: From 1.
            wanting: Distortion id -> what it has and lacks.

        Returns:
            A request per distortion in `wanting`, in that order; in a replay fewer, or none.
        """
        ...

    def header(self, bank: str, distortions: tuple[str, ...], choosing: dict[str, Any]) -> Header:
        """The first line of the transcript; `choosing` is whatever changes which phrases are taken."""
        ...


class RenderedRequests:
    """Requests rendered from a prompt template; the same round asks the same, whenever it is run."""

    def __init__(self, taxonomy: Taxonomy, llm: str, prompt: Prompt, settings: GenerateSettings) -> None:
        self._taxonomy = taxonomy
        self._llm = llm
        self._prompt = prompt
        self._seed = settings.seed
        self._count = settings.phrases_per_prompt
        self._sampling = Sampling(
            temperature=settings.temperature,
            top_p=settings.top_p,
            max_tokens=TOKENS_PER_PHRASE * (self._count + 1),
        )

    def for_round(self, round: int, wanting: Mapping[str, Wanting]) -> list[Request]:
        return [
            Request(
                llm=self._llm,
                distortion=distortion,
                round=round,
                prompt=self._prompt.render(self._taxonomy[distortion], self._count, each.taken, each.gaps),
                count=self._count,
                # Its own for every request, so that a second round does not repeat the first; 31 bits fit any server.
                seed=int(sha256_hex(f"{self._seed} {distortion} {round}")[:8], 16) >> 1,
                sampling=self._sampling,
            )
            for distortion, each in wanting.items()
        ]

    def header(self, bank: str, distortions: tuple[str, ...], choosing: dict[str, Any]) -> Header:
        asking = {"asked": self._count, "seed": self._seed, "sampling": self._sampling.model_dump(mode="json")}
        return Header(
            bank=bank,
            taxonomy=self._taxonomy.id,
            taxonomy_hash=self._taxonomy.hash,
            only=distortions,
            llm=self._llm,
            prompt=self._prompt.name,
            prompt_hash=self._prompt.hash,
            asking=asking,
            choosing=choosing,
        )


class RecordedRequests:
    """The requests of a transcript, so that no answer is ever filed under a prompt it was not given to."""

    def __init__(self, taxonomy: Taxonomy, llm: ReplayLLM) -> None:
        """The recorded requests of `llm`.

        Raises:
            UserError: The transcript is about other distortions than the taxonomy's.
        """
        if llm.header.taxonomy_hash != taxonomy.hash:
            raise UserError(
                f"--llm replay:{llm.path} was recorded for another taxonomy, {llm.header.taxonomy!r} with the hash "
                f"{llm.header.taxonomy_hash[:16]}…, not {taxonomy.id!r} with {taxonomy.hash[:16]}…; give the one it "
                "was recorded for"
            )
        self._llm = llm

    def for_round(self, round: int, wanting: Mapping[str, Wanting]) -> list[Request]:
        recorded = (self._llm.request(distortion, round) for distortion in wanting)
        return [request for request in recorded if request is not None]

    def header(self, bank: str, distortions: tuple[str, ...], choosing: dict[str, Any]) -> Header:
        changed = {"bank": bank, "only": distortions, "choosing": choosing}
        return self._llm.header.model_copy(update=changed)

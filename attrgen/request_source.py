"""What is asked in each round: prompts made for an LLM, or the recorded ones of a replay."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from exiqa.attrgen.llms.replay import ReplayLLM
from exiqa.attrgen.prompts.asking import Asking
from exiqa.attrgen.prompts.context import ContextSource
from exiqa.attrgen.prompts.pictures import NOTE, Pictures
from exiqa.attrgen.prompts.prompt import Prompt
from exiqa.attrgen.request import Request, Sampling
from exiqa.attrgen.settings import GenerateSettings
from exiqa.attrgen.transcript import Header
from exiqa.bank.taxonomy import Taxonomy
from exiqa.core.errors import UserError
from exiqa.core.files import canonical_json, sha256_hex


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
            The requests about each distortion in `wanting`, in that order; in a replay fewer, or none.
        """
        ...

    def header(self, bank: str, distortions: tuple[str, ...], choosing: dict[str, Any]) -> Header:
        """The first line of the transcript; `choosing` is whatever changes which phrases are taken."""
        ...


class RenderedRequests:
    """Requests rendered from a prompt template; the same round asks the same, whenever it is run."""

    def __init__(
        self,
        contexts: ContextSource,
        llm: str,
        prompt: Prompt,
        asking: Asking,
        settings: GenerateSettings,
        pictures: Pictures | None,
    ) -> None:
        self._taxonomy = contexts.taxonomy
        self._contexts = contexts
        self._llm = llm
        self._pictures = pictures or Pictures({})
        self._prompt = prompt
        self._seed = settings.seed
        self._samples = asking.answers(settings.selection.k)
        self._count = asking.count(settings.selection.k)
        self._sampling = Sampling(
            temperature=asking.temperature,
            top_p=asking.top_p,
            max_tokens=asking.tokens_per_phrase * (self._count + 1),
            repetition_penalty=asking.repetition_penalty,
        )

    def for_round(self, round: int, wanting: Mapping[str, Wanting]) -> list[Request]:
        requests = []
        for distortion, each in wanting.items():
            context = self._contexts.of(distortion, round, self._prompt.used)
            about = (self._taxonomy[distortion], self._count, each.taken, each.gaps, context)
            pictures = self._pictures.digests(distortion)
            for sample in range(self._samples):
                # Its own for every request, so that a second round does not repeat the first; 31 bits fit any server.
                drawn = f"{self._seed} {distortion} {round}" + (f" {sample}" if sample else "")
                request = Request(
                    llm=self._llm,
                    distortion=distortion,
                    round=round,
                    prompt=(f"{NOTE}\n" if pictures else "") + self._prompt.render(*about, sample),
                    count=self._count,
                    seed=int(sha256_hex(drawn)[:8], 16) >> 1,
                    sampling=self._sampling,
                    pictures=pictures,
                )
                requests.append(request)
        return requests

    def header(self, bank: str, distortions: tuple[str, ...], choosing: dict[str, Any]) -> Header:
        asking = {
            "asked": self._count,
            "samples": self._samples,
            "seed": self._seed,
            "sampling": self._sampling.model_dump(mode="json"),
        }
        if self._pictures.files:
            asking["pictures"] = sha256_hex(canonical_json(sorted(self._pictures.by_digest())))
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
        return [request for distortion in wanting for request in self._llm.requests(distortion, round)]

    def header(self, bank: str, distortions: tuple[str, ...], choosing: dict[str, Any]) -> Header:
        changed = {"bank": bank, "only": distortions, "choosing": choosing}
        return self._llm.header.model_copy(update=changed)

"""Any model that Simon Willison's `llm` package and its plug-ins know, where that is installed: `llm:MODEL`.

Keys, addresses and aliases are that package's own (`llm keys set`, `llm aliases`); no key passes through here.
"""

from __future__ import annotations

from collections.abc import Generator, Iterable, Mapping
from concurrent.futures import FIRST_COMPLETED, ThreadPoolExecutor, wait
from itertools import islice
from typing import TYPE_CHECKING, Any

from exiqa.attrgen.llms.provider import LLMOptions, LLMProvider
from exiqa.core.errors import UserError

if TYPE_CHECKING:
    from exiqa.attrgen.request import Answer, Request

OPTIONS = ("temperature", "top_p", "max_tokens", "seed")
"""What of a request a model of `llm` may take; each model says which of them it knows."""


class LLMPackageModel:
    """A model of the `llm` package. One that needs a key is a service and is asked several prompts at a time."""

    def __init__(self, model_id: str, options: LLMOptions) -> None:
        """The model that `llm` knows by a name or alias; nothing is asked yet.

        Args:
            model_id: Its name or alias there.
            options: How many requests may be under way at once.

        Raises:
            UserError: `llm` is not installed, cannot load its plug-ins, knows no such model, or lacks its key.
        """
        self.name = f"llm:{model_id}"
        try:
            import llm
        except ImportError:
            raise UserError(
                f"--llm {self.name} asks through the package llm, which is not installed; run `pip install llm`, and "
                "install its plug-in for your model"
            ) from None
        try:
            self._model: Any = llm.get_model(model_id)
            if self._model.needs_key:
                self._model.get_key()
        except llm.UnknownModelError:
            raise UserError(f"--llm {self.name}: llm knows no model {model_id!r}; `llm models` lists them") from None
        except llm.NeedsKeyException as error:
            raise UserError(f"--llm {self.name}: {_reason(error)}") from None
        except Exception as error:  # llm imports every plug-in that is installed, and whatever they raise comes here
            raise UserError(
                f"--llm {self.name}: llm cannot load its plug-ins ({_reason(error)}); uninstall the broken one, or "
                "name those to load in the environment variable LLM_LOAD_PLUGINS"
            ) from None
        self._at_once = max(1, options.concurrency) if self._model.needs_key else 1
        self._pictures: Mapping[str, bytes] = {}
        self._taken = [option for option in OPTIONS if option in self._model.Options.model_fields]

    def show(self, pictures: Mapping[str, bytes]) -> None:
        """See `exiqa.attrgen.llms.base.SeeingLLM.show`."""
        if "image/png" not in self._model.attachment_types:
            raise UserError(f"--show: {self.name} takes no pictures; take a model of llm that does")
        self._pictures = pictures

    def complete(self, requests: Iterable[Request]) -> Generator[Answer, None, None]:
        """See `exiqa.attrgen.llms.base.LLM.complete`."""
        remaining = iter(requests)
        failure: UserError | None = None
        with ThreadPoolExecutor(self._at_once) as pool:
            running = {pool.submit(self._ask, request) for request in islice(remaining, self._at_once)}
            while running:
                done, running = wait(running, return_when=FIRST_COMPLETED)
                for future in done:
                    error = future.exception()
                    if error is not None and not isinstance(error, UserError):
                        raise error
                    failure = failure or error
                    if failure is None:
                        running |= {pool.submit(self._ask, request) for request in islice(remaining, 1)}
                    if error is None:
                        yield future.result()
        if failure is not None:
            raise failure

    def _ask(self, request: Request) -> Answer:
        from exiqa.attrgen.request import Answer

        wanted: dict[str, Any] = {**request.sampling.model_dump(), "seed": request.seed}
        try:
            response = self._model.prompt(
                request.prompt,
                stream=False,
                options={option: wanted[option] for option in self._taken},
                attachments=self._attachments(request),
            )
            text, usage = response.text(), response.usage()
        except Exception as error:  # each plug-in has errors of its own
            raise UserError(
                f"{self.name}, asked about {request.distortion}: {_reason(error)}; answers so far are kept, so run the "
                "same command again to go on"
            ) from None
        written = usage.output or 0
        return Answer(
            key=request.key,
            text=text,
            cut="max_tokens" in self._taken and written >= request.sampling.max_tokens,
            tokens_in=usage.input or 0,
            tokens_out=written,
            model=str(self._model.model_id),
            ignored=tuple(option for option in OPTIONS if option not in self._taken),
        )

    def _attachments(self, request: Request) -> list[Any]:
        import llm

        return [llm.Attachment(type="image/png", content=self._pictures[digest]) for digest in request.pictures]


def _reason(error: Exception) -> str:
    """An error in one line of at most 300 characters."""
    return " ".join(f"{type(error).__name__}: {error}".split())[:300]


PROVIDER = LLMProvider(forms=("llm:MODEL",), open=LLMPackageModel)

"""OpenAI and every server that speaks its protocol (vLLM, Ollama, llama.cpp, `transformers serve`)."""

from __future__ import annotations

import asyncio
import queue
import re
import threading
from collections.abc import Generator, Iterable, Iterator, Mapping
from typing import TYPE_CHECKING

from exiqa.attrgen.llms.openai_batch import BatchLLM
from exiqa.attrgen.llms.openai_server import OpenAIServer
from exiqa.attrgen.llms.provider import LLMOptions, LLMProvider
from exiqa.core.errors import UserError

if TYPE_CHECKING:
    from openai import AsyncOpenAI

    from exiqa.attrgen.request import Answer, Request


class OpenAILLM:
    """A chat model behind an OpenAI-compatible server, asked up to `concurrency` prompts at a time."""

    def __init__(self, model: str, url: str | None, options: LLMOptions | None = None) -> None:
        """Nothing is sent yet; see `OpenAIServer`, and `options` for how many requests may be under way at once."""
        self._server = OpenAIServer(model, url, options)
        self._concurrency = max(1, (options or LLMOptions()).concurrency)
        self.name = self._server.name

    def show(self, pictures: Mapping[str, bytes]) -> None:
        """Have pictures at hand, PNG files by their SHA-256, for the requests that name them."""
        self._server.pictures = pictures

    def complete(self, requests: Iterable[Request]) -> Generator[Answer, None, None]:
        """Answers as they arrive; see `exiqa.attrgen.llms.base.LLM.complete`.

        The requests run in a thread with an event loop of its own, so that this also works inside a notebook's loop.
        """
        done: queue.SimpleQueue[Answer | BaseException | None] = queue.SimpleQueue()
        session = _Session(self._server, iter(requests), done, self._concurrency)
        thread = threading.Thread(target=session.run, name="openai", daemon=True)
        thread.start()
        try:
            while (item := done.get()) is not None:
                if isinstance(item, BaseException):
                    raise item
                yield item
        finally:
            session.cancel()
            thread.join()


async def _ask(server: OpenAIServer, client: AsyncOpenAI, request: Request) -> Answer:
    """One answer, leaving out whatever the server says it does not take.

    Raises:
        UserError: The server refuses for good, cannot be reached, or sends no chat completion.
    """
    import openai

    while True:
        body = server.body(request)
        try:
            return server.answer(request, await client.chat.completions.create(**body), body)
        except (openai.BadRequestError, openai.UnprocessableEntityError) as error:
            if not server.leave_out(f"{error.param or ''} {error}", body):
                raise server.user_error(error, f"asked about {request.distortion}") from None
        except openai.OpenAIError as error:
            raise server.user_error(error, f"asked about {request.distortion}") from None
        except (ValueError, TypeError, LookupError, AttributeError):
            # The SDK does not check a reply: a web page or half a JSON text comes through as it is.
            raise server.no_completion(request) from None


class _Session:
    """One `complete` call: workers that draw requests and put answers, until none is left or one fails."""

    def __init__(
        self,
        server: OpenAIServer,
        requests: Iterator[Request],
        done: queue.SimpleQueue[Answer | BaseException | None],
        concurrency: int,
    ) -> None:
        self._server = server
        self._concurrency = concurrency
        self._requests = requests
        self._done = done
        self._failure: BaseException | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._task: asyncio.Task[None] | None = None
        self._cancelled = False
        self._lock = threading.Lock()

    def run(self) -> None:
        try:
            asyncio.run(self._main())
        except asyncio.CancelledError:
            pass
        except BaseException as error:
            self._failure = self._failure or error
        self._done.put(self._failure)

    def cancel(self) -> None:
        """Drop what is under way; nothing happens where all is done."""
        with self._lock:
            self._cancelled = True
            if self._loop and self._task and not self._loop.is_closed():
                self._loop.call_soon_threadsafe(self._task.cancel)

    async def _main(self) -> None:
        with self._lock:
            if self._cancelled:
                return
            self._loop, self._task = asyncio.get_running_loop(), asyncio.current_task()
        async with self._server.client() as client:
            await asyncio.gather(*(self._work(client) for _ in range(self._concurrency)))
        with self._lock:
            self._task = None

    async def _work(self, client: AsyncOpenAI) -> None:
        while self._failure is None:
            request = next(self._requests, None)
            if request is None:
                return
            try:
                self._done.put(await _ask(self._server, client, request))
            except UserError as error:
                # The others finish what they have paid for; nobody starts anything new.
                self._failure = self._failure or error


def _open(rest: str, options: LLMOptions) -> OpenAILLM | BatchLLM:
    """`MODEL` or `MODEL@URL`. A model's own name may hold `@`, `/` and `:`, but then a URL must follow.

    Without one, an address whose scheme was forgotten would pass for a part of the name, and prompts and key would
    go to OpenAI.
    """
    kind = BatchLLM if options.batch else OpenAILLM
    separator = re.search("@(?=https?://)", rest, re.IGNORECASE)
    if separator:
        return kind(rest[: separator.start()], rest[separator.end() :], options)
    if "@" in rest:
        # Only what follows the last @ is shown: what stands before may be a password.
        shown = rest.rpartition("@")[2].partition("?")[0]
        raise UserError(
            f"--llm openai: what follows @ must be a URL with its scheme, and {shown!r} is none; write "
            "openai:MODEL@http://HOST:PORT or openai:MODEL@https://HOST"
        )
    return kind(rest, None, options)


PROVIDER = LLMProvider(forms=("openai:MODEL", "openai:MODEL@URL"), open=_open, batches=True)

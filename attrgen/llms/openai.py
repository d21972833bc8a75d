"""OpenAI and every server that speaks its protocol (vLLM, Ollama, llama.cpp, `transformers serve`)."""

from __future__ import annotations

import asyncio
import os
import queue
import re
import threading
from collections.abc import Generator, Iterable, Iterator
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from exiqa.attrgen.llms.provider import KEY_VARIABLE, LLMOptions, LLMProvider
from exiqa.core.errors import UserError

if TYPE_CHECKING:
    import openai
    from openai import AsyncOpenAI

    from exiqa.attrgen.request import Answer, Request

DEFAULT_URL = "https://api.openai.com/v1"
TIMEOUT_SECONDS = 180.0
RETRIES = 5
"""On 429, 5xx, lost connections and timeouts; the SDK waits in between as the server asks, else exponentially."""

ANSWER_SCHEMA: dict[str, Any] = {
    "type": "json_schema",
    "json_schema": {
        "name": "attributes",
        "strict": True,
        "schema": {
            "type": "object",
            "properties": {"attributes": {"type": "array", "items": {"type": "string"}}},
            "required": ["attributes"],
            "additionalProperties": False,
        },
    },
}

OPTIONAL = ("response_format", "seed", "temperature", "top_p")
"""What a server may refuse (many know no JSON schema, some models take no temperature): it is left out from then
on, and the answers say so."""


_OURS = frozenset({"", "authorization", "content-type", "content-length", "host"})


class OpenAILLM:
    """A chat model behind an OpenAI-compatible server, asked up to `concurrency` prompts at a time.

    The key comes from an environment variable and goes nowhere but to the server: OPENAI_BASE_URL is not read, and
    redirects are not followed.
    """

    def __init__(self, model: str, url: str | None, options: LLMOptions | None = None) -> None:
        """The key is read from the environment; nothing is sent yet.

        Args:
            model: The server's name of the model.
            url: The server's base URL; None is OpenAI itself.
            options: How many requests may be under way at once, and which environment variable holds the key.

        Raises:
            UserError: `model` is empty, `url` is no http(s) URL or holds a password or a query, OpenAI is asked
                without a key, or a variable other than the usual one is named and holds none.
        """
        if not model:
            raise UserError(
                "--llm openai: needs a model, as in openai:gpt-4o-mini or openai:MODEL@http://127.0.0.1:8000"
            )
        self._model = model
        self._url = DEFAULT_URL if url is None else _checked_url(url)
        options = options or LLMOptions()
        self._key_variable = options.key_variable
        self._key = os.environ.get(self._key_variable, "").strip()
        self._concurrency = max(1, options.concurrency)
        self._refused: set[str] = set()
        self._limit = "max_tokens"
        if not self._key and (url is None or self._key_variable != KEY_VARIABLE):
            raise UserError(f"--llm openai:{model} needs a key in the environment variable {self._key_variable}")
        self.name = f"openai:{model}@{self._url}" if url is not None else f"openai:{model}"

    def complete(self, requests: Iterable[Request]) -> Generator[Answer, None, None]:
        """Answers as they arrive; see `exiqa.attrgen.llms.base.LLM.complete`.

        The requests run in a thread with an event loop of its own, so that this also works inside a notebook's loop.
        """
        done: queue.SimpleQueue[Answer | BaseException | None] = queue.SimpleQueue()
        session = _Session(self, iter(requests), done)
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

    async def ask(self, client: AsyncOpenAI, request: Request) -> Answer:
        """One answer, leaving out whatever the server says it does not take.

        Raises:
            UserError: The server refuses for good, cannot be reached, or sends no chat completion.
        """
        import openai

        while True:
            options = self._options(request)
            try:
                reply = await client.chat.completions.create(
                    model=self._model, messages=[{"role": "user", "content": request.prompt}], **options
                )
                return self._answer(request, reply, options)
            except (openai.BadRequestError, openai.UnprocessableEntityError) as error:
                if not self._leave_out(error, options):
                    raise self._user_error(request, error) from None
            except openai.OpenAIError as error:
                raise self._user_error(request, error) from None
            except (ValueError, TypeError, LookupError, AttributeError):
                # The SDK does not check a reply: a web page or half a JSON text comes through as it is.
                raise UserError(
                    f"{self.name} sent no chat completion when asked about {request.distortion}; is its URL that of "
                    "an OpenAI-compatible server?"
                ) from None

    def _answer(self, request: Request, reply: Any, sent: dict[str, Any]) -> Answer:
        from exiqa.attrgen.request import Answer

        choice = reply.choices[0]
        return Answer(
            key=request.key,
            text=self._without_key(choice.message.content or choice.message.refusal or ""),
            cut=choice.finish_reason == "length",
            tokens_in=(reply.usage.prompt_tokens or 0) if reply.usage else 0,
            tokens_out=(reply.usage.completion_tokens or 0) if reply.usage else 0,
            model=self._without_key(reply.model or self._model),
            ignored=tuple(name for name in OPTIONAL if name not in sent),
        )

    def client(self) -> AsyncOpenAI:
        from openai import AsyncOpenAI, DefaultAsyncHttpxClient

        # A server of one's own often wants no key, but the SDK insists on one.
        return AsyncOpenAI(
            api_key=self._key or "none",
            base_url=self._url,
            max_retries=RETRIES,
            timeout=TIMEOUT_SECONDS,
            http_client=DefaultAsyncHttpxClient(
                follow_redirects=False,
                # A proxy passes https on unread; of http it would read the key.
                trust_env=self._url.startswith("https:"),
                event_hooks={"request": [self._keep_to_ourselves]},
            ),
        )

    async def _keep_to_ourselves(self, request: Any) -> None:
        """Take out of a request what the SDK adds from the environment and only OpenAI itself is meant to see.

        The key is the one of the variable that was named, or none at all.
        """
        request.headers.pop("Authorization", None)
        if self._key:
            request.headers["Authorization"] = f"Bearer {self._key}"
        if self._url != DEFAULT_URL:
            ambient = os.environ.get("OPENAI_CUSTOM_HEADERS", "").splitlines()
            for name in (
                "OpenAI-Organization",
                "OpenAI-Project",
                *(line.partition(":")[0].strip() for line in ambient),
            ):
                if name.casefold() not in _OURS:
                    request.headers.pop(name, None)

    @property
    def concurrency(self) -> int:
        return self._concurrency

    def _options(self, request: Request) -> dict[str, Any]:
        options: dict[str, Any] = {
            "response_format": ANSWER_SCHEMA,
            "seed": request.seed,
            "temperature": request.sampling.temperature,
            "top_p": request.sampling.top_p,
        }
        accepted = {name: value for name, value in options.items() if name not in self._refused}
        return accepted | {self._limit: request.sampling.max_tokens}

    def _leave_out(self, error: openai.APIStatusError, sent: dict[str, Any]) -> bool:
        """Remember what the server objects to; whether it is worth asking again."""
        message = f"{error.param or ''} {error}"
        if "max_completion_tokens" in message and "max_completion_tokens" not in sent:
            self._limit = "max_completion_tokens"
            return True
        rejected = {name for name in OPTIONAL if name in sent and name in message}
        if not rejected and "response_format" in sent:
            # Some servers only say "bad request"; the schema is the likeliest reason.
            rejected = {"response_format"}
        self._refused |= rejected
        return bool(rejected)

    def _user_error(self, request: Request, error: Exception) -> UserError:
        import openai

        if isinstance(error, openai.AuthenticationError | openai.PermissionDeniedError):
            if self._key:
                return UserError(
                    f"{self.name} refused the key in {self._key_variable} (status {error.status_code}); put a valid "
                    "one there, or name the variable that holds it: --key-env NAME"
                )
            return UserError(
                f"{self.name} wants a key (status {error.status_code}), and the environment variable "
                f"{self._key_variable} is not set; set it, or name the one that holds the key: --key-env NAME"
            )
        if isinstance(error, openai.NotFoundError):
            return UserError(
                f"{self._url} has no model {self._model!r} (status 404: {self._without_key(str(error))[:200]}); see "
                f"which it has at {self._url}/models, and whether the URL is right"
            )
        if isinstance(error, openai.APITimeoutError):
            reason = f"no answer in {TIMEOUT_SECONDS:.0f} s"
        elif isinstance(error, openai.APIConnectionError):
            reason = f"cannot reach {self._url}"
        elif isinstance(error, openai.APIStatusError) and 300 <= error.status_code < 400:
            reason = (
                f"the server redirects elsewhere (status {error.status_code}), where neither prompts nor the key are "
                "sent; name the server that is to answer"
            )
        else:
            reason = self._without_key(str(error))[:300]
        return UserError(
            f"{self.name}, asked about {request.distortion}: {reason}; answers so far are kept, so run the same "
            "command again to go on"
        )

    def _without_key(self, text: str) -> str:
        return text.replace(self._key, "[key]") if self._key else text


class _Session:
    """One `complete` call: workers that draw requests and put answers, until none is left or one fails."""

    def __init__(
        self, llm: OpenAILLM, requests: Iterator[Request], done: queue.SimpleQueue[Answer | BaseException | None]
    ) -> None:
        self._llm = llm
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
        async with self._llm.client() as client:
            await asyncio.gather(*(self._work(client) for _ in range(self._llm.concurrency)))
        with self._lock:
            self._task = None

    async def _work(self, client: AsyncOpenAI) -> None:
        while self._failure is None:
            request = next(self._requests, None)
            if request is None:
                return
            try:
                self._done.put(await self._llm.ask(client, request))
            except UserError as error:
                # The others finish what they have paid for; nobody starts anything new.
                self._failure = self._failure or error


def _checked_url(url: str) -> str:
    """A server's base URL; without a path it gets the usual `/v1`."""
    try:
        parts = urlsplit(url)
        is_address = parts.scheme in ("http", "https") and parts.hostname and parts.port != 0
    except ValueError:  # a port that is no number, half an IPv6 address
        is_address = False
    if not is_address or re.search(r"[\s\\\x00-\x1f]", url):
        shown = url.rpartition("@")[2].partition("?")[0]
        raise UserError(f"--llm: {shown!r} is no address of a server; give it as in openai:MODEL@http://127.0.0.1:8000")
    if parts.username or parts.password or parts.query or parts.fragment:
        # The URL is written into the bank's provenance, so no secret may stand in it.
        raise UserError(
            f"--llm: the URL of {parts.hostname} holds a user name, a query or a fragment; give the plain address "
            f"and put the key into an environment variable (--key-env NAME)"
        )
    return url.rstrip("/") + ("" if parts.path.strip("/") else "/v1")


def _open(rest: str, options: LLMOptions) -> OpenAILLM:
    """`MODEL` or `MODEL@URL`. A model's own name may hold `@`, `/` and `:`, but then a URL must follow.

    Without one, an address whose scheme was forgotten would pass for a part of the name, and prompts and key would
    go to OpenAI.
    """
    separator = re.search("@(?=https?://)", rest, re.IGNORECASE)
    if separator:
        return OpenAILLM(rest[: separator.start()], rest[separator.end() :], options)
    if "@" in rest:
        # Only what follows the last @ is shown: what stands before may be a password.
        shown = rest.rpartition("@")[2].partition("?")[0]
        raise UserError(
            f"--llm openai: what follows @ must be a URL with its scheme, and {shown!r} is none; write "
            "openai:MODEL@http://HOST:PORT or openai:MODEL@https://HOST"
        )
    return OpenAILLM(rest, None, options)


PROVIDER = LLMProvider(forms=("openai:MODEL", "openai:MODEL@URL"), open=_open)

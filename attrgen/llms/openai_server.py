"""An OpenAI-compatible server as it was named: its address, its model, its key, and what it does not take."""

from __future__ import annotations

import base64
import functools
import os
import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from pydantic import BaseModel

from exiqa.attrgen.llms.provider import KEY_VARIABLE, LLMOptions
from exiqa.core.errors import UserError

if TYPE_CHECKING:
    from openai import AsyncOpenAI, OpenAI

    from exiqa.attrgen.request import Answer, Request

DEFAULT_URL = "https://api.openai.com/v1"
TIMEOUT_SECONDS = 180.0
RETRIES = 5
"""On 429, 5xx, lost connections and timeouts; the SDK waits in between as the server asks, else exponentially."""

OPTIONAL = ("response_format", "seed", "temperature", "top_p")
"""What a server may refuse (many know no JSON schema, some models take no temperature): it is left out from then
on, and the answers say so."""

_OURS = frozenset({"", "authorization", "content-type", "content-length", "host"})


class Attributes(BaseModel):
    """What an answer is asked to be."""

    attributes: list[str]


@functools.cache
def answer_schema() -> dict[str, Any]:
    """The JSON schema of an answer, as the SDK makes it of a pydantic model."""
    from openai.lib._parsing import type_to_response_format_param

    schema: Any = type_to_response_format_param(Attributes)
    return dict(schema)


class OpenAIServer:
    """Requests, answers and errors of one model on one server, whichever way it is asked.

    The key comes from an environment variable and goes nowhere but to the server: OPENAI_BASE_URL is not read,
    redirects are not followed, and no proxy reads it.
    """

    def __init__(self, model: str, url: str | None, options: LLMOptions | None = None) -> None:
        """The key is read from the environment; nothing is sent yet.

        Args:
            model: The server's name of the model.
            url: The server's base URL; None is OpenAI itself.
            options: Which environment variable holds the key.

        Raises:
            UserError: `model` is empty, `url` is no http(s) URL or holds a password or a query, OpenAI is asked
                without a key, or a variable other than the usual one is named and holds none.
        """
        if not model:
            raise UserError(
                "--llm openai: needs a model, as in openai:gpt-4o-mini or openai:MODEL@http://127.0.0.1:8000"
            )
        self.model = model
        self.url = DEFAULT_URL if url is None else checked_url(url)
        self.name = f"openai:{model}" if url is None else f"openai:{model}@{self.url}"
        self._key_variable = (options or LLMOptions()).key_variable
        self._key = os.environ.get(self._key_variable, "").strip()
        self._refused: set[str] = set()
        self._limit = "max_tokens"
        self.pictures: Mapping[str, bytes] = {}
        """SHA-256 -> a PNG file, of all pictures that requests name."""
        if not self._key and (url is None or self._key_variable != KEY_VARIABLE):
            raise UserError(f"--llm openai:{model} needs a key in the environment variable {self._key_variable}")

    def client(self) -> AsyncOpenAI:
        """The SDK's asynchronous client of this server."""
        from openai import AsyncOpenAI, DefaultAsyncHttpxClient

        return AsyncOpenAI(
            **self._client_options(),
            http_client=DefaultAsyncHttpxClient(
                **self._http_options(), event_hooks={"request": [self._keep_to_ourselves_async]}
            ),
        )

    def waiting_client(self) -> OpenAI:
        """The SDK's synchronous client of this server."""
        from openai import DefaultHttpxClient, OpenAI

        return OpenAI(
            **self._client_options(),
            http_client=DefaultHttpxClient(**self._http_options(), event_hooks={"request": [self._keep_to_ourselves]}),
        )

    def body(self, request: Request) -> dict[str, Any]:
        """What a chat completion is asked for with, less what the server has refused to take."""
        options: dict[str, Any] = {
            "response_format": answer_schema(),
            "seed": request.seed,
            "temperature": request.sampling.temperature,
            "top_p": request.sampling.top_p,
        }
        accepted = {name: value for name, value in options.items() if name not in self._refused}
        messages = [{"role": "user", "content": self._content(request)}]
        return {"model": self.model, "messages": messages, **accepted, self._limit: request.sampling.max_tokens}

    def leave_out(self, message: str, sent: Mapping[str, Any]) -> bool:
        """Remember what the server objects to; whether it is worth asking again."""
        if "max_completion_tokens" in message and "max_completion_tokens" not in sent:
            self._limit = "max_completion_tokens"
            return True
        rejected = {name for name in OPTIONAL if name in sent and name in message}
        if not rejected and "response_format" in sent:
            # Some servers only say "bad request"; the schema is the likeliest reason.
            rejected = {"response_format"}
        self._refused |= rejected
        return bool(rejected)

    def answer(self, request: Request, reply: Any, sent: Mapping[str, Any]) -> Answer:
        """The answer in a chat completion; ValueError and its like where it is none."""
        from exiqa.attrgen.request import Answer

        choice = reply.choices[0]
        return Answer(
            key=request.key,
            text=self.without_key(choice.message.content or choice.message.refusal or ""),
            cut=choice.finish_reason == "length",
            tokens_in=(reply.usage.prompt_tokens or 0) if reply.usage else 0,
            tokens_out=(reply.usage.completion_tokens or 0) if reply.usage else 0,
            model=self.without_key(reply.model or self.model),
            ignored=tuple(name for name in OPTIONAL if name not in sent),
        )

    def no_completion(self, request: Request) -> UserError:
        """What came is no chat completion."""
        return UserError(
            f"{self.name} sent no chat completion when asked about {request.distortion}; is its URL that of "
            "an OpenAI-compatible server?"
        )

    def user_error(self, error: Exception, about: str) -> UserError:
        """An error of the SDK in one sentence; `about` is what was asked for."""
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
                f"{self.url} has no model {self.model!r} (status 404: {self.without_key(str(error))[:200]}); see "
                f"which it has at {self.url}/models, and whether the URL is right"
            )
        if isinstance(error, openai.APITimeoutError):
            reason = f"no answer in {TIMEOUT_SECONDS:.0f} s"
        elif isinstance(error, openai.APIConnectionError):
            reason = f"cannot reach {self.url}"
        elif isinstance(error, openai.APIStatusError) and 300 <= error.status_code < 400:
            reason = (
                f"the server redirects elsewhere (status {error.status_code}), where neither prompts nor the key are "
                "sent; name the server that is to answer"
            )
        else:
            reason = self.without_key(str(error))[:300]
        return UserError(
            f"{self.name}, {about}: {reason}; answers so far are kept, so run the same command again to go on"
        )

    def without_key(self, text: str) -> str:
        """A server's text, in which the key may stand."""
        return text.replace(self._key, "[key]") if self._key else text

    def _content(self, request: Request) -> str | list[dict[str, Any]]:
        if not request.pictures:
            return request.prompt
        parts: list[dict[str, Any]] = [{"type": "text", "text": request.prompt}]
        for digest in request.pictures:
            data = base64.b64encode(self.pictures[digest]).decode()
            parts.append({"type": "image_url", "image_url": {"url": f"data:image/png;base64,{data}"}})
        return parts

    def _client_options(self) -> dict[str, Any]:
        # A server of one's own often wants no key, but the SDK insists on one.
        return {
            "api_key": self._key or "none",
            "base_url": self.url,
            "max_retries": RETRIES,
            "timeout": TIMEOUT_SECONDS,
        }

    def _http_options(self) -> dict[str, Any]:
        # A proxy passes https on unread; of http it would read the key.
        return {"follow_redirects": False, "trust_env": self.url.startswith("https:")}

    async def _keep_to_ourselves_async(self, request: Any) -> None:
        self._keep_to_ourselves(request)

    def _keep_to_ourselves(self, request: Any) -> None:
        """Take out of a request what the SDK adds from the environment and only OpenAI itself is meant to see.

        The key is the one of the variable that was named, or none at all.
        """
        request.headers.pop("Authorization", None)
        if self._key:
            request.headers["Authorization"] = f"Bearer {self._key}"
        if self.url != DEFAULT_URL:
            ambient = os.environ.get("OPENAI_CUSTOM_HEADERS", "").splitlines()
            for name in (
                "OpenAI-Organization",
                "OpenAI-Project",
                *(line.partition(":")[0].strip() for line in ambient),
            ):
                if name.casefold() not in _OURS:
                    request.headers.pop(name, None)


def checked_url(url: str) -> str:
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

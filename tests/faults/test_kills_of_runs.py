"""Generation, synthesis and the benchmark killed at each of their operations on files, and at random moments."""

from __future__ import annotations

import json
import os
import random
import shutil
import signal
from pathlib import Path

import numpy as np
from bench_tiny_suite import TINY
from chat_server import ChatServer
from PIL import Image

from exiqa.bank.taxonomy import load_taxonomy

from .conftest import Tally
from .kills import killed_everywhere, same_files, tree
from .parts import whole
from .processes import left_behind, start, wait_until

KEY = "sk-of-nobody"
SYNTH = ["data", "synth", "--pristine", "photos", "--out", "set", "--repeats", "3"]
BENCH_PRELOAD = "torch accelerate pandas scipy.stats sklearn.metrics exiqa.bench.running.run"


def few_distortions(path: Path, *ids: str) -> None:
    """Some of KADID-10k's distortions as a taxonomy of one's own."""
    blocks = ['id = "few"\nname = "A few of KADID-10k\'s"\n']
    for id in ids:
        fields = load_taxonomy("kadid10k")[id].model_dump()
        blocks.append("[[distortions]]\n" + "".join(f"{name} = {json.dumps(v)}\n" for name, v in fields.items()))
    path.parent.mkdir(exist_ok=True)
    path.write_text("\n".join(blocks))


def photos(folder: Path) -> None:
    folder.mkdir(parents=True)
    pixels = np.random.default_rng(0).integers(0, 256, (40, 48, 3), dtype=np.uint8)
    Image.fromarray(pixels).save(folder / "noise.png")


@whole
def test_generate(chat_server: ChatServer, tmp_path: Path, tally: Tally) -> None:
    few_distortions(tmp_path / "before" / "few.toml", "jpeg", "pixelate")
    command = ["attrgen", "generate", "few.toml", "--llm", f"openai:m@{chat_server.url}", "--bank", "mine", "--k", "2"]
    kills, failures = killed_everywhere(
        tmp_path / "before", tmp_path / "out", [*command, "--concurrency", "1"], same_files,
        PRELOAD="openai sentence_transformers exiqa.attrgen.generation", OPENAI_API_KEY=KEY,
    )  # fmt: skip
    assert kills >= 8
    tally("kills", kills, failures)


@whole
def test_synth(tmp_path: Path, tally: Tally) -> None:
    photos(tmp_path / "before" / "photos")

    def differences(undisturbed: dict[str, bytes], killed: dict[str, bytes]) -> list[str]:
        """`pristine.json` says where the photos are, which is elsewhere in each copy."""
        both = (
            {name: c for name, c in files.items() if name != "set/pristine.json"} for files in (undisturbed, killed)
        )
        return same_files(*both)

    command = [*SYNTH, "--jobs", "1"]
    kills, failures = killed_everywhere(
        tmp_path / "before", tmp_path / "out", command, differences, PRELOAD="pandas pyarrow.parquet cv2"
    )
    assert kills >= 12
    tally("kills", kills, failures)


@whole
def test_synth_at_random_moments(tmp_path: Path, tally: Tally) -> None:
    photos(tmp_path / "photos")
    assert start([*SYNTH, "--repeats", "60", "--jobs", "2"], cwd=tmp_path).wait(timeout=600) == 0
    undisturbed = tree(tmp_path / "set")
    shutil.rmtree(tmp_path / "set")
    rng = random.Random(0)
    failures, kills = [], 0
    for _ in range(40):
        process = start([*SYNTH, "--repeats", "60", "--jobs", "2"], cwd=tmp_path)
        until = len(list((tmp_path / "set").rglob("[0-9]*.png"))) + rng.randrange(1, 40)
        assert wait_until(
            lambda p=process, n=until: p.poll() is not None or len(list((tmp_path / "set").rglob("[0-9]*.png"))) >= n
        )
        if process.poll() is None:
            os.kill(process.pid, signal.SIGKILL)
            kills += 1
        errors = process.communicate()[1]
        if "Traceback" in errors:
            failures.append(errors[-500:])
        if not wait_until(lambda p=process: not left_behind(p), 10):
            failures.append(f"{left_behind(process)} are left")
        if process.returncode == 0:
            break
    failures += same_files(undisturbed, tree(tmp_path / "set"))
    tally("kills", kills, failures)


def _records(undisturbed: dict[str, bytes], killed: dict[str, bytes]) -> list[str]:
    """What a record says of the run itself (seconds, memory, the machine) may differ, and nothing else."""

    def content(name: str, data: bytes) -> object:
        if not name.endswith(".json"):
            return data
        value = json.loads(data)
        return {k: v for k, v in value.items() if k not in VARIES} if isinstance(value, dict) else value

    found = [f"{name} is left" for name in killed.keys() - undisturbed.keys() if not name.endswith(".lock")]
    found += [f"{name} is missing" for name in undisturbed.keys() - killed.keys()]
    both = sorted(undisturbed.keys() & killed.keys())
    return found + [f"{n} differs" for n in both if content(n, undisturbed[n]) != content(n, killed[n])]


VARIES = ("seconds", "peak_memory_mib", "machine", "created")


@whole
def test_bench(tmp_path: Path, tally: Tally) -> None:
    """Cells that are quick, so that each operation can be tried; a tower that is killed is tuning's own business."""
    head, _, rest = TINY.partition("[datasets.mini-csiq]")
    before = tmp_path / "before"
    before.mkdir()
    cells = '[[cells]]\nprotocol = "{}"\ntest = ["mini-lvq"]\nmethods = {}\n'
    suite = cells.format("identification", '["all_clean", "prior"]') + cells.format("quality", '["mean_score"]')
    (before / "tiny.toml").write_text(head.replace("mine@1", "lvq@1") + suite)
    assert rest
    kills, failures = killed_everywhere(
        before, tmp_path / "out", ["bench", "run", "tiny.toml", "--jobs", "1"], _records,
        PRELOAD=BENCH_PRELOAD, OMP_NUM_THREADS="1",
    )  # fmt: skip
    tally("kills", kills, failures)

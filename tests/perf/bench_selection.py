"""Time and memory of screening, de-duplication, sharing and ranking over 1,000 distortions, embeddings given.

    python tests/perf/bench_selection.py [--sizes 1000 10000 100000]

Each size runs in a process of its own, so that its peak memory is its own. The phrases are put together from a
vocabulary so that they pass the screens; the vectors have 384 dimensions as all-MiniLM-L6-v2's, lie in a cone around
their distortion, and one in ten is a near-duplicate of an earlier phrase of any distortion. Budget for 100,000
phrases on two cores: 150 s and 1.5 GB. Also prints how long loading and verifying a shipped bank takes (budget: 20 ms).
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Sequence

import numpy as np

from exiqa.bank.phrases.selection import TOPIC, SelectionSettings, select
from exiqa.bank.storage.store import load_bank
from exiqa.bank.taxonomy import Distortion, Taxonomy

DISTORTIONS = 1000
SIZE = 384
WORDS = (
    "loss softening spread grain haze tint streak flicker veil glow ripple smear patch rim shimmer stain",
    "fine coarse pale deep faint warm cold dense sparse tiny broad narrow wavy flat rich thin",
    "detail edges skin foliage sky fabric hair stone water shadows highlights midtones outlines lettering",
)


class GivenVectors:
    """An encoder that looks its vectors up."""

    name = "given"
    hash = "0" * 64

    def __init__(self, vectors: dict[str, int], table: np.ndarray) -> None:
        self.row = vectors
        self.table = table

    def encode(self, sentences: Sequence[str]) -> np.ndarray:
        return self.table[[self.row[sentence] for sentence in sentences]]


def material(size: int) -> tuple[Taxonomy, dict[str, list[str]], GivenVectors]:
    random = np.random.default_rng(0)
    distortions = tuple(
        Distortion(id=f"d{n}", code=str(n), name=f"Zq{n}", explanation=f"number {n}", levels=5)
        for n in range(DISTORTIONS)
    )
    candidates: dict[str, list[str]] = {d.id: [] for d in distortions}
    row: dict[str, int] = {}
    vocabulary = [words.split() for words in WORDS]
    table = random.standard_normal((size + DISTORTIONS + 1, SIZE), dtype=np.float32)
    copies = np.flatnonzero(random.random(size) < 0.1)
    source = np.arange(size)
    source[copies] = (random.random(len(copies)) * copies).astype(np.int64)
    for number in range(size):
        # Spelt in letters: the tokens and the ids differ, as those of real phrases do.
        tail = "".join(chr(97 + int(digit)) for digit in str(number))
        # A near-duplicate has the words, and so the polarity, of its source.
        words = [choice[source[number] // 7**place % len(choice)] for place, choice in enumerate(vocabulary)]
        phrase = f"a {words[1]} {words[0]} of {words[2]} {tail}"
        candidates[distortions[number % DISTORTIONS].id].append(phrase)
        row[phrase] = number
    for number, distortion in enumerate(distortions):
        row[f"{distortion.name}: {distortion.explanation}"] = size + number
    # The topic is the mean of all explanations, so that every phrase is a little near to it.
    row[TOPIC] = size + DISTORTIONS
    table[-1] = table[size:-1].sum(axis=0)
    table[:size] += 0.7 * table[size + np.arange(size) % DISTORTIONS]
    table[copies] = table[source[copies]] + 0.3 * random.standard_normal((len(copies), SIZE), dtype=np.float32)
    table /= np.linalg.norm(table, axis=1, keepdims=True)
    return Taxonomy(id="perf", name="perf", distortions=distortions), candidates, GivenVectors(row, table)


def measure(size: int) -> dict[str, float | dict[str, int]]:
    taxonomy, candidates, encoder = material(size)
    before = time.process_time()
    started = time.perf_counter()
    selection = select(taxonomy, candidates, encoder, SelectionSettings(k=5, min_topic=-1))
    seconds = time.perf_counter() - started
    cpu = time.process_time() - before
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    verdicts = Counter(verdict.verdict for verdict in selection.verdicts)
    shared = sum("; as " in verdict.detail for verdict in selection.verdicts)
    return {"seconds": seconds, "cpu": cpu, "peak_mib": peak, "verdicts": {**verdicts, "shared": shared}}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sizes", type=int, nargs="+", default=[1_000, 3_000, 10_000, 30_000, 100_000])
    parser.add_argument("--one", type=int, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.one:
        print(json.dumps(measure(arguments.one)))
        return
    print(f"{'phrases':>9} {'seconds':>9} {'CPU s':>9} {'per 1,000':>10} {'peak MiB':>9}  verdicts")
    for size in arguments.sizes:
        answer = subprocess.run(
            [sys.executable, __file__, "--one", str(size)], check=True, capture_output=True, text=True
        )
        found = json.loads(answer.stdout)
        rate = found["seconds"] / size * 1000
        clock = f"{found['seconds']:>9.2f} {found['cpu']:>9.2f} {rate:>10.3f}"
        print(f"{size:>9,} {clock} {found['peak_mib']:>9.0f}  {found['verdicts']}")
    times = []
    for _ in range(21):
        started = time.perf_counter()
        load_bank("kadid10k@1")
        times.append(time.perf_counter() - started)
    print(f"load and verify kadid10k@1: {np.median(times) * 1000:.1f} ms (median of {len(times)})")


if __name__ == "__main__":
    main()

"""Precision, recall and F1 of de-duplication per cosine threshold, on the labelled pairs of phrases.

    python tests/perf/dedup_threshold.py [--wrong]

A pair is predicted "same" where the cosine of all-MiniLM-L6-v2 is at least the threshold, with and without the rule
that the polarity of the two must agree. Positive are the pairs labelled "same"; "different" and "opposite" are
negative. Takes about half a minute, most of it imports.
"""

from __future__ import annotations

import argparse
import csv
from importlib import resources

import numpy as np

from exiqa.bank.phrases.deduplicate import cosines
from exiqa.bank.phrases.encoder import load_encoder
from exiqa.bank.phrases.polarity import conflicts, polarities
from exiqa.bank.phrases.selection import SelectionSettings


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--wrong", action="store_true", help="also list what the default gets wrong")
    arguments = parser.parse_args()
    with (resources.files("exiqa.bank.phrases") / "labelled_pairs.csv").open(encoding="utf-8", newline="") as stream:
        pairs = list(csv.DictReader(stream))
    labels = np.array([pair["label"] for pair in pairs])
    first, second = [pair["a"] for pair in pairs], [pair["b"] for pair in pairs]
    encoder = load_encoder()
    # Rounded as in exiqa.bank.phrases.deduplicate, so that the table is about what the program does.
    cosine = np.diagonal(cosines(encoder.encode(first), encoder.encode(second)))
    apart = conflicts(polarities(first), polarities(second))
    print(f"{len(pairs)} pairs: " + ", ".join(f"{(labels == name).sum()} {name}" for name in dict.fromkeys(labels)))
    for name in dict.fromkeys(labels):
        own = cosine[labels == name]
        print(
            f"  {name}: cosine median {np.median(own):.2f}, range {own.min():.2f} to {own.max():.2f}; "
            f"polarity conflicts in {apart[labels == name].mean():.0%}"
        )
    print("\n| threshold | precision | recall | F1 | opposites merged | P, no polarity | R | F1 | opposites merged |")
    print("|---|---|---|---|---|---|---|---|---|")
    for threshold in np.round(np.arange(0.60, 0.91, 0.02), 2):
        near = cosine >= threshold
        print(f"| {threshold:g} | {_row(near & ~apart, labels)} | {_row(near, labels)} |")
    if arguments.wrong:
        threshold = SelectionSettings().threshold
        merged = (cosine >= threshold) & ~apart
        for wrong in np.flatnonzero(merged != (labels == "same")):
            why = "apart" if apart[wrong] else ""
            print(f"{labels[wrong]:9} {cosine[wrong]:.3f} {why:5} {first[wrong]!r} {second[wrong]!r}")


def _row(merged: np.ndarray, labels: np.ndarray) -> str:
    right = (merged & (labels == "same")).sum()
    precision = right / merged.sum() if merged.any() else 1.0
    recall = right / (labels == "same").sum()
    f1 = 2 * precision * recall / (precision + recall) if right else 0.0
    opposites = labels == "opposite"
    return f"{precision:.3f} | {recall:.3f} | {f1:.3f} | {(merged & opposites).sum()} of {opposites.sum()}"


if __name__ == "__main__":
    main()

"""What the small backbone can do, figure by figure: `python tests/perf/measure_mini.py SPEC --data DATA [--quick]`.

SPEC is `exiqa-mini` or `exiqa-mini@FILE.safetensors`; DATA holds kodak, biq2021 and llm_answers. --quick measures on
photos for validation, in about a minute: while weights are chosen, Kodak and the lists under [test] stay unseen.
--out writes measures.md, measures.json and two figures. Embeddings are kept in the user's cache, by weights and pixels.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Callable
from functools import cached_property
from pathlib import Path

import cv2
from mini.attributes import measure_attributes
from mini.authentic import measure_authentic, photo_sets
from mini.backbone import Measured
from mini.examples import measure_examples
from mini.figures import draw_confusion, draw_curves
from mini.findings import Findings
from mini.identification import by_distortion, measure_identification
from mini.language import measure_language
from mini.opinions import measure_opinions
from mini.pictures import Distorted, listed, rated_photos, several, single, sources_in
from mini.pristine import measure_pristine
from mini.saliency import measure_saliency
from mini.speed import measure_speed
from mini.variants import measure_variants
from torch import Tensor

from exiqa.core.files import sha256_file, write_text
from exiqa.iqadata.standins.standin import Source, photo_sources

FULL, QUICK = (384, 512), (256, 384)
"""Height and width."""
LEVELS, QUICK_LEVELS = (1, 2, 3, 4, 5), (2, 3, 5)
FULL_TRUTH, QUICK_TRUTH = 6, 2
"""Photos whose effects are measured, which takes a third of a second a picture the first time."""
FULL_VARIANTS, QUICK_VARIANTS = 8, 2
"""Photos that every variant is applied to."""

CONFUSION, STRENGTHS = "confusion.png", "strengths.png"

Embedded = tuple[Distorted, list[Tensor]]


class Run:
    """One backbone, and what its subjects share."""

    def __init__(self, spec: str, data: Path, quick: bool, out: Path | None) -> None:
        self.measured = Measured(spec)
        self.data = data
        self.quick = quick
        self.out = out
        self.size = QUICK if quick else FULL

    @cached_property
    def sources(self) -> tuple[Source, ...]:
        """The references that are distorted: Kodak's, or four photos for validation."""
        if not self.quick:
            return sources_in(self.data / "kodak")
        photos = rated_photos(self.data, self.measured.weights)
        return photo_sources([photo.file for photo in listed("validation", "good", photos)[:4]])

    @cached_property
    def single(self) -> Embedded:
        """One distortion a picture."""
        distorted = single(self.sources, *self.size, QUICK_LEVELS if self.quick else LEVELS)
        return distorted, self.measured.embeddings(distorted.pictures, "One at a time")

    @cached_property
    def several(self) -> Embedded:
        """One to three distortions a picture."""
        distorted = several(self.sources, *self.size)
        return distorted, self.measured.embeddings(distorted.pictures, "One to three")


def identification(run: Run) -> Findings:
    sets = {"one at a time": run.single}
    if not run.quick:
        sets["one to three"] = run.several
    findings = measure_identification(run.measured, sets)
    predicted, table = by_distortion(run.measured, *run.single)
    findings.tables.append(table)
    if run.out:
        truth = run.single[0].dataset.strengths
        draw_confusion(run.out / CONFUSION, list(table.rows), predicted, truth)
        draw_curves(run.out / STRENGTHS, list(table.rows), predicted, truth)
    return findings


def language(run: Run) -> Findings:
    return measure_language(run.measured, *run.single, run.data)


def attributes(run: Run) -> Findings:
    return measure_attributes(run.measured, *run.single, QUICK_TRUTH if run.quick else FULL_TRUTH)


def variants(run: Run) -> Findings:
    sources = run.sources[: QUICK_VARIANTS if run.quick else FULL_VARIANTS]
    return measure_variants(run.measured, sources, *run.size)


def authentic(run: Run) -> Findings:
    return measure_authentic(run.measured, photo_sets(run.data, run.measured.weights, run.quick))


def pristine(run: Run) -> Findings:
    return measure_pristine(run.measured, run.sources, *run.size)


def opinions(run: Run) -> Findings:
    return measure_opinions(run.measured, list(rated_photos(run.data, run.measured.weights).values()))


def examples(run: Run) -> Findings:
    return measure_examples(run.measured, list(rated_photos(run.data, run.measured.weights).values()))


def saliency(run: Run) -> Findings:
    return measure_saliency(run.measured, run.sources, *run.size)


def speed(run: Run) -> Findings:
    return measure_speed(run.measured)


QUICK_SUBJECTS = (identification, language, attributes, variants, authentic)
SUBJECTS: dict[str, Callable[[Run], Findings]] = {
    subject.__name__: subject for subject in (*QUICK_SUBJECTS, pristine, opinions, saliency, speed, examples)
}


def page(spec: str, weights: str, quick: bool, findings: Findings, out: Path) -> str:
    """Everything as Markdown, with the figures that lie in `out`."""
    how = "on a few photos for validation" if quick else "on the 24 Kodak photos at 512×384 and photos of BIQ2021"
    text = f"# What {spec} can do\n\nWeights {weights[:16]}, measured {how} by `tests/perf/measure_mini.py`.\n\n"
    text += findings.markdown()
    for title, name in (("What each distortion is taken for", CONFUSION), ("How strong it says they are", STRENGTHS)):
        if (out / name).is_file():
            text += f"\n### {title}\n\n![{title}]({name})\n"
    return text


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("spec")
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--only", nargs="*", choices=SUBJECTS, help="these subjects; all by default")
    parser.add_argument("--out", type=Path)
    given = parser.parse_args()
    cv2.setNumThreads(1)
    if given.out:
        given.out.mkdir(parents=True, exist_ok=True)
    run, findings, seconds = Run(given.spec, given.data, given.quick, given.out), Findings(), {}
    for name in given.only or ([one.__name__ for one in QUICK_SUBJECTS] if given.quick else SUBJECTS):
        start = time.perf_counter()
        findings += SUBJECTS[name](run)
        seconds[name] = round(time.perf_counter() - start, 1)
    print(findings.markdown())
    print("Seconds: " + ", ".join(f"{name} {taken:g}" for name, taken in seconds.items()))
    if given.out:
        weights = sha256_file(run.measured.weights)
        write_text(given.out / "measures.md", page(given.spec, weights, given.quick, findings, given.out))
        document = {"spec": given.spec, "weights": weights, "quick": given.quick, **findings.to_json()}
        write_text(given.out / "measures.json", json.dumps(document, indent=1) + "\n")


if __name__ == "__main__":
    main()

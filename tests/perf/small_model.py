"""What `--llm smollm2` alone comes to: ten distortions that it has to describe, held against pictures of each.

    python tests/perf/small_model.py FOLDER [K [ROUNDS [SEED]]]

Seven distortions are the package's own, with the effects that its shipped groundings measured; of three (drops on the
lens, interlaced fields, a reflection in a window) the pictures are made here. For each the script prints the seconds
and how many phrases were read, kept and seen (not which, for whoever reads them blind later). FOLDER gets the
transcripts and `phrases.json`, every phrase with its verdict, and for a reader `reading.txt`, up to 100 kept and 100
refused phrases mixed, whose verdicts are the lines of `reading-key.txt`.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from scipy import ndimage

from exiqa.attrgen.generation import NotEnoughPhrases, generate
from exiqa.attrgen.llms.spec import parse_llm_spec
from exiqa.attrgen.settings import GenerateSettings
from exiqa.bank.grounding.curves import EffectCurves
from exiqa.bank.grounding.grounding import load_grounding
from exiqa.bank.grounding.table import EffectTable
from exiqa.bank.phrases.selection import SelectionSettings
from exiqa.bank.storage.store import load_bank
from exiqa.bank.taxonomy import Distortion, Taxonomy
from exiqa.core.files import sha256_hex
from exiqa.iqadata.effects.cached import effects_of_pairs
from exiqa.iqadata.effects.measure import EFFECTS_VERSION
from exiqa.iqadata.grounding.measure import curves_of
from exiqa.iqadata.grounding.pairs import CAMERA_PHOTOS, SIZE, PicturePair
from exiqa.iqadata.photos import fit, read_packaged_photo

SHIPPED = {
    "lvq": ("smoke",),
    "authentic": (
        *("rolling_shutter", "moire", "haze", "lens_flare", "vignetting"),
        "lateral_chromatic_aberration",
    ),
}


def drops(image: np.ndarray, level: int) -> np.ndarray:
    """Drops on the lens: round spots in which the scene is smeared and upside down, and a light glow over all.

    Args:
        image: (H, W, 3) float in [0, 1].
        level: 1 to 3, 12 drops each.
    """
    height, width = image.shape[:2]
    random = np.random.default_rng(level)
    soft = ndimage.gaussian_filter(image, (9, 9, 0))
    out = 0.85 * ndimage.gaussian_filter(image, (0.5 * level, 0.5 * level, 0)) + 0.15 * soft
    rows, columns = np.mgrid[:height, :width]
    for _ in range(12 * level):
        y, x, radius = random.uniform(0, height), random.uniform(0, width), random.uniform(8, 16 + 8 * level)
        distance = np.hypot(rows - y, columns - x) / radius
        inside = np.clip(4 * (1 - distance), 0, 1)[..., None]
        rim = np.exp(-((distance - 0.9) ** 2) / 0.01)[..., None]
        out = out * (1 - inside) + (soft[::-1] * 0.9 + 0.06) * inside + 0.25 * rim * inside
    return out


def fields(image: np.ndarray, level: int) -> np.ndarray:
    """Interlaced fields of a moving camera: every second row is 4, 8 or 16 pixels to the side."""
    out = image.copy()
    out[1::2] = np.roll(image, 2 ** (level + 1), axis=1)[1::2]
    return out


def window(image: np.ndarray, level: int) -> np.ndarray:
    """A reflection in a window pane: another, soft scene laid over this one, mirrored."""
    other = ndimage.gaussian_filter(image[:, ::-1], (2, 2, 0))
    return image * (1 - 0.12 * level) + 0.18 * level * np.roll(other, image.shape[1] // 3, axis=1)


MADE: dict[str, tuple[Distortion, Callable[[np.ndarray, int], np.ndarray]]] = {
    "wet_lens": (
        Distortion(
            id="wet_lens",
            code="wet",
            name="Wet lens",
            explanation="Drops of rain lie on the lens of the camera: parts of the photo are smeared and soft, lights "
            "are stretched into streaks and glow, and round spots cover the scene.",
            levels=3,
        ),
        drops,
    ),
    "interlacing": (
        Distortion(
            id="interlacing",
            code="fields",
            name="Interlacing",
            explanation="The two fields of a video frame, its even and its odd rows, were taken one after the other "
            "while the camera moved: every second row is displaced to the side.",
            levels=3,
        ),
        fields,
    ),
    "window_reflection": (
        Distortion(
            id="window_reflection",
            code="window",
            name="Window reflection",
            explanation="The photo was taken through a pane of glass that mirrors what is behind the camera: a second, "
            "fainter scene lies over the first.",
            levels=3,
        ),
        window,
    ),
}


def table() -> tuple[Taxonomy, EffectTable]:
    """The ten distortions, and what each does to pictures."""
    distortions: list[Distortion] = []
    curves: dict[str, EffectCurves] = {}
    for name, ids in SHIPPED.items():
        bank = load_bank(name)
        grounding = load_grounding(bank, Path("no store"))
        for distortion in ids:
            distortions.append(bank.taxonomy[distortion])
            curves[distortion] = grounding.distortions[distortion].curves
    for distortion, (described, make) in MADE.items():
        pairs = tuple(
            PicturePair(name, level, f"small model {distortion} {name} {level}", made(name, level, make))
            for name in CAMERA_PHOTOS
            for level in range(1, described.levels + 1)
        )
        distortions.append(described)
        curves[distortion] = curves_of(pairs, effects_of_pairs(pairs))
    taxonomy = Taxonomy(id="ten", name="Ten distortions", distortions=tuple(distortions))
    return taxonomy, EffectTable(
        pairs="packaged photos", pairs_hash="0" * 64, effects_version=EFFECTS_VERSION, curves=curves
    )


def made(
    name: str, level: int, make: Callable[[np.ndarray, int], np.ndarray]
) -> Callable[[], tuple[np.ndarray, np.ndarray]]:
    def load() -> tuple[np.ndarray, np.ndarray]:
        reference = fit(read_packaged_photo(name), *SIZE)
        changed = np.clip(make(reference / 255.0, level), 0, 1)
        return reference, np.round(changed * 255).astype(np.uint8)

    return load


def main(folder: Path, k: int = 10, rounds: int = 3, seed: int = 0) -> None:
    taxonomy, effects = table()
    llm = parse_llm_spec("smollm2")
    settings = GenerateSettings(selection=SelectionSettings(k=k), rounds=rounds, seed=seed)
    results = {}
    for distortion in taxonomy.ids:
        started = time.perf_counter()
        try:
            generation = generate(taxonomy, [distortion], llm, settings, folder, distortion, effects=effects)
        except NotEnoughPhrases as short:
            generation = short.generation
        seconds = time.perf_counter() - started
        lines = [line.model_dump() for line in generation.verdicts]
        results[distortion] = {"seconds": round(seconds), "rounds": generation.rounds, "verdicts": lines}
        (folder / "phrases.json").write_text(json.dumps(results, indent=1))
        kept = [line for line in lines if line["verdict"] == "kept"]
        seen = sum("seen from" in line["detail"] for line in kept)
        print(
            f"{distortion}: {seconds:.0f} s, {generation.rounds} rounds, {len(lines)} phrases read, {len(kept)} kept, "
            f"{seen} seen in its pictures",
            flush=True,
        )
        rows = reading_list(results)
        (folder / "reading.txt").write_text("".join(f"{d}: {phrase}\n" for d, phrase, _ in rows))
        (folder / "reading-key.txt").write_text("".join(f"{'kept' if was else 'refused'}\n" for *_, was in rows))


REFUSED_BY_SIGHT = (
    *("not seen", "opposite", "off topic", "nothing seen", "not words", "negated", "clause", "ungrammatical"),
    "framed",
)
"""Verdicts on phrases that a reader could take for good ones; copied and broken ones would give themselves away."""


def reading_list(results: dict[str, dict[str, Any]], count: int = 100) -> list[tuple[str, str, bool]]:
    """Kept and refused phrases, mixed, for a reader who is not told which is which.

    Args:
        results: What `phrases.json` holds.
        count: Phrases of each kind at most, as evenly over the distortions as there are any.

    Returns:
        (distortion, phrase, whether it was kept), in an order that depends on nothing but the phrases.
    """
    chosen: list[tuple[str, str, bool]] = []
    for kept in (True, False):
        by_distortion = {d: _read(result["verdicts"], kept) for d, result in results.items()}
        turns = [
            (place, distortion, phrase)
            for distortion, phrases in by_distortion.items()
            for place, phrase in enumerate(phrases)
        ]
        chosen += [(distortion, phrase, kept) for _, distortion, phrase in sorted(turns)[:count]]
    return sorted(chosen, key=lambda row: sha256_hex(f"{row[0]} {row[1]}"))


def _read(verdicts: list[dict[str, Any]], kept: bool) -> list[str]:
    """The phrases of one kind, the kept ones by rank: what is seen and only out-ranked would be kept by a larger K."""
    if kept:
        lines = [
            line for line in verdicts if line["verdict"] in ("kept", "out-ranked") and "seen from" in line["detail"]
        ]
        lines.sort(key=lambda line: int(line["detail"].split(";")[0].split()[-1]) + (line["verdict"] != "kept") * 100)
    else:
        lines = [line for line in verdicts if line["verdict"] in REFUSED_BY_SIGHT]
    return list(dict.fromkeys(line["phrase"] for line in lines))


if __name__ == "__main__":
    main(Path(sys.argv[1]), *map(int, sys.argv[2:]))

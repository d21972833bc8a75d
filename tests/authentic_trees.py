"""Copies of the sets of authentic photos, and of the sources of pixels, in their original layouts.

The labels are generated, as none may be shipped. Whole ones, in which all files are links to one photo; or, where a
number of `references` is given, ten photos for each, of which one is like no other (`shrink_photo_counts`).
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import openpyxl
import pandas as pd
import pytest
import scipy.io
from PIL import Image

from exiqa.iqadata.datasets.specs.authentic import agiqa3k, bid, clive, koniq10k, spaq

SMALL = 10
"""Photos for each of the `references` that a builder is given."""


def link_photos(root: Path, paths: list[Path], varied: bool) -> None:
    """Photos at the paths: links to one, or each its own noise."""
    from dataset_trees import link_all, tiny_photo

    if varied:
        for number, path in enumerate(paths):
            path.parent.mkdir(parents=True, exist_ok=True)
            noise = np.random.default_rng(number).integers(0, 256, (40, 48, 3), dtype=np.uint8)
            Image.fromarray(noise).save(path)
        return
    photo = root / f"photo{paths[0].suffix}"
    link_all((photo if photo.exists() else tiny_photo(photo), path) for path in paths)


def opinions(number: int, low: float, high: float, digits: int = 4) -> np.ndarray:
    """(number,) generated mean opinions, the same for the same number, each scale well filled."""
    spread = np.random.default_rng(number).beta(3, 2, number)
    return np.round(low + (high - low) * (0.02 + 0.96 * spread), digits)


def write_sheet(path: Path, head: list[str], rows: list[tuple[object, ...]]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    book = openpyxl.Workbook(write_only=True)
    sheet = book.create_sheet("Sheet1")
    for row in (head, *rows):
        sheet.append(list(row))
    book.save(path)


def build_biq2021(root: Path, references: int | None = None) -> None:
    """A part: of each subset 40 training and 10 test photos; one file's name differs in case from its label."""
    each = 50 if references is None else SMALL * references
    names = [f"ss0{subset} ({number}).jpg" for subset in (1, 2, 3) for number in range(1, each + 1)]
    files = ["ss02 (7).JPG" if name == "ss02 (7).jpg" else name for name in names]
    link_photos(root, [root / "Images" / file for file in files], varied=references is not None)
    lines: dict[str, list[str]] = {"Train": [], "Test": []}
    for row, (name, score) in enumerate(zip(names, opinions(len(names), 0, 1), strict=True)):
        lines["Test" if row % 5 == 4 else "Train"].append(f"{name},{score},,")
    for side, own in lines.items():
        (root / f"{side} (Images and MOS).csv").write_text("\n".join(["Image Name,MOS,,", *own]) + "\n")


def build_koniq10k(root: Path, references: int | None = None) -> None:
    counts = dict(koniq10k.COUNTS) if references is None else dict.fromkeys(koniq10k.COUNTS, SMALL * references)
    number = sum(counts.values())
    names = [f"{10_000_000 + 7 * row}.jpg" for row in range(number)]
    link_photos(root, [root / "1024x768" / name for name in names], varied=references is not None)
    said = {"train": "training"}
    sides = [said.get(side, side) for side, count in counts.items() for _ in range(count)]
    scores = opinions(number, 0, 100)
    lines = [f"{n},1,5,20,60,14,100,{s},.6,{side}" for n, s, side in zip(names, scores, sides, strict=True)]
    head = "image_name,c1,c2,c3,c4,c5,c_total,MOS,SD,set"
    (root / "koniq10k_distributions_sets.csv").write_text("\n".join([head, *lines]) + "\n")
    rated = [f"{name},{row % 5},{row % 3},2.5,{row % 4}" for row, name in enumerate(names[: number // 2])]
    text = "\n".join(["filename,artifacts,blur,contrast,colors", *rated]) + "\n"
    (root / "koniq++database.csv").write_text(text)


def build_spaq(root: Path, references: int | None = None) -> None:
    number = spaq.IMAGES if references is None else SMALL * references
    names = [f"{row:05}.jpg" for row in range(1, number + 1)]
    link_photos(root, [root / "TestImage" / name for name in names], varied=references is not None)
    rows = [
        (name, float(score), *(float(score + shift) for shift in range(5)))
        for name, score in zip(names, opinions(number, 0, 90, 2), strict=True)
    ]
    head = ["Image name", "MOS", "Brightness", "Colorfulness", "Contrast", "Noisiness", "Sharpness"]
    write_sheet(root / "Annotations" / "MOS and Image attribute scores.xlsx", head, rows)


def build_clive(root: Path, references: int | None = None) -> None:
    number = clive.IMAGES if references is None else SMALL * references
    practice = [f"t{n}.bmp" for n in range(1, 8)]
    names = [f"{row}.{'JPG' if row % 3 else 'bmp'}" for row in range(3, 3 + number)]
    images = root / "Images"
    for suffix in (".JPG", ".bmp"):
        paths = [images / name for name in names if name.endswith(suffix)]
        link_photos(root, paths, varied=references is not None)
    link_photos(root, [images / "trainingImages" / name for name in practice], varied=references is not None)
    cells = np.empty((len(practice) + number, 1), dtype=object)
    cells[:, 0] = [*practice, *names]
    scores = opinions(len(cells), 0, 100)[None]
    (root / "Data").mkdir()
    for name, value in (("Images", cells), ("MOS", scores), ("StdDev", np.ones_like(scores))):
        scipy.io.savemat(root / "Data" / f"All{name}_release.mat", {f"All{name}_release": value})


def build_bid(root: Path, references: int | None = None) -> None:
    number = bid.IMAGES if references is None else SMALL * references
    names = [f"DatabaseImage{row:04}.JPG" for row in range(1, number + 1)]
    link_photos(root, [root / "ImageDatabase" / name for name in names], varied=references is not None)
    rows = [(row, float(score)) for row, score in enumerate(opinions(number, 0, 5), start=1)]
    write_sheet(root / "DatabaseGrades.xlsx", ["Image Number", "Average Subjective Grade"], rows)


def build_flive(root: Path, references: int | None = None) -> None:
    number = 200 if references is None else SMALL * references
    names = [f"{('voc', 'ava')[row % 2]}/{row:03}.jpg" for row in range(number)]
    link_photos(root, [root / "database" / name for name in names], varied=references is not None)
    scores = opinions(number, 0, 100)
    lines = [f"{name},{score}" for name, score in zip(names, scores, strict=True)]
    (root / "labels_image.csv").write_text("\n".join(["name,mos", *lines]) + "\n")
    (root / "labels640.csv").write_text("\n".join(["name,mos", *lines[::5]]) + "\n")
    padded = [f"{line},{row % 4 == 0}" for row, line in enumerate(lines) if row % 5]
    (root / "labels=640_padded.csv").write_text("\n".join(["name,mos,is_valid", *padded]) + "\n")


def build_agiqa3k(root: Path, references: int | None = None) -> None:
    number = agiqa3k.IMAGES if references is None else SMALL * references
    names = [f"{('AttnGAN', 'DALLE2', 'sd1.5')[row % 3]}_normal_{row:04}.jpg" for row in range(number)]
    link_photos(root, [root / name for name in names], varied=references is not None)
    head = "name,prompt,adj1,adj2,style,mos_quality,std_quality,mos_align,std_align"
    lines = [
        f'{n},"a cat, seen from afar",,,,{s},.2,1.5,.2' for n, s in zip(names, opinions(number, 0, 5), strict=True)
    ]
    (root / "data.csv").write_text("\n".join([head, *lines]) + "\n")


def build_pipal(root: Path, references: int | None = None) -> None:
    pristine = [f"A{row:04}" for row in range(1, 1 + (references or 4))]
    names = [f"{reference}_0{kind}_{level:02}.bmp" for reference in pristine for kind in (0, 1) for level in range(3)]
    placed = [root / f"Distortion_{1 + row % 2}" / name for row, name in enumerate(names)]
    varied = references is not None
    link_photos(root, [*placed, *(root / "Train_Ref" / f"{r}.bmp" for r in pristine)], varied)
    (root / "Train_Label").mkdir()
    elo = dict(zip(names, opinions(len(names), 900, 1900), strict=True))
    for reference in pristine:
        lines = [f"{name},{elo[name]}" for name in names if name.startswith(reference)]
        (root / "Train_Label" / f"{reference}.txt").write_text("\n".join(lines) + "\n")


def build_kadis700k(root: Path, references: int | None = None) -> None:
    names = [f"{row:04}.png" for row in range(SMALL * (references or 4))]
    link_photos(root, [root / "ref_imgs" / name for name in names], varied=references is not None)
    lines = [f"{name},{kind},1" for name in names for kind in (3, 17)]
    (root / "kadis700k_ref_imgs.csv").write_text("\n".join(["ref_im,dist_type,dist_level", *lines]) + "\n")


def shrink_photo_counts(patch: pytest.MonkeyPatch, references: int) -> None:
    """Let the readers take for whole what the builders make of so many references; nothing else of what they check."""
    patch.setattr(koniq10k, "COUNTS", dict.fromkeys(koniq10k.COUNTS, SMALL * references))
    for module in (spaq, clive, bid, agiqa3k):
        patch.setattr(module, "IMAGES", SMALL * references)


def change_csv(path: Path, change: Callable[[pd.DataFrame], pd.DataFrame]) -> None:
    """Rewrite a label file, leaving other links to its old content alone."""
    table = change(pd.read_csv(path, dtype=str, keep_default_na=False))
    path.unlink()
    table.to_csv(path, index=False)


PHOTO_BUILDERS: dict[str, Callable[..., None]] = {
    "biq2021": build_biq2021,
    "koniq10k": build_koniq10k,
    "spaq": build_spaq,
    "clive": build_clive,
    "bid": build_bid,
    "flive": build_flive,
    "agiqa3k": build_agiqa3k,
    "pipal": build_pipal,
    "kadis700k": build_kadis700k,
}

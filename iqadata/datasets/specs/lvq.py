"""LVQ: 200 laparoscopic videos, 10 references × 5 distortions × 4 levels; its frames, by a mapping of the user's.

How the videos are laid out and labelled where they are distributed, and which way their scores run, is not
published. So nothing is guessed: a CSV file of the user's says it all, a line a video:

    video,reference,distortion,level,score,worst,best
    videos/v01_smoke_4.avi,v01,smoke,4,1.7,1,5

`video` is a path below the folder, `distortion` an id or code of the taxonomy `lvq`, `level` 1 (weakest) to 4, `score`
the video's mean opinion, `worst` and `best` the scores of the worst and the best quality on that scale (the same in
every line).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pandas as pd

from exiqa.bank.taxonomy import load_taxonomy
from exiqa.core.errors import UserError
from exiqa.iqadata.datasets.labels.checks import label_problems, numbers, read_csv
from exiqa.iqadata.datasets.labels.scales import scale_of
from exiqa.iqadata.datasets.spec import DatasetProblem, DatasetSpec, Listing

MAPPING = "lvq.csv"
COLUMNS = ("video", "reference", "distortion", "level", "score")
LAYOUT = f"the AVI files and {MAPPING} ({','.join(COLUMNS)},worst,best), which you write"
VIDEOS, REFERENCES = 200, 10
NOTE = (
    "LVQ's scores are opinions of whole videos; every frame inherits its video's, and correlations are over videos, "
    "with the mean prediction of each one's frames"
)


@dataclass(frozen=True)
class VideoFrames:
    """Row number -> pixels of one frame of a video file. Picklable: a file is opened for each frame."""

    root: Path
    files: tuple[str, ...]
    """Per video its path below `root`."""
    video: np.ndarray = field(repr=False)
    """(N,) the row's video, an index into `files`."""
    frame: np.ndarray = field(repr=False)
    """(N,) the row's frame, counted from 0."""

    def __call__(self, row: int) -> np.ndarray:
        return read_frame(self.root / self.files[self.video[row]], int(self.frame[row]))


def read_frame(path: Path, frame: int) -> np.ndarray:
    """One frame of a video, (H, W, 3) uint8 RGB; frames count from 0.

    Raises:
        UserError: The frame cannot be read.
    """
    import cv2

    capture = cv2.VideoCapture(str(path))
    try:
        if not capture.isOpened():
            raise UserError(f"{path} cannot be opened as a video; it may be damaged, or its codec is missing")
        capture.set(cv2.CAP_PROP_POS_FRAMES, frame)
        decoded, pixels = capture.read()
    finally:
        capture.release()
    if not decoded:
        raise UserError(f"frame {frame} of {path} cannot be read; the video is damaged or shorter than its header says")
    return cv2.cvtColor(pixels, cv2.COLOR_BGR2RGB)


def count_frames(path: Path) -> int:
    """The number of frames that a video's header states.

    Raises:
        UserError: The header states none, or the video cannot be opened.
    """
    import cv2

    capture = cv2.VideoCapture(str(path))
    count = int(capture.get(cv2.CAP_PROP_FRAME_COUNT)) if capture.isOpened() else 0
    capture.release()
    if count < 1:
        raise UserError(f"{path} cannot be opened as a video; it may be damaged, or its codec is missing")
    return count


def check_video(path: Path) -> None:
    """Read a video's first and last frame.

    Raises:
        UserError: One of them cannot be read.
    """
    read_frame(path, 0)
    read_frame(path, count_frames(path) - 1)


def read(
    root: Path,
    frame_stride: int = 1,
    mapping: Path | str | None = None,
    worst: float | None = None,
    best: float | None = None,
) -> Listing:
    """Frames of LVQ's videos.

    Args:
        root: The folder of the videos.
        frame_stride: Every so many frames of each video one is taken, from the first on.
        mapping: The CSV file that describes the videos; lvq.csv in `root` by default.
        worst: The score of the worst quality, where the file has no such column.
        best: That of the best.

    Raises:
        UserError: The mapping is missing or incomplete.
    """
    taxonomy = load_taxonomy("lvq")
    if not root.is_dir():
        raise UserError(f"LVQ: {root} is not a folder; give the one that holds {LAYOUT}")
    if frame_stride < 1:
        raise UserError(f"LVQ: the frame stride is {frame_stride}; it is 1 for every frame, or larger")
    path = Path(mapping) if mapping is not None else root / MAPPING
    if not path.exists():
        raise UserError(
            f"LVQ at {root}: there is no {path.name}; LVQ's layout and score direction are not published, so write one "
            f"line a video: {','.join(COLUMNS)},worst,best"
        )
    labels = read_csv(path, COLUMNS, "LVQ")
    scale = scale_of(labels, f"LVQ: {path}", "MOS", worst, best)
    codes = {key: d.id for d in taxonomy.distortions for key in (d.code.casefold(), d.id)}
    videos = pd.DataFrame(
        {
            "image": labels["video"].str.strip(),
            "reference": labels["reference"].str.strip(),
            "distortion": labels["distortion"].str.strip().str.casefold().map(codes),
            "level": pd.to_numeric(labels["level"], errors="coerce").fillna(0).astype(int),
            "raw_score": numbers(labels, "score"),
        }
    )
    problems = [
        DatasetProblem(
            "label", f"{path.name} gives {v} the distortion {d!r}, level {n!r}: no such type or level of LVQ's"
        )
        for v, d, n, level, known in zip(
            labels["video"], labels["distortion"], labels["level"], videos["level"], videos["distortion"], strict=True
        )
        if not isinstance(known, str) or not 1 <= level <= taxonomy[known].levels
    ]
    limits = (min(scale.worst, scale.best), max(scale.worst, scale.best))
    problems += label_problems(videos, path.name, VIDEOS, REFERENCES, limits)
    counts = np.zeros(len(videos), dtype=int)
    for row, video in enumerate(videos["image"]):
        if not (root / video).is_file():
            problems.append(DatasetProblem("missing", f"{path.name} lists {video} but {root} has no such file"))
            continue
        try:
            counts[row] = count_frames(root / video)
        except UserError as error:
            problems.append(DatasetProblem("unreadable", str(error)))
    frames = [np.arange(0, count, frame_stride) for count in counts]
    which = np.repeat(np.arange(len(videos)), [len(f) for f in frames])
    frame = np.concatenate([*frames, np.zeros(0, int)])
    table = videos.iloc[which].reset_index(drop=True)
    table["rated"] = table["image"]
    table["image"] = [f"{video}#{number}" for video, number in zip(table["image"], frame, strict=True)]
    return Listing(
        taxonomy=taxonomy,
        table=table,
        load=VideoFrames(root, tuple(videos["image"]), which, frame),
        files=tuple(root / video for video, count in zip(videos["image"], counts, strict=True) if count),
        scale=scale,
        problems=tuple(problems),
        notes=(
            NOTE,
            *([f"frame stride {frame_stride}: one frame in {frame_stride} of each video"] if frame_stride > 1 else []),
        ),
    )


SPEC = DatasetSpec(
    name="lvq",
    title="LVQ",
    source="Z. A. Khan et al.: Towards a video quality assessment based framework for enhancement of laparoscopic "
    "videos. SPIE Medical Imaging, 2020.",
    layout=LAYOUT,
    read=read,
    references=REFERENCES,
    level_lowers_score=True,
    check_file=check_video,
    strength_maps=("level", "magnitude"),
)

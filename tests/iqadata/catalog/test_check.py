"""The check command on whole and on damaged copies, in the original layouts."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from dataset_trees import copy_tree, overwrite, tiny_photo
from typer.testing import CliRunner

from exiqa.core.errors import UserError
from exiqa.iqadata.catalog.check import CheckReport, check_dataset, report_lines
from exiqa.iqadata.cli import app

WHOLE = {
    "kadid10k": (10125, 81, 10206, "MOS, higher is better, score = (x - 1) / 4"),
    "tid2013": (3000, 25, 3025, "MOS, higher is better, score = x / 9"),
    "csiq": (866, 30, 896, "DMOS, lower is better, score = 1 - x"),
    "live": (779, 29, 808, "realigned DMOS, lower is better, score = 1 - x / 100"),
    "lvq": (800, 10, 200, "MOS, higher is better, score = (x - 1) / 4"),
    "exiqa": (12, 3, 12, None),
    "photos": (4, 4, 4, None),
}


def found(report: CheckReport) -> dict[str, tuple[int, str]]:
    return {group.kind: (len(group.problems), group.problems[0]) for group in report.problems}


@pytest.mark.parametrize("name", WHOLE)
def test_whole_copies_pass(name: str, trees: dict[str, Path]) -> None:
    steps: list[tuple[int, int]] = []
    report = check_dataset(name, trees[name], jobs=1, on_file=lambda done, total: steps.append((done, total)))
    assert report.ok, report.problems
    assert (report.images, report.references, report.files, report.score) == WHOLE[name]
    assert sum(report.distortions.values()) == report.images
    assert steps[-1] == (report.files, report.files) and len(steps) == report.files
    json.dumps(report.to_json(), allow_nan=False)


def test_every_problem_is_listed_by_kind(trees: dict[str, Path], tmp_path: Path) -> None:
    copy = copy_tree(trees["csiq"], tmp_path / "csiq")
    jpeg = copy / "dst_imgs" / "jpeg"
    whole = (jpeg / "elk.JPEG.1.png").read_bytes()
    (jpeg / "elk.JPEG.2.png").unlink()
    (jpeg / "elk.JPEG.3.png").unlink()
    (copy / "src_imgs" / "elk.png").unlink()
    overwrite(jpeg / "elk.JPEG.4.png", whole[: len(whole) // 2])
    overwrite(jpeg / "elk.JPEG.5.png", b"")
    tiny_photo(jpeg / "mine.png")
    report = check_dataset("csiq", copy, jobs=1)
    problems = found(report)
    assert set(problems) == {"missing", "unreadable", "unlabelled"}
    assert problems["missing"][0] == 3 and "elk.JPEG.2.png" in problems["missing"][1]
    assert problems["unreadable"][0] == 2 and "elk.JPEG.4.png" in problems["unreadable"][1]
    assert problems["unlabelled"] == (1, "dst_imgs/jpeg/mine.png is not in csiq.DMOS.xlsx")
    lines = report_lines(report)
    start = lines.index("  unreadable: 2")
    assert "elk.JPEG.4.png" in lines[start + 1] and "elk.JPEG.5.png" in lines[start + 2]


def test_several_processes_find_the_same(trees: dict[str, Path], tmp_path: Path) -> None:
    copy = copy_tree(trees["tid2013"], tmp_path / "tid")
    victims = sorted((copy / "distorted_images").iterdir())[::700]
    for path in victims:
        overwrite(path, b"BM")
    one, two = (check_dataset("tid2013", copy, jobs=jobs) for jobs in (1, 2))
    assert one == two and found(one)["unreadable"][0] == len(victims)


@pytest.mark.parametrize(
    ("old", "new", "kind", "message"),
    [
        ("I01_01_01.png,I01.png,4.57", "I01_01_01.png,I02.png,4.57", "label", "was made from I02.png"),
        ("I01_01_01.png,I01.png,4.57", "I01_01_01.png,I01.png,0.89", "label", "score 0.89, outside"),
        ("I01_01_01.png,I01.png,4.57", "I01_01_01.png,I01.png,", "label", "score nan"),
        ("I01_01_01.png,I01.png,4.57", "I01_26_01.png,I01.png,4.57", "label", "'I01_26_01.png', which is not"),
        ("I01_01_01.png,I01.png,4.57", "I01_01_02.png,I01.png,4.57", "label", "I01_01_02.png twice"),
        ("I01_01_01.png,I01.png,4.57,0.50\n", "", "count", "lists 10124 images; as published it lists 10125"),
    ],
)
def test_labels_that_contradict(
    old: str, new: str, kind: str, message: str, trees: dict[str, Path], tmp_path: Path
) -> None:
    base = trees["kadid10k"] / "kadid10k"
    (tmp_path / "images").symlink_to(base / "images")
    text = (base / "dmos.csv").read_text()
    assert old in text
    (tmp_path / "dmos.csv").write_text(text.replace(old, new, 1))
    from exiqa.iqadata.catalog.loading import read_listing

    _, listing = read_listing("kadid10k", tmp_path)
    assert any(p.kind == kind and message in p.text for p in listing.problems)


def test_scores_upside_down(trees: dict[str, Path], tmp_path: Path) -> None:
    copy = copy_tree(trees["tid2013"], tmp_path / "tid")
    lines = [line.split() for line in (copy / "mos_with_names.txt").read_text().splitlines()]
    overwrite(copy / "mos_with_names.txt", "".join(f"{9 - float(mos):.5f} {name}\n" for mos, name in lines))
    problems = found(check_dataset("tid2013", copy, jobs=1))
    assert set(problems) == {"direction"} and "upside down" in problems["direction"][1]


def test_live_info_that_disagrees(trees: dict[str, Path], tmp_path: Path) -> None:
    copy = copy_tree(trees["live"], tmp_path / "live")
    info = copy / "databaserelease2" / "wn" / "info.txt"
    lines = info.read_text().splitlines()
    row = next(n for n, line in enumerate(lines) if "img40.bmp" in line)
    lines[row] = "nobody.bmp img40.bmp 0.5"
    overwrite(info, "\n".join(lines))
    problems = found(check_dataset("live", copy, jobs=1))
    assert problems["label"][0] == 1 and "wn/info.txt says that img40.bmp was made from nobody" in problems["label"][1]


def test_live_orgs_that_disagree(trees: dict[str, Path], tmp_path: Path) -> None:
    import scipy.io

    copy = copy_tree(trees["live"], tmp_path / "live")
    path = copy / "databaserelease2" / "dmos.mat"
    content = scipy.io.loadmat(path)
    path.unlink()
    content["orgs"][0, 0] ^= 1
    scipy.io.savemat(path, {"dmos": content["dmos"], "orgs": content["orgs"]})
    assert "disagree on which images are originals" in found(check_dataset("live", copy, jobs=1))["label"][1]


def test_names_that_differ_in_case_only(trees: dict[str, Path], tmp_path: Path) -> None:
    copy = copy_tree(trees["tid2013"], tmp_path / "tid")
    tiny_photo(copy / "distorted_images" / "i02_02_2.BMP")
    with pytest.raises(UserError, match="holds both i02_02_2"):
        from exiqa.iqadata import load_dataset

        load_dataset("tid2013", copy)


def test_cut_video(trees: dict[str, Path], tmp_path: Path) -> None:
    copy = copy_tree(trees["lvq"], tmp_path / "lvq")
    video = copy / "videos" / "v03_smoke_2.avi"
    overwrite(video, video.read_bytes()[:-3500])
    problems = found(check_dataset("lvq", copy, jobs=1))
    assert problems["unreadable"][0] == 1 and "v03_smoke_2.avi" in problems["unreadable"][1]


def test_exiqa_images_that_are_missing_or_skipped(trees: dict[str, Path], tmp_path: Path) -> None:
    copy = copy_tree(trees["exiqa"], tmp_path / "exiqa")
    images = sorted((copy / "images").rglob("*.png"))
    images[0].unlink()
    (copy / "skipped.json").write_text(json.dumps([{"source": "p2.png", "image": "", "reason": "it is empty"}]))
    problems = found(check_dataset("exiqa", copy, jobs=1))
    assert problems["missing"][0] == 1 and images[0].stem in problems["missing"][1]
    assert problems["unreadable"] == (1, "skipped.json lists p2.png : it is empty")
    for image in images[1:]:
        image.unlink()
    (copy / "skipped.json").unlink()
    report = check_dataset("exiqa", copy, jobs=1)
    assert report.ok and report.files == 3, "without image files the photos are what is read"


def test_photos_that_cannot_be_read(trees: dict[str, Path], tmp_path: Path) -> None:
    copy = copy_tree(trees["photos"], tmp_path / "photos")
    (copy / "folder.png").mkdir()
    (copy / "loop.png").symlink_to(copy / "loop.png")
    (copy / "empty.jpg").touch()
    problems = found(check_dataset("photos", copy, jobs=1))
    assert problems["unreadable"][0] == 3 and "empty.jpg" in problems["unreadable"][1]


def test_command_says_what_is_wrong_and_exits_with_one(trees: dict[str, Path], tmp_path: Path) -> None:
    run = CliRunner().invoke
    good = run(app, ["check", "csiq", str(trees["csiq"]), "--jobs", "1"])
    assert good.exit_code == 0 and "866 images, 30 references" in good.output and "whole" in good.output
    copy = copy_tree(trees["csiq"], tmp_path / "csiq")
    (copy / "src_imgs" / "elk.png").unlink()
    assert run(app, ["check", f"csiq={trees['csiq']}", "--jobs", "1"]).stdout == good.stdout
    alone = run(app, ["check", "csiq"])
    assert alone.exit_code == 2 and "csiq: give the folder of your copy" in alone.stderr
    bad = run(app, ["check", "csiq", str(copy), "--jobs", "1", "--json"])
    assert bad.exit_code == 1
    report = json.loads(bad.output)
    assert report["ok"] is False and report["images"] == 866
    assert report["problems"][0]["kind"] == "missing" and "elk.png" in report["problems"][0]["problems"][0]
    assert run(app, ["check", "csiq", str(tmp_path / "nowhere")]).exit_code == 1
    assert run(app, ["check", "csik", str(copy)]).exit_code == 1
    made = run(app, ["check", "mini-csiq", str(copy)])
    assert made.exit_code == 1 and "no folder of it to read" in made.output


def test_command_refuses_the_rehosted_copy(test_data: Path) -> None:
    answer = CliRunner().invoke(app, ["check", "live", str(test_data / "bad" / "live_rehosted")])
    assert answer.exit_code == 1 and "982 scores but 779 entries in orgs" in answer.output


def test_file_names_cannot_steer_the_terminal(tmp_path: Path) -> None:
    (tmp_path / "\x1b[31mred.png").touch()
    answer = CliRunner().invoke(app, ["check", "photos", str(tmp_path)])
    assert answer.exit_code == 1 and "\x1b" not in answer.output and "\\x1b[31mred.png" in answer.output


def test_what_a_table_has_that_nothing_reads_is_a_note(tmp_path: Path) -> None:
    tiny_photo(tmp_path / "a.png")
    (tmp_path / "mine.csv").write_text("image,mos\na.png,3.5\n")
    answer = CliRunner().invoke(app, ["check", f"table:{tmp_path / 'mine.csv'}", str(tmp_path), "--jobs", "1"])
    assert answer.exit_code == 0, answer.output
    assert "note: " in answer.output and "'mos' (the nearest is 'score') is ignored" in answer.output

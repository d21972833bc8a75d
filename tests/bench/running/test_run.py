"""A suite from nothing to records: what is shared, what is told, what is run again, and what fails."""

from __future__ import annotations

import dataclasses
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from bench_tiny_suite import TINY, A, B, fails_on_b, store_with_mine
from typer.testing import CliRunner

from exiqa.bench.cells.dataset_record import read_dataset_records, read_failed_datasets
from exiqa.bench.cells.record import Record, read_failures, read_predictions, read_records, record_files, write_figures
from exiqa.bench.cli import app
from exiqa.bench.explorer.explorer import read_explorer
from exiqa.bench.methods import ours
from exiqa.bench.methods.method import METHODS
from exiqa.bench.methods.prediction_task import PredictionTask
from exiqa.bench.metrics.registry import METRICS
from exiqa.bench.running import run, versions
from exiqa.bench.running.datasets import dataset_locations
from exiqa.bench.running.planning import plan_text
from exiqa.bench.running.planning.plan import Plan, make_plan
from exiqa.bench.running.rescore import rescore_records
from exiqa.bench.running.run import run_plan
from exiqa.bench.running.suites.suite import Suite, datasets_of, expand, parse_suite
from exiqa.core.files import sha256_hex
from exiqa.core.parallel import Workers
from exiqa.iqadata.certifying.sizes import distinguishable_levels
from exiqa.model.artifacts.artifact import Artifact
from exiqa.model.backbones.families import FAMILIES
from exiqa.model.preprocess import PREPROCESSINGS

SUITE = parse_suite(TINY, "tiny")
RUN_SEPARATELY = {"seconds", "peak_memory_mib", "commit", "machine"}


@dataclasses.dataclass
class Done:
    """One run of the tiny suite, and what was asked for on the way."""

    runs: Path
    store: Path
    encoded: Counter[str]
    tuned: int

    def plan(self, suite: Suite = SUITE, runs: Path | None = None, store: Path | None = None) -> Plan:
        return make_plan(expand(suite), runs or self.runs, {}, store or self.store)


@pytest.fixture(scope="module")
def done(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Done]:
    root = tmp_path_factory.mktemp("run")
    encoded: Counter[str] = Counter()
    tuned: list[Path] = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_CACHE_HOME", str(root / "cache"))
        encode, tune = ours._encode, ours.tune

        def counting_encode(model: Any, images: list[np.ndarray], preprocessing: str) -> list[np.ndarray]:
            tower = b"".join(tensor.numpy().tobytes() for tensor in model.backbone.visual.state_dict().values())
            encoded.update(f"{sha256_hex(tower)} {sha256_hex(image.tobytes())}" for image in images)
            return encode(model, images, preprocessing)

        def counting_tune(*arguments: Any) -> Artifact:
            tuned.append(arguments[-1])
            return tune(*arguments)

        patch.setattr(ours, "_encode", counting_encode)
        patch.setattr(ours, "tune", counting_tune)
        store = store_with_mine(root / "banks")
        planned = make_plan(expand(SUITE), root / "runs", {}, store)
        assert run_plan(planned, root / "runs", workers=Workers(1), bank_store=store) == ()
        yield Done(root / "runs", store, encoded, len(tuned))


def _find(runs: Path, protocol: str, method: str, train: str, test: str) -> Record:
    (found,) = (
        r for r in read_records(runs)
        if (r.cell.protocol, r.cell.method, r.cell.train, r.cell.test) == (protocol, method, train, test)
    )  # fmt: skip
    return found


def test_every_cell_is_done_and_says_what_it_rests_on(done: Done) -> None:
    planned = done.plan()
    assert {cell.state for cell in planned.cells} == {"done"} and not planned.unrelated
    assert {dataset.name: dataset.state for dataset in planned.datasets} == {A: "done", B: "done"}
    assert len(read_records(done.runs)) == len(planned.cells) == 13
    across, own = (_find(done.runs, "identification", "exiqa", A, test) for test in (B, A))
    assert across.testset.distortions == ("gaussian_blur", "jpeg")
    assert across.hashes.train_dataset == own.hashes.dataset
    assert across.hashes.train_split == own.hashes.split
    assert across.hashes.train_bank == own.hashes.bank
    assert across.shared_references == 0
    assert own.shared_references is None
    assert own.intervals["rmse"] is None  # one test reference
    (counted,) = (dataset for dataset in read_dataset_records(done.runs) if dataset.name == B)
    # Every level that can be told from its neighbours at this size, of every distortion, of 4 references.
    images = 4 * sum(len(distinguishable_levels("csiq", d, 48, 48)) for d in across.testset.distortions)
    assert (counted.statistics.images, counted.statistics.references) == (images, 4)
    assert counted.statistics.height == (48, 48)
    assert counted.hash == across.hashes.dataset


def test_a_tower_is_tuned_once_and_each_image_passes_through_it_once(done: Done) -> None:
    assert done.tuned == 2  # on A, for five cells; on B, for two
    assert set(done.encoded.values()) == {1}
    # B's images are seen by both towers.
    images = {dataset.name: dataset.statistics.images for dataset in read_dataset_records(done.runs)}
    assert sum(done.encoded.values()) == images[A] + images[B] + images[B]


def test_what_is_read_out_is_what_the_artifact_says(done: Done, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[tuple[np.ndarray, np.ndarray]] = []
    original = ours.attributes

    def compared(task: PredictionTask, artifact: Artifact, dataset: Any, rows: np.ndarray) -> np.ndarray:
        found = original(task, artifact, dataset, rows)
        seen.append((found, artifact.predict(dataset.load(int(row)) for row in rows).attributes))
        return found

    monkeypatch.setattr(ours, "attributes", compared)
    from exiqa.bench.running.run import run_cell

    job = next(
        job for job in expand(SUITE) if job.cell.protocol == "identification" and job.cell.train != job.cell.test
    )
    run_cell(job, dataset_locations(datasets_of([job]), {}), done.runs, done.store)
    for found, expected in seen:
        np.testing.assert_allclose(found, expected, atol=2e-6)
    assert len(seen) == 1


def test_refitted_and_carried_over_regressors_are_two_things(done: Done) -> None:
    refitted, carried = (_find(done.runs, protocol, "exiqa", A, B) for protocol in ("quality", "zero_shot"))
    assert refitted.cell.bank == carried.cell.bank == "mine@1"
    assert refitted.metrics["score_rmse"] != carried.metrics["score_rmse"]


def test_the_explorer_gets_images_that_say_what_the_records_say(done: Done) -> None:
    shown = read_explorer(done.runs)
    assert [image.dataset for image in shown] == [B] * 3 + [A] * 3
    record = _find(done.runs, "quality", "exiqa", B, B)
    predictions = read_predictions(done.runs, record).set_index("image")
    for image in shown[:3]:
        assert image.cell == record.cell.id
        assert image.predicted_score == pytest.approx(predictions["predicted"][image.image], abs=1e-4)
        assert image.true_score == pytest.approx(predictions["true"][image.image], abs=1e-6)


def _comparable(runs: Path) -> dict[str, dict[str, Any]]:
    return {r.cell.file_stem: r.model_dump(exclude=RUN_SEPARATELY) for r in read_records(runs)}


def test_killed_and_run_again_gives_the_same_records(done: Done, tmp_path: Path) -> None:
    (tmp_path / "tiny.toml").write_text(TINY)
    runs = tmp_path / "runs"
    command = [sys.executable, "-m", "exiqa.bench", "run", str(tmp_path / "tiny.toml"), "--out", str(runs), "--store",
               str(done.store), "--jobs", "1"]  # fmt: skip
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, start_new_session=True)
    while process.poll() is None and len(record_files(runs)) < 9:
        time.sleep(0.01)
    assert process.poll() is None, "it was over before it could be killed"
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    assert 9 <= len(record_files(runs)) < 13
    # What a writer killed in the middle leaves behind is no record.
    (runs / f".{next(runs.glob('*.json')).stem}-x.json").write_text("{")
    stopped = {path: path.stat().st_mtime_ns for path in record_files(runs)}
    assert run_plan(done.plan(runs=runs), runs, workers=Workers(1), bank_store=done.store) == ()
    assert _comparable(runs) == _comparable(done.runs)
    assert {path: path.stat().st_mtime_ns for path in stopped} == stopped
    assert not list(runs.glob(".*"))  # nothing half-written stays


def test_with_everything_done_nothing_is_opened_or_imported(done: Done, tmp_path: Path) -> None:
    (tmp_path / "tiny.toml").write_text(TINY)
    code = (
        "import sys\n"
        "from exiqa.bench.cli import app\n"
        f"app(['run', {str(tmp_path / 'tiny.toml')!r}, '--out', {str(done.runs)!r}, '--store', {str(done.store)!r}],"
        " standalone_mode=False)\n"
        "heavy = {'torch', 'cv2', 'scipy', 'sklearn', 'skimage', 'joblib'} & set(sys.modules)\n"
        "assert not heavy, heavy\n"
    )
    shown = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True).stdout
    assert shown == "13 cells: 13 done\n"


@pytest.fixture
def copied(done: Done, tmp_path: Path) -> Path:
    """The records alone, to be changed."""
    folder = tmp_path / "copied"
    shutil.copytree(done.runs, folder, ignore=shutil.ignore_patterns("work"))
    return folder


def _stale(planned: Plan) -> dict[str, str]:
    assert {cell.state for cell in planned.cells} <= {"done", "stale"}
    return {plan_text.cell_words(cell.job.cell): cell.why for cell in planned.cells if cell.state == "stale"}


def _words(keep: Callable[[Any], bool]) -> set[str]:
    return {plan_text.cell_words(job.cell) for job in expand(SUITE) if keep(job)}


def test_another_bank_makes_stale_what_was_tuned_on_it(done: Done, tmp_path: Path) -> None:
    stale = _stale(done.plan(store=store_with_mine(tmp_path / "other", first=1)))
    assert set(stale) == _words(lambda job: "mine@1" in (job.bank, job.train_bank))
    assert set(stale.values()) == {"the bank mine@1 changed"}


def test_other_data_make_stale_what_uses_them(done: Done) -> None:
    text = TINY.replace(
        'references = 4, height = 48, width = 48, distortions = ["gauss',
        'references = 5, height = 48, width = 48, distortions = ["gauss',
    )
    stale = _stale(done.plan(parse_suite(text, "other")))
    assert set(stale) == _words(lambda job: B in (job.cell.train, job.cell.test))
    assert {why.split(", ")[0] for why in stale.values()} == {f"the data of {B} changed"}


def test_another_split_makes_stale_what_was_split_so(done: Done, copied: Path) -> None:
    record = _find(copied, "zero_shot", "exiqa", A, B)
    for field, name in (("split", B), ("train_split", A)):
        write_figures(copied, record.model_copy(update={"hashes": record.hashes.model_copy(update={field: "0" * 64})}))
        assert _stale(done.plan(runs=copied)) == {plan_text.cell_words(record.cell): f"the split of {name} changed"}


def test_another_version_of_a_method_makes_its_records_stale(done: Done, monkeypatch: pytest.MonkeyPatch) -> None:
    present = METHODS["exiqa"].version
    monkeypatch.setitem(METHODS._loaded, "exiqa", dataclasses.replace(METHODS["exiqa"], version=8))
    stale = _stale(done.plan())
    assert set(stale) == _words(lambda job: job.cell.method == "exiqa")
    assert set(stale.values()) == {f"method exiqa: version {present} → version 8"}


def test_another_version_of_a_backbones_family_makes_stale_what_sees_with_it(
    done: Done, monkeypatch: pytest.MonkeyPatch
) -> None:
    present = versions.FAMILY_VERSIONS.get("exiqa-mini")
    monkeypatch.setitem(versions.FAMILY_VERSIONS, "exiqa-mini", 9)
    stale = {p.job.cell.method: p.why for p in done.plan().cells if p.state == "stale"}
    assert set(stale) == {p.job.cell.method for p in done.plan().cells if p.job.cell.backbone} != set()
    assert set(stale.values()) == {f"backbone family exiqa-mini: version {present} → version 9"}


def test_another_packages_family_has_its_version_in_the_record_too(done: Done, monkeypatch: pytest.MonkeyPatch) -> None:
    cell = next(p.job.cell for p in done.plan().cells if p.job.cell.backbone)
    family = dataclasses.replace(FAMILIES["exiqa-mini"], name="theirs", pattern=re.compile("theirs/random"), version=3)
    monkeypatch.setitem(vars(FAMILIES)["_loaded"], "their_package.backbone:FAMILY", family)
    theirs = cell.model_copy(update={"backbone": "their_package.backbone:FAMILY/random"})
    monkeypatch.setattr("exiqa.core.registry._module_exists", lambda module: True)
    assert versions.cell_versions(theirs).items() >= {("backbone family their_package.backbone:FAMILY", 3)}


def test_another_version_of_a_preprocessing_makes_stale_what_looks_through_it(
    done: Done, monkeypatch: pytest.MonkeyPatch
) -> None:
    changed = dataclasses.replace(PREPROCESSINGS["resize"], version=5)
    monkeypatch.setitem(PREPROCESSINGS, "resize", changed)
    stale = _stale(done.plan())
    assert set(stale) == _words(lambda job: job.cell.preprocessing == "resize")
    assert set(stale.values()) == {"preprocessing resize: version 1 → version 5"}


def test_another_version_of_the_proxy_makes_data_sets_stale_too(done: Done, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(versions, "PROXY_VERSION", versions.PROXY_VERSION + 1)
    planned = done.plan()
    assert {cell.state for cell in planned.cells} == {dataset.state for dataset in planned.datasets} == {"stale"}
    assert {dataset.why for dataset in planned.datasets} == {"the stand-ins' scores: version 1 → version 2"}


def test_another_version_of_the_metrics_is_mended_by_rescoring(
    done: Done, copied: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(METRICS._loaded, "srcc", dataclasses.replace(METRICS["srcc"], version=2))
    stale = _stale(done.plan(runs=copied))
    assert set(stale) == _words(lambda job: job.cell.protocol != "identification")
    assert set(stale.values()) == {"metric srcc: version 1 → version 2"}
    assert rescore_records(copied) == (0, 13)
    assert {cell.state for cell in done.plan(runs=copied).cells} == {"done"}


def test_lost_predictions_and_records_of_another_version_are_run_again(done: Done, copied: Path) -> None:
    first, second = read_records(copied)[:2]
    (copied / f"{first.cell.file_stem}.parquet").unlink()
    path = copied / f"{second.cell.file_stem}.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | {"schema_version": 1}))
    whys = _stale(done.plan(runs=copied))
    assert whys[plan_text.cell_words(first.cell)] == "its predictions are gone"
    assert "is not a benchmark record" in whys[plan_text.cell_words(second.cell)]
    assert len(whys) == 2


def test_records_of_other_settings_are_mentioned(done: Done) -> None:
    other = parse_suite(TINY.replace("learning_rate = 1e-4", "learning_rate = 2e-4"), "other")
    planned = done.plan(other)
    assert planned.count("new") == len(planned.unrelated) == 7
    assert any("7 records in the folder are of no cell" in line for line in plan_text.plan_lines(planned))
    # Known from the records of the same row with other settings.
    assert all(cell.seconds != 2.5 for cell in planned.cells if cell.state == "new")


def test_a_failing_cell_is_recorded_and_the_others_go_on(
    done: Done, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    trivial = TINY.replace(', "exiqa"]', "]")
    trivial = trivial[: trivial.index('[[cells]]\nprotocol = "identification"\ntrain')]
    (tmp_path / "suite.toml").write_text(trivial)
    command = ["run", str(tmp_path / "suite.toml"), "--out", str(tmp_path / "runs"), "--jobs", "1"]
    prior = METHODS["prior"]
    monkeypatch.setitem(METHODS._loaded, "prior", dataclasses.replace(prior, predict=fails_on_b))
    result = CliRunner().invoke(app, command)
    assert result.exit_code == 1
    assert "failed: identification mini-csiq, Prior, seed 0: ValueError: the photo is" in result.output
    assert "Error: 1 of 6 cells failed" in result.output
    assert len(read_records(tmp_path / "runs")) == 5
    (failure,) = read_failures(tmp_path / "runs")
    assert (failure.kind, failure.cell.test) == ("ValueError", B)
    assert "fails_on_b" in failure.traceback
    shown = CliRunner().invoke(app, ["plan", *command[1:-2], "--json"])
    assert json.loads(shown.output)["counts"]["failed"] == 1

    monkeypatch.setitem(METHODS._loaded, "prior", prior)
    assert CliRunner().invoke(app, command).exit_code == 0
    assert read_failures(tmp_path / "runs") == []


def test_a_data_set_that_cannot_be_counted_is_recorded_and_its_cells_go_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(dataset: Any) -> Any:
        raise ValueError(f"{dataset.name} is upside down")

    text = TINY[: TINY.index("[[cells]]")]
    (tmp_path / "suite.toml").write_text(
        f'{text}[[cells]]\nprotocol = "identification"\ntest = ["{B}"]\nmethods = ["all_clean"]\n'
    )
    command = ["run", str(tmp_path / "suite.toml"), "--out", str(tmp_path / "runs"), "--jobs", "1"]
    with monkeypatch.context() as patch:
        patch.setattr(run, "statistics_of", broken)
        result = CliRunner().invoke(app, command)
    assert result.exit_code == 1
    assert f"failed: statistics {B}: ValueError: {B} is upside down" in result.output
    assert len(read_records(tmp_path / "runs")) == 1
    (failure,) = read_failed_datasets(tmp_path / "runs")
    assert (failure.name, failure.kind) == (B, "ValueError") and "in broken" in failure.traceback
    shown = CliRunner().invoke(app, ["tables", str(tmp_path / "runs")]).output
    assert f"{B}: not evaluated. Not run: ValueError: {B} is upside down." in shown.replace("\n", " ")

    assert CliRunner().invoke(app, command).exit_code == 0
    assert read_failed_datasets(tmp_path / "runs") == []
    assert [dataset.name for dataset in read_dataset_records(tmp_path / "runs")] == [B]


def test_what_cannot_run_here_says_why(done: Done, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    piqe = dataclasses.replace(METHODS["piqe"], needs=lambda: "the package pypiqe: pip install pypiqe")
    monkeypatch.setitem(METHODS._loaded, "piqe", piqe)
    text = TINY.replace('["mean_score", "exiqa"]', '["mean_score", "piqe"]').replace('"mine@1"', '"nowhere@1"')
    text = text.replace('title = "Tiny"', 'title = "T"\nstrength_map = "level"')
    text += '\n[datasets.kadid10k]\n[[cells]]\nprotocol = "identification"\ntest = ["kadid10k"]\nmethods = ["prior"]\n'
    planned = make_plan(expand(parse_suite(text, "t")), tmp_path, {}, tmp_path)
    whys = {plan_text.cell_words(cell.job.cell): cell.why for cell in planned.cells if cell.state == "missing"}
    assert whys["identification kadid10k, Prior, seed 0"] == "the data set is not given: --data kadid10k=DIR"
    (wanting,) = (dataset for dataset in planned.datasets if dataset.state == "missing")
    assert (wanting.name, wanting.why) == ("kadid10k", whys["identification kadid10k, Prior, seed 0"])
    assert whys[f"quality {A}, PIQE, seed 0"] == "needs the package pypiqe: pip install pypiqe"
    assert "there is no bank 'nowhere'" in whys[f"identification {A}, ExIQA (ours), seed 0"]
    assert {cell.state for cell in planned.cells if cell.job.cell.method == "mean_score"} == {"new"}


def test_a_folder_that_cannot_be_used_ends_with_one_and_one_not_given_does_not(tmp_path: Path) -> None:
    (tmp_path / "suite.toml").write_text(
        'title = "T"\nseeds = [0]\n[datasets.kadid10k]\nstrength_map = "level"\n'
        '[[cells]]\nprotocol = "identification"\ntest = ["kadid10k"]\nmethods = ["prior"]\n'
    )
    command = ["run", str(tmp_path / "suite.toml"), "--out", str(tmp_path / "runs")]
    assert CliRunner().invoke(app, command).exit_code == 0
    result = CliRunner().invoke(app, [*command, "--data", f"kadid10k={tmp_path / 'typo'}"])
    assert result.exit_code == 1
    assert result.stderr.startswith(f"Error: KADID-10k: {tmp_path / 'typo'} is not a folder; give the one that holds")


@pytest.mark.parametrize(
    ("old", "new", "why"),
    [
        ("k = 2", "k = 50", r"bank (mine|csiq)@1 has \d+ attributes for \w+, so K = 50 cannot be taken from it"),
        ('"exiqa-mini/random"', '"exiqa-maxi"', "there is no backbone 'exiqa-maxi'; give exiqa-mini, "),
        ('"exiqa-mini/random"', '"exiqa-mini@gone.safetensors"', "there is no checkpoint gone.safetensors"),
        ('"exiqa-mini/random"', '"open_clip:ViT-B-33/openai"', "open_clip has no model 'ViT-B-33'"),
        ("epochs = 1\n", 'epochs = 1\ntemplate = "papr"\n', "papr"),
    ],
)
def test_the_plan_says_what_the_run_would_stop_at(done: Done, old: str, new: str, why: str) -> None:
    assert old in TINY
    planned = done.plan(parse_suite(TINY.replace(old, new, 1), "t"))
    told = [cell for cell in planned.cells if cell.job.cell.method == "exiqa"]
    assert {cell.state for cell in told} == {"missing"}
    assert all(re.search(why, cell.why) for cell in told), told[0].why
    assert {cell.state for cell in planned.cells if cell not in told} == {"done"}


def test_an_unknown_option_of_a_stand_in_is_told(tmp_path: Path) -> None:
    suite = parse_suite(TINY.replace("references = 4, height = 48", "referencs = 4, height = 48"), "t")
    (why,) = {cell.why for cell in make_plan(expand(suite), tmp_path, {}).cells if cell.job.cell.test == A}
    assert why == f"{A}: there is no option of a stand-in 'referencs'; the nearest is 'references'"

"""The suite `paper` on small copies of the real data sets, in their own layouts, from the folders to the last table."""

from __future__ import annotations

import csv
from importlib import resources
from pathlib import Path

import open_clip
import pytest
from dataset_trees import BUILDERS, shrink_counts
from typer.testing import CliRunner

from exiqa.bench.cells.record import read_failures, read_records
from exiqa.bench.methods.controls import random_banks
from exiqa.bench.running.suites.suite import Suite, load_suite, parse_suite
from exiqa.bench.tables.parts.published import published_datasets
from exiqa.cli import app

REFERENCES = 9
"""Of each data set: seven train and validate, two test."""
GIVEN = ("kadid10k", "tid2013", "csiq", "live", "lvq")
ABSENT = "exiqa"
MORE_ROWS = {
    "kadid10k": ("Written by a large model", "Written by a small model"),
    "csiq": ("Written by a large model", "Random words"),
    "lvq": ("Written by a large model",),
}
"""Of Table II, by data set: banks that models wrote, and a control that is tuned."""
VALIDITY = """
# Whether attributes answer to what is seen
[[cells]]
protocol = "validity"
test = ["kadid10k", "tid2013", "csiq", "live", "lvq"]
methods = ["names", "shuffled", "frozen", "exiqa"]

[[cells]]
protocol = "validity"
test = ["kadid10k", "csiq", "lvq"]
methods = ["large"]

[[cells]]
protocol = "validity"
test = ["kadid10k"]
methods = ["small"]
"""
SMALLER = {
    "seeds = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]": "seeds = [0]",
    "explore = 10": "explore = 1\n\n[regressor]\nepochs = 2",
    'backbone = "open_clip:ViT-B-32/openai"':
        'backbone = "open_clip:tiny-vit/random"\nepochs = 1\nwarmup_epochs = 0\nprompt_length = 2',
    VALIDITY: "",  # effects want pictures of 96 pixels, and these are smaller; test_validity has the protocol
    'recipe = "exiqa"': 'recipe = "exiqa"\ntuning = { prompt_length = 0 }',  # it is tuned whole, without prompts
}  # fmt: skip
"""What the shipped suite says -> what takes its place, so that the cells are those of the paper and take seconds."""
OF_SIZE = {"seeds", "explore", "regressor"}
"""Of a suite, what says how long it runs; besides these, the tuning does."""


def _small_suite() -> str:
    text = (resources.files("exiqa.bench.running") / "suites" / "paper.toml").read_text(encoding="utf-8")
    for old, new in SMALLER.items():
        assert text.count(old) == 1, old
        text = text.replace(old, new)
    return text


def _exiqa(*arguments: str) -> str:
    result = CliRunner().invoke(app, ["bench", *arguments], env={"COLUMNS": "200"})
    assert result.exit_code == 0, result.output
    return result.output


@pytest.fixture(scope="module")
def done(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a run of the small suite on all data sets but one, with its report."""
    root = tmp_path_factory.mktemp("paper")
    (root / "paper.toml").write_text(_small_suite(), encoding="utf-8")
    open_clip.add_model_config(Path(__file__).parents[2] / "model" / "tiny-vit.json")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_CACHE_HOME", str(root / "cache"))
        patch.setenv("TORCH_HOME", str(root / "torch"))  # where nobody has put ARNIQA's weights
        patch.setattr(random_banks, "DRAWS", 2)
        shrink_counts(patch, REFERENCES)
        for name in GIVEN:
            BUILDERS[name](root / name, references=REFERENCES)
        given = [word for name in GIVEN for word in ("--data", f"{name}={root / name}")]
        # One process: the smaller backbone and the smaller counts are known to this one alone.
        _exiqa("run", str(root / "paper.toml"), "--out", str(root / "runs"), "--jobs", "1", *given)
        _exiqa("report", str(root / "runs"), "--out", str(root / "report"), "--suite", str(root / "paper.toml"), *given)
    return root


def _rows(done: Path, table: str) -> list[dict[str, str]]:
    with (done / "report" / f"{table}.csv").open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def _labels(done: Path, table: str, **where: str) -> set[str]:
    return {row["row"] for row in _rows(done, table) if where.items() <= row.items()}


def test_the_small_suite_differs_from_the_shipped_in_its_size_and_validity_alone():
    small, shipped = parse_suite(_small_suite(), "small"), load_suite("paper")

    def without_size(suite: Suite) -> dict[str, object]:
        said = suite.model_dump(exclude=OF_SIZE | {"tuning"})
        del said["datasets"][ABSENT]["tuning"]
        said["cells"] = [block for block in said["cells"] if block["protocol"] != "validity"]
        return said

    assert without_size(small) == without_size(shipped)
    assert set(small.tuning) - set(shipped.tuning) == {"epochs", "warmup_epochs", "prompt_length"}
    assert set(shipped.tuning) == {"backbone"}
    assert small.datasets[ABSENT].tuning == {"prompt_length": 0}


def test_nothing_fails_and_every_cell_of_the_given_data_sets_has_a_record_or_says_what_it_needs(done):
    assert read_failures(done / "runs") == []
    methods = {(r.cell.protocol, r.cell.train, r.cell.test, r.cell.method) for r in read_records(done / "runs")}
    expected = set()
    suite = parse_suite(_small_suite(), "small")
    for block in suite.cells:
        pairs = [(a, b) for a in block.train for b in block.test if a != b]
        for train, test in pairs or [(name, name) for name in block.test]:
            expected |= {(block.protocol, train, test, suite.method_id(method)) for method in block.methods}
    wanting = expected - methods
    assert not methods - expected
    known = {cell for cell in wanting if ABSENT not in cell[1:3] and cell[0] != "validity"}
    assert known == {("quality", n, n, "arniqa") for n in GIVEN}
    assert all(ABSENT not in cell[1:3] for cell in methods)


def test_table_one_counts_the_data_sets_beside_the_papers_counts(done):
    titles = published_datasets()
    assert _labels(done, "table-i") == {*GIVEN, *(f"{titles[name]}, published" for name in GIVEN)}
    images = {row["row"]: row["printed"] for row in _rows(done, "table-i") if row["column"] == "Images"}
    assert (images["kadid10k"], images["KADID-10k, published"]) == (str(REFERENCES * 125), "10125")


@pytest.mark.parametrize("name", GIVEN)
def test_table_two_has_all_rows_of_a_data_set(done, name):
    (group,) = {row["group"] for row in _rows(done, "table-ii") if row["group"].startswith(f"{name}, ")}
    assert _labels(done, "table-ii", group=group) == {
        "All clean", "Prior", "Names only", "Random words, many banks", "Shuffled bank", "Frozen CLIP", "ExIQA (ours)",
        "Gain over the better trivial row", "ExIQA, published", *MORE_ROWS.get(name, ()),
    }  # fmt: skip
    figures = [row for row in _rows(done, "table-ii") if row["group"] == group and row["kind"] == "ours"]
    assert all(row["value"] and row["cells"] for row in figures)


def test_table_three_has_peers_controls_and_the_papers_rows_for_each_data_set(done):
    rows = [row for row in _rows(done, "table-iii") if row["column"] == "SRCC"]
    measured = {row["row"] for row in rows if row["kind"] != "published"}
    assert measured == {
        "Mean score", "PIQE", "BRISQUE + SVR", "CLIP-IQA pair", "Embedding + ridge", "ARNIQA + ridge", "Names only",
        "Random words", "Random words, many banks", "Random directions", "Shuffled bank", "Frozen CLIP",
        "Written by a large model", "Written by a small model", "ExIQA (ours)",
    }  # fmt: skip
    for name in (*GIVEN, "Average"):
        of = {row["row"]: row for row in rows if row["column_group"] == name}
        assert of["ExIQA (ours)"]["value"]
        assert of["ExIQA, published"]["printed"].startswith("0.9")
    # A peer that is not here has a row, and its row says what it needs.
    assert {row["printed"] for row in rows if row["row"] == "ARNIQA + ridge"} == {"–"}
    assert all("Not run: needs the weights ARNIQA.pth" in row["footnotes"] for row in rows if "ARNIQA +" in row["row"])
    assert _labels(done, "table-iii-b") == measured


@pytest.mark.parametrize("name", ["kadid10k", "tid2013"])
def test_tables_across_data_sets_have_the_other_four(done, name):
    for test in set(GIVEN) - {name}:
        (group,) = {r["group"] for r in _rows(done, "table-iv") if r["group"].startswith(f"{name} → {test}, ")}
        labels = _labels(done, "table-iv", group=group)
        assert {"All clean", "Prior", "Frozen CLIP", "ExIQA (ours)", "Gain over the better trivial row"} <= labels
        here = {"column_group": f"Trained on {name}", "column": test}
        of_five = {"Mean score", "BRISQUE + SVR", "Frozen CLIP", "ExIQA (ours)", "ExIQA, published"}
        assert of_five <= _labels(done, "table-v", **here)
        assert _labels(done, "zero-shot", **here) == {
            "Mean score", "BRISQUE + SVR", "Embedding + ridge", "Frozen CLIP", "ExIQA (ours)",
        }  # fmt: skip
        for table in ("table-v", "zero-shot"):
            ours = [r for r in _rows(done, table) if here.items() <= r.items() and r["kind"] == "ours"]
            assert len(ours) == 2 and all(row["value"] for row in ours)  # scored by ridge, and as in the paper


def test_the_papers_figures_are_judged_one_by_one(done):
    groups = {row["group"] for row in _rows(done, "ours-against-published")}
    for name in GIVEN:
        assert {f"Table II, {name}", f"Table III, {name}"} <= groups
    assert {"Table IV, kadid10k → tid2013", "Table V, kadid10k → csiq"} <= groups
    assert _labels(done, "ours-against-published", group="Table III, csiq") == {
        "ExIQA, published", "ExIQA (ours)", "Gain over the published figure", "Tolerance",
    }  # fmt: skip


@pytest.mark.parametrize("files", ["report.md", "index.html", "*.tex"])
def test_every_format_has_every_table_and_says_what_is_missing(done, files):
    text = " ".join(path.read_text(encoding="utf-8") for path in sorted((done / "report").glob(files)))
    said = " ".join(text.replace("{}", "").replace("\\", "").split())  # without LaTeX's escapes
    for table in ("Table I", "Table II", "Table III", "Table III b", "Table IV", "Table V", "Zero-shot",
                  "Ours against published"):  # fmt: skip
        assert table in said
    assert "exiqa: not evaluated. Not run: the data set is not given: --data exiqa=DIR." in said
    assert "kadid10k → exiqa" not in said  # no table asks for it
    assert "needs the weights ARNIQA.pth" in said


def test_a_plan_without_data_names_each_data_set_and_how_to_give_it(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    lines = _exiqa("plan", "paper", "--out", str(tmp_path / "runs")).splitlines()
    for name in (*GIVEN, ABSENT):
        assert any(line.endswith(f" missing: the data set is not given: --data {name}=DIR") for line in lines), name
    assert not any(" new" in line or " to run" in line for line in lines)
    (tmp_path / "empty").mkdir()
    given = ["--out", str(tmp_path / "runs"), "--data", f"csiq={tmp_path / 'empty'}"]
    said = _exiqa("plan", "paper", *given)
    assert "csiq.DMOS.xlsx and the folders src_imgs and dst_imgs" in said

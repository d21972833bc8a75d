"""Bad files over all readers: each is read, or ends in one sentence that names it, and soon."""

from __future__ import annotations

import io
import json
import os
import struct
import time
import warnings
import zipfile
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from exiqa.attrgen.llms.replay import ReplayLLM
from exiqa.attrgen.prompts.prompt import load_prompt
from exiqa.bank.exchange.import_export import import_file
from exiqa.bank.schema import Bank
from exiqa.bank.storage.bank_file import bank_text, read_bank
from exiqa.bank.storage.store import BankStore, load_bank
from exiqa.bank.storage.verify import verify_all
from exiqa.bank.taxonomy import load_taxonomy
from exiqa.bench.cells.record import read_failure, read_record
from exiqa.bench.running.suites.suite import load_suite
from exiqa.core.errors import UserError
from exiqa.core.image_io import read_photo
from exiqa.core.vector_cache import VectorCache
from exiqa.iqadata.catalog.loading import load_dataset
from exiqa.iqadata.datasets.labels.label_files import read_mat, read_sheet
from exiqa.iqadata.datasets.labels.table_file import read_table_file
from exiqa.iqadata.datasets.leakage import Leakage
from exiqa.iqadata.datasets.splits import Split
from exiqa.iqadata.synthesis.recipe import load_recipes
from exiqa.iqadata.synthesis.synth import read_skipped
from exiqa.model.artifacts.config_file import read_config
from exiqa.model.config import RegressorConfig, load_recipe
from exiqa.model.engines.graph_description import read_description
from exiqa.model.pretraining.config import load_pretrain_config

from .conftest import Tally
from .mutations import any_file, any_json
from .own_data import make_own_data

SECONDS = 20
"""Within which the worst file has to be refused, on a machine that does much else."""

Read = Callable[[Path], Any]


def failures(read: Read, path: Path, contents: Iterator[tuple[str, bytes]]) -> tuple[int, list[str]]:
    """How many files were read, and which of them ended in anything but a value or a sentence that names the file."""
    found, tried = [], 0
    for name, content in contents:
        path.write_bytes(content)
        tried += 1
        begin = time.monotonic()
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                read(path)
        except UserError as error:
            if "\n" in str(error):
                found.append(f"{path.name} ({name}): no sentence: {str(error)[:300]}")
        except OSError:
            pass  # one sentence of its own (`describe_os_error`)
        except Exception as error:
            found.append(f"{path.name} ({name}): {type(error).__name__}: {str(error)[:200]}")
        if time.monotonic() - begin > SECONDS:
            found.append(f"{path.name} ({name}): took {time.monotonic() - begin:.0f} s")
    return tried, found


def own_bank() -> Bank:
    return load_bank("kadid10k").select(["gaussian_blur"]).top(2)


TAXONOMY = b"""id = "mine"
name = "Mine"
[[distortions]]
id = "ripple"
code = "r"
name = "R"
explanation = "E."
levels = 2
"""
SUITE = b"""title = "T"
[datasets.mini-lvq]
options = { references = 4, height = 48 }
banks = { own = "lvq@1" }
[[cells]]
protocol = "identification"
test = ["mini-lvq"]
methods = ["prior", "exiqa"]
"""
JSON_FILES: dict[str, tuple[bytes, Read]] = {
    "bank.json": (bank_text(own_bank()).encode(), read_bank),
    "import.json": (
        bank_text(own_bank()).encode(),
        lambda path: import_file(path, load_taxonomy("kadid10k"), "other", BankStore(path.parent / "banks")),
    ),
    "split.json": (
        json.dumps(Split(dataset="d", seed=0, ratio="70/10/20", train=("a",), validation=("b",),
        test=("c",)).model_dump())
        .encode(),
        Split.load,
    ),
    "config.json": (
        json.dumps(
            {
                "schema_version": 1, "backbone": "exiqa-mini", "backbone_seed": 0, "backbone_hash": "0",
                "tuning": {"mode": "frozen"}, "bank": "b@1", "bank_hash": "0", "logit_scale": 1.0, "image_size": 32,
                "preprocessing": "native", "weights_sha256": "0", "embeddings_sha256": "0", "regressors": {},
                "training": {},
            }
        ).encode(),
        read_config,
    ),
    "leakage.json": (b'{"first": "a", "second": "b", "pairs": []}', Leakage.load),
    "record.json": (b'{"schema_version": 5, "cell": {}, "metrics": {"srcc": 0.5}, "undefined": {}}', read_record),
    "failure.json": (b'{"schema_version": 1, "cell": {"protocol": "quality"}, "error": "e"}', read_failure),
    "graph.json": (b'{"schema_version": 1, "files": {}}', read_description),
    "skipped.json": (b'[{"source": "a", "reason": "b", "image": ""}]', lambda path: read_skipped(path.parent)),
}  # fmt: skip
TEXT_FILES: dict[str, tuple[bytes, Read]] = {
    "taxonomy.toml": (TAXONOMY, load_taxonomy),
    "suite.toml": (SUITE, lambda path: load_suite(str(path))),
    "recipe.toml": (b'backbone = "exiqa-mini"\nepochs = 4\nlearning_rate = 1e-3\n', load_recipe),
    "pretrain.toml": (b"steps = 10\n", load_pretrain_config),
    "table.toml": (b"score = {worst = 1, best = 5}\n", read_table_file),
    "prompt.j2": (b"Give {{ count_words }} effects of {{ name }}.", load_prompt),
    "import.csv": (
        b"distortion,rank,phrase,antonym\njpeg,1,square tiles,smooth areas\njpeg,2,ringing edges,\n",
        lambda path: import_file(path, load_taxonomy("kadid10k"), "other", BankStore(path.parent / "banks")),
    ),
    "import.txt": (
        b"[jpeg]\nsquare tiles | smooth areas\nringing edges\n",
        lambda path: import_file(path, load_taxonomy("kadid10k"), "other", BankStore(path.parent / "banks")),
    ),
    "draft.jsonl": (b'{"kind": "generation", "bank": "b"}\n{"kind": "answer"}\n', ReplayLLM),
}


def _picture(kind: str) -> bytes:
    stream = io.BytesIO()
    pixels = np.random.default_rng(0).integers(0, 256, (20, 24, 3), dtype=np.uint8)
    Image.fromarray(pixels).save(stream, kind)
    return stream.getvalue()


@pytest.mark.parametrize("name", JSON_FILES)
def test_json(name: str, tmp_path: Path, tally: Tally) -> None:
    content, read = JSON_FILES[name]
    tried, found = failures(read, tmp_path / name, iter([*any_file(content), *any_json(content)]))
    tally("bad files", tried, found)


@pytest.mark.parametrize("name", TEXT_FILES)
def test_text(name: str, tmp_path: Path, tally: Tally) -> None:
    content, read = TEXT_FILES[name]
    tried, found = failures(read, tmp_path / name, any_file(content, flips=30))
    tally("bad files", tried, found)


SUITES = [
    ("height = 48", change)
    for change in (
        "height = 1000000", 'height = "48"', 'height = "tall"', "height = inf", "height = nan", "hight = 48",
        "seed = -1",
        "seed = 99999999999999999999", "references = -4", "strength_map = 1", "name = 1", "root = 1", "height = [48]",
        "height = 48.5", "pristine = 4", 'distortions = "x"', "distortions = [1]", "taxonomy = 5",
    )
]  # fmt: skip


def test_suites_with_wrong_options(tmp_path: Path, tally: Tally) -> None:
    def open_all(path: Path) -> None:
        for name, choice in load_suite(str(path)).datasets.items():
            options = {"references": 4, **choice.options}
            load_dataset(choice.data or name, None, "level", **options).load(0)

    contents = ((new, SUITE.replace(old.encode(), new.encode())) for old, new in SUITES)
    tally("bad files", *failures(open_all, tmp_path / "suite.toml", contents))


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "BMP", "GIF", "TIFF", "WEBP", "PPM", "JPEG2000"])
def test_photos(kind: str, tmp_path: Path, tally: Tally) -> None:
    tally("bad files", *failures(read_photo, tmp_path / "photo.png", any_file(_picture(kind), flips=30)))


def test_tables_of_recipes_and_caches(tmp_path: Path, tally: Tally) -> None:
    cache = VectorCache(tmp_path / "good.sqlite")
    cache.put({str(i): np.full(50, i, np.float32) for i in range(20)})
    content = cache.path.read_bytes()
    tried, found = failures(load_recipes, tmp_path / "recipes.parquet", any_file(b"PAR1" + bytes(100) + b"PAR1"))
    more, also = failures(lambda path: VectorCache(path).get(["1", "2"]), tmp_path / "c.sqlite", any_file(content))
    tally("bad files", tried + more, found + also)


def test_changed_caches_give_no_other_vector(tmp_path: Path, tally: Tally) -> None:
    cache = VectorCache(tmp_path / "v.sqlite")
    put = {str(i): np.full(50, i + 1, np.float32) for i in range(20)}
    cache.put(put)
    found = []
    contents = list(any_file(cache.path.read_bytes(), flips=100))
    for name, content in contents:
        cache.path.write_bytes(content)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            got = cache.get(list(put))
        found += [f"{name}: {key}" for key, vector in got.items() if not np.array_equal(vector, put[key])]
    tally("bad files", len(contents), found)


def test_labels_of_datasets(tmp_path: Path, tally: Tally) -> None:
    from scipy.io import savemat

    make_own_data(tmp_path / "own")
    table = tmp_path / "own" / "own.csv"
    tried, found = failures(
        lambda path: load_dataset(f"table:{path}", tmp_path / "own" / "images"), table, any_file(table.read_bytes())
    )
    live = tmp_path / "live"
    live.mkdir()
    mats: list[dict[str, Any]] = [
        {"dmos_new": np.zeros(982), "orgs": np.zeros(982)}, {"dmos_new": "text", "orgs": "text"},
        {"dmos_new": {"a": 1}, "orgs": np.zeros(982)}, {"dmos_new": np.zeros(982, complex), "orgs": np.zeros(982)},
        {"dmos_new": np.array([{}, "x"], object), "orgs": np.zeros(982)}, {"other": 1},
        {"dmos_new": np.full(982, np.nan), "orgs": np.full(982, 7)},
    ]  # fmt: skip
    for labels in mats:
        savemat(live / "dmos_realigned.mat", labels)
        savemat(live / "refnames_all.mat", {"refnames_all": np.array([f"{i}.bmp" for i in range(982)], object)})
        content = (live / "dmos_realigned.mat").read_bytes()
        for name in ("dmos_realigned.mat", "refnames_all.mat"):
            more, also = failures(lambda _: load_dataset("live", live), live / name, iter([("whole", content)]))
            tried, found = tried + more, found + also
    content = (live / "dmos_realigned.mat").read_bytes()
    more, also = failures(
        lambda _: load_dataset("live", live), live / "dmos_realigned.mat", any_file(content, flips=60)
    )
    tally("bad files", tried + more, found + also)


def test_what_unpacks_to_gigabytes(tmp_path: Path, tally: Tally) -> None:
    """A workbook and a MATLAB file, a thousandth of that themselves."""
    book, mat, zeros = tmp_path / "labels.xlsx", tmp_path / "labels.mat", bytes(2**26)
    with (
        zipfile.ZipFile(book, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as parts,
        parts.open("xl/worksheets/sheet1.xml", "w") as part,
    ):
        for _ in range(5):
            part.write(zeros)
    packer = zlib.compressobj(1)
    packed = b"".join(packer.compress(zeros) for _ in range(5)) + packer.flush()
    header = b"MATLAB 5.0 MAT-file".ljust(124) + struct.pack("<H2s", 0x0100, b"IM")
    mat.write_bytes(header + struct.pack("<II", 15, len(packed)) + packed)
    with pytest.raises(UserError, match=r"labels\.xlsx unpacks to"):
        read_sheet(book, "T", 0)
    with pytest.raises(UserError, match=r"labels\.mat unpacks to more than"):
        read_mat(mat, "T", ("dmos",))
    tally("bad files", 2, [])


def test_tensors(tmp_path: Path, tally: Tally) -> None:
    """A junk regressor, wrong keys, NaN, int8; the artifact's other files are read the same way."""
    import torch
    from safetensors.torch import save

    from exiqa.model.regressors.regressor import Regressor
    from exiqa.model.regressors.regressor_file import load_regressor, regressor_bytes
    from exiqa.model.tensors import read_tensors

    good = Regressor(4, RegressorConfig(hidden=8))
    content = regressor_bytes(good)
    about = {"exiqa": json.dumps({"config": RegressorConfig(hidden=8).model_dump(), "origin": None})}
    state = good.state_dict()
    first = next(iter(state))
    wrong = [
        ("nan", save({**state, first: torch.full_like(state[first], float("nan"))}, about)),
        ("int8", save({name: t.to(torch.int8) for name, t in state.items()}, about)),
        ("keys", save({f"x{name}": t for name, t in state.items()}, about)),
        ("shape", save({name: t.flatten()[:1].clone() for name, t in state.items()}, about)),
        ("no metadata", save(state)),
        ("junk metadata", save(state, {"exiqa": "{"})),
        ("null", save(state, {"exiqa": "null"})),
        ("huge", save(state, {"exiqa": json.dumps({"config": {"hidden": 10**12}})})),
        ("key", save(state, {"exiqa": json.dumps({"config": {"hiden": 1}})})),
    ]
    path = tmp_path / "regressors.safetensors"
    for name, changed in wrong:
        path.write_bytes(changed)
        with pytest.raises(UserError, match=r"regressors\.safetensors"):
            load_regressor(path, 4)
        assert name
    tried, found = failures(lambda p: load_regressor(p, 4), path, any_file(content, flips=40))
    more, also = failures(read_tensors, path, any_file(content, flips=20))
    tally("bad files", tried + more + len(wrong), found + also)


TEMPLATES = [
    "{{ 'x' * 10**10 }}", "{% for a in range(99999) %}{% for b in range(99999) %}{% endfor %}{% endfor %}",
    "{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}",
    "{% set x = 'aaaaaaaa' %}" + "{% set x = x ~ x %}" * 60 + "{{ x }}",
    "{{ 'a'.ljust(10**10) }}", "{{ '%10000000000d' % 1 }}", "{{ ''.__class__ }}", "{{ nothing }}", "{% if %}",
    "{{ 1 / 0 }}",
    "{{ range(10**9) }}", "{{ ([1] * 10**9) | length }}", "{{ '{:>99999999999}'.format(1) }}", "",
]  # fmt: skip


@pytest.mark.parametrize("template", TEMPLATES)
def test_templates(template: str, tmp_path: Path, tally: Tally) -> None:
    path = tmp_path / "p.j2"
    path.write_text(template)
    begin = time.monotonic()
    with pytest.raises(UserError, match=r"^prompt p"):
        load_prompt(path).render(load_taxonomy("kadid10k")["jpeg"], 5)
    tally("templates", 1, [] if time.monotonic() - begin < 60 else ["too slow"])


def test_a_pipe_is_not_waited_for(tmp_path: Path, tally: Tally) -> None:
    found = []
    for name, (_, read) in {**JSON_FILES, **TEXT_FILES}.items():
        path = tmp_path / name
        os.mkfifo(path)
        try:
            read(path)
        except UserError:
            continue
        found.append(name)
    tally("bad files", len(JSON_FILES) + len(TEXT_FILES), found)


def test_a_store_with_bad_banks_is_listed(tmp_path: Path, tally: Tally) -> None:
    from exiqa.bank.storage.listing import bank_rows

    store = BankStore(tmp_path)
    content = bank_text(own_bank()).encode()
    names = list(any_file(content, flips=5))
    for number, (_, changed) in enumerate(names, start=1):
        (tmp_path / f"mine@{number}.json").write_bytes(changed)
    assert len(bank_rows(store.list())) == len(names)
    assert verify_all(store.list(), tmp_path)
    tally("bad files", len(names), [])

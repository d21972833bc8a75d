"""Stand-ins keep the dataset contract, share no content, and say that their scores are a proxy."""

from __future__ import annotations

import pickle
from itertools import combinations
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from exiqa.bank.taxonomy import load_taxonomy
from exiqa.core.errors import UserError
from exiqa.iqadata import STANDINS, Dataset, make_split, scene, standin
from exiqa.iqadata.certifying.sizes import distinguishable
from exiqa.iqadata.datasets.dataset import COLUMNS
from exiqa.iqadata.distortions.strength import strength
from exiqa.iqadata.standins.opinions import opinion
from exiqa.iqadata.standins.scenes import STANDIN_SEEDS

SMALL = {"height": 48, "width": 64, "references": 3}
QUICK = {"mini-kadid10k": ["gaussian_blur", "mean_shift"], "mini-tid2013": ["white_noise", "jpeg_transmission"]}
FIRST = {name: load_taxonomy(spec.taxonomy).ids[0] for name, spec in STANDINS.items()}


@pytest.fixture(scope="module")
def datasets() -> dict[str, Dataset]:
    return {name: standin(name, **SMALL, distortions=QUICK.get(name)) for name in STANDINS}


@pytest.mark.parametrize("name", STANDINS)
def test_contract(datasets: dict[str, Dataset], name: str) -> None:
    dataset = datasets[name]
    taxonomy = load_taxonomy(STANDINS[name].taxonomy)
    assert dataset.name == name and dataset.taxonomy == taxonomy
    assert tuple(dataset.table.columns) == COLUMNS
    assert dataset.table["image"].is_unique
    assert len(dataset.references) == 3
    assert dataset.strengths.shape == (len(dataset), len(dataset.distortions))
    assert dataset.strengths.dtype == np.float32
    for row in (0, len(dataset) // 2, len(dataset) - 1):
        pixels = dataset.load(row)
        assert pixels.shape == (48, 64, 3) and pixels.dtype == np.uint8
        # Deterministic, writable by its receiver, and the same from a loader process's copy.
        assert np.array_equal(pixels, pickle.loads(pickle.dumps(dataset.load))(row))
        pixels[:] = 0
        assert dataset.load(row).any()
    make_split(dataset, seed=0)


@pytest.mark.parametrize("name", [name for name, spec in STANDINS.items() if not spec.repeats])
def test_same_distortions_and_levels_as_the_real_one(datasets: dict[str, Dataset], name: str) -> None:
    dataset = datasets[name]
    levels = {distortion.id: distortion.levels for distortion in dataset.taxonomy.distortions}
    if name not in QUICK:
        assert dataset.distortions == dataset.taxonomy.ids
    rows = [(distortion, level) for distortion in dataset.distortions for level in range(1, levels[distortion] + 1)]
    standing = [cell for cell in rows if distinguishable(dataset.taxonomy.id, *cell, 48, 64)]
    assert list(zip(dataset.table["distortion"], dataset.table["level"], strict=True)) == 3 * standing
    # What is left out, the notes say.
    assert (len(standing) < len(rows)) == any("cannot be told apart at 64×48" in note for note in dataset.notes)
    for row, cell in enumerate(dataset.table.itertuples()):
        column = dataset.distortions.index(cell.distortion)
        assert dataset.strengths[row, column] == np.float32(cell.level / levels[cell.distortion])
        assert np.count_nonzero(dataset.strengths[row]) == 1
    for distortion, grid in zip(dataset.distortions, dataset.levels, strict=True):
        assert grid == tuple(level / levels[distortion] for level in range(1, levels[distortion] + 1))


RAW = {
    "mini-kadid10k": lambda x: (x - 1) / 4,
    "mini-tid2013": lambda x: x / 9,
    "mini-csiq": lambda x: 1 - x,
    "mini-live": lambda x: 1 - x / 100,
    "mini-lvq": lambda x: x,
}


@pytest.mark.parametrize("name", RAW)
def test_scores_are_a_proxy_anchored_to_published_means(datasets: dict[str, Dataset], name: str) -> None:
    dataset = datasets[name]
    info = dataset.score_info
    assert info is not None and info.proxy and "proxy" in info.name
    assert any("proxy" in note for note in dataset.notes)
    table = dataset.table
    assert np.allclose(RAW[name](table["raw_score"]), table["score"], atol=1e-6)
    direction = 1 if info.raw_direction == "higher is better" else -1
    assert np.corrcoef(table["score"], table["raw_score"])[0, 1] * direction > 0.999
    for (distortion, level), cell in table.groupby(["distortion", "level"])["score"]:
        count = dataset.taxonomy[distortion].levels
        mean, sd, low, high = opinion(STANDINS[name].taxonomy, distortion, level, count)
        assert low - 1e-4 <= cell.min() and cell.max() <= high + 1e-4
        assert cell.mean() == pytest.approx(mean, abs=0.75 * sd + 1e-4)


def test_several_distortions_have_no_opinion(datasets: dict[str, Dataset]) -> None:
    dataset = datasets["mini-exiqa"]
    assert dataset.score_info is None and np.isnan(dataset.scores).all()
    assert len(dataset) == 30
    counts = np.count_nonzero(dataset.strengths, axis=1)
    assert counts.max() > 1
    assert ((dataset.table["distortion"] == "+") == (counts > 1)).all()
    assert set(np.unique(dataset.strengths)) <= {np.float32(level / 5) for level in range(6)}


def test_no_content_in_two_standins(datasets: dict[str, Dataset]) -> None:
    full = {name: {spec.scenes + i for i in range(10_000)} for name, spec in STANDINS.items()}
    for one, other in combinations(STANDINS, 2):
        assert not set(datasets[one].references) & set(datasets[other].references)
        assert not set(STANDINS[one].photos) & set(STANDINS[other].photos)
        assert not full[one] & full[other]
    assert min(min(seeds) for seeds in full.values()) == STANDIN_SEEDS
    pixels = [dataset.load.reference(key).tobytes() for dataset in datasets.values() for key in dataset.references]
    assert len(set(pixels)) == len(pixels) == 18


def test_seed_moves_the_noise_and_nothing_else() -> None:
    one, other = (
        standin("mini-csiq", **SMALL, distortions=["white_noise", "gaussian_blur"], seed=seed) for seed in (0, 1)
    )
    noise = int(one.table.index[one.table["distortion"] == "white_noise"][4])
    blur = int(one.table.index[one.table["distortion"] == "gaussian_blur"][4])
    assert not np.array_equal(one.load(noise), other.load(noise))
    assert np.array_equal(one.load(blur), other.load(blur))
    assert one.references == other.references


def test_same_request_same_hash_and_magnitude_differs() -> None:
    request = {**SMALL, "distortions": ["mean_shift"]}
    one, again = standin("mini-kadid10k", **request), standin("mini-kadid10k", **request)
    magnitude = standin("mini-kadid10k", **request, strength_map="magnitude")
    assert one.hash == again.hash != magnitude.hash
    assert list(magnitude.table["level"][:4]) == [1, 2, 4, 5]  # level 3 shifts by nothing
    assert magnitude.strengths[0, 0] == np.float32(strength("kadid10k", "mean_shift", 1, "magnitude"))
    assert all(0 < step <= 1 for step in magnitude.levels[0])


def test_columns_keep_the_taxonomys_order() -> None:
    dataset = standin("mini-csiq", **SMALL, distortions=["jpeg", "white_noise"])
    assert dataset.distortions == tuple(d for d in dataset.taxonomy.ids if d in ("jpeg", "white_noise"))


def test_photos_of_ones_own_are_dealt_out_once_each(tmp_path: Path) -> None:
    for seed in range(13):
        Image.fromarray(scene(seed, 48, 64)).save(tmp_path / f"s{seed}.png")
    (tmp_path / "copy of s0.png").write_bytes((tmp_path / "s0.png").read_bytes())
    request = {"height": 32, "width": 48, "pristine": tmp_path}
    shares = [standin(name, **request, distortions=[FIRST[name]]).references for name in STANDINS]
    assert sorted(map(len, shares)) == [2, 2, 2, 2, 2, 3]
    assert len({key for share in shares for key in share}) == 13
    with pytest.raises(UserError, match="13 different photos, of which mini-lvq gets every 6th"):
        standin("mini-lvq", **request, references=4)
    (tmp_path / "bad.jpg").write_bytes(b"not a photo")
    with pytest.raises(UserError, match=r"bad\.jpg"):
        standin("mini-lvq", **request)


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"name": "mini-koniq"}, "there is no stand-in 'mini-koniq'"),
        ({"distortions": ["smoke"]}, "mini-csiq has no distortion 'smoke'"),
        ({"distortions": []}, "has no distortion ''"),
        ({"references": 0}, "at least one reference"),
        ({"height": 16}, "sides of at least 32 pixels"),
        ({"references": 10_001}, "at most 10000 references"),
    ],
)
def test_wrong_requests(wrong: dict[str, object], sentence: str) -> None:
    with pytest.raises(UserError, match=sentence):
        standin(**({"name": "mini-csiq"} | wrong))

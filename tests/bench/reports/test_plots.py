"""What a report draws from its records."""

from __future__ import annotations

import numpy as np
import pytest
from made_run import DISTORTIONS, made_records

from exiqa.bench.cells.record import Labels, read_records, write_record
from exiqa.bench.figures.heat_map import HeatMap, shade
from exiqa.bench.figures.words import short
from exiqa.bench.reports.plots import MAX_POINTS, per_distortion_maps, plots_of
from exiqa.bench.reports.renderers.templating import digits, signed
from exiqa.core.errors import UserError


@pytest.fixture
def run(tmp_path):
    pairs = list(made_records(["kadid10k", "tid2013"], 2))
    for record, frame in pairs:
        write_record(tmp_path, record, frame)
    return tmp_path, pairs


def test_scatters_and_confusions_are_of_our_lowest_seed_own_data_set_first(run):
    folder, pairs = run
    figures = plots_of(read_records(folder), folder)
    assert [scatter.seed for scatter in figures.scatters] == [0] * 4
    assert ["→" in scatter.title for scatter in figures.scatters] == [False, False, True, True]
    frames = {record.cell.id: frame for record, frame in pairs}
    for scatter in figures.scatters:
        assert list(scatter.predicted) == pytest.approx(list(frames[scatter.cell]["predicted"]))
        assert "proxy" in scatter.score
    (first, second) = figures.confusions
    frame = frames[first.cells[0]]
    own = frame[frame["true:jpeg"] > 0]
    row, column = DISTORTIONS.index("jpeg"), DISTORTIONS.index("brighten")
    assert first.values[row][column] == pytest.approx(own["predicted:brighten"].mean(), rel=1e-5)
    assert first.columns[0] == "gaussian blur"
    assert {first.title.partition(":")[0], second.title.partition(":")[0]} == {"kadid10k", "tid2013"}


def test_strength_curves_are_medians_and_quartiles_by_true_level(run):
    folder, pairs = run
    figures = plots_of(read_records(folder), folder)
    assert [curves.cells for curves in figures.curves] == [heat.cells for heat in figures.confusions]
    frame = next(frame for record, frame in pairs if (record.cell.id,) == figures.curves[0].cells)
    curve = figures.curves[0].curves[DISTORTIONS.index("jpeg")]
    assert curve.distortion == "jpeg"
    true, predicted = frame["true:jpeg"].to_numpy(), frame["predicted:jpeg"].to_numpy()
    assert curve.true == (0.0, *(level for level in (0.2, 0.4, 0.6, 0.8, 1.0) if np.isclose(true, level).any()))
    for level, *found in zip(curve.true, curve.low, curve.median, curve.high, strict=True):
        expected = np.percentile(predicted[np.isclose(true, level)], (25, 50, 75))
        assert found == pytest.approx(list(expected), abs=1e-6)


def test_a_distortion_that_occurs_alone_in_no_image_has_no_confusion_and_many_images_are_thinned(run):
    folder, pairs = run
    record, frame = next((r, f) for r, f in pairs if r.cell.protocol == "identification" and r.cell.method == "exiqa")
    write_record(folder, record, frame.assign(**{"true:jpeg": 0.0}))
    scored, scores = next((r, f) for r, f in pairs if r.cell.protocol == "quality" and r.cell.method == "exiqa")
    write_record(folder, scored, scores.sample(MAX_POINTS * 2 + 1, replace=True, random_state=0))
    figures = plots_of(read_records(folder), folder)
    changed = next(heat for heat in figures.confusions if heat.cells == (record.cell.id,))
    assert changed.values[DISTORTIONS.index("jpeg")] == (None,) * len(DISTORTIONS)
    thinned = next(scatter for scatter in figures.scatters if scatter.cell == scored.cell.id)
    assert thinned.images == MAX_POINTS * 2 + 1
    assert len(thinned.true) <= MAX_POINTS


def test_predictions_that_are_gone_are_an_error_in_words(run):
    folder, pairs = run
    for path in folder.glob("*exiqa*.parquet"):
        path.unlink()
    with pytest.raises(UserError, match="is missing; run the cell again"):
        plots_of([record for record, _ in pairs], folder)


def test_per_distortion_maps_are_medians_and_keep_what_is_undefined(run):
    _, pairs = run
    records = [record for record, _ in pairs]
    maps = {heat.title: heat for heat in per_distortion_maps(records)}
    assert set(maps) == {f"{test}, {what} by distortion" for test in ("kadid10k", "tid2013") for what in ("AP", "SRCC")}
    found = maps["kadid10k, AP by distortion"]
    assert [label.partition(",")[0] for label in found.rows] == ["All clean", "Prior", "ExIQA (ours)"]
    ours = [r for r in records if r.cell.file_stem.startswith("identification-kadid10k-exiqa")]
    assert found.values[2][0] == pytest.approx(np.median([r.per_distortion["gaussian_blur"]["map"] for r in ours]))
    # A row without any figure (a constant has no correlation) is left out.
    assert [label.partition(",")[0] for label in maps["tid2013, SRCC by distortion"].rows] == ["ExIQA (ours)"]


def test_shades_and_short_figures():
    heat = HeatMap("t", "m", "s", ("r",), ("c",), ((0.5,),), 0.0, 1.0)
    assert [shade(value, heat) for value in (None, -1, 0, 0.5, 0.96, 2)] == [0, 0, 0, 5, 10, 10]
    assert [short(v) for v in (None, 0.834, -0.12, 1.0, 0.999, 0.0, -0.001)] == ["–", ".83", "−.12", "1", "1", "0", "0"]
    assert [digits(None), digits(0.12345), digits(-2)] == ["–", "0.1235", "−2"]
    assert [signed(0.0312), signed(-0.12)] == ["+0.031", "−0.120"]


def test_figures_call_things_by_their_labels(tmp_path):
    labels = Labels(method="Ours (2026)", train="Set A", test="Set A")
    for record, frame in made_records(["kadid10k"], 1):
        write_record(tmp_path, record.model_copy(update={"labels": labels}), frame)
    figures = plots_of(read_records(tmp_path), tmp_path)
    titles = [figure.title for kind in (figures.scatters, figures.confusions, figures.curves) for figure in kind]
    assert titles and all(title.startswith("Set A: Ours (2026), ") for title in titles)
    assert all(heat.title.startswith("Set A, ") for heat in figures.breakdowns)
    assert {row.partition(",")[0] for heat in figures.breakdowns for row in heat.rows} == {"Ours (2026)"}

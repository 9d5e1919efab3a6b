"""Drawings: well-formed, inside their borders, with the numbers of the tables."""

import xml.etree.ElementTree as ET

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from alliance_features.reports.rater_plots import (
    Axis,
    calibration_svg,
    calibration_table,
    forest_svg,
    parts_of,
    short,
)
from alliance_features.reports.svg import Drawing, number, tick_values
from rater_tables import compared

SVG = "{http://www.w3.org/2000/svg}"


@pytest.fixture(scope="module")
def found():
    return compared(reference="expert")


@given(st.floats(-50, 50), st.floats(0.01, 100), st.integers(3, 8))
def test_ticks_are_round_and_inside(low, span, most):
    ticks = tick_values(low, low + span, most)
    assert 1 <= len(ticks) <= most
    assert all(low - 1e-6 * span <= tick <= low + span * (1 + 1e-6) for tick in ticks)
    steps = np.diff(ticks)
    if steps.size:
        np.testing.assert_allclose(steps, steps[0], rtol=1e-6)
        lead = float(f"{steps[0]:.6e}".split("e")[0])
        assert min(abs(lead - by) for by in (1, 2, 5, 10)) < 1e-5


def test_numbers_are_short():
    assert [number(v) for v in (1.0, -0.001, 2.5, 1.234)] == ["1", "0", "2.5", "1.23"]


def test_text_is_escaped_and_both_themes_are_there():
    drawing = Drawing(10, 10, "a < b")
    drawing.text(1, 2, "x & <y>")
    drawing.path([(0, 0), (1, 1)])
    root = ET.fromstring(drawing.render())
    assert root.find(f"{SVG}title").text == "a < b"
    assert root.find(f"{SVG}text").text == "x & <y>"
    assert "prefers-color-scheme:dark" in root.find(f"{SVG}style").text
    assert drawing.render() == drawing.render()


def test_the_forest_holds_each_rater_with_its_interval(found):
    titles = {"llm": "a model <7b>"}
    root = ET.fromstring(forest_svg(found.figures, titles, level=0.9))
    words = [one.text for one in root.iter(f"{SVG}text")]
    assert {"goal", "bond", "a model <7b>", "expert", "noise"} <= set(words)
    assert "training_mean" not in words  # it has no correlation
    assert "point and 90 % interval" in words
    dots = list(root.iter(f"{SVG}circle"))
    assert len(dots) == 3 * 2
    row = next(
        row
        for row in found.figures.to_pylist()
        if (row["rater"], row["dimension"], row["figure"]) == ("llm", "goal", "pooled_r")
    )
    bars = [one for one in root.iter(f"{SVG}line") if one.get("class") == "line0"]
    bar, dot = bars[0], dots[0]
    ends, place = [float(bar.get(name)) for name in ("x1", "x2")], float(dot.get("cx"))
    share = (row["estimate"] - row["low"]) / (row["high"] - row["low"])
    np.testing.assert_allclose((place - ends[0]) / (ends[1] - ends[0]), share, atol=2e-3)
    width, height = (float(root.get(name)) for name in ("width", "height"))
    for one in dots:
        assert 0 < float(one.get("cx")) < width
        assert 0 < float(one.get("cy")) < height


def test_parts_hold_all_sessions_and_equal_scores_together():
    rng = np.random.default_rng(0)
    p = np.round(2 * rng.normal(size=93)) / 2
    y = p + rng.normal(size=93)
    parts = parts_of(p, y)
    assert sum(n for *_, n in parts) == 93
    assert min(n for *_, n in parts) >= 5
    total = sum(score * n for score, _, n in parts)
    np.testing.assert_allclose(total, p.sum())
    assert [score for score, *_ in parts] == sorted(score for score, *_ in parts)
    assert parts_of(np.ones(12), np.arange(12.0)) == [(1.0, 5.5, 12)]
    assert parts_of(np.ones(4), np.ones(4)) == []


def test_calibration_has_a_panel_a_rater_and_dimension(found):
    points = calibration_table(found.predictions)
    assert set(points["rater"].to_pylist()) == {"llm", "expert", "noise"}
    sizes = {}
    for row in points.to_pylist():
        key = row["rater"], row["dimension"]
        sizes[key] = sizes.get(key, 0) + row["n_sessions"]
    assert set(sizes.values()) == {found.settings["n_sessions"]}
    root = ET.fromstring(calibration_svg(points, {}))
    assert len([one for one in root.iter(f"{SVG}rect") if one.get("class") == "frame"]) == 6
    assert len(list(root.iter(f"{SVG}circle"))) == points.num_rows


def test_nothing_to_draw_is_still_a_drawing():
    empty = pa.table({"rater": pa.array([], pa.string()), "dimension": pa.array([], pa.string())})
    assert ET.fromstring(calibration_svg(empty, {})).tag == f"{SVG}svg"


def test_axis_and_labels():
    axis = Axis(0.0, 2.0, 100.0, -50.0)
    assert (axis(0), axis(1), axis(2)) == (100, 75, 50)
    assert (short("abc"), short("a" * 30, 5)) == ("abc", "aaaa\u2026")

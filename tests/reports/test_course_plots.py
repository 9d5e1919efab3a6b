"""The plot of courses: well formed, for two sessions and for two thousand, light and dark."""

import xml.etree.ElementTree as ET

import numpy as np
import pyarrow as pa
import pytest

import alliance_features as af
from alliance_features.reports.course_plots import MOST, courses_svg
from course_ratings import BY_HAND, long

SVG = "{http://www.w3.org/2000/svg}"


def draw(*arguments):
    text = courses_svg(af.client_courses(*arguments))
    return text, ET.fromstring(text)


def texts(root):
    return [element.text for element in root.iter(f"{SVG}text")]


def test_shares_are_drawn_to_scale():
    _, root = draw(long(BY_HAND))
    bars = {
        rect.get("class"): float(rect.get("width"))
        for rect in root.iter(f"{SVG}rect")
        if rect.get("height") == "18"
    }
    assert bars == {"bar improved": 46.0, "bar small_gain": 92.0, "bar no_gain": 92.0}  # of 230
    assert "20 % / 40 % / 40 % of 5 courses" in texts(root)
    lines = {path.get("class"): path.get("d") for path in root.iter(f"{SVG}path")}
    assert {name: d.count("M") for name, d in lines.items()} == {
        "course improved": 1,
        "course small_gain": 2,
        "course no_gain": 2,
    }


def test_two_sessions_say_that_there_is_nothing_to_draw():
    _, root = draw(long({"a": [2.0, 3.0]}))
    assert "no course has early and late sessions" in texts(root)
    assert "0 courses" in texts(root)


def test_two_thousand_sessions_stay_small(rng):
    scores = {f"c{k}": rng.uniform(1, 5, 10).tolist() for k in range(200)}
    text, root = draw(long(scores))
    assert len(text) < 40_000
    assert sum(path.get("d").count("M") for path in root.iter(f"{SVG}path")) == 200
    numbers = [
        float(line.get(name)) for line in root.iter(f"{SVG}line") for name in ("x1", "y1", "y2")
    ]
    assert np.isfinite(numbers).all()


def test_light_and_dark_name_the_same_classes():
    text, _ = draw(long(BY_HAND))
    light, dark = text.split("@media (prefers-color-scheme:dark)")
    for name in (".paper", ".improved", ".small_gain", ".no_gain", ".mean", ".noise", ".grid"):
        assert name in light
        assert name in dark.split("</style>")[0]


def test_many_quantities_are_cut_and_labels_escaped():
    table = long(BY_HAND)
    beside = {f"x<{k}>": np.array(table["score"]) * (k + 1) for k in range(8)}
    text, root = draw(table, pa.table({"session_id": table["session_id"], **beside}))
    assert f"{9 - MOST} more in courses.csv" in texts(root)
    assert "x<0>" in texts(root)
    assert "x<0>" not in text


@pytest.mark.parametrize("score", [3.0, 5.0])
def test_courses_that_stay_where_they_are(score):
    _, root = draw(long({"a": [score] * 3, "b": [score] * 4}))
    assert "0 % / 0 % / 100 % of 2 courses" in texts(root)

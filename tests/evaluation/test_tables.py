"""The tables that people read, and the paragraph on methods."""

import pyarrow as pa
import pytest

import alliance_features as af
from alliance_features.evaluation.tables import blocks, key, legend, number_text, overview
from alliance_features.output.text_tables import as_latex, as_markdown, as_text
from prediction_rows import rows_of

TITLES = {"length": "length only", "better": "a & b_c|d"}


@pytest.fixture(scope="module")
def found():
    return af.figures(pa.Table.from_pylist(rows_of(previous=True)), draws=50)


def value(found, rater, name, track="all"):
    (row,) = [
        row
        for row in found.to_pylist()
        if (row["track"], row["rater"], row["figure"]) == (track, rater, name)
    ]
    return row


def test_overview_shows_the_headline(found):
    everyone, later = overview(found, TITLES)
    assert [row[0] for row in everyone.rows] == ["training_mean", "length only", "a & b_c|d"]
    assert "previous_rating" in [row[0] for row in later.rows]
    r, rho, mse = (value(found, "better", name) for name in ("r", "rho", "mse"))
    shown = f"{r['estimate']:.2f} ({r['sd']:.2f})".replace("0.", ".")
    assert everyone.rows[2][1:] == [
        shown,
        *(f"{one['estimate']:.2f}".removeprefix("0") for one in (rho, mse)),
    ]
    assert everyone.rows[0][1:3] == ["n/a", "-"]
    assert everyone.note == f"{r['n_sessions']} sessions of 36 clients"


def test_blocks_show_intervals_differences_and_permutations(found):
    first, *rest = blocks(found, TITLES, permutations={("better", "bond"): 0.005})
    assert first.title == "bond"
    assert [block.title for block in rest] == [
        "bond, sessions with an earlier rating of the client"
    ]
    assert first.header[-1] == "r above length only"
    cells = dict(zip(first.header, first.rows[2], strict=True))
    r = value(found, "better", "r")
    assert cells["r (SD)"].endswith("), p .005")
    assert cells["95 %"] == f"[{number_text(r['low'])}, {number_text(r['high'])}]"
    assert cells["r above length only"].startswith(
        number_text(value(found, "better", "r_difference")["estimate"])
    )
    assert first.rows[0][1:4] == ["n/a", "-", "-"]
    assert any(line.startswith("MSE*: ") for line in key())


@pytest.mark.parametrize(
    ("number", "text"),
    [(0.5, ".50"), (-0.5, "-.50"), (-0.001, ".00"), (1.25, "1.25"), (-10.5, "-10.50"), (None, "-")],
)
def test_numbers(number, text):
    assert number_text(number) == text


def test_renderings_hold_the_same_cells(found):
    shown, lines = overview(found, TITLES), legend(synthetic=True, previous=True)
    text, markdown, latex = (render(shown, lines) for render in (as_text, as_markdown, as_latex))
    r = value(found, "better", "r")
    for rendered in (text, markdown, latex):
        assert number_text(r["estimate"]) in rendered
        assert "SYNTHETIC" in rendered
    assert "a & b_c\\|d |" in markdown
    assert "a \\& b\\_c|d &" in latex
    assert latex.count(r"\begin{tabular}{lrrr}") == 2
    widths = {len(line) for line in text.splitlines()[:4]}
    assert len(widths) == 1
    assert "track of its own" in text
    assert "SYNTHETIC" not in "".join(legend())


def test_r2_is_the_mean_over_folds_and_the_key_says_so(found):
    rows = [row for row in rows_of(previous=True) if row["rater"] == "better"]
    errors, constant = [], []
    for fold in range(4):
        outside = [row["score"] for row in rows if row["fold"] != fold]
        inside = [row for row in rows if row["fold"] == fold]
        mean = sum(outside) / len(outside)
        errors.append(sum((r["score"] - r["predicted"]) ** 2 for r in inside) / len(inside))
        constant.append(sum((r["score"] - mean) ** 2 for r in inside) / len(inside))
    by_fold = [1 - one / other for one, other in zip(errors, constant, strict=True)]
    r2, mse = (value(found, "better", name)["estimate"] for name in ("r2", "mse"))
    assert (r2, mse) == (pytest.approx(sum(by_fold) / 4), pytest.approx(sum(errors) / 4))
    assert abs(r2 - (1 - sum(errors) / sum(constant))) > 0.001  # the means beside it disagree
    (line,) = [line for line in key() if line.startswith("R2: ")]
    assert line.startswith("R2: mean over folds of 1 - MSE / MSE of the training mean, which may")

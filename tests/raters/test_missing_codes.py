"""Codes of missing answers among scores without a scale."""

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

import alliance_features as af
from alliance_features.raters.missing_codes import CUSTOMARY, suspected_codes

LIKERT = [1, 2, 3, 4, 5, 4, 3, 2, 3.5, 4.25, 5, 1.5]
SEVEN = [1 + n % 7 for n in range(35)]
SUMS = [4 + n % 17 for n in range(20)]
PERCENT = [10 + 2.5 * (n % 34) for n in range(40)]
BIPOLAR = [-3, -2, 0, 1, 2, 3, -1, 2, 1, 0, 3]


@pytest.mark.parametrize(
    ("scores", "codes"),
    [
        ([*LIKERT, 999], [999]),
        ([*LIKERT, 9], [9]),
        ([*LIKERT, -9], [-9]),
        ([*LIKERT, -99, 99], [-99, 99]),
        ([*LIKERT, 77, 88, 77], [77, 88]),
        ([*LIKERT, 8888], [8888]),
        ([*LIKERT, -999], [-999]),
        ([*SEVEN, 9], [9]),
        ([*SEVEN, -1], [-1]),
        ([*SUMS, 99], [99]),
        ([*SUMS, -8], [-8]),
        ([*PERCENT, 999, 9999], [999, 9999]),
        ([*PERCENT, -99], [-99]),
        ([4, 3.5, 999], [999]),
        ([0.2, 0.7, 0.9, 9], [9]),
        ([3, 4, 4, -99], [-99]),
    ],
)
def test_codes_far_outside_are_found(scores, codes):
    assert suspected_codes([*scores, None, float("nan")]) == codes


@pytest.mark.parametrize(
    "scores",
    [
        LIKERT,
        SEVEN,
        SUMS,
        PERCENT,
        BIPOLAR,
        [*SUMS, 9],
        [*PERCENT, 99, 88, 77],
        [7, 8, 9, 9, 10],
        [4, 9],
        [40, 99],
        [50, 60, 88],
        [0, 1, -1, 1, 0, 1],
        [*BIPOLAR, -7, 7],
        [9, 9, 9],
        [999, 998],
        [1, 1000, 5],
        [],
    ],
)
def test_scores_that_may_be_scores_stay(scores):
    assert suspected_codes(scores) == []


@given(
    st.lists(st.floats(1, 5) | st.integers(1, 5), min_size=3), st.sampled_from([99, 777, 999, -99])
)
def test_any_likert_scores(scores, code):
    assert suspected_codes(scores) == []
    assert suspected_codes([*scores, code]) == [code]


def test_all_codes_are_whole_numbers():
    assert {-1.0, 9.0, 99.0} - CUSTOMARY == {-1.0}
    assert all(code == int(code) and code > 0 for code in CUSTOMARY)


HEADER = "session_id,client_id,rater,perspective,dimension,score"


def _lines(scores, dimension="goal"):
    return [f"s{n},c{n},r,client,{dimension},{score}" for n, score in enumerate(scores)]


@pytest.fixture
def file(tmp_path):
    """Write scores of two dimensions to a CSV file and return its path."""

    def write(scores, header=HEADER, name="ratings.csv"):
        path = tmp_path / name
        path.write_text("\n".join([header, *_lines(LIKERT, "bond"), *_lines(scores)]))
        return path

    return write


@pytest.mark.parametrize("read", [af.read_ratings, af.read_scores])
@pytest.mark.parametrize("code", [9, 99, 999, -9, -99, 888])
def test_ratings_and_scores_are_refused_and_the_remedies_work(file, read, code):
    path = file([*LIKERT, code])
    message = (
        rf"line 26: `score` is {code}, and the other 12 scores of goal are 1 to 5: {code} looks "
        rf"like a code for a missing answer \(1 row\)\. Name it in `missing` of `read_ratings` "
        rf"\(--missing {code}\), or leave the cells empty; if it is a score, give the scale"
    )
    with pytest.raises(af.RaterError, match=message):
        read(path)
    table = read(path, missing=[code])
    assert table["score"].to_pylist()[-1] is None
    assert table["score"].null_count == 1
    wide = (min(-100, code), 1000)
    assert read(path, scale=wide)["score"].to_pylist()[-1] == code
    path.write_text(path.read_text().removesuffix(str(code)))
    assert read(path)["score"].to_pylist()[-1] is None


def test_a_scale_that_is_known_applies(file):
    path = file([*LIKERT, 999])
    with pytest.raises(
        af.RaterError,
        match=r"`score` is 999, outside the scale from 1 to 5\. Correct it.*named in `missing`",
    ):
        af.read_ratings(path, scale=(1, 5))
    with pytest.raises(af.RaterError, match="is 999, outside the scale from 1 to 5"):
        af.read_ratings(path, instrument="WAI-SR")
    assert af.read_ratings(path, scale=(1, 5), missing=(999,))["score"].null_count == 1
    scores = af.read_scores(path, scale=(1, 5))
    assert scores["status"].to_pylist()[-1] == "out_of_range"
    assert scores["score"].to_pylist()[-1] is None


@pytest.mark.parametrize("missing", ["999", ["999"], [True], b"9"])
def test_codes_are_numbers(file, missing):
    with pytest.raises(af.ParameterError, match=r"`missing` must be a list of numbers, e\.g\."):
        af.read_ratings(file(LIKERT), missing=missing)


def _wide(scores):
    table = {"session_id": [f"s{n}" for n in range(len(scores))], "G": scores}
    return pa.table({**table, "B": LIKERT[: len(scores)]})


def test_wide_sheets_and_items():
    wide = _wide([*LIKERT[:-1], 99.0])
    columns = {"goal": "G", "bond": "B"}
    with pytest.raises(
        af.RaterError, match="row 12: `score` is 99, and the other 11 scores of goal"
    ):
        af.read_ratings(wide, columns=columns, perspective="client")
    read = af.read_ratings(wide, columns=columns, perspective="client", missing=[99])
    assert read["score"].null_count == 1
    items = pa.table(
        {
            "session_id": [f"s{n}" for n in range(13) for _ in "ab"],
            "rater": ["r"] * 26,
            "dimension": ["x", "y"] * 13,
            "item": ["1", "2"] * 13,
            "score": [*LIKERT, *LIKERT, 3.0, -77.0],
        }
    )
    with pytest.raises(af.RaterError, match="is -77, and the other 25 scores of y"):
        af.read_ratings(items)


def test_each_place_that_reads_ratings(file):
    path = file([*LIKERT, 999])
    match = "999 looks like a code for a missing answer"
    with pytest.raises(af.RaterError, match=match):
        af.ratings_matrix(path)
    with pytest.raises(af.RaterError, match=match):
        af.client_courses(path)
    with pytest.raises(af.RaterError, match=match):
        af.rated_alliance(path)
    with pytest.raises(af.RaterError, match=match):
        af.compare_raters(file(LIKERT, name="good.csv"), path)
    good = af.read_ratings(path, missing=[999])
    assert af.ratings_matrix(good).y.shape == (13, 2)


def test_session_numbers(tmp_path):
    path = tmp_path / "a.csv"
    lines = [f"s{n},c,{n},r,goal,3" for n in range(1, 12)]
    header = "session_id,client_id,session_number,rater,dimension,score"
    path.write_text("\n".join([header, *lines, "s99,c,999,r,goal,4"]))
    with pytest.raises(
        af.RaterError,
        match="line 13: `session_number` is 999, which looks like a code for a missing number",
    ):
        af.read_ratings(path)
    path.write_text(path.read_text().replace("c,999", "c,"))
    assert af.read_ratings(path)["session_number"].null_count == 1
    path.write_text("\n".join([header, *lines, "s99,c,99,r,goal,4"]))
    assert af.read_ratings(path)["session_number"].to_pylist()[-1] == 99


def test_arrays_of_ratings():
    table = pa.table(
        {
            "session_id": [f"s{n}" for n in range(16)],
            "client_id": [f"c{n // 2}" for n in range(16)],
            "client__words_n": [float(n % 7) for n in range(16)],
        }
    )
    matrix = af.SessionMatrix.from_table(table)
    y = {"bond": [*LIKERT, 2.0, 999.0, 4.0, 3.0]}
    message = r"`y` holds 999 on dimension bond, far outside .* Make it NaN, or leave those"
    with pytest.raises(af.ParameterError, match=message):
        af.cross_validate(matrix, y, n_folds=2, models=["training_mean"])
    with pytest.raises(af.ParameterError, match=message):
        af.permutation_test(matrix, y, n_folds=2, permutations=1)
    with pytest.raises(af.ParameterError, match=message):
        af.AllianceRegressor().fit(matrix, y)
    with pytest.raises(af.ParameterError, match="outside `bounds`"):
        af.cross_validate(matrix, y, n_folds=2, models=["training_mean"], bounds=(1, 5))
    whole = matrix[[n for n in range(16) if n != 13]]
    kept = {"bond": [*LIKERT, 2.0, 4.0, 3.0]}
    done = af.cross_validate(whole, kept, n_folds=2, models=["training_mean"])
    assert done.predictions.num_rows == 15
    wide = af.cross_validate(matrix, y, n_folds=2, models=["training_mean"], bounds=(1, 1000))
    assert wide.predictions.num_rows == 16


def _table(**columns):
    rows = {"session_id": [f"s{n}" for n in range(12)], "dimension": ["goal"] * 12, **columns}
    return pa.table({"client_id": rows["session_id"], "rater": ["client"] * 12, **rows})


SCORES = [1.0, 2, 3, 4, 5, 4, 3, 2, 3, 4, 5, 999]


@pytest.mark.parametrize("columns", [{}, {"scale_min": [1] * 12, "scale_max": [5] * 12}])
@pytest.mark.parametrize("use", [af.ratings_matrix, af.client_courses, af.rated_alliance])
def test_the_remedy_is_true_where_a_function_takes_no_codes(use, columns):
    table = _table(score=SCORES, **columns)
    with pytest.raises(af.RaterError, match=r"`missing` of `read_ratings`\s+\(--missing"):
        use(table)
    read = af.read_ratings(table, missing=[999])
    assert af.ratings_matrix(read).y.shape == (11, 1) or read["score"].null_count == 1


@pytest.mark.parametrize("missing", [-99, "999", [True], ["9"], None])
def test_codes_that_are_not_a_list_of_numbers(missing):
    with pytest.raises(af.ParameterError, match="`missing` must be a list of numbers"):
        af.read_ratings(_table(score=[*SCORES[:11], 1.0]), missing=missing)


def test_a_label_that_is_no_text_is_a_label_that_no_rating_has():
    with pytest.raises(af.RaterError, match="No rating is left with rater 5"):
        af.ratings_matrix(_table(score=[*SCORES[:11], 1.0]), rater=5)

"""Rating files as Qualtrics, Excel, pandas and R write them; arguments in the wrong order."""

import json

import numpy as np
import pyarrow as pa
import pytest

import alliance_features as af
from alliance_features.text.encoders_doc2vec import load_doc2vec

COLUMNS = {"session_id": "id", "client_id": "client", "goal": "G", "bond": "B"}
NAMES = ["StartDate", "id", "client", "G", "B"]
LABELS = [
    "Start Date",
    "Number of the session",
    "Who, please?",
    'How "well" did you agree?',
    "Bond",
]
ANSWERS = [
    ["2024-02-11 10:00:00", "s1", "c1", "4", "5"],
    ["2024-02-12 10:00:00", "s2", "c2", "3", ""],
]


def _cells(cells):
    return ",".join('"' + cell.replace('"', '""') + '"' for cell in cells)


def _imports():
    return [json.dumps({"ImportId": f"QID{n}"}, separators=(",", ":")) for n in range(len(NAMES))]


@pytest.mark.parametrize(
    "above",
    [
        [LABELS, _imports()],
        [_imports()],
        [[*LABELS[:2], "two\nlines", *LABELS[3:]], _imports()],
        [LABELS, ['{"ImportId":"startDate","timeZone":"America/Denver"}', *_imports()[1:]]],
        [],
    ],
)
def test_rows_of_labels_of_qualtrics_are_no_answers(tmp_path, above):
    path = tmp_path / "a.csv"
    path.write_text("\n".join(map(_cells, [NAMES, *above, *ANSWERS])), encoding="utf-8-sig")
    table = af.read_ratings(path, columns=COLUMNS, perspective="client", scale=(1, 5))
    assert table["score"].to_pylist() == [4.0, 5.0, 3.0, None]
    assert table["client_id"].to_pylist() == ["c1", "c1", "c2", "c2"]


def test_a_label_row_alone_is_refused_by_its_line(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text("\n".join(map(_cells, [NAMES, LABELS, *ANSWERS])))
    with pytest.raises(
        af.RaterError, match=r"line 2: `session_id` has 21 characters, 3 of them wh"
    ):
        af.read_ratings(path, columns=COLUMNS, perspective="client")


def test_lines_are_counted_below_labels(tmp_path):
    path = tmp_path / "a.csv"
    rows = [NAMES, LABELS, _imports(), ANSWERS[0], [*ANSWERS[1][:3], "x", "3"]]
    path.write_text("sep=,\n" + "\n".join(map(_cells, rows)))
    with pytest.raises(af.RaterError, match="line 6: `G` is not a finite number"):
        af.read_ratings(path, columns=COLUMNS, perspective="client")


@pytest.mark.parametrize(
    ("line", "sign"), [("sep=;", ";"), ("sep=,", ","), ('"sep=|"', "|"), ("sep=\t", "\t")]
)
def test_a_line_that_names_the_delimiter(tmp_path, line, sign):
    path = tmp_path / "a.csv"
    rows = ["session_id,rater,dimension,score", "s1,r,goal,3.5"]
    path.write_text("\r\n".join([line, *(row.replace(",", sign) for row in rows)]))
    assert af.read_ratings(path)["score"].to_pylist() == [3.5]
    path.write_text(f"{line}\n")
    with pytest.raises(af.RaterError, match=r"no column holds|there is no row"):
        af.read_ratings(path)


@pytest.mark.parametrize("name", ["", "Unnamed: 0"])
def test_a_column_without_a_name(tmp_path, name):
    path = tmp_path / "a.csv"
    path.write_text(f"{name},session_id,rater,dimension,score\n0,s1,r,goal,3\n")
    with pytest.raises(af.RaterError, match=r"column 1 has no name\. Row numbers of pandas and R"):
        af.read_ratings(path)
    assert af.read_ratings(path, columns={"score": "score"}).num_rows == 1
    path.write_text("session_id,rater,dimension,score\ns1,r,goal,3\n")
    assert af.read_ratings(path).num_rows == 1


@pytest.mark.parametrize("mark", ["NA", "N/A", "nan", "NULL", "None", "<NA>", "#N/A", "#NAME?"])
def test_marks_of_missing_values_are_no_ids(tmp_path, mark):
    path = tmp_path / "a.csv"
    header = "session_id,client_id,group,rater,dimension,score"
    path.write_text(f"{header}\ns1,{mark},{mark},r,goal,3\ns2,{mark},x,r,goal,3\n")
    table = af.read_ratings(path)
    assert table["client_id"].to_pylist() == [None, None]
    assert table["group"].to_pylist() == [None, "x"]
    path.write_text(f"{header}\n{mark},c1,x,r,goal,3\n")
    with pytest.raises(af.RaterError, match=r"no column holds `session_id`|`session_id` is empty"):
        af.read_ratings(path)


@pytest.fixture
def table():
    """Return one rating."""
    return af.read_ratings(
        pa.table({"session_id": ["s1"], "rater": ["r"], "dimension": ["goal"], "score": [3.0]})
    )


def test_ratings_are_written_with_their_path_first(tmp_path, table):
    path = tmp_path / "a.csv"
    with pytest.raises(
        af.ParameterError,
        match=r"`path` is Table and `table` is \w+: the two are swapped; write write_ratings\(path",
    ):
        af.write_ratings(table, path)
    with pytest.raises(af.ParameterError, match=r"`path` is Table; it must be a path"):
        af.write_ratings(table, table)
    with pytest.raises(af.ParameterError, match="`table` does not have the schema of ratings"):
        af.write_ratings(path, table.to_pylist())
    with pytest.raises(af.ParameterError, match="`table` does not have the schema of ratings"):
        af.write_ratings(path, str(path))
    af.write_ratings(path, table)
    assert af.read_ratings(path).equals(table)


def test_folds_are_saved_with_their_path_last(tmp_path):
    folds = af.make_folds(np.arange(4.0), list("abcd"), n_folds=2)
    path = tmp_path / "folds.json"
    with pytest.raises(
        af.ParameterError,
        match=r"`path` is Folds and `folds` is \w+: the two are swapped; write save_folds\(folds",
    ):
        af.save_folds(str(path), folds)
    with pytest.raises(af.ParameterError, match="`folds` is dict; it must be folds, as"):
        af.save_folds({}, path)
    with pytest.raises(af.ParameterError, match="`path` is Folds; it must be a path"):
        af.load_folds(folds)
    af.save_folds(folds, path)
    assert af.load_folds(path).sha256 == folds.sha256


def test_what_is_no_path_is_told_by_name(tmp_path):
    model = af.AllianceRegressor().fit(np.arange(20.0).reshape(10, 2), np.arange(10.0) % 4)
    with pytest.raises(af.ParameterError, match="`folder` is dict; it must be a path"):
        model.save({})
    with pytest.raises(af.ParameterError, match="`folder` is AllianceRegressor; it must be a path"):
        af.AllianceRegressor.load(model)
    with pytest.raises(af.ParameterError, match="`path` is NoneType; it must be a path"):
        af.load_vectors(None).save(None)
    with pytest.raises(af.ParameterError, match="`path` is int; it must be a path"):
        load_doc2vec(3)
    with pytest.raises(
        af.ParameterError, match="`signals` is dict; it must be a folder, a file or"
    ):
        af.client_courses(
            pa.table(
                {
                    **{"session_id": ["s1", "s2"], "client_id": ["c", "c"], "rater": ["r", "r"]},
                    **{"dimension": ["x", "x"], "score": [1.0, 2.0], "session_number": [1, 2]},
                }
            ),
            {},
        )
    model.save(tmp_path / "model")
    af.AllianceRegressor.load(tmp_path / "model")


def test_missing_on_the_command_line(run, tmp_path):
    rows = [
        f"s{n},c{n // 2},{n % 2 + 1},r,client,goal,{999 if n == 7 else 1 + n % 5}"
        for n in range(24)
    ]
    path = tmp_path / "r.csv"
    header = "session_id,client_id,session_number,rater,perspective,dimension,score"
    path.write_text("\n".join([header, *rows]))
    command = ("courses", path, "-o", tmp_path / "out")
    code, _, err = run(*command)
    assert code == 1
    assert "(--missing 999)" in err
    assert run(*command, "--missing", "-99,999")[0] == 0
    code, _, err = run(*command, "--missing", "x", "--overwrite")
    assert code == 2
    assert "`missing` must look like CODE,CODE, numbers, e.g. -99,999" in err

"""Long files of ratings: what is read, and what each kind of fault is told as."""

import csv
import gzip

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

import alliance_features as af
from alliance_features.raters.schema import RATING_SCHEMA

CANARY = "quombatrine said so"
HEADER = "session_id,client_id,rater,perspective,dimension,score,scale_min,scale_max"
ROW = "s1,c1,r1,client,goal,3,1,5"


@pytest.fixture
def file(tmp_path):
    """Write lines to a CSV file and return its path."""

    def write(*lines, name="ratings.csv", encoding="utf-8"):
        path = tmp_path / name
        path.write_bytes("\n".join(lines).encode(encoding))
        return path

    return write


def fault(source, **options):
    """Return the message of the error, which holds no text of a cell, nor do its causes."""
    with pytest.raises(af.RaterError, match=r"\.") as caught:
        af.read_ratings(source, **options)
    assert caught.value.__cause__ is None
    assert caught.value.__context__ is None
    assert "quombatrine" not in str(caught.value)
    return str(caught.value)


def test_the_example_is_read_as_it_stands(examples_path):
    path = examples_path / "ratings.csv"
    table = af.read_ratings(path)
    assert table.schema == RATING_SCHEMA
    with path.open(encoding="utf-8") as stream:
        expected = list(csv.DictReader(stream))
    for row, cells in zip(table.to_pylist(), expected, strict=True):
        assert row["group"] is None
        for name, cell in cells.items():
            assert row[name] == (None if cell == "" else type(row[name])(cell)), name


def test_formats_agree(file, tmp_path):
    table = af.read_ratings(file(HEADER, ROW, "s2,,r1,client,goal,,1,5"))
    semicolons = file(HEADER.replace(",", ";"), "s1;c1;r1;client;goal;3,0;1;5", "", name="a.csv")
    assert af.read_ratings(semicolons).equals(table.slice(0, 1))
    tabs = file(HEADER.replace(",", "\t"), ROW.replace(",", "\t"), name="a.tsv")
    assert af.read_ratings(tabs).equals(table.slice(0, 1))
    zipped = tmp_path / "a.csv.gz"
    zipped.write_bytes(gzip.compress(f"\ufeff{HEADER}\r\n{ROW}\r\n".encode()))
    assert af.read_ratings(zipped).equals(table.slice(0, 1))
    for name in ("out.csv", "out.parquet"):
        af.write_ratings(tmp_path / name, table)
        assert af.read_ratings(tmp_path / name).equals(table)
    assert af.read_ratings(table).equals(table)
    assert af.read_ratings(table.to_pandas()).equals(table)


def test_numbers_and_dictionaries_are_ids_too(tmp_path):
    table = pa.table(
        {
            "session_id": [7, 8],
            "rater": pa.array(["r", "r"]).dictionary_encode(),
            "dimension": ["goal", "goal"],
            "score": pa.array([3, None], pa.int8()),
            "client_id": [1.0, float("nan")],
        }
    )
    pq.write_table(table, tmp_path / "a.parquet")
    rows = af.read_ratings(tmp_path / "a.parquet").to_pylist()
    assert [row["session_id"] for row in rows] == ["7", "8"]
    assert [row["client_id"] for row in rows] == ["1", None]
    assert [row["score"] for row in rows] == [3.0, None]


def test_arguments_fill_in_what_rows_do_not_say(file):
    path = file(
        "session_id,instrument,dimension,score", "s1,,goal,3", "s2,WAI-36,goal,6", "s3,X,goal,4"
    )
    table = af.read_ratings(path, perspective="client", instrument="WAI-SR")
    assert table["rater"].to_pylist() == ["client"] * 3
    assert table["perspective"].to_pylist() == ["client"] * 3
    assert table["instrument"].to_pylist() == ["WAI-SR", "WAI-36", "X"]
    assert table["scale_min"].to_pylist() == [1.0, 1.0, None]
    assert table["scale_max"].to_pylist() == [5.0, 7.0, None]
    table = af.read_ratings(path, rater="me", scale=(0, 10))
    assert table["rater"].to_pylist() == ["me"] * 3
    assert table["perspective"].to_pylist() == [None] * 3
    assert table["scale_max"].to_pylist() == [10.0] * 3


def test_what_one_row_says_of_a_session_holds_for_all(file):
    lines = ["s1,,t,counsellor,goal,3", "s1,c1,,client,goal,4", "s2,,,client,goal,4"]
    table = af.read_ratings(file("session_id,client_id,therapist_id,rater,dimension,score", *lines))
    assert table["client_id"].to_pylist() == ["c1", "c1", None]
    assert table["therapist_id"].to_pylist() == ["t", "t", None]


def test_group_column_alone_loosens_nothing(file):
    path = file(HEADER + ",site", ROW + ",north")
    assert af.read_ratings(path, group_column="site")["group"].to_pylist() == ["north"]
    path = file(HEADER + ",site,notes", ROW + f",north,{CANARY}")
    assert "column 10 is not part of the format" in fault(path, group_column="site")
    table = af.read_ratings(path, columns={"group": "site"})
    assert table["group"].to_pylist() == ["north"]


def test_an_unknown_column_comes_with_those_that_are_missing(file):
    told = fault(file("id,client_id,perspective,dimension,WAI", "s1,c1,client,goal,3"))
    assert "column 1 is not part of the format; no column holds `session_id`, `score`. " in told
    told = fault(file("session_id,rater,instrument,item,score,notes", "s1,me,WAI-SR,1,3,x"))
    assert "column 6 is not part of the format. " in told


def test_a_folder_is_no_file_of_ratings(tmp_path):
    with pytest.raises(af.ParameterError, match=r"`source` \(RATINGS\) is .*, a folder; name one"):
        af.read_ratings(tmp_path)


@pytest.mark.parametrize(
    ("cells", "message"),
    [
        (
            {"perspective": CANARY},
            "line 3: `perspective` is not a known one. Use one of client, th",
        ),
        ({"score": CANARY}, "line 3: `score` is not a finite number"),
        ({"score": "inf"}, "line 3: `score` is not a finite number"),
        ({"score": "1_0"}, "line 3: `score` is not a finite number"),
        ({"score": "5.5"}, "line 3: `score` is 5.5, outside the scale from 1 to 5"),
        ({"score": "0"}, "line 3: `score` is 0, outside the scale from 1 to 5"),
        ({"scale_min": "5"}, "line 3: `scale_min` is 5 and `scale_max` 5"),
        ({"scale_min": ""}, "line 3: `scale_min` is empty and the other end of the scale is not"),
        ({"scale_max": ""}, "line 3: `scale_max` is empty and the other end"),
        ({"session_id": ""}, "line 3: `session_id` is empty"),
        ({"session_id": CANARY}, "line 3: `session_id` has 19 characters, 2 of them white space"),
        ({"rater": CANARY}, "line 3: `rater` has 19 characters"),
        ({"dimension": ""}, "line 3: `dimension` is empty"),
        ({"dimension": CANARY}, "line 3: `dimension` has 19 characters"),
        ({"session_id": "s1"}, "line 3: rates the same as line 2: session s1, rater r1"),
        (
            {"session_id": "s1", "client_id": "c2", "rater": "r2"},
            "line 3: `client_id` of session s1 is another than in line 2",
        ),
    ],
)
def test_a_bad_cell_is_told_by_line_and_column(file, cells, message):
    row = dict(zip(HEADER.split(","), ["s2", *ROW.split(",")[1:]], strict=True)) | cells
    path = file(HEADER, ROW, ",".join(row.values()))
    assert fault(path).startswith(f"{path}, {message}")


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        ([], "line 1: the file is empty"),
        ([HEADER], "there is no row"),
        ([HEADER, ROW + ",1"], "line 2: the row has 9 cells and the header 8"),
        ([HEADER, '"s1,c1'], "line 2: the quotes of this row do not match"),
        ([HEADER + ",perspektive", ROW + ",1"], "column 9 .* Is `perspective` meant"),
        ([HEADER + "," + CANARY, ROW + ",1"], "column 9 .* Known are session_id"),
        ([HEADER + ",score", ROW + ",1"], "two columns are named 'score'"),
        (["session_id,dimension,score", "s1,goal,3"], "no column holds `rater`. Name it with"),
        (["session_id,rater,score", "s1,r,3"], "no column holds `dimension`. Other names"),
        (["score", "3"], "no column holds `session_id`, `rater`, `dimension`"),
        (
            ["session_id,rater,dimension,score,session_number", "s1,r,goal,3,1.5"],
            "line 2: `session_number` is 1.5",
        ),
        (
            ["session_id,rater,dimension,score,session_number", "s1,r,goal,3,3000000000"],
            "line 2: `session_number` is not between",
        ),
    ],
)
def test_a_bad_file_is_told(file, lines, message):
    path = file(*lines)
    with pytest.raises(af.RaterError, match=message) as caught:
        af.read_ratings(path)
    assert str(caught.value).startswith(str(path))
    assert "quombatrine" not in str(caught.value)


def test_files_that_are_none(file, tmp_path):
    assert "cannot be read (No such file" in fault(tmp_path / "none.csv")
    assert "cannot be read (No such file" in fault(tmp_path / "none.parquet")
    assert "is not UTF-8" in fault(file(HEADER, CANARY + "\u00e4", encoding="latin-1"))
    assert "truncated or damaged" in fault(file(CANARY, name="a.parquet"))
    for name in ("a.xlsx", "a", "a.parquet.gz"):
        with pytest.raises(af.ParameterError, match=r"ratings are read from \.csv, \.tsv"):
            af.read_ratings(tmp_path / name)
    with pytest.raises(af.ParameterError, match="`source` is list; it must be a path"):
        af.read_ratings([1])
    assert "a cell is too long" in fault(file("x" * 140_000 + "," + HEADER, "1," + ROW))


class Stubborn:
    def __arrow_c_stream__(self, requested_schema=None):
        raise ValueError(CANARY)


def test_a_data_frame_that_cannot_be_read():
    assert fault(Stubborn()).startswith("The table cannot be read.")


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"perspective": "patient"}, "`perspective` is 'patient'"),
        ({"rater": "a b"}, "`rater` has 3 characters, 1 of them white space"),
        ({"instrument": ""}, "`instrument` has 0 characters"),
        ({"scale": (5, 1)}, r"`scale` is \(5, 1\); the lowest possible score comes first"),
        ({"scale": 5}, "`scale` must be"),
        ({"scale": (1, True)}, "`scale` must be"),
        ({"group_column": "a", "columns": {"group": "b"}}, "both name the column of `group`"),
    ],
)
def test_bad_arguments_raise(file, options, message):
    with pytest.raises(af.ParameterError, match=message):
        af.read_ratings(file(HEADER, ROW), **options)


def test_only_tables_of_ratings_are_written(tmp_path, file):
    table = af.read_ratings(file(HEADER, ROW))
    with pytest.raises(af.ParameterError, match="does not have the schema of ratings"):
        af.write_ratings(tmp_path / "a.csv", table.drop_columns(["score"]))
    with pytest.raises(af.ParameterError, match=r"must end in \.csv or \.parquet"):
        af.write_ratings(tmp_path / "a.txt", table)


LABELS = st.from_regex(r"[a-z0-9._-]{1,6}", fullmatch=True)


@given(
    st.dictionaries(
        st.tuples(LABELS, LABELS, LABELS), st.none() | st.floats(1, 5), min_size=1, max_size=8
    )
)
def test_any_ratings_come_back_from_a_file(tmp_path_factory, scores):
    path = tmp_path_factory.mktemp("ratings") / "a.csv"
    rows = [
        {"session_id": s, "rater": r, "dimension": d, "score": score}
        for (s, r, d), score in scores.items()
    ]
    af.write_ratings(path, af.read_ratings(pa.Table.from_pylist(rows)))
    back = af.read_ratings(path).select(["session_id", "rater", "dimension", "score"])
    assert back.to_pylist() == rows

"""What a model sees: from sessions, from tables; ratings, ids and flags are refused."""

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

import alliance_features as af
from model_corpus import FEATURES, corpus, matrix


def test_signals_are_those_of_the_table():
    sessions = corpus()[0][:5]
    table = af.extract(sessions, features=FEATURES)
    result = matrix()[:5]
    assert result.names == table.column_names[5:]
    for place, name in enumerate(result.names):
        expected = [np.nan if row is None else row for row in table[name].to_pylist()]
        np.testing.assert_array_equal(result.signals[:, place], expected)
    read = af.SessionMatrix.from_table(table)
    np.testing.assert_array_equal(read.signals, result.signals)
    assert (read.session_ids, read.clients) == (result.session_ids, result.clients)
    assert read.languages == result.languages == ("en",)


def test_words_are_counted_by_session():
    matrix_read = matrix()
    alone = af.SessionMatrix.of(corpus()[0][7:8], features=FEATURES)
    line = matrix_read[[7]].counts
    assert dict(zip(matrix_read.terms[line.indices], line.data, strict=True)) == dict(
        zip(alone.terms[alone.counts.indices], alone.counts.data, strict=True)
    )
    assert matrix_read.worded.all()
    assert repr(matrix_read).startswith("SessionMatrix(48 sessions, ")


@pytest.mark.parametrize("rows", [[3, 1], np.arange(48) == 5, slice(2, 4)])
def test_slices(rows):
    found, whole = matrix()[rows], matrix()
    where = np.arange(48)[rows].tolist()
    assert found.session_ids == [whole.session_ids[row] for row in where]
    assert len(found) == found.counts.shape[0] == len(where)
    np.testing.assert_array_equal(found.signals, whole.signals[where])
    np.testing.assert_array_equal(found.counts.toarray(), whole.counts[where].toarray())


def test_a_session_in_another_language_has_no_words(make_session):
    matrix = af.SessionMatrix.of(
        [make_session("Gut."), make_session("Ja gut.", session_id="s2", language="de")],
        features="dyad__turns_n",
    )
    assert matrix.worded.tolist() == [True, False]
    assert matrix.counts[[1]].nnz == 0


def test_progress(make_session):
    seen = []
    af.SessionMatrix.of([make_session("Yes.")], features="volume", progress=seen.append)
    assert seen == [1]


@pytest.mark.parametrize("kind", ["arrow", "pandas"])
@pytest.mark.parametrize("name", ["score", "rating", "is_dropout", "wai_total", "Session_ID"])
def test_ratings_ids_and_flags_are_no_features(kind, name):
    columns = {"client__words_n": [10, 20], name: [1, 0]}
    table = pa.table(columns) if kind == "arrow" else pd.DataFrame(columns)
    with pytest.raises(af.ParameterError, match=rf"not registered features: `{name}`\. Ratings"):
        af.SessionMatrix.from_table(table)


def test_keys_and_text_are_left_out_and_own_columns_kept():
    table = pa.table(
        {
            "session_id": ["a", "b"],
            "session_number": [1, 2],
            "site": ["x", "y"],
            "client__words_n": [10, None],
            "own__outcome": [0.5, 1.0],
        }
    )
    matrix = af.SessionMatrix.from_table(table)
    assert matrix.names == ["client__words_n", "own__outcome"]
    np.testing.assert_array_equal(matrix.signals, [[10, 0.5], [np.nan, 1.0]])
    assert matrix.counts is None
    assert matrix.word_names == []


@pytest.mark.parametrize(
    ("table", "message"),
    [
        (pa.table({"session_id": ["a"]}), r"no column that is a feature"),
        (pa.table({"client__words_n": ["many"]}), r"`X\[client__words_n\]` holds a value"),
        (pa.table({"client__words_n": [float("inf")]}), r"`X\[client__words_n\]` holds infinity"),
        (
            pa.table({"session_id": ["a", "a"], "client__words_n": [1, 2]}),
            r"holds session a twice",
        ),
        (pa.table([[1], [2]], names=["client__words_n"] * 2), r"two columns with the same name"),
        (pd.DataFrame({"client__words_n": [1], 3: [4]}), r"column names that are not strings"),
    ],
)
def test_malformed_tables(table, message):
    with pytest.raises(af.ParameterError, match=message):
        af.SessionMatrix.from_table(table)


def test_errors(make_session):
    session = make_session("Yes.")
    for bad, message in (
        (session, r"`sessions` is Session; it must be a list"),
        ([1], r"`sessions` holds int"),
        ([session, session], r"holds session s1 twice"),
    ):
        with pytest.raises(af.ParameterError, match=message):
            af.SessionMatrix.of(bad)
    with pytest.raises(af.ParameterError, match=r"lacks 1 of 1 features of the model, first `no`"):
        matrix().select(["no"])
    with pytest.raises(af.ParameterError, match=r"sliced by a list of rows"):
        _ = matrix()[3]

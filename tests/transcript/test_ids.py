"""One rule for ids: NFC, no blanks around, the same in every reader and table."""

import json
import unicodedata

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

import alliance_features as af
from alliance_features.transcript.fields import MISSING_MARKS
from alliance_features.transcript.ids import (
    id_in_table,
    id_of,
    loose_form,
    near_hint,
    near_matches,
    normal_id,
    similar_ids,
)
from alliance_features.transcript.missing import missing_markers

COMPOSED = "M\u00fcller-\u00e9\u1ed9"
SPELLINGS = [
    COMPOSED,
    unicodedata.normalize("NFD", COMPOSED),
    f" {COMPOSED}\t",
    f"\u00a0{COMPOSED}\u3000",
    f"\u200b{COMPOSED}\u200d",
    f"\ufeff{unicodedata.normalize('NFD', COMPOSED)}",
    f"\u202a{COMPOSED}\u202c",
    f"\u00ad{COMPOSED}\u2060",
]
WORDS = st.text("aBcXYZ019-_./\u00e9\u00fc\u1ed9\u6765\uac00", min_size=1, max_size=9)


@pytest.mark.parametrize("spelling", SPELLINGS)
def test_each_spelling_is_one_id(spelling):
    assert normal_id(spelling) == id_of(spelling) == id_in_table(spelling) == COMPOSED


@pytest.mark.parametrize(
    "name", ["P-01", "s1", "a/b:2.c", "\u6765\u8bbf\u800501", "NAM", "Nan", "none", "0"]
)
def test_clean_ids_stay_as_they_are(name):
    assert normal_id(name) == id_of(name) == name


@given(
    WORDS,
    st.sampled_from(["NFC", "NFD", "NFKC"]),
    st.text(" \t\u00a0\u200b\ufeff\u3000", max_size=3),
)
def test_the_rule_does_not_depend_on_the_form_and_repeats(word, form, blanks):
    spelled = blanks + unicodedata.normalize(form, word) + blanks
    assert normal_id(spelled) == normal_id(unicodedata.normalize(form, word))
    if form != "NFKC":
        assert normal_id(spelled) == unicodedata.normalize("NFC", word)
    assert normal_id(normal_id(spelled)) == normal_id(spelled)


@pytest.mark.parametrize("mark", sorted(MISSING_MARKS))
def test_a_mark_of_a_missing_value_is_no_id(mark):
    assert id_of(f" {mark} ") is None
    assert id_in_table(mark) is None


@pytest.mark.parametrize(
    ("cell", "kept"),
    [(7, "7"), (7.0, "7"), (7.5, 7.5), (True, True), (None, None), (float("nan"), None)],
)
def test_numbers_in_tables(cell, kept):
    assert id_in_table(cell) == kept


@pytest.mark.parametrize("inner", ["P\u200b01", "P\u00ad01", "P\u00a001", "P 01", "P\ufeff01"])
def test_what_cannot_be_seen_inside_an_id_is_refused(inner):
    with pytest.raises(af.TranscriptError, match="1 of them white space or not fit for an id"):
        af.Session(session_id=inner, language="en", turns=())


def _session(name, client):
    turns = [{"role": "client", "text": "It was long."}]
    return {"session_id": name, "client_id": client, "language": "en", "turns": turns}


def _jsonl(path, rows):
    lines = [json.dumps(_session(*row)) for row in rows]
    path.write_text("\n".join(lines), encoding="utf-8")


def _csv(path, rows):
    lines = [f"{name},{client},en,client,Yes." for name, client in rows]
    header = "session_id,client_id,language,role,text"
    path.write_text("\n".join([header, *lines]), encoding="utf-8")


def _turn_rows(path, rows):
    records = [
        {
            "session_id": name,
            "client_id": client,
            "language": "en",
            "role": "client",
            "text": "Yes.",
        }
        for name, client in rows
    ]
    pq.write_table(pa.Table.from_pylist(records), path)


def _session_rows(path, rows):
    pq.write_table(pa.Table.from_pylist([_session(*row) for row in rows]), path)


WRITERS = {"a.jsonl": _jsonl, "a.csv": _csv, "a.parquet": _turn_rows, "b.parquet": _session_rows}


@pytest.mark.parametrize("name", WRITERS)
@pytest.mark.parametrize("spelling", SPELLINGS)
def test_every_reader_has_the_rule(tmp_path, name, spelling):
    WRITERS[name](tmp_path / name, [("s1", spelling), (spelling, "NA")])
    first, second = af.read_sessions(tmp_path / name)
    assert (first.client_id, second.session_id, second.client_id) == (COMPOSED, COMPOSED, None)


@pytest.mark.parametrize("spelling", SPELLINGS)
def test_names_of_text_files_have_the_rule(tmp_path, spelling):
    path = tmp_path / f"{spelling}.txt"
    path.write_text("T: Hello.\nC: Hi.", encoding="utf-8")
    (session,) = af.read_sessions(path, language="en")
    assert session.session_id == COMPOSED


def test_tables_and_objects_have_the_rule():
    decomposed = SPELLINGS[1]
    made = af.Session(session_id=decomposed, client_id=decomposed, language="en", turns=())
    assert (made.session_id, made.client_id) == (COMPOSED, COMPOSED)
    table = pa.Table.from_pylist([_session(f" {decomposed}", decomposed)])
    (read,) = af.table_to_sessions(table)
    assert (read.session_id, read.client_id) == (COMPOSED, COMPOSED)


@pytest.mark.parametrize("name", ["a.csv", "a.parquet"])
def test_rows_of_one_session_may_spell_it_in_two_ways(tmp_path, name):
    WRITERS[name](
        tmp_path / name, [("s1", COMPOSED), (" s1", SPELLINGS[1]), ("s1\u00a0", COMPOSED)]
    )
    (session,) = af.read_sessions(tmp_path / name)
    assert (session.session_id, session.client_id, len(session.turns)) == ("s1", COMPOSED, 3)


@pytest.mark.parametrize("name", WRITERS)
def test_two_spellings_of_a_session_are_one_session_twice(tmp_path, name):
    WRITERS[name](tmp_path / name, [(COMPOSED, "c1"), ("s2", "c1"), (SPELLINGS[1], "c1")])
    with pytest.raises(af.TranscriptError, match=r"occurs a second time|are not together"):
        list(af.read_sessions(tmp_path / name))


@pytest.mark.parametrize(
    ("names", "form"),
    [
        (("P01", "p01", "P1", "p001"), "p1"),
        (("P-01", "P_01", "P01", "P \u2013 01"), "p1"),
        (("7", "07", "7.0", "7.00", "\uff17"), "7"),
        (("P01_S02", "p1-s2", "P1S2"), "p1s2"),
        (("Stra\u00dfe", "STRASSE", "strasse"), "strasse"),
        (("1-11", "01-11", "1_11"), "1/11"),
    ],
)
def test_spellings_share_a_form(names, form):
    assert {loose_form(name) for name in names} == {form}
    assert similar_ids(names) == {*names}


@pytest.mark.parametrize(
    "names",
    [
        ("1-11", "11-1", "111"),
        ("P1", "P10", "P100"),
        ("a", "b"),
        ("1.5", "15", "1.50"),
        ("M\u00fcller", "Muller"),
        ("-", "_", "--"),
        ("0", "10"),
        ("7", "7"),
    ],
)
def test_ids_that_are_not_alike(names):
    assert similar_ids(names) == set()


def test_near_matches_are_counted():
    assert near_matches(["P01", "p2", "x", "P3"], ["P1", "P2", "P3"]) == 2
    assert near_hint(["P01"], ["P1"]) == (
        "; 1 would match if case, blanks, hyphens, leading zeros or `.0` made no difference"
    )
    assert near_hint(["x"], ["P1"]) == ""


@pytest.mark.parametrize(
    ("text", "n"),
    [
        ("nan", 1),
        ("NULL", 1),
        ("None", 1),
        (" #NAME? ", 1),
        ("<NA>", 1),
        ("NaN", 1),
        ("undefined", 1),
        ("None.", 0),
        ("none", 0),
        ("Nan", 0),
        ("Nan came.", 0),
        ("nothing", 0),
        ("", 0),
    ],
)
def test_turns_that_are_marks_of_missing_values(text, n):
    turns = [af.Turn(role="client", text=text), af.Turn(role="client", text="Yes.")]
    assert missing_markers(af.Session(session_id="s", language="en", turns=turns)) == n

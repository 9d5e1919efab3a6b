"""Any two labels of a transcript as the dyad: the same in every format, others refused or out."""

import json

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import alliance_features as af
from alliance_features.transcript.readers.options import NOBODY

SAID = [
    ("Ann", "how was the week"),
    ("Bob", "it was hard"),
    ("Cleo", "I saw that"),
    ("Bob", "really hard"),
    ("Ann", "hard how"),
    ("Cleo", "may I say something"),
]
ANN_AND_BOB = {"Ann": "therapist", "Bob": "client", "Cleo": NOBODY}
BOB_AND_CLEO = {"Cleo": "therapist", "Bob": "client", "Ann": NOBODY}


def lines_of(said):
    turns = [{"role": role, "text": text} for role, text in said]
    return json.dumps({"session_id": "s1", "language": "en", "turns": turns}) + "\n"


def rows_of(said):
    return [
        {"session_id": "s1", "language": "en", "role": role, "text": text} for role, text in said
    ]


@pytest.fixture(params=["jsonl", "csv", "txt", "parquet", "nested"])
def write(request, tmp_path):
    """Write what was said in one of the formats; return the path and what must be said of it."""

    def write(said):
        form = request.param
        path = tmp_path / f"s1.{'parquet' if form == 'nested' else form}"
        if form == "jsonl":
            path.write_text(lines_of(said))
        elif form == "csv":
            rows = [",".join(row.values()) for row in rows_of(said)]
            path.write_text("\n".join(["session_id,language,role,text", *rows]))
        elif form == "txt":
            path.write_text("\n".join(f"{role}: {text}" for role, text in said))
        elif form == "parquet":
            pq.write_table(pa.Table.from_pylist(rows_of(said)), path)
        else:
            pq.write_table(pa.Table.from_pylist([json.loads(lines_of(said))]), path)
        return path, {"language": "en"} if form == "txt" else {}

    return write


def dialogue(path, roles, options):
    (session,) = af.read_sessions(path, roles=roles, **options)
    return [(turn.role[0], turn.text) for turn in session.turns]


def test_two_of_three(write):
    path, options = write(SAID)
    assert dialogue(path, ANN_AND_BOB, options) == [
        ("t", "how was the week"),
        ("c", "it was hard"),
        ("c", "really hard"),
        ("t", "hard how"),
    ]
    assert dialogue(path, BOB_AND_CLEO, options) == [
        ("c", "it was hard"),
        ("t", "I saw that"),
        ("c", "really hard"),
        ("t", "may I say something"),
    ]


def test_turns_around_one_that_is_left_out_are_merged(write):
    path, options = write(SAID)
    (session,) = af.read_sessions(path, roles=ANN_AND_BOB, **options)
    merged = [(turn.role, turn.turn_index, turn.n_merged) for turn in af.merge_turns(session)]
    assert merged == [("therapist", 0, 1), ("client", 1, 2), ("therapist", 3, 1)]


def test_a_third_speaker_is_refused_unless_named(write):
    path, options = write(SAID)
    roles = {"Ann": "therapist", "Bob": "client"}
    with pytest.raises(af.TranscriptError, match="roles") as caught:
        list(af.read_sessions(path, roles=roles, **options))
    assert caught.value.code == "unknown_role"
    assert "Cleo" not in str(caught.value)


def test_everybody_may_be_left_out(write):
    path, options = write(SAID)
    assert dialogue(path, dict.fromkeys(["Ann", "Bob", "Cleo"], NOBODY), options) == []


def test_nobody_is_no_role_of_a_turn(write):
    path, options = write([*SAID[:2], (NOBODY, "so"), (NOBODY, "well")])
    roles = {"Ann": "therapist", "Bob": "client"}
    with pytest.raises(af.TranscriptError) as caught:
        list(af.read_sessions(path, roles=roles, **options))
    assert caught.value.code == "unknown_role"
    assert len(dialogue(path, {**roles, NOBODY: NOBODY}, options)) == 2


def test_more_lines_of_a_turn_that_is_left_out(tmp_path):
    path = tmp_path / "s1.txt"
    path.write_text("Ann: how\nCleo: well\nlet me see\nBob: fine\nand you")
    said = dialogue(path, ANN_AND_BOB, {"language": "en"})
    assert said == [("t", "how"), ("c", "fine\nand you")]


def test_labels_that_all_stand_for_one_role_are_still_refused(tmp_path):
    path = tmp_path / "s1.txt"
    path.write_text("C: how\nP: well\nCleo: so")
    with pytest.raises(af.TranscriptError, match="2 speaker labels that all stand for the client"):
        list(af.read_sessions(path, roles={"Cleo": NOBODY}, language="en"))


def test_what_is_left_out_is_not_looked_at(tmp_path):
    turns = [{"role": "Ann", "text": "a"}, {"role": "Cleo", "text": None, "start": -1}]
    path = tmp_path / "s1.jsonl"
    path.write_text(json.dumps({"session_id": "s1", "language": "en", "turns": turns}))
    assert dialogue(path, ANN_AND_BOB, {}) == [("t", "a")]


def test_which_two_are_the_dyad_changes_the_features(tmp_path):
    path = tmp_path / "s1.jsonl"
    path.write_text(lines_of(SAID))
    one, two = (
        af.extract(af.read_sessions(path, roles=roles), features=["volume"]).to_pylist()[0]
        for roles in (ANN_AND_BOB, BOB_AND_CLEO)
    )
    assert (one["therapist__words_n"], two["therapist__words_n"]) == (6, 7)
    assert one["client__words_n"] == two["client__words_n"] == 5

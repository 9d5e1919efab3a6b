"""Speaker labels in the columns of CSV, TSV and Parquet: those that are known in text."""

import csv
import io
import json

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from alliance_features import TranscriptError, read_sessions

KINDS = ["csv", "tsv", "parquet", "nested"]


@pytest.fixture(params=KINDS)
def write(request, tmp_path):
    """Return a function that writes turns, (label, text), in one of the formats."""

    def write(turns, language="en"):
        path = tmp_path / f"in.{request.param.replace('nested', 'parquet')}"
        rows = [{"session_id": "s", "language": language} for _ in turns]
        said = [{"role": label, "text": text} for label, text in turns]
        if request.param == "parquet":
            both = [row | turn for row, turn in zip(rows, said, strict=True)]
            pq.write_table(pa.Table.from_pylist(both), path)
        elif request.param == "nested":
            pq.write_table(pa.Table.from_pylist([rows[0] | {"turns": said}]), path)
        else:
            stream = io.StringIO()
            sign = "," if request.param == "csv" else "\t"
            writer = csv.writer(stream, delimiter=sign)
            writer.writerow([*rows[0], "role", "text"])
            writer.writerows([*row.values(), *turn] for row, turn in zip(rows, turns, strict=True))
            path.write_text(stream.getvalue(), encoding="utf-8")
        return path

    return write


def roles(path, **options):
    (session,) = read_sessions(path, **options)
    return "".join(turn.role[0] for turn in session.turns)


PAIRS = [
    *[("T", "C"), ("T", "P"), ("Therapist", "Client"), ("THERAPIST", "CLIENT"), ("th.", "pt.")],
    *[("Counselor", "Patient"), ("[T]", "[C]"), ("Dr.", "Pt"), ("therapist", "Client")],
    *[("Therapeutin", "Klientin"), ("Therapeut:in", "Klient:in"), ("Beraterin", "K")],
    *[("咨询师", "来访者"), ("諮詢師", "來訪者"), ("Ｔ", "Ｃ"), ("T\u200b", "C")],
]


@pytest.mark.parametrize("labels", PAIRS)
def test_labels_known_in_text_are_known_in_columns(write, labels):
    said = [(labels[n % 2], "yes") for n in range(4)]
    assert roles(write(said)) == "tctc"


@pytest.mark.parametrize("label", ["Mother", "T2", "C [A]", "C+D", "none", "x", "A"])
def test_other_labels_are_refused(write, label):
    path = write([("T", "a"), ("C", "b"), (label, "c")])
    with pytest.raises(
        TranscriptError, match=r"turn 2: `role` is neither .* e\.g\. --roles"
    ) as caught:
        list(read_sessions(path))
    assert caught.value.code == "unknown_role"
    assert roles(path, roles={label: "none"}) == "tc"
    assert roles(path, roles={label: "client"}) == "tcc"


@pytest.mark.parametrize(
    "labels", [("C", "P"), ("Client", "patient"), ("client", "Pt"), ("T", "Dr")]
)
def test_labels_that_all_stand_for_one_role_are_refused(write, labels):
    path = write([(labels[0], "a"), (labels[1], "b")])
    with pytest.raises(TranscriptError, match=r"2 speaker labels that all stand for the") as caught:
        list(read_sessions(path))
    assert "e.g. --roles C=therapist" in caught.value.remedy
    assert roles(path, roles={labels[0]: "therapist", labels[1]: "client"}) == "tc"
    assert roles(path, roles={labels[0]: "client", labels[1]: "none"}) == "c"


def test_what_the_user_says_wins(write):
    path = write([("C", "a"), ("P", "b"), ("C", "c")])
    assert roles(path, roles={"C": "therapist"}) == "tct"
    assert roles(path, roles={"c": "therapist", "p.": "client"}) == "tct"
    with pytest.raises(TranscriptError, match="all stand for the client"):
        list(read_sessions(path))


def test_roles_by_their_names_stay_as_they_are(write):
    path = write([("therapist", "a"), ("client", "b"), ("client", "c")])
    assert roles(path) == "tcc"
    assert roles(path, roles={"Therapist": "client"}) == "tcc"
    assert roles(path, roles={"therapist": "client", "client": "therapist"}) == "ctt"
    assert roles(write([("client", "a"), ("client", "b")])) == "cc"


def test_json_lines_stay_strict(tmp_path):
    path = tmp_path / "in.jsonl"
    turns = [{"role": "T", "text": "a"}, {"role": "C", "text": "b"}]
    path.write_text(json.dumps({"session_id": "s", "language": "en", "turns": turns}))
    with pytest.raises(TranscriptError, match="`role` is neither"):
        list(read_sessions(path))
    assert roles(path, roles={"T": "therapist", "C": "client"}) == "tc"


def test_sessions_of_a_file_are_told_apart(tmp_path):
    path = tmp_path / "in.csv"
    path.write_text("session_id,role,text\na,C,x\na,T,y\nb,C,x\nb,P,y\nc,T,x\nc,P,y\n")
    errors = []
    sessions = list(read_sessions(path, language="en", errors=errors))
    assert [session.session_id for session in sessions] == ["a", "c"]
    assert [(error.session_id, error.line, error.code) for error in errors] == [
        ("b", 4, "unknown_role")
    ]

import gzip
import json
import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from alliance_features import ParameterError, Session, TranscriptError, Turn, read_sessions
from alliance_features.lexicons import available_languages
from alliance_features.transcript.readers import labels
from alliance_features.transcript.readers.labels import (
    default_roles,
    looks_like_label,
    normal,
    seconds,
)


@pytest.fixture
def write(tmp_path):
    def write(content, name="s1.txt"):
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    return write


def turns(path, **options):
    """Return who speaks (t or c), the text, and the times if there are any."""
    (session,) = read_sessions(path, **{"language": "en", **options})
    assert session.session_id == Path(path).name.split(".")[0]
    rows = [(turn.role[0], turn.text, turn.start, turn.end) for turn in session.turns]
    return rows if any(row[2:] != (None, None) for row in rows) else [row[:2] for row in rows]


def refusal(path, **options):
    errors = []
    assert list(read_sessions(path, errors=errors, **{"language": "en", **options})) == []
    (error,) = errors
    assert error.__context__ is None
    return error


def test_a_file_is_a_session(write):
    path = write("Therapist: How are you?\nClient: Fine,\nI think.\n\nT: Fine? [pause]\n")
    (session,) = read_sessions(path, language="en-GB")
    assert session == Session(
        session_id="s1",
        language="en-GB",
        turns=[
            Turn(role="therapist", text="How are you?"),
            Turn(role="client", text="Fine,\nI think."),
            Turn(role="therapist", text="Fine? [pause]"),
        ],
    )
    assert (session.mode, session.translated, session.verbatim) == (None, None, None)


@pytest.mark.parametrize(
    ("content", "name"),
    [
        (b"\xef\xbb\xbfT: a\nC: b", "s1.txt"),
        (b"T: a\r\nC: b\r\n", "s1.txt"),
        (b"T: a\rC: b\r", "s1.TXT"),
        (b"\n\n  T : a\n\n\tC :b  \n\n", "s1.txt"),
        (b"# Session 3\n\n#T: no\nT: a\nC: b\n", "s1.txt"),
        (gzip.compress(b"T: a\nC: b\n"), "s1.txt.gz"),
    ],
    ids=["bom", "crlf", "cr", "blanks", "comments", "gz"],
)
def test_dialects(write, content, name):
    assert turns(write(content, name)) == [("t", "a"), ("c", "b")]


@pytest.mark.parametrize(
    ("label", "role"),
    [
        *[(label, "therapist") for label in ("T", "t", "Counsellor", "COUNSELOR", "Clinician")],
        *[(label, "therapist") for label in ("Dr.", "Therapeutin", "Therapeut:in", "治疗师")],
        *[(label, "client") for label in ("C", "P", "Pt.", "patient", "[Client]", "**Client**")],
        *[(label, "client") for label in ("K", "Klient", "Klient:in", "来访者", "患者", "咨客")],
    ],
)
def test_labels_that_are_known(write, label, role):
    other = "C" if role == "therapist" else "T"
    for colon in (": ", ":", " : ", "："):
        assert turns(write(f"{label}{colon}yes\n{other}: no"))[0] == (role[0], "yes")


def test_markdown_labels(write):
    assert turns(write("**T:** a **b**\n**Client**: c")) == [("t", "a **b**"), ("c", "c")]


def test_a_map_wins_over_the_defaults(write):
    path = write("C: hello\nP: hi\nSpeaker 1: so\nDR. A (he): yes\n")
    roles = {"c": "therapist", "SPEAKER 1": "client", "Dr. A (he)": "therapist"}
    assert turns(path, roles=roles) == [("t", "hello"), ("c", "hi"), ("c", "so"), ("t", "yes")]


def test_a_label_without_text_is_a_turn_without_words(write):
    assert turns(write("T:\nC: \n\nT:\nWell,\nwell.\nC:")) == [
        ("t", ""),
        ("c", ""),
        ("t", "Well,\nwell."),
        ("c", ""),
    ]


def test_a_colon_does_not_make_a_turn(write):
    text = "I said\n Well: I think\n  so: yes\nAt 10:30 it was\n10:30: late\nhttp://x.org\n我跟他说了：好"
    assert turns(write(f"T: hm: ok\nC: {text}\nT: yes")) == [
        ("t", "hm: ok"),
        ("c", text),
        ("t", "yes"),
    ]


@pytest.mark.parametrize("line", ["Husband: I disagree.", "Maria: Um, long.", "Her mother: no"])
def test_one_line_of_somebody_else_refuses_the_file(write, line):
    error = refusal(write(f"T: How was it?\n{line}\nC: Long."))
    assert (error.code, error.line) == ("unknown_role", 2)
    assert turns(write(f"T: How was it?\n {line}\nC: Long.")) == [
        ("t", f"How was it?\n {line}"),
        ("c", "Long."),
    ]


def test_paragraphs_and_comments_inside_a_turn_stay(write):
    path = write("T: one\n\n  two  \n# three\n\nC: [laughs]\n(sighs)\n")
    assert turns(path) == [("t", "one\n\n  two  \n# three"), ("c", "[laughs]\n(sighs)")]


STAMPS = [
    ("[00:01:23] T: a", 83),
    ("(1:23) T: a", 83),
    ("00:01:23.5 T: a", 83.5),
    ("T [01:23,25]: a", 83.25),
    ("T (75:30): a", 4530),
    ("T 01:00:05: a", 3605),
    ("T: [00:12] a", 12),
    ("[00:12]T: a", 12),
    ("[00:12]\nT: a", 12),
    ("[00:12]\n\nT: a", 12),
]


@pytest.mark.parametrize(("line", "start"), STAMPS, ids=[case[0] for case in STAMPS])
def test_time_stamps(write, line, start):
    assert turns(write(f"{line}\nC: b\n")) == [("t", "a", start, None), ("c", "b", None, None)]


def test_ends_of_turns(write):
    path = write("[00:01 - 00:02.5] T: a\n00:03 --> 00:04 C: b\nT (00:05–00:06): c\n")
    assert turns(path) == [("t", "a", 1, 2.5), ("c", "b", 3, 4), ("t", "c", 5, 6)]


def test_times_that_are_text(write):
    path = write("T: 10:30 suits me\nC: (at 10:30)\n[00:12]\nand so on\nT: [later]")
    assert turns(path) == [
        ("t", "10:30 suits me"),
        ("c", "(at 10:30)\nand so on"),
        ("t", "[later]"),
    ]


def test_a_stamp_has_the_nearest_float():
    assert seconds("[01:05.345]") == [65.345]
    assert seconds("2:46:40.123456789") == [10000.123456789]


FORMATS = [
    ("{role}: {text}", "T: a\nC: b", [("t", "a"), ("c", "b")]),
    (r"{role}\t{text}", "T\ta b\nC\tb\n\nc", [("t", "a b"), ("c", "b\n\nc")]),
    ("{role}\t{text}", "T\ta: b\nDear: c\nC\td", [("t", "a: b\nDear: c"), ("c", "d")]),
    ("{role} - {text}", "T - a\nC-b - c", [("t", "a"), ("c", "b - c")]),
    ("<{role}> {text}", "<T> a\n<C>b", [("t", "a"), ("c", "b")]),
    (
        "[{time}] {role}: {text}",
        "[0:01] T: a\n[0:02]C：b",
        [("t", "a", 1, None), ("c", "b", 2, None)],
    ),
    (
        "{time} {end} {role}: {text}",
        "0:01 0:02 T: a\n0:02 0:03 C: b",
        [("t", "a", 1, 2), ("c", "b", 2, 3)],
    ),
    ("{number} {role}: {text}", "1 T: a\n2 C: b\n3", [("t", "a"), ("c", "b\n3")]),
    ("{role}{number}: {text}", "T1: a\nC1: b\nT2: c", [("t", "a"), ("c", "b"), ("t", "c")]),
    (
        "{role}  {time}",
        "Therapist  0:01\na\n\nClient 0:05\nb\n",
        [("t", "a", 1, None), ("c", "b", 5, None)],
    ),
    ("{role}:", "T:\na\nC:\nYes.\nYes.", [("t", "a"), ("c", "Yes.\nYes.")]),
]


@pytest.mark.parametrize(("line_format", "content", "expected"), FORMATS)
def test_line_formats(write, line_format, content, expected):
    assert turns(write(content), line_format=line_format) == expected


@pytest.mark.parametrize(
    ("line_format", "message"),
    [
        ("", "must hold {role}, at most once each"),
        ("{text}", "must hold {role}"),
        ("{role}: {role}: {text}", "at most once each"),
        ("{role}: {text} ({time})", "end in {text} or have none"),
        ("{role}: {text}.", "end in {text} or have none"),
        ("{who}: {text}", "must hold {role}"),
        ("{role}: {0}", "must hold {role}"),
        ("{role}{text}", "must part its fields by a character"),
        ("{time}{role}: {text}", "must part its fields by a character"),
        ("{role} {text}", "must hold more than blanks beside {role}"),
        ("{role}", "must hold more than blanks beside {role}"),
    ],
)
def test_line_formats_that_are_none(write, line_format, message):
    with pytest.raises(ParameterError, match=f"`line_format` .*{message}"):
        read_sessions(write("T: a"), line_format=line_format)


UNKNOWN = "the file has speaker labels that are not in the role map"
FILES = [
    ("", "empty_file", None, "the file holds no session. Check that it is the file you meant"),
    ("\n \n# T: hello\n", "empty_file", None, "the file holds no session"),
    ("So we went\nhome", "missing_field", 1, "no line begins with a speaker label. Write turns as"),
    ("so we: went\nhome", "missing_field", 1, "no line begins with a speaker label"),
    (
        "Date\n\nDone by X\nT: a\nC: b",
        "missing_field",
        1,
        r"there is text before .* \(2 lines\)\. Be",
    ),
    (
        "Title: x\nT: a\nC: b",
        "missing_field",
        1,
        "before the first known speaker .* with #, or map",
    ),
    ("Anna: a\nBen: b", "unknown_role", 1, rf"{UNKNOWN} \(2 different\), the first on this line"),
    ("T: a\n\nMother: b\nC: c\nMother : d", "unknown_role", 3, rf"{UNKNOWN} \(1 different\)"),
    ("T: a\nuser: b\nuser: c", "unknown_role", 2, rf"{UNKNOWN} \(1 different\), .* --roles "),
    ("T: a\nMrs. A. B: b\nC: c\nMrs. A. B: d", "unknown_role", 2, UNKNOWN),
    ("T: a\n[SPEAKER_01]: b\n[SPEAKER_01]: c", "unknown_role", 2, UNKNOWN),
    ("T: a\n母亲：b\nC: c\n母亲：d", "unknown_role", 2, UNKNOWN),
    ("T: a\n[00:12] Mother: b\nC: c", "unknown_role", 2, UNKNOWN),
    ("T: a\nClient 2: b\nC: c", "unknown_role", 2, "is text if it is indented"),
    ("T1: a\nC1: b\nT2: c\n", "unknown_role", 1, rf"{UNKNOWN} \(3 different\)"),
    ("C: a\nP: b\n", "unknown_role", None, "2 speaker labels that all stand for the client by def"),
    ("T: a\n[00:61] C: b", "bad_time", 2, "time stamp is not hours:minutes:seconds .* Write e.g."),
    ("T: a\n00:60:00 C: b", "bad_time", 2, "a time stamp is not hours"),
    ("T: a\nC [1:2:3:4]: b", "bad_time", 2, "a time stamp is not hours"),
    ("T: a\n[1:99]\nC: b", "bad_time", 2, "a time stamp is not hours"),
    ("T: a\nC: [1:99] b", "bad_time", 2, "a time stamp is not hours"),
    (f"[{'9' * 9}{':00' * 9}] T: a", "bad_time", 1, "a time stamp is not hours"),
    (f"[{'9' * 50}:00] T: a", "bad_time", 1, "the text before the speaker label is not"),
    ("T: a\n[0l:12] C: b", "bad_time", 2, "the text before the speaker label is not a time st"),
    ("T: a\n[laughs] C: b", "bad_time", 2, "the text before the speaker label"),
    ("T: a\n12 C: b", "bad_time", 2, r"the text before .* \"{number} {role}: {text}\""),
    ("#00:00:01-2# T: a\nC: b", "bad_time", 1, "the text before the speaker label"),
    ("[00:02 - 00:01] T: a\nC: b", "bad_time", 1, r"turn 0: `end` is 1\.0, before `start`, 2\.0"),
    ("T: a\nC: b\0c", "not_text", 2, "session s1, turn 1: `text` holds a NUL character"),
    ("T: a\nC: " + "word " * 2_000_000, "too_long", 2, "turn 1: `text` has 9,999,999 characters"),
    ("T: a\nC:\n" + "word\n" * 30_000, "too_long", 2, "turn 1: `text` has 149,999 characters"),
    (b"T: a\nC: \xe9", "not_utf8", None, "the file is not UTF-8. Save it as UTF-8"),
    ("T: a\nC: b".encode("utf-16"), "not_utf8", None, "the file is not UTF-8"),
    (gzip.compress(b"T: a\nC: b"), "not_utf8", None, "the file is not UTF-8"),
]


@pytest.mark.parametrize(
    ("content", "code", "line", "message"),
    FILES,
    ids=[f"{n}-{case[1]}" for n, case in enumerate(FILES)],
)
def test_a_bad_file_has_its_message(write, content, code, line, message):
    path = write(content)
    error = refusal(path)
    assert (error.code, error.line, error.path) == (code, line, str(path))
    assert error.remedy
    with pytest.raises(TranscriptError, match=rf"s1\.txt, .*{message}" if line else message):
        list(read_sessions(path, language="en"))


def test_a_truncated_gzip(write):
    error = refusal(write(gzip.compress(b"T: a\nC: b\n" * 99)[:-3], "s1.txt.gz"))
    assert error.code == "damaged_file"


@pytest.mark.parametrize("name", ["\u2003 .txt", "我很难过。.txt", "x" * 129 + ".txt"])
def test_a_name_that_is_no_id(write, name):
    error = refusal(write("T: a\nC: b", name))
    assert (error.code, error.field, error.session_id) == ("bad_value", "session_id", None)
    with pytest.raises(
        TranscriptError, match=r"is not a valid `session_id`\. Rename it: before the end"
    ):
        list(read_sessions(error.path, language="en"))


NAMES = [
    ("session 03.txt", "session_03"),
    ("session  03 .txt", "session_03"),
    (" session\u00a003.txt", "session_03"),
    ("Mu\u0308ller 1.txt", "M\u00fcller_1"),
    ("a\u3000b\u200b.txt.gz", "a_b"),
    ("3. session (2).TXT", "3._session_(2)"),
    ("第 3 次.txt", "第_3_次"),
]


@pytest.mark.parametrize(("name", "session_id"), NAMES)
def test_a_name_with_blanks_is_an_id(write, name, session_id):
    content = b"T: a\nC: b"
    (session,) = read_sessions(
        write(gzip.compress(content) if name.endswith("gz") else content, name), language="en"
    )
    assert session.session_id == session_id


def test_names_that_give_the_same_id_are_told(write, tmp_path):
    for name in ("s 1.txt", "s_1.txt"):
        write("T: a\nC: b", name)
    with pytest.raises(TranscriptError, match="that of a text file is its name, with _ for white"):
        list(read_sessions(tmp_path, language="en"))
    (tmp_path / "s 1.txt").rename(tmp_path / "s 2.txt")
    found = {session.session_id for session in read_sessions(tmp_path, language="en")}
    assert found == {"s_1", "s_2"}


def test_the_language_must_be_given(write):
    path = write("T: a\nC: b")
    assert refusal(path, language=None).code == "missing_field"
    with pytest.raises(TranscriptError, match=r"`language` is not known: .* e\.g\. --language en"):
        list(read_sessions(path))


@pytest.mark.parametrize("line", ["C: b", "00:12 C: b"])
def test_a_turn_that_is_not_as_the_line_format_says(write, line):
    path = write(f"[00:01] T: a\n{line}\n")
    with pytest.raises(TranscriptError, match=r"line 2, .* not as `line_format` says\. Write all"):
        list(read_sessions(path, language="en", line_format="[{time}] {role}: {text}"))


def test_backward_starts_are_read(write):
    assert [row[2] for row in turns(write("[0:09] T: a\n[0:03] C: b"))] == [9, 3]


@pytest.mark.parametrize(
    ("label", "expected"),
    [
        *[(label, True) for label in ("Mother", "mother", "Dr. Ana Li", "[S_01]", "母亲", "M2")],
        *[(label, False) for label in ("I told him this", "so he", "12", "3rd", "我跟他说了这些")],
        *[(label, False) for label in ("A, B", 'He "said"', "", "[", "http")][:-1],
    ],
)
def test_what_looks_like_a_label(label, expected):
    assert looks_like_label(label) is expected


@pytest.mark.parametrize(
    "line",
    [
        " " * 99_000,
        "a" + " " * 99_000,
        "1" * 99_000,
        "1:" * 49_000,
        "[" * 99_000,
        "[1:1" + " " * 90_000,
        "a " * 49_000,
        "[0:01 - " * 12_000,
        "T " + "0:01 " * 19_000,
        "#" * 99_000,
        ":" * 99_000,
    ],
    ids=range(11),
)
@pytest.mark.parametrize("line_format", [None, "[{time}] - {number} {role} : {text}"])
def test_a_long_line_takes_no_longer_than_its_length(write, line, line_format):
    begin = "T: a" if line_format is None else "[0:01] - 1 T: a"
    path = write(f"{begin}\n{line}\n{line}b\nend\n")
    begun = time.process_time()
    errors = []
    list(read_sessions(path, language="en", line_format=line_format, errors=errors))
    assert time.process_time() - begun < 5


def test_default_labels_are_normal():
    assert all(normal(label) == label and label for label in default_roles())
    assert set(default_roles().values()) == {"therapist", "client"}


def test_where_languages_disagree_on_a_label_the_one_spoken_decides(monkeypatch):
    said = (
        ("aa", "P", "therapist"),
        ("aa", "K", "client"),
        ("bb", "P.", "client"),
        ("bb", "T", "therapist"),
    )
    monkeypatch.setattr(labels, "speaker_labels", lambda: said)
    assert default_roles("aa-AT") == {"p": "therapist", "k": "client", "t": "therapist"}
    assert default_roles("bb") == {"p": "client", "k": "client", "t": "therapist"}
    assert default_roles("cc") == default_roles() == {"k": "client", "t": "therapist"}


def test_shipped_languages_agree_on_every_label():
    assert all(default_roles() == default_roles(code) for code in available_languages())


def carried(text):
    """Tell whether text can are in a file: no outer blanks, no line that begins like a turn."""
    lines = text.split("\n")
    return (
        text == text.strip() and "\r" not in text and not any(":" in x or "：" in x for x in lines)
    )


TEXTS = st.one_of(
    st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0\r"), max_size=12),
    st.lists(st.sampled_from(["Well, I", "[laughs]", "", "(0.5)", "# 1", "\t", "我很难过"])).map(
        "\n".join
    ),
).filter(carried)
STAMP = st.none() | st.integers(0, 10**7).map(lambda n: n / 1000)
TALK = st.lists(
    st.tuples(st.sampled_from(["therapist", "client"]), TEXTS, STAMP), min_size=1, max_size=6
)


def stamp(start):
    if start is None:
        return ""
    whole, thousandths = divmod(round(start * 1000), 1000)
    return f"[{whole // 3600:02}:{whole // 60 % 60:02}:{whole % 60:02}.{thousandths:03}] "


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("round_trip")


@settings(deadline=None, max_examples=150)
@given(
    TALK,
    st.sampled_from([None, "{role}: {text}"]),
    st.sampled_from(["T C", "Therapist Client", "咨询师 来访者"]),
    st.sampled_from(["\n", "\r\n"]),
)
def test_round_trip_equals_jsonl(folder, talk, line_format, labels, end):
    if line_format is not None:
        talk = [(role, text, None) for role, text, _ in talk]
    names = dict(zip(["therapist", "client"], labels.split(), strict=True))
    content = "".join(f"{stamp(at)}{names[role]}: {text}\n" for role, text, at in talk)
    (folder / "s.txt").write_bytes(content.replace("\n", end).encode())
    rows = [{"role": role, "text": text, "start": at} for role, text, at in talk]
    record = {"session_id": "s", "language": "en", "turns": rows}
    (folder / "s.jsonl").write_text(json.dumps(record), encoding="utf-8")
    options = {"language": "en"} | ({"line_format": line_format} if line_format else {})
    (session,) = read_sessions(folder / "s.txt", **options)
    assert [session] == list(read_sessions(folder / "s.jsonl"))

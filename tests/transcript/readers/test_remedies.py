"""What a message says to do is done, and the file is then read as it should be."""

import gzip
import shlex

import pytest

from alliance_features import TranscriptError, read_sessions
from alliance_features.cli.options import pairs, role_pairs

SAID = [("t", "How was it?"), ("c", "Long."), ("t", "I see.")]
TALK = "T: How was it?\nC: Long.\nT: I see.\n"
ROWS = "session_id,role,text\ns,T,How was it?\ns,C,Long.\ns,T,I see.\n"


def read(path, **options):
    (session,) = read_sessions(path, **{"language": "en", **options})
    return [(turn.role[0], turn.text) for turn in session.turns]


#: What is wrong, the file, what the message says, and the file and options that follow it.
CASES = [
    ("unknown label", TALK.replace("C:", "Ben:"), "Map them with `roles`", TALK, {}),
    (
        "unknown label",
        TALK.replace("C:", "Dr. A:"),
        '--roles "Dr. A=therapist"',
        None,
        {"roles": {"Dr. A": "client"}},
    ),
    (
        "one role",
        TALK.replace("T:", "P:"),
        "--roles C=therapist",
        None,
        {"roles": {"P": "therapist", "C": "client"}},
    ),
    ("header", f"Session 3\n{TALK}", "above the first turn .* with #", f"# Session 3\n{TALK}", {}),
    (
        "header with a label",
        f"Place: home\n{TALK}",
        r"map their label with `roles` \(--roles\)",
        None,
        {"roles": {"Place": "none"}},
    ),
    ("stamp", f"[0:75] {TALK}", r"Write e\.g\. \[00:01:23\]", f"[01:15] {TALK}", {}),
    ("stamp", f"[0o:12] {TALK}", r"Write e\.g\. \[00:01:23\]", f"[00:12] {TALK}", {}),
    ("two layouts", f"{TALK}[weeps] C: Yes", "need `line_format`", TALK, {}),
    (
        "not as the line format",
        TALK.replace("C: ", "C - "),
        r"no colon follows\. .*Write \"C: text\"",
        TALK,
        {},
    ),
    ("marks of bytes", TALK.encode("utf-16"), r"Save it as UTF-8 \(now UTF-16\)", TALK, {}),
    ("latin-1", "T: Gr\u00fc\u00df".encode("latin-1") + b"\n", "Save it as UTF-8", TALK, {}),
    ("language", TALK, r"e\.g\. --language en", TALK, {}),
    ("JSON", '{"T": "How was it?"}', 'write turns as "T: text"', TALK, {}),
    ("HTML", "<html>\n<p>T: How?</p>", "Save it as plain text in UTF-8", TALK, {}),
    ("RTF", "{\\rtf1 T: How was it?}", "save it as plain text in UTF-8", TALK, {}),
    ("chat", f"@Begin\n{TALK}@End\n", "no lines that begin with @ or %", TALK, {}),
    ("columns", ROWS, r"`format` \(--input-format\): csv", ROWS, {"format": "csv"}),
    ("NUL", TALK.replace("Long", "Lo\0ng"), "Export the transcript as text", TALK, {}),
]


@pytest.mark.parametrize(("kind", "content", "message", "mended", "options"), CASES)
def test_following_the_remedy_of_a_text_file(tmp_path, kind, content, message, mended, options):
    path = tmp_path / "s1.txt"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    with pytest.raises(TranscriptError, match=message):
        list(read_sessions(path, language=None if kind == "language" else "en"))
    if mended is not None:
        path.write_text(mended, encoding="utf-8")
    assert read(path, **options) == SAID


def test_options_as_the_messages_write_them(tmp_path):
    path = tmp_path / "s1.txt"
    path.write_text(TALK.replace("T:", "Dr. A:").replace("C:", "C and T:"), encoding="utf-8")
    words = shlex.split('--roles "Dr. A=therapist" --roles "C and T=none"')
    assert read(path, roles=role_pairs(words[1::2])) == [SAID[0], SAID[2]]
    table = tmp_path / "in.csv"
    table.write_text(ROWS.replace("text", "utterance", 1), encoding="utf-8")
    with pytest.raises(TranscriptError, match=r"`columns`, e\.g\. --columns text=utterance\."):
        list(read_sessions(table, language="en"))
    assert read(table, columns=pairs("columns", ["text=utterance"])) == SAID


def test_columns_that_are_not_part_of_the_format(tmp_path):
    path = tmp_path / "in.csv"
    rows = ROWS.splitlines()
    path.write_text("\n".join(f"{n},{row}" for n, row in enumerate(rows)), encoding="utf-8")
    with pytest.raises(
        TranscriptError, match=r"With `columns` \(--columns\) given, others are ign"
    ):
        list(read_sessions(path, language="en"))
    assert read(path, columns={"role": "role"}) == SAID


def test_a_zipped_text_by_another_name(tmp_path):
    path = tmp_path / "s1.txt"
    path.write_bytes(gzip.compress(TALK.encode()))
    with pytest.raises(TranscriptError, match=r"the name of a compressed file ends in \.gz"):
        list(read_sessions(path, language="en"))
    assert read(path.rename(tmp_path / "s1.txt.gz")) == SAID


def test_a_name_that_says_no_format(tmp_path):
    path = tmp_path / "s1.transcript"
    path.write_text(TALK, encoding="utf-8")
    with pytest.raises(TranscriptError, match=r"Name it with `format` \(--input-format\): text\."):
        list(read_sessions(path, language="en"))
    assert read(path, format="text") == SAID
    assert read(path.rename(tmp_path / "s1.txt")) == SAID

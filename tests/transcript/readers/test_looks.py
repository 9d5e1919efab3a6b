"""Files and lines that are no speech: each other format by its name, pages, numbers and times."""

import pytest

from alliance_features import TranscriptError, read_sessions

TALK = "T: How was the week?\nC: It was long.\nT: I see.\n"
SAID = [("t", "How was the week?"), ("c", "It was long."), ("t", "I see.")]


@pytest.fixture
def read(tmp_path):
    def read(content, name="s1.txt", **options):
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        (session,) = read_sessions(path, **{"language": "en", **options})
        return [(turn.role[0], turn.text) for turn in session.turns]

    return read


HEADS = [
    ("CHAT", "@UTF8\n@Begin\n*INV:\thow was it ?\n*PAR:\tlong .\n@End\n"),
    ("CHAT", "#@UTF8\n#@Begin\n#@Languages:\teng\n" + TALK),
    ("CHAT", "*INV:\thow was it ?\n%mor:\tadv|how\n*PAR:\tlong .\n"),
    ("WebVTT", "WEBVTT\n\n00:01.000 --> 00:02.000\nT: How?\n"),
    ("WebVTT", "\ufeffWEBVTT - a call\n\n" + TALK),
    ("SubRip", "1\n00:00:01,000 --> 00:00:02,000\nT: How?\n"),
    ("SBV subtitles", "0:00:01.000,0:00:02.000\nT: How?\n"),
    ("SubStation subtitles", "[Script Info]\nTitle: x\n" + TALK),
    ("a Praat TextGrid", 'File type = "ooTextFile"\nObject class = "TextGrid"\n' + TALK),
    ("RTF", "{\\rtf1\\ansi T: How?\\par C: Long.}\n"),
    ("PDF", "%PDF-1.7\n" + TALK),
    ("ELAN \\(EAF\\)", '<?xml version="1.0"?>\n<ANNOTATION_DOCUMENT AUTHOR="">\n' + TALK),
    ("EXMARaLDA", '<?xml version="1.0"?>\n<basic-transcription>\n' + TALK),
    ("TEI", '<?xml version="1.0"?><TEI xmlns="x">\n' + TALK),
    ("TTML subtitles", '<?xml version="1.0"?>\n<tt xml:lang="en">\n' + TALK),
    ("HTML", "<!DOCTYPE html>\n<p>T: How?</p>\n"),
    ("HTML", "<html><body>\n" + TALK),
    ("XML", '<?xml version="1.0"?>\n<talk>\n' + TALK),
    ("JSON", '{"T": "How?"}\n'),
    ("JSON", '[\n  {"speaker": "T"}\n]\n'),
    ("JSON", '[{"speaker": "T"}]'),
    ("JSON Lines with sessions", '{"session_id": "a", "language": "en", "turns": []}\n'),
    ("CSV with a row per turn", "session_id,role,text\na,T,How?\n"),
    ("CSV with a row per turn", "role;session_id;text\nT;a;How?\n"),
    ("TSV with a row per turn", "session_id\trole\ttext\na\tT\tHow?\n"),
    ("a Word, Excel or zip file", "PK\x03\x04 T: x"),
]


@pytest.mark.parametrize(("title", "content"), HEADS, ids=range(len(HEADS)))
def test_another_format_has_its_name(read, title, content):
    with pytest.raises(TranscriptError, match=f"looks like {title} and not like plain") as caught:
        read(content)
    assert caught.value.code == "other_format"
    with pytest.raises(TranscriptError, match=f"looks like {title} and not like plain"):
        read(content, "s1.dat", format="text")


LINES = [
    *[("CHAT", line) for line in ("%com:\tlooks away", "%mor:\tx", "@End", "@Comment:\tx")],
    *[
        ("CHAT", line)
        for line in ("*PAR:\tyes .", "*PAR: yes .", "*C:\tyes .", "T:\tx . \x154_90\x15")
    ],
    *[("WebVTT", line) for line in ("WEBVTT", "00:01.000 --> 00:02.000", "0:00:01 --> 0:00:02")],
    *[
        ("WebVTT", line)
        for line in ("00:01.0 --> 00:02.0 align:start", "<v Ada>Yes", "- <v.x A B>y")
    ],
    *[("SubRip", line) for line in ("2\n00:00:01,000 --> 00:00:02,000", "0:00:01,5 -> 0:00:02,5")],
    ("SBV subtitles", "0:00:01.000,0:00:02.000"),
    ("SubStation subtitles", "Dialogue: 0,0:00:01.00,0:00:02.00,x,,0,0,0,,Yes"),
    ("a Praat TextGrid", "        intervals [2]:"),
    ("a Praat TextGrid", "            xmax = 2.35 "),
]


@pytest.mark.parametrize(("title", "line"), LINES)
def test_one_line_of_another_format_names_it(read, title, line):
    with pytest.raises(TranscriptError, match=f"looks like {title} and not like plain") as caught:
        read(TALK + line + "\nC: Yes.\n")
    assert (caught.value.code, caught.value.line) == ("other_format", 4 + ("\n" in line))


BINARY = [
    (
        b"PK\x03\x04\x14\x00\xff\xffword/document.xml",
        r"a Word document \(DOCX\)\. Save it as plain",
    ),
    (
        b"PK\x03\x04\x14\x00\xff\xffxl/workbook.xml",
        r"an Excel file \(XLSX\)\. Save the sheet as CSV",
    ),
    (b"PK\x03\x04\xffmimetypeapplication/vnd.oasis.opendocument.text", "an OpenDocument file"),
    (b"PK\x03\x04\xff", "a Word, Excel or zip file"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", r"an old Word or Excel file \(DOC, XLS\)"),
    (b"%PDF-1.7\n%\xe2\xe3\xcf", r"PDF\. Copy its text into a file in UTF-8"),
    (b"{\\rtf1 \xe9}", r"RTF\. Open it in a word processor"),
    (b"PAR1\x15\xff", r"Parquet\. Name it with `format` \(--input-format\): parquet"),
    (b"RIFF\xff\xff\xff\xffWAVE", r"a recording\. Transcribe it first"),
    (TALK.encode("utf-16"), r"not UTF-8\. Save it as UTF-8 \(now UTF-16\)"),
    (TALK.encode("utf-32"), r"not UTF-8\. Save it as UTF-8 \(now UTF-32\)"),
]


@pytest.mark.parametrize(("content", "message"), BINARY, ids=range(len(BINARY)))
def test_bytes_that_are_no_text_have_their_name(read, content, message):
    with pytest.raises(TranscriptError, match=f"the file is {message}") as caught:
        read(content)
    assert caught.value.code == "not_utf8"


@pytest.mark.parametrize(
    ("name", "content", "title"),
    [
        ("a.vtt", "WEBVTT\n\n00:01.000 --> 00:02.000\nT: How?\n", "WebVTT"),
        ("a.srt", "1\n00:00:01,000 --> 00:00:02,000\nT: How?\n", "SubRip"),
        ("a.cha", "@UTF8\n@Begin\n*PAR:\tx .\n", "CHAT"),
        ("a.docx", b"PK\x03\x04\x14\x00\xff\xffword/document.xml", "a Word document"),
        ("a.rtf", "{\\rtf1 x}", "RTF"),
        ("a.eaf", "<?xml ?>\n<ANNOTATION_DOCUMENT>", "ELAN"),
        ("a.pdf", b"%PDF-1.7\n%\xe2\xe3", "PDF"),
    ],
)
def test_a_file_by_another_name_has_the_name_of_its_format(read, name, content, title):
    with pytest.raises(TranscriptError, match=rf"by the name of the file; it looks like {title}"):
        read(content, name)


def test_subtitles_and_chat_are_read_once_the_remedy_is_followed(read):
    vtt = "WEBVTT\n\n1\n0:01.000 --> 0:02.000\nT: How was the week?\n\n2\n0:03.000 --> 0:04.000\n"
    with pytest.raises(TranscriptError, match=r"WebVTT .* One|WebVTT .*Write one turn per line"):
        read(vtt + "C: It was long.\n\nT: I see.\n")
    chat = "@Begin\nT:\tHow was the week?\n%com:\tx\nC:\tIt was long.\nT:\tI see.\n@End\n"
    with pytest.raises(TranscriptError, match="no lines that begin with @ or %, no time bullets"):
        read(chat)
    lines = (line for line in chat.splitlines() if line[0] not in "@%")
    assert read("\n".join(lines)) == SAID
    assert read(TALK) == SAID


def test_a_table_by_the_name_of_text_is_read_by_its_format(tmp_path):
    path = tmp_path / "s1.txt"
    for sign, name in ((",", "csv"), ("\t", "tsv")):
        rows = ("session_id,role,text", "s1,therapist,How?", "s1,client,Long.")
        path.write_text("\n".join(rows).replace(",", sign), encoding="utf-8")
        with pytest.raises(TranscriptError, match=rf"`format` \(--input-format\): {name}\."):
            list(read_sessions(path, language="en"))
        (session,) = read_sessions(path, language="en", format=name)
        assert [turn.text for turn in session.turns] == ["How?", "Long."]


SPOKEN = [
    "100 % sure",
    "%5 off",
    "a --> b",
    "--> so",
    "@ada: hi",
    "[laughs]",
    "{laughs}",
    "<3",
    "==",
]


@pytest.mark.parametrize("text", SPOKEN)
def test_speech_with_the_same_signs_is_text(read, text):
    assert read(f"T: How?\nC: So\n{text}\nT: I see.")[1] == ("c", f"So\n{text}")


PAGES = [
    *[
        "Page 2 of 14",
        "Page 3",
        "\fPage 3",
        "Seite 2",
        "Seite 2 von 9",
        "S. 4",
        "p. 3 of 9",
        "- 3 -",
    ],
    *["\n12\n", "\n\f12\n", "\n3/14\n", "第 3 页", "\npage 3\n", "1\n2\n3", "PAGE 2/9"],
    "Session 3, file 07\fSession 3, file 07",
]


@pytest.mark.parametrize("lines", PAGES, ids=ascii)
def test_lines_of_a_page_are_refused_until_they_are_deleted(read, lines):
    with pytest.raises(TranscriptError, match="which may not be speech") as caught:
        read(f"T: How?\nC: It was so\n{lines}\nvery long.\nT: I see.")
    assert (caught.value.code, caught.value.field) == ("not_speech", "text")
    assert caught.value.remedy.startswith("Delete such lines, or join what is said")
    said = read("T: How?\nC: It was so\nvery long.\nT: I see.")
    assert said[1] == ("c", "It was so\nvery long.")
    joined = " ".join(lines.split())
    assert read(f"T: How?\nC: It was so {joined}\nvery long.")[1][1].startswith(
        f"It was so {joined}"
    )


def test_numbers_left_of_subtitles_are_refused(read):
    with pytest.raises(TranscriptError, match=r"line 3, .*holds only a number"):
        read("T: How?\n\n2\nC: Long.\n\n3\nT: I see.")
    with pytest.raises(TranscriptError, match=r"line 2, .*holds only a number"):
        read("T: How?\n2\nC: Long.\n3\nT: I see.\n4\nC: Yes.")


@pytest.mark.parametrize(
    "text", ["So\n7", "page 3", "seven\n7 of 9", "2 of them", "(3)", "[2]", "So\n\n7"]
)
def test_numbers_that_are_said_stay(read, text):
    assert read(f"T: How many?\nC: {text}\nT: I see.")[1] == ("c", text)


TIMES = [
    "10:30",
    "0:00:12\nand so",
    "0:12 - 0:15\nand so",
    "#00:00:12-3#",
    "<0:12>",
    "* 0:12",
    "- 0:12 -",
]


@pytest.mark.parametrize("line", TIMES)
def test_a_time_that_belongs_to_no_turn_is_refused(read, line):
    with pytest.raises(TranscriptError, match=r"line 3, .*holds only a time, which") as caught:
        read(f"T: How?\nC: At\n{line}\nT: I see.")
    assert caught.value.code == "not_speech"
    assert "in brackets, as in [00:01:23]" in caught.value.remedy


def test_remedies_for_a_time_on_a_line_of_its_own(tmp_path):
    path = tmp_path / "s1.txt"
    for content, text, start in (
        ("T: How?\nC: At\n[10:30]\nT: I see.", "At", 630),
        ("T: How?\nC: At 10:30\nT: I see.", "At 10:30", None),
    ):
        path.write_text(content, encoding="utf-8")
        (session,) = read_sessions(path, language="en")
        assert (session.turns[1].text, session.turns[2].start) == (text, start)


@pytest.mark.parametrize(
    "stamps", [("0:00:01", "0:00:05"), ("0:01", "0:05"), ("0:01 - 0:04", "0:05")]
)
def test_times_above_turns_are_theirs(tmp_path, stamps):
    path = tmp_path / "s1.txt"
    path.write_text(f"{stamps[0]}\nT: How?\n\n{stamps[1]}\n\nC: Long.\n", encoding="utf-8")
    (session,) = read_sessions(path, language="en")
    assert [(turn.text, turn.start) for turn in session.turns] == [("How?", 1), ("Long.", 5)]


def test_a_header_is_read_once_the_remedy_is_followed(read):
    with pytest.raises(
        TranscriptError, match=r"Begin lines above the first turn .* with #, or map"
    ):
        read(f"*Institute, session 3\nDate\n\n{TALK}")
    assert read(f"#*Institute, session 3\n# Date: T and C\n\n{TALK}") == SAID

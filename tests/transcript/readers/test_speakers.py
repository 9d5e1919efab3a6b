"""Who speaks in a line: labels with something around them, two labels, labels without a colon."""

import contextlib
import time

import pytest

from alliance_features import TranscriptError, read_sessions


@pytest.fixture
def read(tmp_path):
    """Return a function that reads a text file and tells who says what, one letter a role."""

    def read(content, **options):
        path = tmp_path / "s1.txt"
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        (session,) = read_sessions(path, **{"language": "en", **options})
        return [(turn.role[0], turn.text) for turn in session.turns]

    return read


def between(line):
    """Return a file with plain labels around a line, which is the third."""
    return f"T: How was it?\nC: Long.\n{line}\nT: I see.\n"


CERTAIN = [
    *[f"C {note}: No." for note in ("[A]", "(Ada)", "{weeps}", "<x>", "(to T)", "[A] (weeps)")],
    *["C（甲）：No.", "C【甲】：No.", "C「甲」: No.", "C ［甲］： No.", "【C】：No.", "（C）：No."],
    *[f"{mark} C: No." for mark in ("-", "–", "—", "•", "*", ">", ">>", "»", "→", "|", "·", "🙂")],
    *["-C: No.", "👩\u200d⚕️ C: No.", "C 🙂: No.", "C*: No.", "C…: No.", "C?: No.", "C -: No."],
    *["C, crying: No.", "C; crying: No.", "C – tears: No.", "C - sighs crying: No."],
    *["C，哭：No.", "C—crying: No.", "C, leise: No."],
    *["(C): No.", "[C]: No.", "[C:] No.", "{C}: No.", "*C*: No.", "_C_: No.", "**C [A]:** No."],
    *["C\u200b: No.", "\u200eC: No.", "\ufeffC: No.", "Ｃ: No.", "C\u00a0: No.", "C\u3000：No."],
    *["C∶ No.", "C﹕ No.", "C\t:\tNo."],
    *["- Klientin: No.", "Klientin (leise): No.", "来访者（甲）：No.", "• 来访者：No."],
]


@pytest.mark.parametrize("line", CERTAIN)
def test_a_label_with_signs_or_a_note_is_that_speaker(read, line):
    assert read(between(line))[2] == ("c", "No.")
    assert len(read(between(line))) == 4
    assert read(between(f"{line}\nNever."))[2] == ("c", "No.\nNever.")
    assert read(f"{line}\nT: Why?\nC: So.\n")[0] == ("c", "No.")


def test_a_stamp_beside_a_note_is_the_time_of_the_turn(tmp_path):
    path = tmp_path / "s1.txt"
    for label in (
        "C [00:12] (weeps)",
        "C (weeps) [0:12]",
        "[00:12] C [A]",
        "00:12 - C",
        "0:12 | C",
    ):
        path.write_text(between(f"{label}: No."), encoding="utf-8")
        (session,) = read_sessions(path, language="en")
        assert [turn.start for turn in session.turns] == [None, None, 12, None]


DOUBTFUL = [
    *["C+D: No.", "C & T: No.", "C und T: No.", "T/C: No.", "C, T: No.", "C (and T): No."],
    *["C (T): No.", "#C: No.", '"C: No.', "“C: No.", "1.C: No.", "1C: No."],
    *["C weeping: No.", "C. weeping: No.", "C=x: No.", "C (2): No.", "C（2）：No.", "$C: No."],
    *["<b>C:</b> No.", "C C: No.", "（哭）C: No.", "C [weeps: a lot]: No.", "client [A]: No."],
    *["C, who had been here once before with her sister: No.", "Klientin, leise: No."],
    *["C, weeping: No.", "C - and he said: go away", "C, he told me: leave", "C, my cat: it died."],
    *["C – in tears: No.", "C - low voice now: No.", "C，轻声：No.", "C, stop: it hurts."],
]


@pytest.mark.parametrize("line", DOUBTFUL)
def test_a_label_beside_something_else_is_refused(read, line):
    with pytest.raises(TranscriptError, match=r"line 3, .*stands beside a known speaker label"):
        read(between(line))


@pytest.mark.parametrize(
    ("line", "roles"),
    [
        ("C+D: No.", {"C+D": "client"}),
        ("C and T: No.", {"C and T": "none"}),
        ("C (2): No.", {"C (2)": "client"}),
        ("C, T: No.", {"C, T": "none"}),
        ('"C: No.', {'"C': "client"}),
    ],
)
def test_remedies_for_a_label_beside_something_else(read, line, roles):
    with pytest.raises(TranscriptError, match=r"map all that .*`roles`, e\.g\. --roles") as caught:
        read(between(line))
    assert caught.value.code == "unclear_speaker"
    spoken = [("c", "No.")] if "none" not in roles.values() else []
    expected = [("t", "How was it?"), ("c", "Long."), *spoken, ("t", "I see.")]
    assert read(between(line), roles=roles) == expected
    assert read(between(f" {line}"))[1] == ("c", f"Long.\n {line}")
    assert read(between("C: No."))[2] == ("c", "No.")


NUMBERED = ["12 C: No.", "1. C: No.", "1) C: No.", "(1) C: No.", "[weeps] C: No.", "(aside) C: No."]


@pytest.mark.parametrize("line", NUMBERED)
def test_a_number_or_a_note_before_a_label_is_refused(read, line):
    with pytest.raises(TranscriptError, match=r"line 3, .*before the speaker label is not a time"):
        read(between(line))


UNKNOWN = [
    "Mother [A]: No.",
    "- Mother: No.",
    "• Mother: No.",
    "Mother (weeps): No.",
    "🙂 Mother: No.",
]


@pytest.mark.parametrize("line", UNKNOWN)
def test_an_unknown_label_with_signs_is_still_one(read, line):
    with pytest.raises(TranscriptError, match=r"line 3, .*not in the role map"):
        read(between(line))
    assert read(between(line), roles={"Mother": "none"})[2] == ("t", "I see.")


SECOND = [
    *["C: T: No.", "C: - T: No.", "C: T [A]: No.", "C: (weeps) T: No.", "C: [0:12] T: No."],
    *["[0:12] C: T: No.", "C: Therapist: No.", "C: 心理咨询师：No.", "C: Doctor: No.", "C: t: No."],
    *["C: Yes. T: And?", "C: Yes! T: And?", "C: Yes T: And?", "C: yes T: and?", "C: Yes, T: and?"],
    *[
        "C: Yes - T: and?",
        "C: Yes / T: and?",
        "C: Yes  T: and?",
        "C: Yes\tT: and?",
        "C: Yes.T: No.",
    ],
    *["C: Yes. T:And?", "C: Yes.  T : And?", "C: Yes (sighs) T: And?", "C: Yes [0:12] T: And?"],
    *[
        "C: Yes. T (low): And?",
        "C: Yes. **T:** And?",
        "C: Yes. t: And?",
        "C: Yes. T:",
        "C: 好。T：No.",
    ],
    *["C: I mean\nit is. T: And?", "C: I mean\n  it is. T: And?", "C: I told my T: No."],
]


@pytest.mark.parametrize("line", SECOND)
def test_a_second_label_in_a_line_is_refused(read, line):
    with pytest.raises(TranscriptError, match="a second speaker label is in the line") as caught:
        read(f"T: How?\n{line}\nT: I see.")
    assert (caught.value.code, caught.value.line) == ("unclear_speaker", 2 + ("\n" in line))


def test_remedies_for_a_second_label(read):
    with pytest.raises(TranscriptError, match=r"Begin a new line before it; .* no colon behind it"):
        read("T: How?\nC: Yes. T: And?")
    assert read("T: How?\nC: Yes.\nT: And?")[1:] == [("c", "Yes."), ("t", "And?")]
    assert read("T: How?\nC: Yes. T, and?")[1:] == [("c", "Yes. T, and?")]


@pytest.mark.parametrize("line", ["Client: Yes. Therapist: And?", "Client: yes Therapist: And?"])
def test_a_second_label_that_is_a_word(read, line):
    with pytest.raises(TranscriptError, match="a second speaker label is in the line"):
        read(f"Therapist: How?\n{line}")
    with pytest.raises(TranscriptError, match="a second speaker label is in the line"):
        read(
            f"THERAPIST: How?\n{line.replace('Client', 'CLIENT').replace('Therapist', 'THERAPIST')}"
        )


SPEECH = [
    *[
        "vitamin C: it helps",
        "we have a plan C: we go",
        "see A: one, B: two, C: three",
        "well: yes",
    ],
    *[
        "It was [T: mm-hmm] long (C laughs).",
        "It was (T: mm) long",
        "It was {T: mm} and <T: mm> so",
    ],
    *[
        "it was /T: mm/ long",
        "Listen: I am done",
        "At 10:30 I left",
        "a C-section: bad",
        "T-shirts",
    ],
    *[
        "he said T:no way",
        "so C, T and P",
        "I said: fine",
        "http://a.b",
        "I asked him: why",
        "TC: x",
    ],
]


@pytest.mark.parametrize("text", SPEECH)
def test_what_only_looks_like_a_second_label_is_text(read, text):
    assert read(f"T: How?\nC: {text}\nT: I see.")[1] == ("c", text)


CONTINUED = [
    *["[T: mm-hmm]", "[T: mm-hmm] and so", "(T nods)", "<T: mm> and so", "vitamin C: it helps"],
    *[
        "10:30 I left",
        "At 10:30 I left\nAt 10:45 I came",
        "the type C: a bad one",
        "A) one\nC) two",
    ],
]


@pytest.mark.parametrize("text", CONTINUED)
def test_what_only_looks_like_a_label_on_a_line_of_its_own(read, text):
    assert read(f"T: How?\nC: So\n{text}\nT: I see.")[1] == ("c", f"So\n{text}")


@pytest.mark.parametrize(
    "text", ["my Therapist: no", "as the Client: I", "I told my therapist: no"]
)
def test_a_word_that_is_a_label_can_be_said(read, text):
    assert read(f"Therapist: How?\nClient: {text}")[1] == ("c", text)


def test_german_nouns_have_capitals(read):
    said = "Da sagte Therapeutin: Gehen wir"
    assert read(f"Therapeutin: Und?\nKlientin: {said}", language="de")[1] == ("c", said)
    with pytest.raises(TranscriptError, match="a second speaker label"):
        read(f"Therapeutin: Und?\nKlientin: Ja. {said[9:]}", language="de")


def test_a_label_in_an_open_bracket(read):
    with pytest.raises(TranscriptError, match=r"line 2, .*is inside a bracket with") as caught:
        read("T: How?\n[C: so\nand so]")
    assert caught.value.remedy == 'Write turns as "T: text" without brackets around them.'
    with pytest.raises(TranscriptError, match=r"line 1, .*is inside a bracket with what is said"):
        read("[T: How?]\n[C: so]")
    assert read("T: How?\nC: so\nand so")[1] == ("c", "so\nand so")


WITHOUT_COLON = [
    *[
        "C",
        "C yes",
        "C. yes",
        "C) yes",
        "C; yes",
        "C\tyes",
        "C  yes",
        "C - yes",
        "C – yes",
        "C > yes",
    ],
    *["• C yes", "C = yes", "[0:12] C yes", "0:12 C yes", "C 0:00:12 yes", "Client 10:30 AM"],
]


@pytest.mark.parametrize("line", WITHOUT_COLON)
def test_a_label_without_a_colon_is_refused(read, line):
    with pytest.raises(TranscriptError, match=r"line 3, .*and no colon follows") as caught:
        read(between(line))
    assert caught.value.code == "unclear_speaker"
    assert read(between(f" {line}"))[1] == ("c", f"Long.\n {line}")


@pytest.mark.parametrize("line", ["C: yes", "C [00:01:23]: yes"])
def test_remedies_for_a_label_without_a_colon(read, line):
    with pytest.raises(TranscriptError, match=r'Write "C: text", or "C \[00:01:23\]: text" with a'):
        read(between("C yes"))
    assert read(between(line))[2] == ("c", "yes")


@pytest.mark.parametrize("line", ["Client", "Client\tyes", "Client - yes", "CLIENT yes"])
def test_a_word_label_without_a_colon_is_refused(read, line):
    name = line[:6]
    with pytest.raises(TranscriptError, match=r"line 3, .*no colon follows"):
        read(f"T: How?\n{name}: Long.\n{line}\n")


@pytest.mark.parametrize("line", ["C - Long.", "Client\tLong.", "P Long.", "Klientin", "来访者"])
def test_where_one_speaks_any_label_may_be_the_other(read, line):
    with pytest.raises(TranscriptError, match=r"line 2, .*no colon follows"):
        read(f"T: How?\n{line}\nT: I see.")


@pytest.mark.parametrize("line", ["client", "Client yes", "the client", "CLIENTS yes"])
def test_a_word_that_begins_a_line_of_talk(read, line):
    assert read(f"T: How?\nClient: a\n{line}\n")[1] == ("c", f"a\n{line}")


BREAKS = ["\v", "\f", "\x1c", "\x1d", "\x1e", "\x85", "\u2028", "\u2029", "\r", "\r\n", "\n\r"]


@pytest.mark.parametrize("end", BREAKS, ids=ascii)
def test_a_label_behind_any_line_break_begins_a_turn(read, end):
    said = read(f"T: How?{end}C: Long,{end}very.{end}T: I see.{end}")
    assert [(role, text.split()) for role, text in said] == [
        ("t", ["How?"]),
        ("c", ["Long,", "very."]),
        ("t", ["I", "see."]),
    ]


@pytest.mark.parametrize("end", BREAKS[:8], ids=ascii)
def test_other_line_breaks_inside_a_turn_stay_as_they_are(read, end):
    assert read(f"T: How?\nC: a{end}{end}b\nc{end}\nT: d")[1] == ("c", f"a{end}{end}b\nc")


def test_the_line_of_an_error_is_that_of_an_editor(read):
    with pytest.raises(TranscriptError, match=r"line 2, .*a second speaker label"):
        read("T: How?\vC: a\nT: b\fC: T: c")


def test_indented_files_hide_no_speaker(read):
    with pytest.raises(TranscriptError, match=r"line 2, .*not in the role map"):
        read("    T: How?\n    Mother: No.\n    C: Yes.")
    with pytest.raises(TranscriptError, match=r"line 2, .*stands beside a known"):
        read("    T: How?\n    C+D: No.\n    C: Yes.")
    assert read("  T: How?\n    Mother: No.\n  C: Yes.") == [
        ("t", "How?\n    Mother: No."),
        ("c", "Yes."),
    ]


TIMED = [
    *["{} 0:01", "{}  00:00:01", "{} (0:01)", "{} [00:01]", "{} - 0:01", "0:01 {}", "[0:01] {}"],
    *["{}  0:01 - 0:04", "0:00:01 | {}", "- {}  0:01"],
]


@pytest.mark.parametrize("head", TIMED)
@pytest.mark.parametrize("labels", [("Therapist", "Client"), ("T", "C"), ("来访者", "咨询师")])
def test_a_label_and_a_time_alone_on_a_line_begin_a_turn(tmp_path, head, labels):
    path = tmp_path / "s1.txt"
    blocks = (f"{head.format(labels[n % 2])}\n{text}\n" for n, text in enumerate("abc"))
    path.write_text("\n".join(blocks), encoding="utf-8")
    (session,) = read_sessions(path, language="en")
    assert [turn.text for turn in session.turns] == ["a", "b", "c"]
    assert {turn.start for turn in session.turns} == {1}
    assert session.turns[0].role == session.turns[2].role != session.turns[1].role


def test_speakers_with_times_that_are_not_known(read):
    content = "Ada  0:01\nHow?\n\nBen  0:05\nLong.\n\nAda  0:09\nI see.\n"
    with pytest.raises(TranscriptError, match=r"line 1, .*\(2 different\).* with `roles`"):
        read(content)
    assert read(content, roles={"Ada": "therapist", "Ben": "client"}) == [
        ("t", "How?"),
        ("c", "Long."),
        ("t", "I see."),
    ]


def test_numbered_turns_are_read_as_the_message_says(read):
    content = "".join(f"{'TC'[n % 2]}{n}: {text}\n" for n, text in enumerate("abcd", start=1))
    with pytest.raises(TranscriptError, match=r'`line_format` \(--line-format\) "\{role\}\{number'):
        read(content)
    said = [("c", "a"), ("t", "b"), ("c", "c"), ("t", "d")]
    assert read(content, line_format="{role}{number}: {text}") == said
    with pytest.raises(TranscriptError, match="Map them with `roles`") as caught:
        read("T: a\nC2: b\nC1: c\n")
    assert "line_format" not in caught.value.remedy


LAYOUTS = [
    (r"{role}\t{text}", "{}\t{}"),
    (r"{number}\t{role}: {text}", "7\t{}: {}"),
    ("{number} {role}: {text}", "007  {}: {}"),
    ("{number}. {role}: {text}", "7. {}: {}"),
    ("({number}) {role}: {text}", "(7) {}: {}"),
    (r"{time}\t{role}\t{text}", "0:07\t{}\t{}"),
    ("{role} [{time}] {text}", "{} [0:07] {}"),
    ("{role} {time} {text}", "{} 0:07 {}"),
    ("[{time}] {role} {text}", "[0:07] {} {}"),
    ("<{role}> {text}", "<{}> {}"),
    ("[{role}] {text}", "[{}] {}"),
    ("{role} > {text}", "{}> {}"),
    ("{role} - {text}", "{} - {}"),
    ("{role} – {text}", "{} – {}"),
    ("{role}; {text}", "{}; {}"),
    ("{role}. {text}", "{}. {}"),
]


@pytest.mark.parametrize(("layout", "line"), LAYOUTS)
def test_the_layout_that_a_message_names_reads_the_file(read, layout, line):
    said = [("t", "How was it?"), ("c", "Long."), ("t", "I see."), ("c", "Yes.")]
    content = "".join(line.format(role.upper(), text) + "\n" for role, text in said)
    with pytest.raises(TranscriptError, match=r"`line_format` \(--line-format\)") as caught:
        read(content)
    assert f'e.g. "{layout}".' in caught.value.remedy
    assert read(content, line_format=layout) == said


def test_other_line_formats_keep_the_same_rules(read):
    tabs = {"line_format": r"{role}\t{text}"}
    assert read("T\tHow?\nC [A]\tLong.\n- C\tYes.", **tabs)[1:] == [("c", "Long."), ("c", "Yes.")]
    with pytest.raises(TranscriptError, match=r"line 2, .*stands beside a known"):
        read("T\tHow?\nC+D\tLong.", **tabs)
    with pytest.raises(TranscriptError, match=r"line 2, .*a second speaker label"):
        read("T\tHow?\nC\tLong. T: And?", **tabs)
    with pytest.raises(
        TranscriptError, match=r"line 2, .*or leave `line_format` \(--line-format\)"
    ):
        read("T\tHow?\nC [A]: Long.", **tabs)


@pytest.mark.parametrize("unit", ["A: a, B: b, C: c ", "vitamin C: it ", "Yes C: no, "])
def test_a_long_line_takes_linear_time(read, unit):
    begin = time.process_time()
    with contextlib.suppress(TranscriptError):
        read(f"T: hi\nC: {(unit * 9000)[:90_000]}\n")
    assert time.process_time() - begin < 10  # quadratic: a minute


@pytest.mark.parametrize(
    "text",
    [
        "Speaker 1: Hello.\nSpeaker 2: Hi there.\n",
        "Speaker 1  0:01\nHello.\n\nSpeaker 2  0:05\nHi there.\n",
    ],
)
def test_numbers_of_speakers_are_not_numbers_of_turns(read, text):
    with pytest.raises(TranscriptError, match="not in the role map") as caught:
        read(text)
    assert "{number}" not in str(caught.value)
    roles = {"Speaker 1": "therapist", "Speaker 2": "client"}
    assert read(text, roles=roles) == [("t", "Hello."), ("c", "Hi there.")]


@pytest.mark.parametrize("line", ["[T] How is she?", "<T> How is she?", "(T) How is she?"])
def test_a_label_in_brackets_without_a_colon_is_refused(read, line):
    with pytest.raises(TranscriptError, match=r"line 3, .*no colon follows"):
        read(between(line))
    assert read(between("[T]: How is she?"))[2] == ("t", "How is she?")


@pytest.mark.parametrize("line", ["[C laughs] No.", "(a) no", "(C) no or (D) yes", "[x] no"])
def test_other_brackets_at_the_beginning_are_text(read, line):
    text = f"T: How was it?\nC: Long: (A) yes or (B) no.\n(B) no\n{line}\nT: I see.\n"
    assert read(text)[1][1].endswith(line)

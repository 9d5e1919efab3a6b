"""What `validate` says of files: verbatim or edited, what can be measured, what is wrong."""

import json

import pytest

from alliance_features.commands.validate import FileReport, validate_files
from alliance_features.transcript.source import Input

PLAIN = "Well the week was long and my sister came to see me on the train again. "
SPOKEN = "Um, well the the week was long and uh my sis- sister came to see me again. "


@pytest.fixture
def write(tmp_path):
    """Write one file of sessions, each a client's turn."""

    def make(name, *sessions):
        lines = []
        for number, (text, fields) in enumerate(sessions):
            record = {"session_id": f"{name}-{number}", "language": "en"}
            turns = [{"role": "client", "text": text}]
            lines.append(json.dumps({**record, "turns": turns, **fields}))
        path = tmp_path / f"{name}.jsonl"
        path.write_text("\n".join(lines), encoding="utf-8")
        return path

    return make


def _files(*paths):
    return validate_files(Input(paths=paths)).files


def test_rates_are_pooled_over_the_file(write):
    (file,) = _files(write("a", (SPOKEN, {"verbatim": True}), (PLAIN, {"verbatim": True})))
    # 14 + 15 words (um, uh, the second the and sis- are none), 2 pauses, 2 repairs.
    assert (file.n_words, file.n_pauses, file.n_repairs) == (29, 2, 2)
    assert file.pause_rate == file.repair_rate == 100 * 2 / 29
    assert (file.verdict, file.advice) == ("short", "")


@pytest.mark.parametrize(
    ("text", "fields", "verdict", "advice"),
    [
        (SPOKEN * 40, {"verbatim": True}, "verbatim", ""),
        (SPOKEN * 40, {}, "verbatim", "1 sessions do not say verbatim: set it to true"),
        (SPOKEN * 40, {"mode": "captions", "verbatim": False}, "verbatim", "1 sessions do not"),
        (PLAIN * 40, {"mode": "spoken", "verbatim": True}, "edited", "1 sessions say verbatim:"),
        (PLAIN * 40, {"mode": "spoken"}, "edited", ""),
        (PLAIN * 50 + SPOKEN, {"verbatim": True}, "unclear", ""),
    ],
)
def test_verdicts(write, text, fields, verdict, advice):
    (file,) = _files(write("a", (text, fields)))
    assert file.verdict == verdict
    assert bool(file.advice) == bool(advice)
    assert advice in file.advice


def test_nothing_is_said_of_typed_text(write):
    typed, japanese = {"mode": "typed"}, {"language": "ja"}
    (file,) = _files(write("a", (SPOKEN * 40, typed), (SPOKEN * 40, japanese)))
    assert (file.n_sessions, file.n_spoken, file.n_words) == (2, 0, 0)
    assert file.verdict == "short"
    assert FileReport(file.path).pause_rate == 0.0


def test_files_folders_and_a_session_in_two_of_them(write, tmp_path):
    one = write("a", (PLAIN, {"session_id": "s"}))
    write("b", (PLAIN, {"session_id": "s"}), (PLAIN, {"session_id": "t"}))
    report = validate_files(Input(paths=[tmp_path]))
    assert [file.path.name for file in report.files] == ["a.jsonl", "b.jsonl"]
    assert report.n_sessions == 2
    (error,) = report.errors
    assert (error.code, error.session_id) == ("duplicate_session", "s")
    assert error.path.endswith("b.jsonl")
    assert validate_files(Input(paths=[tmp_path / "*.csv", one])).errors[0].code == "unreadable"


def test_what_cannot_be_measured(write):
    report = validate_files(Input(paths=[write("a", (PLAIN, {"mode": "typed"}))]))
    assert report.missing["fluency"] == {"mode_typed": 1}
    assert report.missing["timing"] == {"no_times": 1}
    assert report.missing["synchrony"] == {"few_turns": 1}
    assert "typed" not in report.missing

"""No word of a transcript leaves a reader but inside the sessions it yields."""

import csv
import gzip
import json
import logging
import pickle
import traceback

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from alliance_features import Session, TranscriptError, Turn, merge_turns, read_sessions
from alliance_features.transcript.arrow import (
    arrow_schema,
    rows_of,
    sessions_to_table,
    table_to_sessions,
)
from alliance_features.transcript.readers.files import read_lines
from alliance_features.transcript.readers.jsonl import parse_line
from alliance_features.transcript.readers.parquet import _quietly

WORD = "Zyxquokka"
SPOKEN = f"Well, {WORD} told me, um, that {WORD}; she said"
CHINESE = f"我很难过。{WORD}，你呢？"
HEADER = "session_id,language,role,text\n"


def session(**change):
    turns = [
        {"role": "client", "text": SPOKEN, "start": 0, "end": 1},
        {"role": "therapist", "text": CHINESE},
    ]
    return {"session_id": "s1", "language": "en", "turns": turns, **change}


def line(**change):
    return json.dumps(session(**change), ensure_ascii=False)


def turn(**change):
    return line(turns=[{"role": "client", "text": SPOKEN, **change}])


def reachable(error):
    """Return all that hangs on an exception: every chained one, its arguments and attributes."""
    found, waiting, seen = [], [error], set()
    while waiting:
        thing = waiting.pop()
        if id(thing) in seen:
            continue
        seen.add(id(thing))
        if isinstance(thing, BaseException):
            found += [str(thing), repr(thing)]
            waiting += [thing.__cause__, thing.__context__, *thing.args]
            waiting += [
                getattr(thing, name)
                for name in dir(thing)
                if not name.startswith("__") and not callable(getattr(thing, name))
            ]
            waiting += getattr(thing, "__notes__", [])
        elif isinstance(thing, (bytes, bytearray)):
            found.append(bytes(thing).decode("utf-8", "replace"))
        elif isinstance(thing, (list, tuple, set)):
            waiting += thing
        elif isinstance(thing, dict):
            waiting += [*thing, *thing.values()]
        else:
            found.append(str(thing))
    return found


def told(path, **options):
    """Return all that a user can see of reading a file, and the errors."""
    errors = []
    sessions = list(read_sessions(path, errors=errors, **options))
    seen = [repr(one) for one in sessions]
    seen += [repr(turn) for one in sessions for turn in (*one.turns, *merge_turns(one))]
    raised = None
    try:
        list(read_sessions(path, **options))
    except TranscriptError as error:
        raised = error
    assert (raised is None) == (not errors)
    for error in [*errors, *([raised] if raised is not None else [])]:
        assert error.__cause__ is None
        assert error.__context__ is None
        seen += reachable(error)
        seen += traceback.format_exception(error, chain=True)
        seen.append(pickle.dumps(error).decode("latin-1"))
    return seen, errors


def assert_silent(seen):
    for text in seen:
        assert WORD.lower() not in text.lower()
        assert "难过" not in text


def parquet(table, **options):
    """Return the bytes of a Parquet file."""
    sink = pa.BufferOutputStream()
    pq.write_table(table, sink, **options)
    return sink.getvalue().to_pybytes()


FLAT = {"session_id": ["s1"], "language": ["en"], "role": ["client"], "text": [SPOKEN]}


@pytest.fixture
def write(tmp_path):
    def write(content, name):
        path = tmp_path / name
        data = content if isinstance(content, bytes) else content.encode("utf-8", "surrogatepass")
        path.write_bytes(data)
        return path

    return write


def test_reachable_finds_what_a_chained_exception_holds():
    # The guard of this file: it must see the document inside a library's error.
    def chained(parse):
        try:
            parse()
        except ValueError:
            raise TranscriptError("wrong", code="bad_json") from None

    for parse in (lambda: json.loads("{" + WORD), lambda: (WORD.encode() + b"\xff").decode()):
        with pytest.raises(TranscriptError, match="wrong") as caught:
            chained(parse)
        assert any(WORD in text for text in reachable(caught.value))
        assert all(WORD not in text for text in reachable(caught.value.at(line=1)))


def test_good_files_show_nothing(write, caplog, capfd):
    caplog.set_level(logging.DEBUG)
    for path in (
        write(line(meta={WORD: SPOKEN}), "in.jsonl"),
        write(f'{HEADER}s1,en,client,"{SPOKEN}"\n', "in.csv"),
        write(parquet(pa.table(FLAT)), "in.parquet"),
        write(f"T: {CHINESE}\nC: {SPOKEN}\n {WORD}: x", "in.txt"),
    ):
        seen, errors = told(path, language="en")
        assert errors == []
        assert_silent(seen)
    assert caplog.text == ""
    assert capfd.readouterr() == ("", "")


JSONL = {
    "bad_json": {
        "not json": SPOKEN,
        "not an object": f"{{{SPOKEN}}}",
        "single quotes": line().replace('"', "'"),
        "no closing": line()[:-1],
        "two on a line": line() + line(),
        "comma at the end": line()[:-1] + ",}",
        "bare word": line().replace(f'"{SPOKEN}"', WORD),
        "tab in a string": turn().replace("Well,", "Well\t"),
        "bad escape": turn().replace("Well,", r"\Well"),
        "bad unicode escape": turn().replace("Well,", rf"\u{WORD}"),
        "mark inside the file": "\ufeff" + turn(),
        "nested too deeply": f'{{"{WORD}": ' * 50_000,
        "nested in meta": turn()[:-1] + ', "meta": ' + f'["{WORD}", ' * 50_000,
        "giant integer": turn(start=0).replace('"start": 0', f'"start": {"7" * 5000}'),
        "control character": turn().replace("Well,", "\x1b[31m"),
    },
    "bad_type": {
        "a list": json.dumps([SPOKEN]),
        "a string": json.dumps(SPOKEN),
        "text is a list": turn(text=[SPOKEN]),
        "text is an object": turn(text={WORD: SPOKEN}),
        "start is text": turn(start=SPOKEN),
        "end is text": turn(end=WORD),
        "turns are strings": line(turns=[SPOKEN]),
        "turns are lists": line(turns=[["client", SPOKEN]]),
        "turns are text": line(turns=SPOKEN),
        "turns are an object": line(turns={WORD: SPOKEN}),
        "session_id is a list": line(session_id=[SPOKEN]),
        "client_id is an object": line(client_id={WORD: WORD}),
        "number is text": line(session_number=WORD),
        "flag is text": line(verbatim=WORD),
        "meta is text": line(meta=SPOKEN),
    },
    "bad_value": {
        "session_id is what was said": line(session_id=SPOKEN),
        "session_id is Chinese": line(session_id=CHINESE),
        "session_id is long": line(session_id=WORD * 30),
        "session_id has a control": line(session_id=f"{WORD}\x07"),
        "therapist_id is what was said": line(therapist_id=SPOKEN),
        "mode is what was said": line(mode=WORD),
        "NaN": turn(start=0).replace('"start": 0', '"start": NaN'),
        "Infinity": turn(start=0).replace('"start": 0', '"start": -Infinity'),
        "number of sessions": line(session_number=10**400),
    },
    "bad_time": {
        "negative": turn(start=-1),
        "infinite": turn(start=0).replace('"start": 0', '"start": 1e999'),
        "giant integer": turn(start=10**400),
        "end before start": turn(start=2, end=1),
    },
    "duplicate_key": {
        "twice text": turn().replace('"text"', f'"text": "{WORD}", "text"'),
        "twice a word": turn().replace('"text"', f'"{WORD}": 1, "{WORD}": 2, "text"'),
        "twice inside meta": turn()[:-1] + f', "meta": {{"{WORD}": 1, "{WORD}": 2}}}}',
    },
    "unknown_key": {
        "of a session": line(**{WORD: 1}),
        "of a session, with text": line(**{SPOKEN: SPOKEN}),
        "of a turn": turn(**{WORD: 1}),
        "near to ours": turn(**{f"text{WORD[:2]}": WORD}),
        "a surrogate": turn(KEY=1).replace("KEY", rf"{WORD}\ud800"),
    },
    "missing_field": {
        "no role": line(turns=[{"text": SPOKEN}]),
        "null role": turn(role=None),
        "null text": line(turns=[*session()["turns"], {"role": "client", "text": None}]),
        "null language": line(language=None),
        "null session_id": line(session_id=None),
        "null turns": line(turns=None, meta={WORD: SPOKEN}),
    },
    "unknown_role": {
        "a word": turn(role=WORD),
        "what was said": turn(role=SPOKEN),
        "a list": turn(role=[WORD]),
        "role and text swapped": turn(role=SPOKEN, text="client"),
    },
    "unknown_language": {
        "a word": line(language=WORD),
        "what was said": line(language=SPOKEN),
        "a list": line(language=[WORD]),
    },
    "not_text": {
        "NUL": turn(text=f"{WORD}\0{WORD}"),
        "lone surrogate": turn(text="SURROGATE").replace("SURROGATE", rf"{WORD}\ud83d{WORD}"),
        "session_id with NUL": line(session_id=f"{WORD}\0"),
        "session_id with surrogate": line(session_id="X").replace('"X"', rf'"{WORD}\udc00"'),
    },
    "too_long": {"ten megabytes": turn(text=f"{WORD} " * 1_000_000)},
    "duplicate_session": {"twice": line() + "\n" + line()},
    "not_utf8": {
        "latin-1": line().encode() + b"\n" + WORD.encode() + b"\xe9" + SPOKEN.encode(),
        "utf-16": line().encode("utf-16"),
        "utf-16 without a mark": b"\x80" + line().encode("utf-16-le"),
        "surrogates": turn(text=f"{WORD}SURROGATE").encode().replace(b"SURROGATE", b"\xed\xa0\x80"),
        "cut in a character": line().encode()[: line().encode().index("难".encode()) + 1],
        "late": (turn() + "\n").encode() * 500 + WORD.encode() + b"\xff",
        "gzip without .gz": gzip.compress(line().encode()),
    },
}
JSONL_CASES = [
    pytest.param(code, content, id=f"{code}: {name}")
    for code, variants in JSONL.items()
    for name, content in variants.items()
]


@pytest.mark.parametrize("end", ["\n", "\r\n"], ids=["lf", "crlf"])
@pytest.mark.parametrize(("code", "content"), JSONL_CASES)
def test_malformed_jsonl(write, code, content, end):
    if isinstance(content, str):
        content = f"{line(session_id='first')}\n{content}\n{line(session_id='last')}\n"
        content = content.replace("\n", end)
    seen, errors = told(write(content, "in.jsonl"))
    assert code in {error.code for error in errors}
    assert_silent(seen)


def test_json_broken_at_every_place(write):
    good = line(meta={"note": SPOKEN})
    spots = range(1, len(good))
    broken = [good[:spot] for spot in spots]
    broken += [good[:spot] + good[spot + 1 :] for spot in spots]
    broken += [good[:spot] + mark + good[spot:] for spot in spots for mark in ('"', "\\", "}", "0")]
    seen, errors = told(write("\n".join(broken), "in.jsonl"))
    assert len(errors) > 3 * len(good)
    assert {error.code for error in errors} >= {"bad_json", "unknown_key", "unknown_role"}
    assert_silent(seen)
    # told() raises the first error only; each of the others is raised from its own line.
    for error in errors:
        assert error.__context__ is None


def row(*cells):
    return ",".join(cells) + "\n"


QUOTED = '"' + SPOKEN + '"'
GOOD_ROW = row("s1", "en", "client", QUOTED)
CSV = {
    "missing_column": {
        "no header": GOOD_ROW + GOOD_ROW,
        "header is what was said": SPOKEN + "\n" + SPOKEN,
        "broken quote in the header": f'session_id,"{WORD}\n{GOOD_ROW}',
        "blank first line": "\n" + HEADER + GOOD_ROW,
        "header beyond the limit of csv": f"{WORD} " * 20_000 + "\n" + GOOD_ROW,
    },
    "unknown_key": {"a word": HEADER.replace("\n", f",{WORD}\n") + GOOD_ROW},
    "duplicate_key": {"twice": HEADER.replace("\n", ",text\n") + GOOD_ROW},
    "bad_value": {
        "text and session_id swapped": HEADER
        + row(WORD, "en", "client", "s1")
        + row(QUOTED, "en", "client", "s1"),
        "Chinese text and session_id swapped": HEADER
        + row(WORD, "zh", "client", "s1")
        + row(CHINESE, "zh", "client", "s1"),
        "swapped, and twice the same word": HEADER
        + row(WORD, "en", "client", "s1")
        + row("no", "en", "client", "s1")
        + row(WORD, "en", "client", "s1")
        + row(QUOTED, "en", "client", "s1"),
        "swapped, and a row too wide": HEADER
        + row(WORD, "en", "client", "s1")
        + row(WORD, "en", "client", "s1", "s2")
        + row(QUOTED, "en", "client", "s1"),
        "mode": HEADER.replace("\n", ",mode\n") + row("s1", "en", "client", QUOTED, WORD),
        "client_id": HEADER.replace("\n", ",client_id\n") + row("s1", "en", "client", "", QUOTED),
    },
    "unknown_role": {
        "text and role swapped": HEADER + row("s1", "en", QUOTED, "client"),
        "a word": HEADER + row("s1", "en", WORD, QUOTED),
    },
    "unknown_language": {
        "text and language swapped": HEADER + row("s1", QUOTED, "client", "en"),
        "a word": HEADER + row("s1", WORD, "client", QUOTED),
    },
    "bad_type": {
        name: HEADER.replace("\n", f",{name}\n") + row("s1", "en", "client", "", cell)
        for name in ("session_number", "translated", "verbatim", "start", "end")
        for cell in (WORD, QUOTED)
    },
    "bad_time": {
        "negative": HEADER.replace("\n", ",end\n") + row("s1", "en", "client", QUOTED, "-1"),
        "NaN": HEADER.replace("\n", ",end\n") + row("s1", "en", "client", QUOTED, "nan"),
        "Infinity": HEADER.replace("\n", ",end\n") + row("s1", "en", "client", QUOTED, "inf"),
    },
    "missing_field": {
        "no session_id": HEADER + row("", "en", "client", QUOTED),
        "no role": HEADER + row("s1", "en", "", QUOTED),
        "no language": HEADER + row("s1", "", "client", QUOTED),
    },
    "wrong_width": {
        "delimiter not quoted": HEADER + row("s1", "en", "client", SPOKEN),
        "line break not quoted": HEADER + row("s1", "en", "client", f"{WORD}\n{WORD}"),
        "in the middle": HEADER + GOOD_ROW + row(WORD, WORD) + GOOD_ROW,
        "text comes first": "text,session_id,language,role\n" + row(SPOKEN, "s1", "en", "client"),
    },
    "bad_csv": {
        "never closed": HEADER + GOOD_ROW + row("s1", "en", "client", f'"{SPOKEN}') + GOOD_ROW,
        "text after a quote": HEADER + row("s1", "en", "client", f'"{WORD}" {SPOKEN}'),
        "lone quote": HEADER + row("s1", "en", "client", f'"{WORD}"{WORD}"'),
        "at the end": HEADER + f's1,en,client,"{WORD}',
    },
    "too_long": {
        "beyond the limit of csv": HEADER + row("s1", "en", "client", f"{WORD} " * 20_000),
        "ten megabytes": HEADER + row("s1", "en", "client", f"{WORD} " * 1_000_000),
        "below the limit of csv": HEADER + row("s1", "en", "client", f"{WORD} " * 11_000),
        "swallowed by a quote": HEADER
        + f's1,en,client,"{WORD}\n'
        + GOOD_ROW.replace('"', "") * 3000,
    },
    "not_text": {
        "NUL in the text": HEADER + row("s1", "en", "client", f"{WORD}\0"),
        "NUL in the id": HEADER + row(f"{WORD}\0", "en", "client", QUOTED),
    },
    "interleaved_sessions": {
        "three": HEADER + GOOD_ROW + row("s2", "en", "client", QUOTED) + GOOD_ROW,
    },
    "changed_field": {
        name: HEADER.replace("\n", f",{name}\n")
        + row("s1", "en", "client", QUOTED, "")
        + row("s1", "en", "client", QUOTED, cell)
        for name, cell in (
            ("client_id", WORD),
            ("therapist_id", QUOTED),
            ("mode", WORD),
            ("session_number", "3"),
        )
    },
    "not_utf8": {
        "latin-1": (HEADER + GOOD_ROW).encode() + WORD.encode() + b"\xe9\n",
        "in the header": b"\xe9" + (HEADER + GOOD_ROW).encode(),
        "utf-16": (HEADER + GOOD_ROW).encode("utf-16"),
        "surrogate": HEADER + row("s1", "en", "client", f"{WORD}\ud800"),
        "late": (HEADER + GOOD_ROW * 2000).encode() + b"\xff" + WORD.encode(),
    },
}
CSV_CASES = [
    pytest.param(code, content, id=f"{code}: {name}")
    for code, variants in CSV.items()
    for name, content in variants.items()
]


def dialect(content, how):
    if isinstance(content, bytes):
        return content
    if how == "bom":
        return "\ufeff" + content
    if how == "crlf":
        return content.replace("\n", "\r\n")
    return content


@pytest.mark.parametrize("how", ["plain", "bom", "crlf"])
@pytest.mark.parametrize(("code", "content"), CSV_CASES)
def test_malformed_csv(write, code, content, how):
    seen, errors = told(write(dialect(content, how), "in.csv"))
    assert code in {error.code for error in errors}
    assert_silent(seen)


@pytest.mark.parametrize("delimiter", [";", "\t"])
@pytest.mark.parametrize(
    ("cells", "code"),
    [
        ([SPOKEN, "en", "client", "s1"], "bad_value"),
        (["s1", "en", WORD, SPOKEN], "unknown_role"),
        (["s1", "en", "client", SPOKEN, WORD], "wrong_width"),
    ],
)
def test_other_delimiters(write, tmp_path, delimiter, cells, code):
    path = tmp_path / "in.csv"
    with open(path, "w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream, delimiter=delimiter)
        writer.writerows([HEADER.strip().split(","), cells])
    seen, errors = told(path)
    assert [error.code for error in errors] == [code]
    assert_silent(seen)


def test_columns_mapped_to_the_wrong_field(write):
    path = write(f"id,lang,who,what\ns1,en,client,{QUOTED}\n", "in.csv")
    names = {"session_id": "id", "language": "lang", "role": "who", "text": "what"}
    for wrong in ("session_id", "language", "role"):
        columns = {**names, wrong: names["text"], "text": names[wrong]}
        seen, errors = told(path, columns=columns)
        assert len(errors) == 1
        assert_silent(seen)


def flat(n=1, **change):
    columns = {name: cells * n for name, cells in {**FLAT, **change}.items()}
    return parquet(pa.table(columns))


def nested(turns=None, **change):
    """Return a file of one session per row, of whatever type its parts are."""
    turns = [{"role": "client", "text": SPOKEN}] if turns is None else turns
    return parquet(pa.table({"session_id": ["s1"], "language": ["en"], "turns": [turns], **change}))


def not_utf8(cell):
    binary = pa.array([cell])
    return pa.Array.from_buffers(pa.string(), 1, binary.buffers())


ONE = {"role": "client", "text": SPOKEN}
PARQUET = {
    "damaged_file": {
        "text": SPOKEN.encode() * 9,
        "text between marks": b"PAR1" + SPOKEN.encode() * 9 + b"PAR1",
        "truncated": flat(99)[:-9],
        "footer cut out": flat(99)[:200] + flat(99)[-8:],
        "csv": (HEADER + GOOD_ROW).encode(),
    },
    "missing_column": {
        "no session_id": flat().replace(b"session_id", b"session_iX"),
        "column is what was said": parquet(pa.table({SPOKEN: [SPOKEN], "session_id": ["a"]})),
        "turn is what was said": nested([{SPOKEN: SPOKEN, "text": SPOKEN}]),
    },
    "unknown_key": {
        "a word": flat(**{WORD: [1]}),
        "what was said": flat(**{SPOKEN: [SPOKEN]}),
        "in a turn": nested([{**ONE, WORD: 1}]),
        "beside turns": nested(**{WORD: [SPOKEN]}),
    },
    "duplicate_key": {
        "twice": parquet(pa.table([[SPOKEN]] * 4, ["session_id", "role", "text", "text"])),
    },
    "bad_type": {
        "binary": flat(text=[SPOKEN.encode()]),
        "list": flat(text=[[SPOKEN]]),
        "struct": flat(text=[{WORD: SPOKEN}]),
        "times are text": flat(start=[SPOKEN]),
        "number is text": flat(session_number=[WORD]),
        "flag is text": flat(verbatim=[WORD]),
        "id is a struct": flat(session_id=[{WORD: WORD}]),
        "turns are text": parquet(pa.table({"session_id": ["s"], "turns": [SPOKEN]})),
        "turns are strings": nested([SPOKEN]),
        "turns are lists": nested([[{WORD: SPOKEN}]]),
        "text of a turn is a struct": nested([{**ONE, "text": {WORD: SPOKEN}}]),
        "meta is a struct": nested(meta=[{WORD: SPOKEN}]),
        "meta is a JSON string": nested(meta=[json.dumps(SPOKEN)]),
    },
    "bad_json": {
        "meta is what was said": nested(meta=[SPOKEN]),
        "meta is nested too deeply": nested(meta=[f'["{WORD}", ' * 50_000]),
    },
    "bad_value": {
        "id is what was said": flat(session_id=[SPOKEN]),
        "id of a session is what was said": nested(session_id=[SPOKEN]),
        "mode is what was said": flat(mode=[WORD]),
    },
    "unknown_role": {
        "a word": flat(role=[WORD]),
        "text and role swapped": flat(role=[SPOKEN], text=["client"]),
        "in a turn": nested([{**ONE, "role": SPOKEN}]),
    },
    "unknown_language": {"a word": flat(language=[WORD]), "of a session": nested(language=[WORD])},
    "missing_field": {
        "null text": nested([ONE, {**ONE, "text": None}]),
        "null session_id": flat(session_id=pa.array([None], pa.string()).to_pylist()),
        "null role": nested([{"role": None, "text": SPOKEN}]),
    },
    "bad_time": {"negative": flat(start=[-1.0]), "in a turn": nested([{**ONE, "end": -1.0}])},
    "not_text": {"NUL": flat(text=[f"{WORD}\0"]), "in a turn": nested([{**ONE, "text": "\0"}])},
    "not_utf8": {
        "text": parquet(pa.table({**FLAT, "text": not_utf8(WORD.encode() + b"\xff")})),
        "session_id": parquet(pa.table({**FLAT, "session_id": not_utf8(WORD.encode() + b"\xe9")})),
    },
    "too_long": {"ten megabytes": flat(text=[f"{WORD} " * 1_000_000])},
    "duplicate_session": {"twice": parquet(sessions_to_table([Session.from_dict(session())] * 2))},
    "interleaved_sessions": {"three": flat(session_id=["a", "b", "a"], text=[SPOKEN] * 3,
        language=["en"] * 3, role=["client"] * 3)},
    "changed_field": {"client_id": flat(session_id=["a"] * 2, text=[SPOKEN] * 2,
        language=["en"] * 2, role=["client"] * 2, client_id=["x", WORD])},
}  # fmt: skip
PARQUET_CASES = [
    pytest.param(code, content, id=f"{code}: {name}")
    for code, variants in PARQUET.items()
    for name, content in variants.items()
]


@pytest.mark.parametrize(("code", "content"), PARQUET_CASES)
def test_malformed_parquet(write, code, content, caplog, capfd):
    seen, errors = told(write(content, "in.parquet"), language="en")
    assert [error.code for error in errors] == [code]
    assert_silent([*seen, caplog.text, *capfd.readouterr()])


def test_damaged_parquet(write, capfd):
    contents = [
        parquet(pa.table({name: cells * 40 for name, cells in FLAT.items()}), compression=how)
        for how in ("none", "snappy", "zstd")
    ]
    contents.append(parquet(sessions_to_table([Session.from_dict(session())])))
    for content in contents:
        n_errors = 0
        for place in range(0, len(content), 23):
            flipped = content[:place] + bytes([content[place] ^ 255]) + content[place + 1 :]
            seen, errors = told(write(flipped, "in.parquet"))
            n_errors += bool(errors)
            assert_silent(seen)
        assert n_errors > 9
    assert_silent(capfd.readouterr())


def test_arrow_raises_without_context():
    class Broken:
        def to_pylist(self):
            raise pa.ArrowInvalid(SPOKEN)

    table = sessions_to_table([Session.from_dict(session())])
    broken = table.set_column(3, arrow_schema().field(3), pa.array([WORD]))
    steps = (
        lambda: _quietly(Broken().to_pylist),
        lambda: rows_of(Broken()),
        lambda: list(table_to_sessions(broken)),
    )
    for step in steps:
        with pytest.raises(TranscriptError, match=r"\[\w+\]$") as caught:
            step()
        assert caught.value.__context__ is None
        assert_silent(reachable(caught.value))


TEXT = {
    "missing_field": {
        "no label": SPOKEN,
        "text above": f"{SPOKEN}\nT: {SPOKEN}",
        "header": f"{WORD}: x\nT: {SPOKEN}\nC: {SPOKEN}",
    },
    "unknown_role": {
        "a name": f"T: {SPOKEN}\n{WORD}: x\n{WORD}: {SPOKEN}",
        "names only": f"{WORD}: {SPOKEN}\nMs {WORD}: x",
        "a name with a stamp": f"T: {SPOKEN}\n[00:01] {WORD}: {SPOKEN}",
        "a number": f"T: {SPOKEN}\nC2: {SPOKEN}",
        "one role": f"C: {SPOKEN}\nP: {SPOKEN}",
    },
    "bad_time": {
        "sixty": f"T: {SPOKEN}\n[00:60] C: {SPOKEN}",
        "letters": f"T: {SPOKEN}\n[{WORD}] C: {SPOKEN}",
        "digits": f"T: {SPOKEN}\n1{WORD} C: {SPOKEN}",
        "backwards": f"[00:02 - 00:01] T: {SPOKEN}",
    },
    "unclear_speaker": {
        "two labels": f"T: {SPOKEN}\nC: T: {SPOKEN}",
        "in mid-line": f"T: {SPOKEN}\nC: {WORD}. T: {SPOKEN}",
        "a word beside it": f"T: {SPOKEN}\nC: x\nC {WORD}: {SPOKEN}",
        "a bracket": f"T: {SPOKEN}\n[C: {SPOKEN}",
        "no colon": f"T: {SPOKEN}\nC: x\nC\t{SPOKEN}",
    },
    "other_format": {
        "subtitles": f"T: {SPOKEN}\n00:00:01,000 --> 00:00:02,000\n{SPOKEN}",
        "chat": f"T: {SPOKEN}\n%com: {SPOKEN}",
        "json": f'{{"{WORD}": "{SPOKEN}"}}',
        "markup": f"<html><p>{SPOKEN}",
    },
    "not_speech": {
        "a page": f"T: {SPOKEN}\nPage 2 of 9\nC: {SPOKEN}",
        "a running head": f"T: a\nC: b\n{SPOKEN}\f{SPOKEN}",
        "a time": f"T: {SPOKEN}\n10:30\n{SPOKEN}",
    },
    "not_text": {"NUL": f"T: {WORD}\0"},
    "too_long": {
        "ten megabytes": f"T: {WORD} " + f"{WORD} " * 1_000_000,
        "in lines": f"T: {WORD} " + f"{SPOKEN}\n" * 10_000,
    },
    "not_utf8": {
        "latin-1": f"T: {SPOKEN}\nC: ".encode() + b"\xe9" + WORD.encode(),
        "utf-16": f"T: {SPOKEN}".encode("utf-16"),
        "late": f"T: {SPOKEN}\n".encode() * 900 + WORD.encode() + b"\xff",
        "gzip": gzip.compress(f"T: {SPOKEN}".encode()),
    },
    "empty_file": {"comments": f"# {SPOKEN}"},
}
TEXT_CASES = [
    pytest.param(code, content, id=f"{code}: {name}")
    for code, variants in TEXT.items()
    for name, content in variants.items()
]


@pytest.mark.parametrize(("code", "content"), TEXT_CASES)
def test_malformed_text(write, code, content):
    seen, errors = told(write(content, "in.txt"), language="en")
    assert [error.code for error in errors] == [code]
    assert_silent(seen)


def test_text_that_is_not_as_the_line_format_says(write):
    path = write(f"[00:01] T: {SPOKEN}\nC: {WORD}", "in.txt")
    seen, errors = told(path, language="en", line_format="[{time}] {role}: {text}")
    assert [error.code for error in errors] == ["bad_value"]
    assert_silent(seen)


def test_a_folder_shows_nothing(write, tmp_path):
    write(f"T: {SPOKEN}\n{WORD}: x\n{WORD}: y", "a.txt")
    write(SPOKEN, "b.jsonl")
    write(SPOKEN, "c.parquet")
    write(SPOKEN, "d.docx")
    seen, errors = told(tmp_path, language="en")
    assert [error.code for error in errors] == ["unknown_role", "bad_json", "damaged_file"]
    assert_silent(seen)


CONTENT = (line() + "\n" + line(session_id="s2")).encode()
ROWS = (HEADER + GOOD_ROW * 3).encode()


@pytest.mark.parametrize(
    ("content", "name"), [(CONTENT, "in.jsonl.gz"), (ROWS, "in.csv.gz")], ids=["jsonl", "csv"]
)
def test_damaged_gzip(write, content, name):
    for level in (0, 9):  # level 0 stores the words as they are
        packed = gzip.compress(content, compresslevel=level, mtime=0)
        cuts = [packed[:n] for n in range(1, len(packed), 7)]
        flips = [
            packed[:n] + bytes([packed[n] ^ 255]) + packed[n + 1 :]
            for n in range(10, len(packed), 7)
        ]
        n_errors = 0
        for damaged in [*cuts, *flips, content, packed + content]:
            seen, errors = told(write(damaged, name))
            n_errors += bool(errors)
            assert_silent(seen)
        assert n_errors >= len(cuts) + len(flips)


def test_files_that_cannot_be_told_or_opened(write, tmp_path):
    (tmp_path / "folder.csv").mkdir()
    for path, code in (
        (write(line(), "in.doc"), "unknown_format"),
        (tmp_path / "folder.csv", "empty_file"),
        (tmp_path / "absent.jsonl", "unreadable"),
        (write("", "empty.jsonl"), "empty_file"),
        (write("", "empty.csv"), "empty_file"),
        (write(HEADER, "header.csv"), "empty_file"),
    ):
        seen, errors = told(path)
        assert [error.code for error in errors] == [code]
        assert_silent(seen)


def test_the_wrong_format(write):
    for content, name, format in (
        (HEADER + GOOD_ROW, "in.csv", "jsonl"),
        (line(), "in.jsonl", "csv"),
        (gzip.compress(line().encode()), "in.bin", "csv"),
    ):
        seen, errors = told(write(content, name), format=format)
        assert errors
        assert_silent(seen)


@pytest.mark.parametrize(
    "build",
    [
        lambda: Turn(role=WORD, text=""),
        lambda: Turn(role="client", text=WORD.encode()),
        lambda: Turn(role="client", text=f"{WORD}\ud800"),
        lambda: Turn(role="client", text="", start=WORD),
        lambda: Session(session_id=SPOKEN, language="en", turns=()),
        lambda: Session(session_id="s", language=SPOKEN, turns=()),
        lambda: Session(session_id="s", language="en", turns=SPOKEN),
        lambda: Session(session_id="s", language="en", turns=[SPOKEN]),
        lambda: Session(session_id="s", language="en", turns=(), mode=WORD),
        lambda: Session.from_dict(SPOKEN),
        lambda: Session.from_dict({WORD: SPOKEN}),
        lambda: Session.from_dict(session(session_id=SPOKEN, **{WORD: SPOKEN})),
    ],
    ids=range(12),
)
def test_objects_built_by_hand(build):
    with pytest.raises(TranscriptError, match=r"\[\w+\]$") as caught:
        build()
    assert caught.value.__context__ is None
    assert_silent(reachable(caught.value))


@pytest.mark.parametrize(
    ("content", "name"),
    [
        (WORD.encode() + b"\xff", "in.csv"),
        (WORD.encode(), "in.csv.gz"),
        (gzip.compress(CONTENT)[:-1], "in.jsonl.gz"),
    ],
    ids=["latin-1", "no gzip", "truncated"],
)
def test_an_open_file_raises_without_context(write, content, name):
    # Each step by itself, so that no caller has to clean up after it.
    with pytest.raises(TranscriptError, match=rf"{name}: .*\[(not_utf8|damaged_file)\]$") as caught:
        list(read_lines(write(content, name)))
    assert caught.value.__context__ is None
    assert_silent(reachable(caught.value))


@pytest.mark.parametrize(
    "text",
    [
        f'{{"{WORD}',
        f'{{"{WORD}": 1, "{WORD}": 2}}',
        f'{{"{WORD}": NaN}}',
        f'["{WORD}", ' * 50_000,
        f'["{WORD}", {"7" * 5000}]',
    ],
    ids=["broken", "twice", "NaN", "deep", "giant"],
)
def test_a_parsed_line_raises_without_context(text):
    with pytest.raises(TranscriptError, match=r"\[(bad_json|duplicate_key|bad_value)\]$") as caught:
        parse_line(text)
    assert caught.value.__context__ is None
    assert_silent(reachable(caught.value))

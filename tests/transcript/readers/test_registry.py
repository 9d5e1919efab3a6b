"""The registry of formats: what code, help and documentation take from it."""

import gzip
import itertools
import re
from pathlib import Path, PurePath

import pytest

import alliance_features as af
from alliance_features.transcript.arrow import sessions_to_table
from alliance_features.transcript.readers.registry import (
    FORMATS,
    NAMES,
    format_named,
    format_of,
    looks_like,
    name_help,
    suffix_help,
    titles,
)

SESSION = af.Session(
    session_id="s1",
    language="en",
    turns=[af.Turn(role="therapist", text="How was it?"), af.Turn(role="client", text="Hard.")],
)


def _delimited(sign):
    rows = [("session_id", "language", "role", "text")]
    rows += [("s1", "en", turn.role, turn.text) for turn in SESSION.turns]
    return "".join(sign.join(row) + "\n" for row in rows).encode()


def _written(name, path):
    """Write the session in a format, under a name that tells none."""
    import json

    import pyarrow.parquet as pq

    if name == "parquet":
        pq.write_table(sessions_to_table([SESSION]), path)
    else:
        content = {
            "jsonl": (json.dumps(SESSION.to_dict()) + "\n").encode(),
            "csv": _delimited(","),
            "tsv": _delimited("\t"),
            "text": "".join(f"{t.role.title()}: {t.text}\n" for t in SESSION.turns).encode(),
        }[name]
        path.write_bytes(content)
    return path


def test_names_and_suffixes_are_one_formats_alone():
    suffixes = [*itertools.chain.from_iterable(each.suffixes for each in FORMATS)]
    assert len({*NAMES}) == len(NAMES)
    assert len({*suffixes}) == len(suffixes)
    assert all(re.fullmatch(r"\.[a-z]+", suffix) for suffix in suffixes)
    for each in FORMATS:
        assert format_named(each.name) is each


@pytest.mark.parametrize("name", NAMES)
def test_content_is_recognised_and_the_remedy_leads_to_the_session(name, tmp_path):
    path = _written(name, tmp_path / "s1.export")
    assert looks_like(path).name == name
    with pytest.raises(af.TranscriptError, match=rf"Name it with `format` .*: {name}\."):
        list(af.read_sessions(path, language="en"))
    (session,) = af.read_sessions(path, format=name, language="en")
    assert session.turns == SESSION.turns


@pytest.mark.parametrize("name", [each.name for each in FORMATS if each.zipped])
def test_compressed_content_is_recognised(name, tmp_path):
    path = _written(name, tmp_path / "s1.export")
    zipped = tmp_path / "s1.other.gz"
    zipped.write_bytes(gzip.compress(path.read_bytes()))
    assert looks_like(zipped).name == name


@pytest.mark.parametrize(
    "content", [b"", b"\n\n", b"no label here", b"PK\3\4", b"<xml>", b"a,b\n1,2"]
)
def test_other_content_looks_like_none(content, tmp_path):
    path = tmp_path / "in.gz.bin"
    path.write_bytes(content)
    assert looks_like(path) is None
    assert looks_like(tmp_path / "absent") is None


def test_documentation_names_every_format():
    page = Path(__file__).parents[3].joinpath("docs", "files.md").read_text(encoding="utf-8")
    for each in FORMATS:
        assert f"**{each.title[:1].upper()}{each.title[1:]}**" in page
        assert f"`{each.name}`" in page or f"--input-format {each.name}`" in page
        for suffix in each.suffixes:
            assert f"`{suffix}`" in page
            assert format_of(PurePath(f"in{suffix}")) is each
    assert name_help() == "jsonl, csv, tsv, parquet or text"
    assert suffix_help() == ".jsonl, .csv, .tsv, .txt (also .gz), .parquet"
    assert titles("columns") == "CSV, TSV and Parquet"
    assert titles("line_format") == "plain text"

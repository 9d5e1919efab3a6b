"""Pseudo-dyads: who is paired, the values against the oracle, nulls, files and the command."""

import json
import math
import random

import numpy as np
import pyarrow.parquet as pq
import pytest

import alliance_features as af
import naive_corpus as oracle
from alliance_features.commands.pseudo import pseudo_files
from alliance_features.corpus.pseudo import MEASURES, column, statistics_of
from alliance_features.transcript.source import Input

WORDS = [
    "mother",
    "father",
    "house",
    "work",
    "sleep",
    "week",
    "friend",
    "angry",
    "calm",
    "afraid",
    "money",
    "school",
    "night",
    "train",
    "hope",
    "dream",
    "walk",
    "food",
    "doctor",
    "child",
]
NCLID = "dyad__nclid__anchor_therapist"


def _session(name, n_turns, seed, *, first="therapist", **fields):
    rng = random.Random(seed)
    other = {"therapist": "client", "client": "therapist"}[first]
    turns = [
        af.Turn(
            role=(first, other)[place % 2],
            # Now and then a turn without a known word.
            text="qzxv"
            if rng.random() < 0.1
            else " ".join(rng.choices(WORDS, k=rng.randint(1, 7))),
        )
        for place in range(n_turns)
    ]
    return af.Session(session_id=name, language="en", mode="spoken", turns=turns, **fields)


@pytest.fixture(scope="module")
def corpus():
    rng = random.Random(7)
    sessions = [
        _session(
            f"s{place}",
            rng.randint(20, 34),
            place,
            first=("therapist", "client")[place % 2],
            client_id=None if place % 5 == 0 else f"c{place // 2}",
            therapist_id=None if place % 7 == 0 else f"t{place % 6}",
        )
        for place in range(18)
    ]
    return [*sessions, _session("typed", 30, 99), _session("short", 6, 3), _session("long", 90, 4)]


@pytest.fixture(scope="module")
def table(corpus):
    return af.pseudo_dyads(corpus)


def _plain(session):
    merged = af.merge_turns(session)
    return {
        "session_id": session.session_id,
        "client_id": session.client_id,
        "therapist_id": session.therapist_id,
        "kind": (session.language, session.mode),
        "roles": [turn.role for turn in merged],
        "bags": af.turn_tokens(session),
    }


@pytest.mark.parametrize("seed", [0, 5])
def test_matches_naive(corpus, seed):
    plain = [_plain(session) for session in corpus if session.session_id != "short"]
    rows = {r["session_id"]: r for r in af.pseudo_dyads(corpus, partners=6, seed=seed).to_pylist()}
    enough = 0
    for session in plain[:8]:
        row = rows[session["session_id"]]
        chosen = oracle.partners(session, plain, 6, seed)
        assert row["partners_n"] == len(chosen)
        enough += len(chosen) >= 5
        if len(chosen) < 5:
            assert row[column(NCLID, "mean")] is None
            continue
        lengths = [one["roles"].count("client") for one in chosen]
        assert row["partner_turns_mean"] == sum(lengths) / len(lengths)
        own = oracle.pseudo_measures(af.wmd_matrix(session["bags"]).tolist(), session["roles"])
        found = []
        for partner in chosen:
            roles, bags = oracle.pseudo_session(session, partner)
            found.append(oracle.pseudo_measures(af.wmd_matrix(bags).tolist(), roles))
        for name in MEASURES:
            values = np.array([one[name] for one in found])
            mean, sd = values.mean(), values.std(ddof=1)
            expected = {
                "mean": mean,
                "sd": sd,
                "z": (own[name] - mean) / sd,
                "ratio": own[name] / mean,
                "p": (1 + (values <= own[name]).sum()) / (1 + values.size),
            }
            np.testing.assert_allclose(row[name], own[name], rtol=1e-11)
            for statistic, value in expected.items():
                np.testing.assert_allclose(row[column(name, statistic)], value, rtol=1e-9)
    assert enough >= 4


def test_survives_is_that_of_any_pair_of_the_session(corpus, table):
    session, row = corpus[0], table.to_pylist()[0]
    d = af.wmd_matrix(af.turn_tokens(session))
    therapist = np.array([turn.role == "therapist" for turn in af.merge_turns(session)])
    any_pair = np.nanmean(d[np.ix_(therapist, ~therapist)])
    for name in MEASURES:
        if "adjacent" in name:
            assert column(name, "survives") not in row
            continue
        scale = row[name] / row[name.replace("nclid", "uclid")]  # 1 / alpha for nCLiD
        expected = (row[column(name, "mean")] - row[name]) / (any_pair * scale - row[name])
        np.testing.assert_allclose(row[column(name, "survives")], expected, rtol=1e-9)


def test_observed_values_are_those_of_extract(corpus, table):
    extracted = af.extract(corpus)
    for name in MEASURES:
        assert table[name].equals(extracted[name])
        assert table.schema.field(name).metadata == extracted.schema.field(name).metadata


def test_order_does_not_matter_and_the_seed_does(corpus, table):
    mixed = corpus[::-1]
    assert af.pseudo_dyads(mixed).to_pylist() == table.to_pylist()[::-1]
    # Equal lengths: everything is a tie, which the seed decides.
    equal = [_session(f"e{place}", 24, place) for place in range(16)]
    one, two = (af.pseudo_dyads(equal, partners=5, seed=seed) for seed in (0, 1))
    assert one.equals(af.pseudo_dyads(equal, partners=5, seed=0))
    z = column(NCLID, "z")
    assert one[z].to_pylist() != two[z].to_pylist()
    assert one[NCLID].equals(two[NCLID])


def test_strangers_share_nobody_and_are_as_long():
    sessions = [
        _session("a", 20, 1, client_id="c1", therapist_id="t1"),
        _session("same-client", 20, 2, client_id="c1", therapist_id="t2"),
        _session("same-therapist", 20, 3, client_id="c2", therapist_id="t1"),
        _session("shorter", 18, 4, client_id="c3", therapist_id="t3"),
        *(_session(f"fits-{n}", 20 + 2 * n, 5 + n) for n in range(6)),
    ]
    other = af.Session.from_dict({**_session("typed", 20, 40).to_dict(), "mode": "typed"})
    row = af.pseudo_dyads([*sessions, other]).to_pylist()[0]
    assert row["client_turns_n"] == 10
    assert row["partners_n"] == 6
    assert row["partner_turns_mean"] == 12.5  # 10, 11, ... 15


def test_one_who_answers_is_closer_than_strangers():
    # Each session speaks of one thing only; the client repeats the therapist.
    sessions = []
    for place, word in enumerate(WORDS[:8]):
        turns = [
            af.Turn(role=("therapist", "client")[t % 2], text=f"{word} {WORDS[9 + t // 2 % 10]}")
            for t in range(24)
        ]
        sessions.append(af.Session(session_id=f"s{place}", language="en", turns=turns))
    for row in af.pseudo_dyads(sessions, partners=5).to_pylist():
        name = "dyad__adjacent_wmd__responder_client__mean"
        assert row[name] == 0.0
        assert row[column(name, "ratio")] == 0.0
        assert row[column(name, "z")] < -2
        assert row[column(name, "p")] == 1 / 6
        assert row[column(NCLID, "survives")] > 0.5


def test_nulls_have_codes(corpus, table, tmp_path):
    path = tmp_path / "s.jsonl"
    german = af.Session.from_dict({**corpus[0].to_dict(), "session_id": "de", "language": "de"})
    japanese = af.Session.from_dict({**corpus[0].to_dict(), "session_id": "ja", "language": "ja"})
    lines = [json.dumps(one.to_dict()) for one in (*corpus, german, japanese)]
    path.write_text("\n".join([*lines, "{not json"]), encoding="utf-8")
    summary = pseudo_files(Input(paths=[path]), tmp_path / "out", output_format="csv")
    written = pq.read_table(tmp_path / "out" / "pseudo" / "part-00000.parquet")
    assert written.slice(0, len(corpus)).equals(table)
    assert written.schema.equals(table.schema, check_metadata=True)
    nulls = pq.read_table(tmp_path / "out" / "nulls" / "part-00000.parquet").to_pylist()
    names = [*MEASURES, "partner_turns_mean"]
    names += [column(name, statistic) for name in MEASURES for statistic in statistics_of(name)]
    empty = {
        (row["session_id"], name)
        for row in written.to_pylist()
        for name in names
        if row[name] is None
    }
    assert {(null["session_id"], null["feature"]) for null in nulls} == empty
    codes = {}
    for null in nulls:
        codes.setdefault(null["session_id"], set()).add(null["code"])
    assert codes["short"] == {"few_turns"}
    assert codes["long"] == {"few_partners"}
    assert codes["de"] == {"no_vectors"}
    assert codes["ja"] == {"no_lexicon"}
    assert summary.errors[0].code == "bad_json"
    assert summary.warnings == {"several_languages": len(corpus) + 2}
    manifest = json.loads((tmp_path / "out" / "manifest.json").read_text())
    assert manifest["configuration"]["partners"] == 10
    assert manifest["counts"]["errors"] == {"bad_json": 1}
    assert (tmp_path / "out" / "pseudo.csv").is_file()


def test_same_input_same_bytes(corpus, tmp_path):
    path, out = tmp_path / "s.jsonl", tmp_path / "out"
    path.write_text("\n".join(json.dumps(s.to_dict()) for s in corpus[:9]), encoding="utf-8")
    seen = []
    for _ in range(2):
        pseudo_files(Input(paths=[path]), out, overwrite=True)
        seen.append({p.name: p.read_bytes() for p in out.rglob("*.*") if p.name != "run.json"})
    assert seen[0] == seen[1]
    with pytest.raises(af.ResourceError, match=r"No session could be read .*are kept"):
        pseudo_files(Input(paths=[tmp_path / "none.jsonl"]), out, overwrite=True)
    assert (out / "pseudo" / "part-00000.parquet").is_file()


def test_no_session_makes_an_empty_table(table):
    assert af.pseudo_dyads([]).schema.equals(table.schema)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"partners": 4}, r"`partners` is 4; it must be a whole number >= 5"),
        ({"seed": -1}, r"`seed` is -1; it must be a whole number >= 0"),
        ({"sessions": "s.jsonl"}, r"`sessions` is str; it must be sessions"),
    ],
)
def test_malformed_arguments(arguments, message):
    given = {"sessions": [], **arguments}
    with pytest.raises(af.ParameterError, match=message):
        af.pseudo_dyads(given.pop("sessions"), **given)


def test_command(run, corpus, tmp_path):
    path, out = tmp_path / "s.jsonl", tmp_path / "out"
    path.write_text("\n".join(json.dumps(s.to_dict()) for s in corpus), encoding="utf-8")
    code, stdout, errors = run("pseudo", path, "-o", out, "--partners", "6", "--seed", "3")
    assert (code, errors) == (0, "")
    assert stdout.startswith(f"{len(corpus)} sessions, 0 errors, ")
    assert "null few_partners: " in stdout
    written = pq.read_table(out / "pseudo" / "part-00000.parquet")
    assert written.equals(af.pseudo_dyads(corpus, partners=6, seed=3))
    assert not any(
        word.encode() in file.read_bytes()
        for file in out.rglob("*.*")
        for word in ("mother", "afraid")
    )
    assert math.isfinite(written[column(NCLID, "z")].to_pylist()[0])

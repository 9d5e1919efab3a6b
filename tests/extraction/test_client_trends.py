"""The table of clients: trends over sessions, by hand and against the oracle; what is null."""

import json
import math

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

import alliance_features as af
import naive_corpus as oracle
from alliance_features.extraction.client_trends import KEYS, SIGNALS, trends_of_clients
from alliance_features.features.null_codes import NULL_CODES
from alliance_features.transcript.source import Input
from into_folder import extract_into

LSM = "dyad__lsm"
WMD = "dyad__adjacent_wmd__responder_client__mean"
ROW = st.fixed_dictionaries(
    {
        "client_id": st.sampled_from(["c1", "c2", None]),
        "therapist_id": st.sampled_from(["t1", None]),
        "session_number": st.none() | st.integers(1, 9),
        LSM: st.none() | st.floats(-10, 10),
    }
)
ROWS = st.lists(ROW, max_size=25).map(
    lambda rows: [{"session_id": f"s{place}", **row} for place, row in enumerate(rows)]
)
FORM = pa.schema(
    [
        *((name, pa.string()) for name in ("session_id", "client_id", "therapist_id")),
        ("session_number", pa.int64()),
        (LSM, pa.float64()),
    ]
)


def _table(*values, numbers=None, **columns):
    n = len(values)
    given = {
        "session_id": [f"s{place}" for place in range(n)],
        "client_id": ["c1"] * n,
        "therapist_id": ["t1"] * n,
        "session_number": numbers or [*range(1, n + 1)],
        LSM: list(values),
        **columns,
    }
    return pa.table([pa.array(given[one.name], one.type) for one in FORM], schema=FORM)


def test_worked_example():
    # Sessions 1, 2, 4, 5 at .8, .6, .6, .2: mean x 3, mean y .55; slope (-.5 -.05 +.05 -.7) / 10.
    (row,) = af.client_trends(_table(0.8, 0.6, 0.6, 0.2, numbers=[1, 2, 4, 5])).to_pylist()
    assert [row[key] for key in KEYS] == ["c1", "t1", 4, 1, 5]
    assert row[f"{LSM}__sessions_n"] == 4
    assert math.isclose(row[f"{LSM}__sessions_mean"], 0.55)
    assert math.isclose(row[f"{LSM}__sessions_slope"], -0.12)
    # The first third of four sessions are those at index 0 and 1, the last the one at index 3.
    assert math.isclose(row[f"{LSM}__sessions_third_diff"], 0.2 - 0.7)


def test_slope_is_that_of_scipy(rng):
    values, numbers = rng.normal(size=12).tolist(), rng.permutation(40)[:12].tolist()
    (row,) = af.client_trends(_table(*values, numbers=numbers)).to_pylist()
    expected = stats.linregress(numbers, values).slope
    np.testing.assert_allclose(row[f"{LSM}__sessions_slope"], expected, rtol=1e-12)


@given(ROWS)
def test_matches_naive(rows):
    found = trends_of_clients(pa.Table.from_pylist(rows, schema=FORM))
    expected = oracle.client_trends(rows, LSM)
    names = [f"{LSM}__sessions_{what}" for what in ("n", "mean", "slope", "third_diff")]
    courses = [(row["client_id"], row["therapist_id"]) for row in found.table.to_pylist()]
    assert courses == sorted(expected, key=lambda one: (one[0], one[1] or ""))
    codes = {(n["client_id"], n["therapist_id"], n["feature"]) for n in found.nulls.to_pylist()}
    empty = set()
    for course, row in zip(courses, found.table.to_pylist(), strict=True):
        values = [row[name] for name in names]
        for name, value, wanted in zip(names, values, expected[course], strict=True):
            assert (value is None) == (wanted is None)
            if value is None:
                empty.add((*course, name))
            else:
                np.testing.assert_allclose(value, wanted, rtol=1e-9, atol=1e-9)
    assert codes == empty
    assert found.n_left_out == len(rows) - sum(row["sessions_n"] for row in found.table.to_pylist())


@given(ROWS, st.randoms(use_true_random=False))
def test_order_and_other_clients_do_not_matter(rows, random):
    whole = trends_of_clients(pa.Table.from_pylist(rows, schema=FORM)).table
    mixed = random.sample(rows, len(rows))
    assert trends_of_clients(pa.Table.from_pylist(mixed, schema=FORM)).table.equals(whole)
    alone = [row for row in rows if row["client_id"] == "c1"]
    mask = pa.compute.equal(whole["client_id"], "c1")
    assert trends_of_clients(pa.Table.from_pylist(alone, schema=FORM)).table.equals(
        whole.filter(mask)
    )


@pytest.mark.parametrize(
    ("values", "numbers", "codes"),
    [
        ([0.1, 0.2], [1, 2], {"few_sessions"}),
        ([0.1, None, 0.3, None], [1, 2, 3, 4], {"few_sessions"}),
        ([0.1, math.nan, 0.3], [1, 2, 3], {"few_sessions"}),
        ([0.1, 0.2, 0.3], [2, 2, 2], {"undefined"}),
    ],
)
def test_nulls(values, numbers, codes):
    found = trends_of_clients(_table(*values, numbers=numbers))
    nulls = found.nulls.to_pylist()
    assert {null["code"] for null in nulls} == codes <= set(NULL_CODES)
    assert len(nulls) == (1 if codes == {"undefined"} else 3)
    assert all(found.table[null["feature"]].null_count == 1 for null in nulls)


def test_sessions_that_cannot_be_placed_are_counted():
    table = _table(0.1, 0.2, 0.3, 0.4, numbers=[1, None, 3, 4], client_id=["c", "c", None, "c"])
    with pytest.warns(af.AllianceWarning, match=r"2 sessions without client_id or session_number"):
        found = af.client_trends(table)
    assert found["sessions_n"].to_pylist() == [2]


def test_which_features_are_followed(example_sessions):
    table = af.extract(example_sessions)
    by_default = af.client_trends(table)
    counts = [name for name in by_default.column_names if name.endswith("__sessions_n")]
    assert counts == [f"{name}__sessions_n" for name in table.column_names if name in SIGNALS]
    assert f"{WMD}__sessions_n" in counts
    assert len(by_default.column_names) == len(KEYS) + 4 * len(SIGNALS)
    assert by_default["sessions_n"].to_pylist() == [2, 2, 2, 2]
    field = by_default.schema.field(f"{WMD}__sessions_slope")
    assert field.metadata[b"unit"] == b"distance of unit vectors per session"
    assert field.metadata[b"version"] == b"1"
    one = af.client_trends(table, features=LSM)
    assert len(one.column_names) == len(KEYS) + 4
    group = af.client_trends(table, features=["style", "client__words_n"])
    assert len(group.column_names) == len(KEYS) + 4 * 6
    assert af.client_trends(table.slice(0, 0)).num_rows == 0


@pytest.mark.parametrize(
    ("table", "features", "message"),
    [
        ("sessions.parquet", None, r"`table` has no column session_id or client_id or"),
        (_table(0.1).drop_columns(["client_id"]), None, r"`table` has no column client_id; it"),
        (_table(0.1).drop_columns([LSM]), None, r"`table` holds none of the features to follow"),
        (_table(0.1), "client__words_n", r"`table` holds none of the features to follow"),
        (_table(0.1), "client__words_m", r"`features` names 'client__words_m', which is no set"),
        (
            _table(0.1).set_column(4, LSM, pa.array(["x"])),
            None,
            r"`table` has numbers of type string in dyad__lsm; use float64",
        ),
    ],
)
def test_malformed_arguments(table, features, message):
    with pytest.raises(af.ParameterError, match=message):
        af.client_trends(table, features=features)


def _sessions(path, example_sessions, **fields):
    lines = []
    for place, session in enumerate(example_sessions[:4]):
        record = {**session.to_dict(), "client_id": "c1", "therapist_id": None}
        lines.append(json.dumps({**record, "session_number": place + 1, **fields}))
    path.write_text("\n".join(lines), encoding="utf-8")
    return Input(paths=[path])


def test_files(tmp_path, example_sessions):
    source = _sessions(tmp_path / "s.jsonl", example_sessions)
    out = tmp_path / "out"
    options = {"clients": True, "output_format": "csv"}
    summary = extract_into(source, out, **options)
    written = pq.read_table(out / "clients" / "part-00000.parquet")
    assert written.equals(af.client_trends(summary.table))
    assert summary.n_clients == written.num_rows == 1
    assert written[f"{WMD}__sessions_n"].to_pylist() == [4]
    assert (out / "clients.csv").is_file()
    nulls = pq.read_table(out / "clients_nulls" / "part-00000.parquet").to_pylist()
    assert len(nulls) == sum(written[name].null_count for name in written.column_names[5:])
    manifest = json.loads((out / "manifest.json").read_text())
    assert manifest["counts"]["clients"] == 1
    assert manifest["configuration"]["clients"] is True
    again = extract_into(source, out, overwrite=True)
    assert again.n_clients is None
    assert not (out / "clients").exists()


def test_files_without_clients(tmp_path, example_sessions):
    source = _sessions(tmp_path / "s.jsonl", example_sessions, client_id=None)
    summary = extract_into(source, tmp_path / "out", clients=True, features="volume")
    assert summary.warnings["no_client"] == 4
    assert summary.n_clients == 0
    with pytest.raises(af.ParameterError, match=r"`features` holds none that is followed over"):
        extract_into(source, tmp_path / "none", clients=True, features="client__mattr")
    assert not (tmp_path / "none").exists()


def test_command(run, tmp_path, example_sessions):
    (path,) = _sessions(tmp_path / "s.jsonl", example_sessions).paths
    code, told, _ = run(
        "extract", path, "-o", tmp_path / "out", "--clients", "--features", "volume"
    )
    assert code == 0
    assert told.startswith("4 sessions, 1 client, ")
    written = pq.read_table(tmp_path / "out" / "clients" / "part-00000.parquet")
    assert written["client__words_n__sessions_n"].to_pylist() == [4]

"""The lens: oracles, statsmodels, known intervals, controls, multiplicity, tables of signals."""

import math

import numpy as np
import pyarrow as pa
import pytest
import statsmodels.api as sm

import alliance_features as af
import naive_rated as naive
from alliance_features.errors import ParameterError, ResourceError
from alliance_features.perspectives.lens import CONFIRMATORY
from alliance_features.perspectives.signal_table import signal_table
from alliance_features.stats.bootstrap import paired_difference
from alliance_features.stats.few_clusters import jackknife_t
from alliance_features.stats.mixed import mixed_effects
from two_views import ratings


@pytest.fixture
def dyads(rng):
    """Return ratings, signals and their columns: 36 clients with 2 sessions."""
    n = 72
    x = rng.normal(size=n)
    words, turns = rng.integers(300, 3000, n), rng.integers(20, 200, n)
    client = np.clip(4 + 0.6 * x + 0.3 * np.log(words / 900) + rng.normal(0, 0.6, n), 1, 7)
    therapist = np.clip(4 + 0.1 * x + rng.normal(0, 0.8, n), 1, 7)
    label = [f"c{k // 2}" for k in range(n)]
    numbers = [1 + k % 2 for k in range(n)]
    columns = {"therapist__i_rate": x, "dyad__words_n": words, "dyad__turns_n": turns}
    columns |= {f"noise_{k}": rng.normal(size=n) for k in range(3)}
    table = pa.table({"session_id": [f"s{k}" for k in range(n)], **columns})
    rated = ratings(client.tolist(), therapist.tolist(), clients=label, numbers=numbers)
    return rated, table, {**columns, "client": client, "therapist": therapist, "n": numbers}, label


def lens(found, signal, part="all"):
    return {
        row["figure"]: row
        for row in found.lens.to_pylist()
        if row["signal"] == signal and row["part"] == part
    }


def test_lens_matches_naive_and_statsmodels(dyads):
    rated, table, of, _ = dyads
    result = af.rated_alliance(rated, table, mixed=False, draws=20)
    assert result.controls == ["log_words", "log_turns", "session_number"]
    got = lens(result, "therapist__i_rate")
    x, client, therapist = (of[k].tolist() for k in ("therapist__i_rate", "client", "therapist"))
    gap = (of["therapist"] - of["client"]).tolist()
    length = [np.log(of[name]).tolist() for name in ("dyad__words_n", "dyad__turns_n")]
    held = [*length, of["n"]]
    for name, y in (("client", client), ("therapist", therapist), ("gap", gap)):
        expected = {
            f"r_{name}": naive.pearson(x, y),
            f"partial_{name}": naive.partial(x, y, held),
            f"r2_length_{name}": naive.r2(y, length),
            f"r2_gain_{name}": naive.r2(y, [*length, x]) - naive.r2(y, length),
        }
        for figure, value in expected.items():
            assert got[figure]["estimate"] == pytest.approx(value, rel=1e-9, abs=1e-12)
    assert got["r_difference"]["estimate"] == pytest.approx(
        naive.pearson(x, client) - naive.pearson(x, therapist)
    )
    design = sm.add_constant(np.column_stack([np.array(x), *length]))
    full, less = (sm.OLS(client, d).fit().rsquared for d in (design, design[:, [0, 2, 3]]))
    assert got["r2_gain_client"]["estimate"] == pytest.approx(full - less, rel=1e-9)


def test_intervals_are_those_of_the_cluster_bootstrap(dyads):
    rated, table, of, label = dyads
    got = lens(af.rated_alliance(rated, table, mixed=False, draws=300), "therapist__i_rate")
    both = paired_difference(
        of["therapist__i_rate"], of["client"], of["therapist"], label, draws=300
    )
    row = got["r_difference"]
    np.testing.assert_allclose(
        [row["estimate"], row["low"], row["high"]], [both.estimate, both.low, both.high], rtol=1e-9
    )
    few = jackknife_t(of["therapist__i_rate"], of["client"], label, other=of["therapist"])
    assert row["p"] == pytest.approx(few.p, rel=1e-9)
    assert row["n_clusters"] == 36
    assert got["r2_gain_client"]["low"] is None


def test_only_exploratory_signals_are_adjusted(dyads):
    rated, table, *_ = dyads
    result = af.rated_alliance(rated, table, mixed=False, draws=20)
    rows = [r for r in result.lens.to_pylist() if r["part"] == "all" and r["figure"] == "r_client"]
    assert {r["signal"] for r in rows if r["confirmatory"]} == {"therapist__i_rate"}
    assert all((r["p_adjusted"] is None) == r["confirmatory"] for r in rows)
    other = sorted((r["p"], r["p_adjusted"]) for r in rows if not r["confirmatory"])
    ranked = [p * len(other) / k for k, (p, _) in enumerate(other, 1)]
    for k, (_, adjusted) in enumerate(other):
        assert adjusted == pytest.approx(min(1.0, *ranked[k:]))


def test_a_signal_that_is_its_own_control_tells_nothing_beyond_it(dyads):
    rated, table, of, _ = dyads
    logged = table.append_column("same", pa.array(np.log(of["dyad__words_n"])))
    got = lens(af.rated_alliance(rated, logged, mixed=False, draws=20), "same")
    assert got["partial_client"]["estimate"] is None
    assert got["r2_gain_client"]["estimate"] is None
    assert got["r_client"]["estimate"] is not None


def test_the_unit_of_a_signal_does_not_matter(dyads):
    rated, table, of, _ = dyads
    moved = table.append_column("moved", pa.array(1e3 - 7.0 * of["therapist__i_rate"]))
    result = af.rated_alliance(rated, moved, mixed=False, draws=20)
    one, other = lens(result, "therapist__i_rate"), lens(result, "moved")
    for name in ("r_client", "partial_therapist", "r_difference"):
        assert other[name]["estimate"] == pytest.approx(-one[name]["estimate"], rel=1e-9)
    assert other["r2_gain_gap"]["estimate"] == pytest.approx(one["r2_gain_gap"]["estimate"])


def test_sessions_without_the_signal_are_left_out_and_counted(dyads):
    rated, table, of, _ = dyads
    values = of["therapist__i_rate"].tolist()
    values[:6] = [None] * 6
    part = table.set_column(1, "therapist__i_rate", pa.array(values, pa.float64()))
    got = lens(af.rated_alliance(rated, part, mixed=False, draws=20), "therapist__i_rate")
    assert (got["r_client"]["n_sessions"], got["r_client"]["n_clusters"]) == (66, 33)
    assert got["r_client"]["estimate"] == pytest.approx(
        naive.pearson(values[6:], of["client"][6:].tolist())
    )


def test_mixed_models_of_confirmatory_signals(dyads, tmp_path):
    rated, table, of, label = dyads
    result = af.rated_alliance(rated, table, draws=20)
    models = dict.fromkeys(row["model"] for row in result.mixed.to_pylist())
    name = CONFIRMATORY[0]
    assert list(models) == [
        "therapist_by_client",
        *(f"{side}_by_{name}" for side in ("client", "therapist", "gap")),
    ]
    within = next(
        row
        for row in result.mixed.to_pylist()
        if (row["model"], row["effect"]) == (f"client_by_{name}", "within")
    )
    assert 0.3 < within["estimate"] < 0.9  # .6 was planted
    x = table["therapist__i_rate"].to_pylist()
    direct = mixed_effects(of["client"], x, label, session_number=of["n"])
    assert within["structure"] == (" + ".join(direct.structure) or "none")
    assert within["estimate"] == direct.within.estimate
    formula = result.models[0].write(tmp_path / "one.csv")
    assert formula.startswith("y ~ x_within + x_between")
    assert "c0" not in (tmp_path / "one.csv").read_text()


def test_named_features_and_controls(dyads):
    rated, table, *_ = dyads
    result = af.rated_alliance(
        rated, table, features=["noise_0"], controls=["noise_1"], mixed=False, draws=20
    )
    assert {row["signal"] for row in result.lens.to_pylist()} == {"noise_0"}
    assert result.controls == ["log_words", "log_turns", "noise_1", "session_number"]
    with pytest.raises(ParameterError, match="`controls` names columns of `signals`, which is not"):
        af.rated_alliance(rated, controls=["noise_1"])
    with pytest.raises(ParameterError, match="`features` is 'i_rate'; it must be one of"):
        af.rated_alliance(rated, table, features=["i_rate"])


def test_tables_of_signals_that_are_refused(tmp_path):
    good = pa.table({"session_id": ["a", "b"], "x": [1.0, None], "note": ["u", "v"]})
    read = signal_table(good)
    assert read.names == ["x"]
    assert math.isnan(read.values[1, 0])
    assert np.isnan(read.of(["z", "a"]).values[0, 0])
    with pytest.raises(ParameterError, match="`signals` has no column session_id"):
        signal_table(good.drop_columns("session_id"))
    (tmp_path / "twice.csv").write_text("session_id,x,x\na,1,2\n")
    with pytest.raises(ParameterError, match="`signals` has two columns named 'x'"):
        signal_table(tmp_path / "twice.csv")
    with pytest.raises(ParameterError, match="`signals` has a session twice"):
        signal_table(pa.table({"session_id": ["a", "a"], "x": [1.0, 2.0]}))
    with pytest.raises(ParameterError, match=r"`signals\[x\]` holds infinity"):
        signal_table(pa.table({"session_id": ["a"], "x": [math.inf]}))
    with pytest.raises(ParameterError, match=r"it must be a folder, \.csv or \.parquet"):
        signal_table(tmp_path / "signals.xlsx")
    (tmp_path / "bad.parquet").write_text("no table")
    with pytest.raises(ResourceError, match=r"bad\.parquet: cannot be read as a table"):
        signal_table(tmp_path / "bad.parquet")

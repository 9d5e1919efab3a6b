"""Scores of a corpus: tables, nulls, pseudo-dyads, conditions, files, summary, plots, command."""

import json
import math
import xml.etree.ElementTree as ET

import numpy as np
import pyarrow.parquet as pq
import pytest
from numpy.testing import assert_allclose

import alliance_features as af
import naive_alliance
from alliance_features.commands.score import score_files
from alliance_features.corpus.scoring.conditions import MOST, Conditions
from alliance_features.corpus.scoring.scores import MIN_PARTNERS, ScoreCorpus, column_of
from alliance_features.corpus.scoring.summary import ALL, choose_cluster, mean_interval
from alliance_features.features.measures.alliance import shipped_scorer
from alliance_features.output.files import remove_results
from alliance_features.reports.alliance_plots import curves_svg, gaps_svg
from alliance_features.transcript.source import Input

CANARY = "quixotic"
WORDS = ["we", "you", "my", "plan", "goal", "home", "work", "angry", "calm", "trust", "week"]
WORDS += ["mother", "step", "sleep", "talk"]
SCALES = ("goal", "task", "bond")


def _session(number, **fields):
    rng = np.random.default_rng(number)
    roles = ("therapist", "client") if number % 2 else ("client", "therapist")
    turns = [
        af.Turn(
            role=roles[place % 2], text=" ".join([*rng.choice(WORDS, 6, replace=False), CANARY])
        )
        for place in range(16 + number % 3)
    ]
    given = {"client_id": f"c{number}", "therapist_id": f"t{number % 4}", "language": "en"}
    meta = {"arm": "AB"[number % 2]}
    return af.Session(session_id=f"s{number}", turns=turns, meta=meta, **{**given, **fields})


@pytest.fixture(scope="module")
def sessions():
    return [*(_session(n) for n in range(14)), _session(14, language="de")]


@pytest.fixture(scope="module")
def corpus(sessions):
    made = ScoreCorpus(shipped_scorer(af.load_vectors(None)), polarity="ignore")
    for session in sessions:
        made.add(session, session.meta["arm"])
    return made


@pytest.fixture(scope="module")
def table(corpus):
    return corpus.sessions_table()


@pytest.fixture
def path(tmp_path, sessions):
    file = tmp_path / "in.jsonl"
    lines = [json.dumps(session.to_dict()) for session in sessions]
    file.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return file


def test_turns_are_those_of_score_turns(sessions, corpus):
    rows = [row for row in corpus.turns_table().to_pylist() if row["session_id"] == "s3"]
    expected = af.score_turns(sessions[3])
    items = [name for name in rows[0] if name.startswith("item__")]
    assert_allclose([[row[name] for name in items] for row in rows], expected, rtol=1e-12)
    observer = af.subscale_scores(af.score_turns(sessions[3], version="observer"))
    for scale, values in af.subscale_scores(expected).items():
        assert_allclose([row[f"alliance_{scale}"] for row in rows], values, atol=1e-15)
        name = f"alliance_{scale}__version_observer"
        assert_allclose([row[name] for row in rows], observer[scale], atol=1e-15)
    assert [row["words_n"] for row in rows] == [7] * len(rows)


def test_sessions_match_naive(sessions, corpus, table):
    rows = table.to_pylist()
    for place in (0, 5):
        session, row = sessions[place], rows[place]
        scores = af.score_turns(session)
        roles = [turn.role for turn in af.merge_turns(session)]
        assert row["client_turns_n"] == roles.count("client")
        assert row["therapist_turn_words"] == 7.0
        for scale, values in af.subscale_scores(scores).items():
            expected = naive_alliance.divergence(values.tolist(), roles)
            for name, value in expected.items():
                found = row[column_of(scale, name)]
                found = math.nan if found is None else found
                assert_allclose(found, value, rtol=1e-9, atol=1e-12, err_msg=name)


def test_the_registry_and_the_corpus_agree(sessions, table):
    extracted = af.extract(sessions[:3], features="alliance").to_pylist()
    for row, scored in zip(extracted, table.to_pylist(), strict=False):
        for scale in SCALES:
            for here, there in (("gap", "gap"), ("gap", "gap__keys_z")):
                stat = "__keys_z" if there != here else ""
                name = f"dyad__alliance_{scale}_{here}__polarity_unchecked{stat}"
                assert row[name] == pytest.approx(scored[column_of(scale, there)], rel=1e-9)
            assert row[f"dyad__alliance_{scale}_gap"] is None


def test_pseudo_dyads_by_hand(sessions, corpus, table):
    series = {
        session.session_id: (
            af.subscale_scores(af.score_turns(session))["bond"],
            np.array([turn.role == "therapist" for turn in af.merge_turns(session)]),
        )
        for session in sessions[:14]
    }
    own, therapist = series["s0"]
    n = int((~therapist).sum())
    gaps = []
    for name, (x, who) in series.items():
        stranger = name not in ("s0", "s4", "s8", "s12")  # their therapist is t0 as well
        if stranger and (~who).sum() >= n:
            gaps.append(own[therapist].mean() - x[~who][:n].mean())
    row = table.to_pylist()[0]
    assert len(gaps) >= MIN_PARTNERS
    assert len(gaps) <= corpus.partners  # so that all of them are partners
    assert row["dyad__alliance_bond_gap__pseudo_mean"] == pytest.approx(np.mean(gaps))
    z = (row["dyad__alliance_bond_gap"] - np.mean(gaps)) / np.std(gaps, ddof=1)
    assert row["dyad__alliance_bond_gap__pseudo_z"] == pytest.approx(z)


def test_order_of_the_input_does_not_matter(sessions, table):
    made = ScoreCorpus(shipped_scorer(af.load_vectors(None)), polarity="ignore")
    for session in sessions[::-1]:
        made.add(session, session.meta["arm"])
    assert made.sessions_table().to_pylist()[::-1] == table.to_pylist()


def test_every_null_has_a_code(corpus, table):
    from alliance_features.features.null_codes import NULL_CODES

    nulls = {(session, name): code for session, _, name, code in corpus.nulls}
    for row in table.to_pylist():
        for name, value in row.items():
            if "alliance" in name:
                assert (value is None) == ((row["session_id"], name) in nulls), name
    assert set(nulls.values()) <= set(NULL_CODES)
    assert nulls["s14", "dyad__alliance_bond_gap"] == "no_inventory"


def test_a_scale_without_polarity_has_no_score(sessions):
    made = ScoreCorpus(shipped_scorer(af.load_vectors(None)))
    made.add(sessions[0])
    row = made.turns_table().to_pylist()[0]
    assert row["alliance_bond"] is None
    assert row["item__b1"] is not None
    made.sessions_table()
    assert {code for *_, code in made.nulls} == {"polarity_failed"}
    assert made.key_gaps(made.sessions, "bond").size == 0


def test_sums_are_means_times_statements(sessions, corpus, table):
    made = ScoreCorpus(shipped_scorer(af.load_vectors(None)), polarity="ignore", how="sum")
    for session in sessions:
        made.add(session)
    for name in ("dyad__alliance_bond_gap", "dyad__alliance_bond_gap__keys_sd"):
        found = [x for x in made.sessions_table()[name].to_pylist() if x is not None]
        means = [x for x in table[name].to_pylist() if x is not None]
        assert_allclose(found, 6 * np.array(means), rtol=1e-9)
    assert_allclose(
        made.key_gaps(made.sessions, "goal"), 6 * corpus.key_gaps(corpus.sessions, "goal")
    )


# Conditions and intervals


def test_conditions(sessions, tmp_path):
    assert Conditions().of(sessions[0]) is None
    assert Conditions("arm").of(sessions[1]) == "B"
    assert Conditions("other").of(sessions[1]) is None
    file = tmp_path / "c.csv"
    file.write_text("session_id,arm\ns0,high\ns1,\n", encoding="utf-8")
    found = Conditions("arm", file)
    assert [found.of(session) for session in sessions[:3]] == ["high", None, None]


@pytest.mark.parametrize(
    ("content", "name", "message"),
    [
        ("session_id,x\n", "arm", "has no column 'arm'"),
        ("id,arm\n", "arm", "has no column 'session_id'"),
        ("session_id,arm\ns0,a\ns0,b\n", "arm", "session s0 has two conditions"),
        ("session_id,arm\n", None, "name its column with `condition`"),
    ],
)
def test_malformed_conditions(tmp_path, content, name, message):
    file = tmp_path / "c.csv"
    file.write_text(content, encoding="utf-8")
    with pytest.raises(af.ParameterError, match=message):
        Conditions(name, file)
    with pytest.raises(af.ResourceError, match="the conditions cannot be read"):
        Conditions("arm", tmp_path / "none.csv")


def test_conditions_are_few_short_labels(make_session):
    with pytest.raises(
        af.ParameterError, match="it is not a label of at most 64 characters"
    ) as info:
        Conditions("note").of(make_session("a", meta={"note": CANARY * 20}))
    assert CANARY not in str(info.value)
    many = Conditions("n")
    for number in range(MOST):
        many.of(make_session("a", meta={"n": number}))
    one_more = make_session("a", meta={"n": MOST})
    with pytest.raises(af.ParameterError, match=f"more than {MOST} values"):
        many.of(one_more)


def test_intervals(corpus, rng):
    few = mean_interval([1.0, 3.0, 4.0, 6.0], ["a", "a", "b", "c"])
    assert (few.estimate, few.method) == (4.0, "t_of_cluster_means")
    values = rng.standard_normal(80).tolist()
    many = mean_interval(values, [str(n // 2) for n in range(80)])
    assert many.estimate == pytest.approx(np.mean(values))
    assert many.low < many.estimate < many.high
    assert choose_cluster(corpus.sessions) == "therapist"
    assert choose_cluster(corpus.sessions, "client") == "client"
    with pytest.raises(af.ParameterError, match="`cluster` is 'site'"):
        choose_cluster(corpus.sessions, "site")


# Files


def test_files(path, tmp_path):
    output = tmp_path / "out"
    summary = score_files(
        Input(paths=[path]), output, polarity="ignore", condition="arm", output_format="csv"
    )
    assert (summary.n_sessions, summary.failed) == (15, list(SCALES))
    names = sorted(p.relative_to(output).as_posix() for p in output.rglob("*") if p.is_file())
    assert names == [
        "errors.parquet", "gaps.svg", "manifest.json", "nulls/part-00000.parquet", "run.json",
        "scales.svg", "sessions.csv", "sessions/part-00000.parquet", "summary.csv", "summary.md",
        "turns.csv", "turns/part-00000.parquet",
    ]  # fmt: skip
    for name in names:  # no word of a session in any
        assert CANARY.encode() not in (output / name).read_bytes(), name
    turns = pq.read_table(output / "turns" / "part-00000.parquet")
    assert CANARY not in str(turns.to_pylist())
    manifest = json.loads((output / "manifest.json").read_text())
    assert manifest["inventory"]["items"] == 18
    assert manifest["polarity"]["own"]["bond"]["passed"] is False
    assert {one.condition for one in summary.figures} == {ALL, "A", "B"}
    twice = tmp_path / "twice"
    score_files(Input(paths=[path]), twice, polarity="ignore", condition="arm", output_format="csv")
    for name in names:
        if name != "run.json":
            assert (twice / name).read_bytes() == (output / name).read_bytes(), name
    remove_results(output)
    assert not any(p.is_file() for p in output.rglob("*"))


def test_null_z_and_doc2vec_need_what_they_need(path, tmp_path):
    summary = score_files(Input(paths=[path]), tmp_path / "z", method="null_z", polarity="ignore")
    assert summary.n_turns > 200
    with pytest.raises(af.ResourceError, match='The encoder knows no word of item "'):
        score_files(Input(paths=[path]), tmp_path / "d", encoder="doc2vec")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"encoder": "bert"}, "`encoder` is 'bert'; it must be \"static\""),
        ({"encoder": "doc2vec", "vectors": "v.npz"}, '`vectors` are for the encoder "static"'),
        ({"save_encoder": "x.npz"}, '`save_encoder` saves the encoder "doc2vec"'),
        ({"polarity": "no"}, "`polarity` is 'no'"),
        ({"how": "max"}, "`how` is 'max'"),
        ({"partners": 2}, "`partners` is 2"),
        ({"cluster": "site"}, "`cluster` is 'site'"),
        ({"method": "dot"}, "`method` is 'dot'"),
    ],
)
def test_malformed_arguments(path, tmp_path, arguments, message):
    with pytest.raises(af.ParameterError, match=message):
        score_files(Input(paths=[path]), tmp_path / "out", **arguments)


def test_command(run, path, tmp_path):
    code, stdout, errors = run("score", path, "-o", tmp_path / "o", "--condition", "arm")
    assert code == 0
    assert "15 sessions and" in stdout
    assert "cannot separate straight from reversed statements on goal, task, bond" in stdout
    assert CANARY not in stdout + errors


# Plots


def test_plots_are_drawings(corpus, table):
    from alliance_features.corpus.scoring.summary import conditions_of, summarise

    figures, level = summarise(corpus, table)
    assert level == "therapist"
    conditions = conditions_of(corpus.sessions)
    for text in (curves_svg(conditions, SCALES), gaps_svg(figures, SCALES)):
        root = ET.fromstring(text)
        assert root.tag.endswith("svg")
        assert "prefers-color-scheme:dark" in text
        assert "nan" not in text
    rows = {name: conditions[name] for name in (ALL, "A", "B")}
    assert curves_svg(rows, SCALES).count("<polyline") == 2 + 2 * 3 * 2  # two in the key


def test_plots_without_a_session_or_a_score():
    empty = ScoreCorpus(shipped_scorer(af.load_vectors(None)))
    from alliance_features.corpus.scoring.summary import conditions_of, summarise

    figures, _ = summarise(empty, empty.sessions_table())
    for text in (curves_svg(conditions_of([]), SCALES), gaps_svg(figures, SCALES)):
        ET.fromstring(text)
        assert "nan" not in text
    assert gaps_svg(figures, SCALES).count("no score") == 3
    label = '<a & "b">'
    assert "<a &" not in curves_svg({ALL: [], label: [], "b": []}, SCALES)


def test_conditions_of_another_spelling_are_told(sessions, tmp_path):
    file = tmp_path / "c.csv"
    file.write_text("session_id,arm\nS00,high\n s1\u200b,low\n", encoding="utf-8")
    found = Conditions("arm", file)
    assert [found.of(session) for session in sessions[:2]] == [None, "low"]
    assert found.left_out() == (
        "1 session not in the file of conditions; 1 would match if case, blanks, hyphens, "
        "leading zeros or `.0` made no difference"
    )
    file.write_text("session_id,arm\ns0,NA\ns1,low\n", encoding="utf-8")
    whole = Conditions("arm", file)
    assert [whole.of(session) for session in sessions[:2]] == [None, "low"]
    assert whole.left_out() == Conditions("arm").left_out() == ""

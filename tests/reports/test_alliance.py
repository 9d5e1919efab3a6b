"""What a reader of `score` is told where subscales have no score."""

import math

import alliance_features as af
from alliance_features.commands.score import score_files
from alliance_features.commands.simulate import write_simulation
from alliance_features.corpus.scoring.summary import Figure
from alliance_features.features.measures.alliance_keys import Polarity
from alliance_features.reports.alliance_text import summary_markdown
from alliance_features.stats.intervals import Interval, undefined
from alliance_features.transcript.source import Input


def figure(subscale, n, interval):
    return Figure(
        condition="all sessions",
        subscale=subscale,
        measure="client",
        n_sessions=n,
        n_clusters=n,
        interval=interval,
    )


def test_rows_without_a_session_are_left_out_and_the_way_on_is_told(tmp_path, run):
    write_simulation(af.simulate(6, 12, n_turns=12), tmp_path / "in")
    source = tmp_path / "in" / "sessions.jsonl"
    code, stdout, _ = run("score", source, "-o", tmp_path / "check")
    text = (tmp_path / "check" / "summary.md").read_text()
    assert code == 0
    assert "| 0 | 0 |" not in text
    assert "| condition |" not in text  # no subscale passes with word vectors
    for place in (text, stdout):
        assert "`--polarity ignore` scores them all the same" in place
        assert "`--encoder` names another encoder" in place
    found = score_files(Input(paths=[source]), tmp_path / "ignore", polarity="ignore")
    text = (tmp_path / "ignore" / "summary.md").read_text()
    known = [one for one in found.figures if one.n_sessions]
    assert len(known) > 20
    assert text.count("| all sessions |") == len(known)
    assert "--polarity ignore" not in text


def test_what_has_a_score_is_shown_beside_what_has_none():
    polarity = {
        name: Polarity(separation=0.1, p=p, passed=p < 0.05)
        for name, p in (("goal", 0.01), ("bond", 0.5))
    }
    interval = Interval(0.25, 0.0, 0.5, 0.1, 3.0, "t_of_cluster_means", math.nan)
    figures = [
        figure("goal", 4, interval),
        figure("bond", 0, undefined("t_of_cluster_means", math.nan)),
    ]
    text = summary_markdown(figures, polarity, "client", "ours", unscored=["bond"])
    assert "| all sessions | goal | client | 4 | 4 | 0.25 | 0 to 0.5 |" in text
    assert "| all sessions | bond" not in text
    assert "No score on bond: " in text

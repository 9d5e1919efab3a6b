"""Synthetic corpora: what is planted is there, in size and sign."""

import itertools
import re

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

import alliance_features as af
from alliance_features.simulation.corpus import EFFECTS, SIGNALS
from alliance_features.simulation.ratings import TARGETS, scores
from alliance_features.simulation.talk import Shape, converse
from alliance_features.simulation.wording import TOPICS

PAUSE = re.compile(r"\b(?:um|uh|er|erm)\b", re.IGNORECASE)
FIRST_PERSON = re.compile(r"\b(?:I|me|my|mine|myself|I'\w+)\b")
MINIMAL = {"Mm-hmm.", "Okay.", "Right.", "Yeah.", "Yes."}
NOUNS = {noun for topic in TOPICS for noun in topic.nouns}


def n_words(text):
    return len(PAUSE.sub("", text).replace(",", "").split())


def said(turns, role):
    return " ".join(text for who, text in turns if who == role)


def rate(pattern, turns, role):
    text = said(turns, role)
    return 100 * len(pattern.findall(text)) / n_words(text)


def overlap(turns):
    """Return the mean share of the nouns of a turn that the turn before has."""
    nouns = [NOUNS & set(re.findall(r"\w+", text)) for _, text in turns if text not in MINIMAL]
    return np.mean([len(a & b) / len(b) for a, b in itertools.pairwise(nouns)])


MEASURED = {
    "i": lambda turns: rate(FIRST_PERSON, turns, "therapist"),
    "filled_pauses": lambda turns: rate(PAUSE, turns, "client"),
    "synchrony": overlap,
    "length": lambda turns: sum(n_words(text) for _, text in turns),
}


def turns_of(session):
    return [(turn.role, turn.text) for turn in session.turns]


def alliance(made):
    return np.array([made.truth["alliance"][session.session_id] for session in made.sessions])


@given(
    st.builds(
        Shape,
        n_turns=st.integers(12, 60),
        i_rate=st.floats(0, 6),
        pause_rate=st.floats(0, 8),
        reuse=st.floats(0, 1),
    ),
    st.integers(0, 2**32),
)
def test_a_conversation_has_the_signals_asked_for(shape, seed):
    turns = converse(shape, np.random.default_rng(seed))
    assert len(turns) == shape.n_turns
    assert [who for who, _ in turns] == [("therapist", "client")[n % 2] for n in range(len(turns))]
    counted = [turn for turn in turns if turn[1] not in MINIMAL]
    for role, pattern, asked in (
        ("therapist", FIRST_PERSON, shape.i_rate),
        ("client", PAUSE, shape.pause_rate),
    ):
        text = said(counted, role)
        expected = round(asked * n_words(text) / 100)
        assert len(pattern.findall(text)) == expected
    assert not PAUSE.findall(said(turns, "therapist"))


def test_replies_stay_or_leave():
    kept = Shape(n_turns=40, i_rate=3.0, pause_rate=0.0, reuse=1.0)
    left = Shape(n_turns=40, i_rate=3.0, pause_rate=0.0, reuse=0.0)
    rng = np.random.default_rng(1)
    assert np.mean([overlap(converse(kept, rng)) for _ in range(9)]) > 0.7
    assert np.mean([overlap(converse(left, rng)) for _ in range(9)]) < 0.02


@pytest.mark.parametrize("name", SIGNALS)
@pytest.mark.parametrize("size", [-0.6, 0.0, 0.6])
def test_effects_come_out_in_sign_and_size(name, size):
    made = af.simulate(200, 200, effects={name: size}, seed=3)
    values = [MEASURED[name](turns_of(session)) for session in made.sessions]
    result = np.corrcoef(alliance(made), values)[0, 1]
    assert abs(result - size) < 0.17  # a standard error is .05 to .07
    assert made.truth["effects"] == {**dict.fromkeys(SIGNALS, 0.0), name: size}


def test_features_show_the_signals():
    made = af.simulate(12, 12, n_turns=16, effects={"i": -1, "filled_pauses": 1, "synchrony": 1})
    z = alliance(made)
    names = [feature for feature, _ in SIGNALS.values()]
    table = af.extract(made.sessions, features=names)
    for name in ("i", "filled_pauses", "synchrony"):
        feature, sign = SIGNALS[name]
        effect = made.truth["effects"][name]
        assert sign * effect * np.corrcoef(z, table[feature].to_pylist())[0, 1] > 0.5, name
    assert made.truth["signals"]["synchrony"] == {"feature": names[2], "sign": -1}


def test_default_effects_are_planted():
    made = af.simulate(3, 3)
    assert made.truth["effects"] == EFFECTS
    assert made.truth["synthetic"] is True


def test_a_session_depends_on_seed_and_index():
    made = af.simulate(5, 12, n_turns=14, seed=7)
    again = af.simulate(5, 12, n_turns=14, seed=7)
    assert made.sessions == again.sessions
    assert made.ratings.equals(again.ratings)
    assert made.truth == again.truth
    raters = [af.SimulatedRater("llm", 0.5)]
    longer = af.simulate(5, 30, n_turns=14, seed=7, raters=raters)
    assert longer.sessions[:12] == made.sessions
    of_clients = longer.ratings.filter(
        pa.array([r == "client" for r in longer.ratings["rater"].to_pylist()])
    )
    assert of_clients.slice(0, 36).equals(made.ratings)
    other = af.simulate(5, 12, n_turns=14, seed=8)
    assert all(a.turns != b.turns for a, b in zip(made.sessions, other.sessions, strict=True))


def test_everything_says_that_it_is_synthetic():
    made = af.simulate(7, 20, n_turns=12, n_therapists=3)
    for session in made.sessions:
        assert session.meta == {"synthetic": True}
        assert (session.mode, session.verbatim, session.translated) == ("spoken", True, False)
    for name in ("session_id", "client_id", "therapist_id"):
        assert all(value.startswith("synthetic-") for value in made.ratings[name].to_pylist())
    assert len({session.client_id for session in made.sessions}) == 7
    assert len({session.therapist_id for session in made.sessions}) == 3
    numbers = {}
    for session in made.sessions:
        numbers.setdefault(session.client_id, []).append(session.session_number)
    assert all(found == [*range(1, len(found) + 1)] for found in numbers.values())


def test_ratings_are_shaped_like_counselling_wai():
    made = af.simulate(n_turns=12)
    matrix = af.ratings_matrix(af.read_ratings(made.ratings), perspective="client")
    assert matrix.y.shape == (793, 3)
    assert len(set(matrix.clients)) == 82
    for column, (mean, sd) in zip(matrix.y.T, TARGETS.values(), strict=True):
        assert abs(column.mean() - mean) < 0.2  # 82 clients: a standard error is .08
        assert abs(column.std() - sd) < 0.12
        assert stats.skew(column) < -0.4
        assert 0.4 < one_way_icc(column, matrix.clients) < 0.65
        assert set(column * 4 % 1) == {0.0}
    assert 0.7 < np.corrcoef(matrix.y.T)[0, 1] < 0.9


def one_way_icc(y, groups):
    """Return ICC(1) by analysis of variance, for groups of unequal size."""
    own = [y[np.array(groups) == group] for group in set(groups)]
    between = sum(len(v) * (v.mean() - y.mean()) ** 2 for v in own) / (len(own) - 1)
    within = sum(((v - v.mean()) ** 2).sum() for v in own) / (len(y) - len(own))
    size = (len(y) - sum(len(v) ** 2 for v in own) / len(y)) / (len(own) - 1)
    return (between - within) / (between + (size - 1) * within)


@pytest.mark.parametrize("name", TARGETS)
@pytest.mark.parametrize("shift", [0.0, -0.5])
def test_scores_are_quantiles_of_a_beta_distribution(name, shift):
    z = stats.norm.ppf((np.arange(4000) + 0.5) / 4000)
    scored = scores(z, name, shift)
    mean, sd = TARGETS[name]
    m, v = (mean + shift - 1) / 4, (sd / 4) ** 2
    both = m * (1 - m) / v - 1
    exact = 1 + 4 * stats.beta(m * both, (1 - m) * both).ppf(stats.norm.cdf(z))
    assert abs(scored - exact).max() <= 0.125 + 1e-9
    assert abs(scored.mean() - (mean + shift)) < 0.02
    assert abs(scored.std() - sd) < 0.02
    assert (np.diff(scored) >= 0).all()
    assert scored.min() >= 1.0
    assert scored.max() <= 5.0


def test_raters_agree_with_clients_to_the_degree_given():
    raters = [
        af.SimulatedRater("counsellor", 0.3, "therapist", shift=-0.4),
        af.SimulatedRater("llm", 0.8, "client"),
        af.SimulatedRater("copy", 1.0),
    ]
    made = af.simulate(400, 400, n_turns=12, raters=raters)
    table = af.read_ratings(made.ratings)
    client = af.ratings_matrix(table, rater="client").y
    for rater in raters:
        result = af.ratings_matrix(table, rater=rater.name, perspective=rater.perspective).y
        r = np.mean([np.corrcoef(client[:, k], result[:, k])[0, 1] for k in range(3)])
        assert abs(r - rater.accuracy) < 0.1
        assert abs((result - client).mean() - rater.shift) < 0.1
    np.testing.assert_array_equal(result, client)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"n_clients": 0}, "`n_clients` is 0"),
        ({"n_sessions": 3}, "`n_sessions` is 3; it must be a whole number >= 4"),
        ({"n_turns": 11}, "`n_turns` is 11; it must be a whole number >= 12"),
        ({"n_therapists": 0}, "`n_therapists` is 0"),
        ({"seed": -1}, "`seed` is -1"),
        ({"icc": 0.01}, "`icc` is 0.01; it must be from 0.05 to 1"),
        ({"icc": float("nan")}, "`icc` is nan"),
        ({"effects": {"we": 0.1}}, "`effects` names 'we'; known are i, filled_pauses"),
        ({"effects": {"i": 1.1}}, r"`effects\['i'\]` is 1.1; it is a correlation"),
        ({"effects": {"i": float("nan")}}, r"`effects\['i'\]` is nan"),
        ({"effects": {"i": "much"}}, r"`effects\['i'\]` is 'much'"),
        ({"raters": [af.SimulatedRater("client", 0.5)]}, "`raters` has the name 'client' twice"),
    ],
)
def test_bad_arguments_raise(options, message):
    with pytest.raises(af.ParameterError, match=message):
        af.simulate(**{"n_clients": 4, "n_sessions": 6, **options})


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("a", 1.5), "`accuracy` is 1.5; it is a correlation"),
        (("a", 0.5, "model"), "`perspective` is 'model'"),
        (("a", 0.5, "client", 2.0), "`shift` is 2.0; it must be from -1.5 to 0.5"),
    ],
)
def test_bad_raters_raise(arguments, message):
    with pytest.raises(af.ParameterError, match=message):
        af.SimulatedRater(*arguments)

"""Fixtures that every test may use. Nothing of the package is imported before a test asks."""

import math
import os
import sys
import tomllib
from importlib import resources
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

HERE = Path(__file__).resolve().parent
EXAMPLES = HERE.parent / "examples"
for folder in ("oracles", "support"):  # `import naive`; importlib mode adds no folder
    if str(HERE / folder) not in sys.path:
        sys.path.insert(0, str(HERE / folder))

settings.register_profile(
    "alliance",
    deadline=None,  # the first call compiles
    derandomize=True,
    max_examples=60,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile("alliance")

# Hashes of inputs are compared between runs, and no test writes a key into the user's home.
os.environ["ALLIANCE_FEATURES_HASH_KEY"] = "a key for the tests"


@pytest.fixture
def rng():
    return np.random.default_rng(20190915)


@pytest.fixture
def run(monkeypatch, capfd):
    """Call the command line in this process; return exit code, stdout, stderr."""
    from alliance_features import cli
    from alliance_features.cli import progress

    def call(*arguments):
        monkeypatch.setattr(sys, "argv", ["alliance-features", *map(str, arguments)])
        monkeypatch.setattr(cli.stopping, "install", lambda: None)
        monkeypatch.setattr(progress, "SECONDS_BETWEEN_LINES", 1e9)
        with pytest.raises(SystemExit, match=r"\d*") as stop:
            cli.main()
        told = capfd.readouterr()
        return stop.value.code, told.out, told.err

    return call


@pytest.fixture(scope="session")
def examples_path():
    return EXAMPLES


@pytest.fixture(scope="session")
def example_sessions(examples_path):
    import alliance_features as af

    return list(af.read_sessions(examples_path / "sessions.jsonl"))


@pytest.fixture(scope="session")
def lists():
    """Return the English word lists as plain data: the argument of the oracles."""
    file = resources.files("alliance_features").joinpath("lexicons/en.toml")
    return tomllib.loads(file.read_text(encoding="utf-8"))


@pytest.fixture(scope="session")
def make_session():
    """Build a session from texts (client first, then alternating) or (role, text) pairs."""
    import alliance_features as af

    def make(*turns, **fields):
        pairs = [
            (("client", "therapist")[place % 2], turn) if isinstance(turn, str) else turn
            for place, turn in enumerate(turns)
        ]
        defaults = {"session_id": "s1", "language": "en", "mode": "spoken", "verbatim": True}
        return af.Session(
            turns=[af.Turn(role=role, text=text) for role, text in pairs], **{**defaults, **fields}
        )

    return make


@pytest.fixture(scope="session")
def measure():
    """Measure one session: .values and .codes by name; of turns, .rows and .codes by (turn, name).

    Every null has a code and every code a null: that is checked each time.
    """
    from alliance_features.extraction.extractor import SESSION_KEYS, TURN_KEYS, Recipe, Rows

    def session_level(session, features="all", vectors=None):
        rows = Rows()
        extractor = Recipe(features=features, vectors=vectors).extractor()
        extractor.add(session, rows)
        names = [spec.name for spec in extractor.specs["session"]]
        values = dict(zip(names, rows.sessions[0][len(SESSION_KEYS) :], strict=True))
        codes = {name: code for _, _, name, code in rows.nulls}
        assert {name for name, value in values.items() if value is None} == set(codes)
        return SimpleNamespace(values=values, codes=codes)

    def turn_level(session, features="all", vectors=None):
        rows = Rows()
        extractor = Recipe(features=features, vectors=vectors, levels=("turn",)).extractor()
        extractor.add(session, rows)
        names = [*TURN_KEYS, *(spec.name for spec in extractor.specs["turn"])]
        found = [dict(zip(names, row, strict=True)) for row in rows.turns]
        codes = {(turn, name): code for _, turn, name, code in rows.nulls}
        nulls = {(r["turn_index"], n) for r in found for n, value in r.items() if value is None}
        assert nulls == set(codes)
        return SimpleNamespace(rows=found, codes=codes)

    return SimpleNamespace(session=session_level, turns=turn_level)


@pytest.fixture(scope="session")
def one_turn(make_session, measure):
    """Return everything counted in a session of one turn of the client."""

    def count(text):
        found = measure.turns(make_session(text), ["volume", "pronouns", "fluency"])
        return found.rows[0] if found.rows else None

    return count


# What generated sessions are made of: words that may carry a mark, and pieces that may not. What
# is left out is pinned in `test_tokens.py`.
PLAIN_WORDS = """
think know see mean hear understand feel do did me my mine myself we we're us US let's you you're
your The the that very no dog house don't can't didn't mother-in-law gonna id It's im ive
We\u2019re cafe\u0301 'cause 1990s so-so bye-bye yeah Yeah okay right sure mm-hmm Mhm uh-huh um Um
uhhh erm er ER hm Hmm ah th- wor- th-that n-no it know You I'm I'd I\u2019ll
"""
BARE_PIECES = 'I i F.B.I. [laughs] (laughs) (0.5) <noise> {x} ; -- \u2014 - " \u201c \u201d'
PLAIN = PLAIN_WORDS.split()
BARE = [
    *BARE_PIECES.split(),
    "(I was there)",
    "so I-I know",
    "and I-I'm",
    "I see",
    "I mean",
    "I hear you",
    "\n",
]
MARKS = ("", "", "", "", ".", ",", "?", "?!", "...", "\u2026", '"')
PIECES = st.one_of(
    st.tuples(st.sampled_from(PLAIN), st.sampled_from(MARKS)).map("".join), st.sampled_from(BARE)
)
TEXTS = st.lists(PIECES, min_size=1, max_size=9).map(" ".join)
# Enough words for a rate; sessions without it are too short for one.
LONG = (
    "I think that we saw the old house by the river and you told me about my brother, who knew "
    "it well; I do not know. Did you? I see. Um, we never went there again, but I, uh, I hear it "
    "is still there and that his dog waits for us every day."
)
TALK = st.lists(
    st.tuples(st.sampled_from(["client", "therapist"]), TEXTS | st.just("") | st.just(LONG)),
    min_size=1,
    max_size=16,
)


@pytest.fixture(scope="session")
def text_of_a_turn():
    """Return the strategy of texts: words, fillers, annotations, stutters, punctuation."""
    return TEXTS


@pytest.fixture(scope="session")
def talk():
    """Return the strategy of sessions: lists of (role, text)."""
    return TALK


@pytest.fixture(scope="session")
def check_session(measure, lists):
    """Compare all features of a group that need no vectors with the oracle, and their codes."""
    import naive

    def check(session, group):
        import alliance_features as af

        found = measure.session(session, group)
        turns = [(turn.role, turn.text) for turn in session.turns]
        expected = naive.lexical_session(turns, lists)
        usable = [
            sum(who == role and bool(naive.words(text, lists)) for who, text, _, _ in turned)
            for turned in [naive.merged(turns)]
            for role in naive.ROLES
        ]
        names = af.list_features(group)
        assert names
        for name in names:
            role, feature, *rest = name.split("__")
            few_words = feature.endswith("_rate") or feature == "mattr"
            few_turns = feature in ("talk_ratio", "bow_l1", "lsm", "rlsm", "lexical_overlap")
            trend = {"slope": "few_turns", "third_diff": "few_turns"}
            code = None
            if few_words and expected[f"{role}__words_n"] < 50:
                code = "few_words"
            elif few_turns and min(usable) < 5:
                code = "few_turns"
            elif math.isnan(expected[name]):
                empty = "no_events" if feature.endswith("initial_prop") else "no_turns"
                ends = trend.get(rest[-1] if rest else "", "undefined" if few_turns else empty)
                code = "few_words" if name.endswith("i_rate__third_diff") else ends
            assert found.codes.get(name) == code, name
            if code is None:
                exact = 0 if not rest or rest[-1] not in trend else 1e-11  # slopes cancel to 0
                np.testing.assert_allclose(
                    found.values[name], expected[name], rtol=1e-12, atol=exact, err_msg=name
                )

    return check

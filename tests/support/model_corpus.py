"""A small made-up corpus for the tests of models: ratings go with what is said."""

import functools

import numpy as np

PLAIN = """
work day family friend plan goal help think feel know want talk good hard time week sleep home
school money change start stop try keep hope fear angry happy tired
"""
WORDS = PLAIN.split()
FEATURES = ["volume", "pronouns"]


@functools.cache
def corpus(n=48, n_clients=8, turns=8):
    """Return sessions and ratings: {"goal": ..., "bond": ...}, 1 to 5; some are missing."""
    import alliance_features as af

    rng = np.random.default_rng(8)
    sessions, goal, bond = [], [], []
    for number in range(n):
        warm, long = rng.random(2)
        said = []
        for turn in range(turns):
            role = ("client", "therapist")[turn % 2]
            words = rng.choice(WORDS, int(4 + 20 * long)).tolist()
            words += ["we"] * int(3 * warm) + ["I"] * int(rng.integers(3))
            said.append(af.Turn(role=role, text=" ".join(words) + "."))
        sessions.append(
            af.Session(
                session_id=f"s{number}",
                client_id=f"c{number % n_clients}",
                language="en",
                turns=said,
            )
        )
        goal.append(1 + 4 * long)
        bond.append(1 + 4 * warm)
    goal[4] = np.nan
    return sessions, {"goal": np.array(goal), "bond": np.array(bond)}


@functools.cache
def matrix():
    """Return the sessions measured."""
    import alliance_features as af

    return af.SessionMatrix.of(corpus()[0], features=FEATURES)


def model(inputs="signals", **options):
    """Return a quick model."""
    import alliance_features as af

    settings = {"features": FEATURES, "bounds": (1, 5), "n_estimators": 20, "min_child_weight": 2}
    return af.AllianceRegressor(inputs, **{**settings, **options})

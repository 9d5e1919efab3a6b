"""Predictions as rows, for tests of figures and tables."""

import numpy as np


def rows_of(n_clients=36, repeats=1, seed=0, previous=False):
    """Make predictions of a constant, of length and of a better rater, as rows."""
    rng = np.random.default_rng(seed)
    rows = []
    sizes = rng.integers(2, 6, n_clients)
    for repeat in range(repeats):
        folds = rng.permutation(np.arange(n_clients) % 4)
        for client in range(n_clients):
            own = np.random.default_rng([seed, client])
            level = own.normal()
            for number in range(sizes[client]):
                score = 3 + level + own.normal()
                better = 3 + 0.5 * (score - 3) + 0.7 * rng.normal()
                guesses = {"training_mean": 3.0, "length": 3 + rng.normal(), "better": better}
                if previous:
                    guesses["previous_rating"] = 3 + level if number else None
                rows += [
                    {
                        "session_id": f"s{client}-{number}",
                        "client_id": f"c{client}",
                        "therapist_id": f"t{client % 7}",
                        "repeat": repeat,
                        "fold": int(folds[client]),
                        "rater": rater,
                        "dimension": "bond",
                        "score": score,
                        "predicted": guess,
                    }
                    for rater, guess in guesses.items()
                ]
    return rows

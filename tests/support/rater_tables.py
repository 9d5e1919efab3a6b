"""Ratings and scores of raters, small enough to compare by hand."""

import numpy as np
import pyarrow as pa

import alliance_features as af

DIMENSIONS = ("goal", "bond")


def rows_of(n_clients=52, seed=0, raters=("llm", "expert", "noise"), per=(2, 6)):
    """Return rows of ratings and of scores; `llm` is best and rates a point too high."""
    rng = np.random.default_rng(seed)
    ratings, scores = [], []
    for client in range(n_clients):
        level = rng.normal()
        for number in range(rng.integers(*per)):
            for dimension in DIMENSIONS:
                felt = float(np.clip(3 + level / 2 + rng.normal() / 2, 1, 5))
                common = {
                    **{"session_id": f"s{client}-{number}", "client_id": f"c{client}"},
                    **{"dimension": dimension, "scale_min": 1.0, "scale_max": 5.0},
                }
                ratings.append({**common, "rater": "client", "score": felt})
                told = {
                    "llm": felt + 0.6 + 0.4 * rng.normal(),
                    "expert": felt + 0.9 * rng.normal(),
                    "noise": 3 + rng.normal(),
                }
                scores += [
                    {**common, "rater": name, "score": float(np.clip(told[name], 1, 5))}
                    for name in raters
                ]
    return ratings, scores


RATINGS, SCORES = rows_of()


def table(rows):
    return pa.Table.from_pylist(rows)


def compared(ratings=RATINGS, scores=SCORES, **options):
    return af.compare_raters(table(ratings), table(scores), **{"draws": 200, **options})

"""Ratings over courses of therapy, small enough to count by hand."""

import pyarrow as pa

BY_HAND = {
    "a": [2.0, 3.0, 3.5],
    "b": [3.0, 3.0, 3.5],
    "c": [4.0, 4.0, 4.0],
    "d": [5.0, 4.0, 3.75],
    "e": [4.5, 5.0, 5.0],
    "f": [3.0, 5.0],
}


def long(scores, **more):
    """Return ratings of one dimension from scores by client."""
    rows = [
        {
            "session_id": f"{client}-{k}",
            "client_id": client,
            "session_number": k + 1,
            "rater": "client",
            "perspective": "client",
            "instrument": "WAI-SR",
            "dimension": "bond",
            "score": score,
            "scale_min": 1.0,
            "scale_max": 5.0,
            **{name: of[client] for name, of in more.items()},
        }
        for client, values in scores.items()
        for k, score in enumerate(values)
    ]
    return pa.Table.from_pylist(rows)

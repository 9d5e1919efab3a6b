"""Ratings of clients and therapists of the same sessions."""

import pyarrow as pa


def ratings(client, therapist, *, clients=None, numbers=None, **more):
    """Return ratings of one dimension; `more` holds columns by session."""
    n = len(client)
    rows = [
        {
            "session_id": f"s{k}",
            "client_id": clients[k] if clients else f"c{k}",
            "session_number": numbers[k] if numbers else None,
            "rater": side,
            "perspective": side,
            "instrument": "WAI-SR",
            "dimension": "bond",
            "score": scores[k],
            "scale_min": 1.0,
            "scale_max": 7.0,
            **{name: column[k] for name, column in more.items()},
        }
        for side, scores in (("client", client), ("therapist", therapist))
        for k in range(n)
    ]
    return pa.Table.from_pylist(rows)

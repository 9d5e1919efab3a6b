"""Which words go with high and with low ratings: log-odds with an informative prior."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from .._checks import check_count
from .._typing import FloatArray
from ..errors import ParameterError
from ..stats.arrays import as_floats, check_same_length, mean_ranks

if TYPE_CHECKING:
    import pyarrow as pa

MIN_CLIENTS = 5
STRENGTH = 500.0


@dataclass(frozen=True, slots=True, eq=False)
class LogOdds:
    """How much more often words are used in one group than in another.

    Attributes
    ----------
    delta : ndarray of float64, shape (n_words,)
        Difference of the log odds, above 0 where the first group uses the word more.
    z : ndarray of float64, shape (n_words,)
        `delta` over its standard error. It takes words as drawn independently, so it serves to
        order words and not as a test.
    """

    delta: FloatArray
    z: FloatArray


def log_odds(
    first: npt.ArrayLike,
    second: npt.ArrayLike,
    *,
    prior: npt.ArrayLike | None = None,
    strength: float = STRENGTH,
) -> LogOdds:
    r"""Log-odds ratio of words with an informative Dirichlet prior.

    .. math:: \delta_w = \log\frac{y_w^1 + a_w}{n^1 + a_0 - y_w^1 - a_w}
        - \log\frac{y_w^2 + a_w}{n^2 + a_0 - y_w^2 - a_w}, \quad
        z_w = \delta_w \Big/ \sqrt{\frac{1}{y_w^1 + a_w} + \frac{1}{y_w^2 + a_w}}

    Parameters
    ----------
    first, second : array-like of float, shape (n_words,)
        Counts of each word in the two groups, >= 0.
    prior : array-like of float, shape (n_words,), optional
        Counts in a background corpus, from which the pseudo-counts a are made; None is both
        groups together.
    strength : float, default=500
        a_0, the sum of the pseudo-counts: this many words of the background are added to each
        group.

    Returns
    -------
    LogOdds
        NaN for a word that is in neither group nor in the prior, or that is the only word.

    Raises
    ------
    ParameterError
        If lengths differ, a count is negative or missing, or `strength` is not above 0.

    References
    ----------
    Monroe, Colaresi & Quinn 2008, doi:10.1093/pan/mpn018, equations 16, 18 to 20, 23.

    Examples
    --------
    >>> odds = log_odds([30, 10], [10, 30], strength=2.0)
    >>> odds.z.round(3).tolist()
    [5.904, -5.904]
    """
    first_counts, second_counts = (_counts(n, v) for n, v in (("first", first), ("second", second)))
    check_same_length("first", first_counts.size, "second", second_counts.size)
    back = first_counts + second_counts if prior is None else _counts("prior", prior)
    check_same_length("prior", back.size, "first", first_counts.size)
    if isinstance(strength, bool) or not (np.isfinite(strength) and strength > 0):
        raise ParameterError(f"`strength` is {strength}; it must be a number above 0.")
    total = float(back.sum())
    a = back * (strength / total) if total > 0 else np.zeros_like(back)
    with np.errstate(divide="ignore", invalid="ignore"):
        logs = [
            np.log((y + a) / (y.sum() + a.sum() - y - a)) for y in (first_counts, second_counts)
        ]
        delta = logs[0] - logs[1]
        z = delta / np.sqrt(1.0 / (first_counts + a) + 1.0 / (second_counts + a))
    known = np.isfinite(delta)
    return LogOdds(np.where(known, delta, np.nan), np.where(known, z, np.nan))


def _counts(name: str, values: npt.ArrayLike) -> FloatArray:
    counts = as_floats(name, values)
    bad = np.flatnonzero(~(counts >= 0))
    if bad.size:
        raise ParameterError(f"`{name}[{bad[0]}]` is {counts[bad[0]]}; a count is >= 0.")
    return counts


def thirds(ratings: npt.ArrayLike) -> npt.NDArray[np.int64]:
    """Return the third that each rating is in: -1 low, 0 middle or unknown, 1 high.

    By mid-rank, as in `tercile_errors`: equal ratings stay together.

    Parameters
    ----------
    ratings : array-like of float, shape (n,)

    Returns
    -------
    ndarray of int64, shape (n,)

    Examples
    --------
    >>> thirds([1, 2, 3, 4, 5, 6]).tolist()
    [-1, -1, 0, 0, 1, 1]
    """
    values = as_floats("ratings", ratings)
    known = ~np.isnan(values)
    out = np.zeros(values.size, dtype=np.int64)
    n = int(known.sum())
    if n:
        doubled = 3.0 * (2.0 * mean_ranks(values[known]) - 1.0)
        out[known] = np.where(doubled < 2 * n, -1, np.where(doubled > 4 * n, 1, 0))
    return out


def word_table(
    texts: Sequence[Sequence[str]],
    first: Sequence[bool],
    clients: Sequence[str],
    *,
    min_clients: int = MIN_CLIENTS,
    strength: float = STRENGTH,
    show_words: bool = False,
) -> pa.Table:
    """Return the words of two groups of texts with their log-odds ratios.

    Parameters
    ----------
    texts : sequence of sequence of str
        Tokens of each text.
    first : sequence of bool
        Whether a text is of the first group (of high ratings, or of the dimension).
    clients : sequence of str
        Client of each text.
    min_clients : int, default=5
        Words used by fewer clients are counted in the totals and have no row.
    strength : float, default=500
        As in `log_odds`; the prior is both groups together.
    show_words : bool, default=False
        Whether to name the words: they were said or written about clients.

    Returns
    -------
    pyarrow.Table
        Columns word (null unless asked for), first_n, second_n (counts), clients_n, log_odds, z;
        by z, the first group's words first. Without the words, `z` tells how far apart the
        groups are, and `clients_n` how common the words are in which they differ.

    Raises
    ------
    ParameterError
        If lengths differ, or a group has no word.
    """
    import pyarrow as pa

    check_count("min_clients", min_clients)
    check_same_length("first", len(first), "texts", len(texts))
    check_same_length("clients", len(clients), "texts", len(texts))
    counts: tuple[Counter[str], Counter[str]] = (Counter(), Counter())
    users: dict[str, set[str]] = {}
    for tokens, of_first, client in zip(texts, first, clients, strict=True):
        counts[0 if of_first else 1].update(tokens)
        for word in tokens:
            users.setdefault(word, set()).add(client)
    if not (counts[0] and counts[1]):
        raise ParameterError("`texts` has no word in one of the two groups; nothing to compare.")
    words = sorted(users)
    odds = log_odds(
        [counts[0][word] for word in words],
        [counts[1][word] for word in words],
        strength=strength,
    )
    kept = [
        place
        for place, word in enumerate(words)
        if len(users[word]) >= min_clients and not np.isnan(odds.z[place])
    ]
    kept.sort(key=lambda place: (-odds.z[place], words[place]))
    rows = [
        {
            "word": words[place] if show_words else None,
            "first_n": counts[0][words[place]],
            "second_n": counts[1][words[place]],
            "clients_n": len(users[words[place]]),
            "log_odds": float(odds.delta[place]),
            "z": float(odds.z[place]),
        }
        for place in kept
    ]
    return pa.Table.from_pylist(rows, schema=word_schema())


def word_schema() -> pa.Schema:
    """Return the columns of a table of words."""
    import pyarrow as pa

    kinds = {"word": pa.string(), "log_odds": pa.float64(), "z": pa.float64()}
    names = ("word", "first_n", "second_n", "clients_n", "log_odds", "z")
    return pa.schema([pa.field(name, kinds.get(name, pa.int64())) for name in names])

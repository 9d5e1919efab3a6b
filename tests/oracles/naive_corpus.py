"""Oracles of lagged correlation, trends over a client's sessions and pseudo-dyads.

Plain Python from the definitions of the registry and of `docs/architecture.md`; imports nothing
of the package.
"""

import hashlib
import math
import statistics

import naive

WINDOW, STEP, LAGS, MIN_PAIRS, MIN_WINDOWS = 10, 5, 3, 8, 2


# Windowed lagged cross-correlation


def pearson(pairs):
    """Correlation of the pairs known in both; NaN below 8 or without variance."""
    known = [(x, y) for x, y in pairs if not (math.isnan(x) or math.isnan(y))]
    if len(known) < MIN_PAIRS:
        return math.nan
    x, y = zip(*known, strict=True)
    if len(set(x)) == 1 or len(set(y)) == 1:
        return math.nan
    return statistics.correlation(x, y)


def windows(values, roles, leader, lag):
    """Return r of the leader's turns with the follower's `lag`-th turn after them, by window."""
    own = [turn for turn, role in enumerate(roles) if role == leader]
    pairs = []
    for turn in own:
        replies = [later for later in range(turn + 1, len(roles)) if roles[later] != leader]
        reply = values[replies[lag - 1]] if len(replies) >= lag else math.nan
        pairs.append((values[turn], reply))
    starts = range(0, len(pairs) - WINDOW + 1, STEP)
    return [pearson(pairs[start : start + WINDOW]) for start in starts]


def mean_of_enough(values):
    known = [value for value in values if not math.isnan(value)]
    return math.fsum(known) / len(known) if len(known) >= MIN_WINDOWS else math.nan


def peaks(values, roles):
    """Return the height and the lag of the largest absolute correlation of each whole window."""
    found = {}
    for sign, leader in ((1, "therapist"), (-1, "client")):
        for lag in range(1, LAGS + 1):
            found[sign * lag] = windows(values, roles, leader, lag)
    heights, places = [], []
    for number in range(min(len(one) for one in found.values())):
        here = {lag: abs(one[number]) for lag, one in found.items()}
        if not any(math.isnan(height) for height in here.values()):
            heights.append(max(here.values()))
            best = [lag for lag, height in here.items() if height == heights[-1]]
            places.append(min(best, key=lambda lag: (abs(lag), -lag)))
    return heights, places


def lagged_session(turns, lists):
    """Every lagged feature of a session of (role, text)."""
    merged = naive.merged(turns)
    roles = [role for role, _, _, _ in merged]
    counts = [naive.turn_counts(text, lists) for _, text, _, _ in merged]
    series = {
        "words": [math.log(1 + count["words_n"]) for count in counts],
        "first_person": [
            count["i_n"] / count["words_n"] if count["words_n"] else math.nan for count in counts
        ],
    }
    out = {}
    for name, values in series.items():
        for leader in naive.ROLES:
            lead = mean_of_enough(windows(values, roles, leader, 1))
            out[f"dyad__lagged_r__leader_{leader}__series_{name}"] = lead
        heights, places = peaks(values, roles)
        out[f"dyad__lagged_peak_r__series_{name}"] = mean_of_enough(heights)
        out[f"dyad__lagged_peak_lag__series_{name}"] = mean_of_enough(places)
    return out


# Trends over the sessions of a client


def client_trends(rows, name):
    """Return {(client, therapist): (n, mean, slope, third_diff)} of rows as dicts."""
    courses = {}
    for row in rows:
        if row["client_id"] is not None and row["session_number"] is not None:
            courses.setdefault((row["client_id"], row["therapist_id"]), []).append(row)
    out = {}
    for course, found in courses.items():
        known = [row for row in found if row[name] is not None]
        known.sort(key=lambda row: (row["session_number"], row["session_id"]))
        x = [row["session_number"] for row in known]
        y = [row[name] for row in known]
        n = len(y)
        if n < 3:
            out[course] = (n, None, None, None)
            continue
        slope = statistics.linear_regression(x, y).slope if len(set(x)) > 1 else None
        first = [y[i] for i in range(n) if i < n / 3]
        last = [y[i] for i in range(n) if i >= 2 * n / 3]
        out[course] = (
            n,
            statistics.fmean(y),
            slope,
            statistics.fmean(last) - statistics.fmean(first),
        )
    return out


# Pseudo-dyads: a session is a dict of session_id, client_id, therapist_id, kind, roles and bags


def lot(one, other, seed):
    text = f"{seed}\0{one['session_id']}\0{other['session_id']}"
    return hashlib.blake2b(text.encode(), digest_size=8).hexdigest()


def partners(session, corpus, most, seed):
    """Return the sessions whose client stands in, the nearest in length first."""
    length = session["roles"].count("client")
    fit = []
    for other in corpus:
        same = [
            session[key] == other[key]
            for key in ("client_id", "therapist_id")
            if session[key] is not None
        ]
        if other["session_id"] == session["session_id"] or any(same):
            continue
        excess = other["roles"].count("client") - length
        if other["kind"] == session["kind"] and excess >= 0:
            fit.append((excess, lot(session, other, seed), other))
    return [other for _, _, other in sorted(fit, key=lambda one: one[:2])[:most]]


def pseudo_session(session, partner):
    """Return roles and bags of the therapist with the first turns of the partner's client."""
    lent = iter(
        bag for role, bag in zip(partner["roles"], partner["bags"], strict=True) if role == "client"
    )
    bags = [
        bag if role == "therapist" else next(lent)
        for role, bag in zip(session["roles"], session["bags"], strict=True)
    ]
    return session["roles"], bags


def pseudo_measures(distances, roles):
    """Return the six measures of a matrix of distances (lists of lists)."""
    out = {}
    for role in naive.ROLES:
        out[f"dyad__uclid__anchor_{role}"] = naive.uclid(distances, roles, role)
        out[f"dyad__nclid__anchor_{role}"] = naive.nclid(distances, roles, role)
        before = [distances[turn - 1][turn] for turn in range(1, len(roles)) if roles[turn] == role]
        out[f"dyad__adjacent_wmd__responder_{role}__mean"] = naive.mean(before)
    return out

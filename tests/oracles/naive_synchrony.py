"""Oracles of uCLiD and nCLiD in every convention, and of their surrogates; plain Python.

A surrogate is made by moving the turns of a conversation, and measured like any other.
"""

import itertools
import math
import statistics

import naive

MEASURES = ("uclid", "nclid", "adjacent_wmd")


def nearest(distances, roles, anchor, k, windows="any"):
    """Least distance of each turn of `anchor` to the next k turns of the other, else NaN."""
    found = naive.nearest_reply(distances, roles, anchor, k)
    for i, role in enumerate(roles):
        following = sum(who != anchor for who in roles[i + 1 :])
        if role != anchor or (windows == "complete" and following < k):
            found[i] = math.nan
    return found


def uclid(distances, roles, anchor, k=3, windows="any"):
    return naive.mean(nearest(distances, roles, anchor, k, windows))


def nclid(distances, roles, anchor, k=3, cross="following", windows="any"):
    alpha = sum(naive.alpha_terms(distances, roles, anchor, cross))
    return uclid(distances, roles, anchor, k, windows) / alpha if alpha > 0 else math.nan


def adjacent_wmd(distances, roles, anchor):
    """Mean distance of the turns of the other to a turn of `anchor` right before."""
    pairs = [
        distances[i][i + 1]
        for i in range(len(roles) - 1)
        if roles[i] == anchor and roles[i + 1] != anchor
    ]
    return naive.mean(pairs)


def measures(distances, roles, anchor, k=3):
    return {
        "uclid": uclid(distances, roles, anchor, k),
        "nclid": nclid(distances, roles, anchor, k),
        "adjacent_wmd": adjacent_wmd(distances, roles, anchor),
    }


def any_pair(distances, roles, anchor):
    """Mean distance of any turn of the anchor to any of the other."""
    return naive.alpha_terms(distances, roles, anchor, "all")[2]


def movable(distances, roles, anchor):
    """Places of the replies that have a distance to a turn of the anchor."""
    anchors = [i for i, role in enumerate(roles) if role == anchor]
    return [
        j
        for j, role in enumerate(roles)
        if role != anchor and any(not math.isnan(distances[i][j]) for i in anchors)
    ]


def moved(distances, places, order):
    """Distances of the conversation in which the replies at `places` stand in another order."""
    turn = list(range(len(distances)))
    for place, which in zip(places, order, strict=True):
        turn[place] = places[which]
    return [[distances[i][j] for j in turn] for i in turn]


def rotations(n):
    return [[*range(s, n), *range(s)] for s in range(1, n)]


def surrogate_values(distances, roles, anchor, orders, k=3):
    """Measures of every reordered conversation, by measure."""
    places = movable(distances, roles, anchor)
    found = [measures(moved(distances, places, order), roles, anchor, k) for order in orders]
    return {name: [one[name] for one in found] for name in MEASURES}


def quick_values(distances, roles, anchor, orders, k=3):
    """The same, sparing what no order of the replies changes; for long conversations."""
    places = movable(distances, roles, anchor)
    anchors = [i for i, role in enumerate(roles) if role == anchor]
    replies = [j for j, role in enumerate(roles) if role != anchor]
    windows = [(i, [j for j in replies if j > i]) for i in anchors]
    neighbours = [(j - 1, j) for j in replies if j - 1 in anchors]
    within = sum(naive.alpha_terms(distances, roles, anchor)[:2])
    out = {name: [] for name in MEASURES}
    for order in orders:
        turn = list(range(len(roles)))
        for place, which in zip(places, order, strict=True):
            turn[place] = places[which]
        after = [[distances[i][turn[j]] for j in following] for i, following in windows]
        local = [[d for d in row[:k] if d == d] for row in after]
        nearest_mean = naive.mean([min(row) for row in local if row])
        alpha = within + naive.mean([d for row in after for d in row])
        out["uclid"].append(nearest_mean)
        out["nclid"].append(nearest_mean / alpha if alpha > 0 else math.nan)
        out["adjacent_wmd"].append(naive.mean([distances[i][turn[j]] for i, j in neighbours]))
    return out


def compare(observed, values, reference):
    """Return mean, sd, z, ratio, p and survives."""
    values = [value for value in values if not math.isnan(value)]
    mean = naive.mean(values)
    sd = statistics.stdev(values) if len(values) > 1 else math.nan
    near = sum(
        value <= observed or math.isclose(value, observed, rel_tol=1e-12) for value in values
    )
    return {
        "mean": mean,
        "sd": sd,
        "z": (observed - mean) / sd if sd > 1e-12 else math.nan,
        "ratio": observed / mean if mean > 0 else math.nan,
        "p": (1 + near) / (1 + len(values)) if values and not math.isnan(observed) else math.nan,
        "survives": (mean - observed) / (reference - observed)
        if reference - observed > 1e-12
        else math.nan,
    }


def exact_adjacent(distances, roles, anchor):
    """Mean and standard deviation of adjacent_wmd over every order of the replies."""
    places = movable(distances, roles, anchor)
    values = [
        adjacent_wmd(moved(distances, places, order), roles, anchor)
        for order in itertools.permutations(range(len(places)))
    ]
    return naive.mean(values), statistics.pstdev(values)


def hoeffding(distances, roles, anchor):
    """The same from Hoeffding's formula, for longer conversations."""
    places = movable(distances, roles, anchor)
    before = [j - 1 if j and not math.isnan(distances[j - 1][j]) else None for j in places]
    before = [i if i is None or roles[i] == anchor else None for i in before]
    cost = [[0.0 if i is None else distances[i][j] for j in places] for i in before]
    n = len(places)
    rows = [math.fsum(row) / n for row in cost]
    columns = [math.fsum(column) / n for column in zip(*cost, strict=True)]
    total = math.fsum(rows) / n
    variance = math.fsum(
        (cost[p][q] - rows[p] - columns[q] + total) ** 2 for p in range(n) for q in range(n)
    ) / (n - 1)
    count = sum(i is not None for i in before)
    if not count:
        return math.nan, math.nan
    return math.fsum(rows) / count, math.sqrt(variance) / count


# Columns of the table of sessions


def variants(distances, roles):
    """uCLiD and nCLiD of every k and convention off default, by column."""
    out = {"dyad__alpha_cross__cross_all": any_pair(distances, roles, "therapist")}
    for anchor, k, windows in itertools.product(naive.ROLES, (1, 2, 3, 5), ("any", "complete")):
        tail = (f"__k_{k}" if k != 3 else "") + ("" if windows == "any" else "__windows_complete")
        out[f"dyad__uclid__anchor_{anchor}{tail}"] = uclid(distances, roles, anchor, k, windows)
        for cross, middle in (("following", ""), ("all", "__cross_all")):
            value = nclid(distances, roles, anchor, k, cross, windows)
            out[f"dyad__nclid__anchor_{anchor}{middle}{tail}"] = value
    return out


def surrogate_columns(distances, roles, shuffled):
    """Every statistic of every surrogate; `shuffled(n)` gives the random orders of n replies."""
    out = {}
    for anchor, surrogate in itertools.product(naive.ROLES, ("circular", "shuffle")):
        responder = "client" if anchor == "therapist" else "therapist"
        n = len(movable(distances, roles, anchor))
        orders = rotations(n) if surrogate == "circular" else shuffled(n)
        values = quick_values(distances, roles, anchor, orders)
        observed = measures(distances, roles, anchor)
        reference = any_pair(distances, roles, anchor)
        alpha = sum(naive.alpha_terms(distances, roles, anchor))
        for name in MEASURES:
            scale = alpha if name == "nclid" else 1.0
            found = compare(observed[name], values[name], reference / scale)
            who = f"responder_{responder}" if name == "adjacent_wmd" else f"anchor_{anchor}"
            if name == "adjacent_wmd" and surrogate == "shuffle":
                mean, sd = hoeffding(distances, roles, anchor)
                z = (observed[name] - mean) / sd if sd > 1e-12 else math.nan
                found |= {"z": z, "ratio": observed[name] / mean if mean > 0 else math.nan}
            for stat in ("z", "ratio", "p", "survives"):
                out[f"dyad__{name}__{who}__surrogate_{surrogate}__{stat}"] = found[stat]
    return out


# The preset kwon2025


def kwon_tokens(text):
    """Runs of letters, digits and underscores, in lower case."""
    spaced = "".join(sign if sign.isalnum() or sign == "_" else " " for sign in text)
    return spaced.lower().split()


def kwon_rows(turns):
    """Rows that say something, not merged."""
    return [(role, text) for role, text in turns if text.strip()]


def kwon2025(distances, roles):
    """Both directions and their mean, by column."""
    both = {a: nclid(distances, roles, a) for a in naive.ROLES}
    out = {f"dyad__nclid__anchor_{a}__preset_kwon2025": value for a, value in both.items()}
    return out | {"dyad__nclid__preset_kwon2025": sum(both.values()) / 2}

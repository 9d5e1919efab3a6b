"""Oracles of style, coordination and alignment in plain Python; see `naive.py`."""

import itertools
import math
from collections import Counter

from naive import (
    ROLES,
    adjacent,
    bow_l1,
    expand,
    lexical_overlap,
    match,
    mean,
    merged,
    ratio,
    slope,
    third_diff,
    turn_tokens,
    words,
)


def spoken(turns, lists):
    """Merged turns as (role, words), a word as the set of itself and its parts."""
    return [
        (role, [{word, *expand(word, lists)} for word in words(text, lists)])
        for role, text, _, _ in merged(turns)
    ]


def belongs(parts, entries):
    """Whether a word or a part of it is an entry, or begins with a stem (stem*)."""
    stems = [entry[:-1] for entry in entries if entry.endswith("*")]
    return bool(parts & {*entries}) or any(
        part.startswith(stem) for part in parts for stem in stems
    )


def exchanges(counted, responder):
    """Pairs of (hits, words): a turn with a word, and the responder's answer with one."""
    pairs = []
    for (_, before), (role, answer) in itertools.pairwise(counted):
        if role == responder and before[1] and answer[1]:
            pairs.append((before, answer))
    return pairs


def coordination(pairs):
    """From (turn before has it, answer has it) to the measure; NaN below three uses."""
    asked = [after for before, after in pairs if before]
    if len(asked) < 3:
        return math.nan
    return sum(asked) / len(asked) - sum(after for _, after in pairs) / len(pairs)


def swam(triples):
    """From (turn before has it, hits in the answer, words of the answer) to log-odds."""
    logits = []
    for state in (True, False):
        chosen = [(k, n) for before, k, n in triples if before is state]
        if not chosen:
            return math.nan
        p = (sum(k for k, _ in chosen) + 0.5) / (sum(n for _, n in chosen) + 1)
        logits.append(math.log(p / (1 - p)))
    return logits[0] - logits[1]


def of_category(said, entries):
    """Return LSM and, by responder, rLSM, coordination and SWAM of one category."""
    counted = [
        (role, (sum(belongs(parts, entries) for parts in turn), len(turn))) for role, turn in said
    ]
    rates = [rate(counted, role) for role in ROLES]
    out = {("lsm", None): match(*rates)}
    for role in ROLES:
        pairs = exchanges(counted, role)
        out["rlsm", role] = mean(
            [match(100 * k / n, 100 * j / m) for (k, n), (j, m) in pairs if k > 0]
        )
        out["coordination", role] = coordination([(k > 0, j > 0) for (k, _), (j, _) in pairs])
        out["swam", role] = swam([(k > 0, j, m) for (k, _), (j, m) in pairs])
    return out


def rate(counted, role):
    own = [pair for who, pair in counted if who == role]
    return ratio(100 * sum(k for k, _ in own), sum(n for _, n in own))


def cosine(one, other):
    """Cosine of two mappings of keys to numbers; NaN without a direction."""
    dot = math.fsum(one[key] * other[key] for key in one if key in other)
    lengths = [math.sqrt(math.fsum(x * x for x in side.values())) for side in (one, other)]
    return dot / (lengths[0] * lengths[1]) if min(lengths) > 0 else math.nan


def ngrams(bag, n):
    return Counter(tuple(bag[place : place + n]) for place in range(len(bag) - n + 1))


def excess(bags, roles, factor=1.5):
    """Distance to the turn before, minus the mean of that to other turns of its speaker as long."""
    out = []
    for place, bag in enumerate(bags):
        before = bags[place - 1] if place else []
        like = [
            bow_l1(bag, other)
            for number, other in enumerate(bags)
            if place
            and number != place - 1
            and roles[number] == roles[place - 1]
            and before
            and other
            and max(len(other), len(before)) <= factor * min(len(other), len(before))
        ]
        out.append(bow_l1(bag, before) - mean(like) if bag and before and like else math.nan)
    return out


def style_session(turns, lists, categories):
    """Return every feature of style and alignment that needs no vectors; no support is asked."""
    joined = merged(turns)
    roles = [role for role, _, _, _ in joined]
    said = spoken(turns, lists)
    out = {}
    means = {}
    for name in categories:
        entries = lists["function_words"].get(name)
        for measure, role in itertools.product(("lsm", "rlsm", "coordination", "swam"), ROLES):
            end = "" if measure == "lsm" else f"__responder_{role}"
            out[f"dyad__{measure}__category_{name}{end}"] = math.nan
        if entries is None:
            continue
        for (measure, role), value in of_category(said, entries).items():
            end = "" if role is None else f"__responder_{role}"
            out[f"dyad__{measure}__category_{name}{end}"] = value
            means.setdefault((measure, role), []).append(value)
    bags = [turn_tokens(text, lists) for _, text, _, _ in joined]
    series = {
        "lexical_cosine": adjacent([ngrams(bag, 1) for bag in bags], cosine),
        "lexical_cosine__n_2": adjacent([ngrams(bag, 2) for bag in bags], cosine),
        "bow_l1_matched": excess(bags, roles),
    }
    near = {"bow_l1": adjacent(bags, bow_l1), "lexical_overlap": adjacent(bags, lexical_overlap)}
    for role in ROLES:
        for measure in ("coordination", "swam"):
            out[f"dyad__{measure}__responder_{role}"] = mean(means.get((measure, role), []))
        own = [who == role for who in roles]
        for name, values in series.items():
            out[f"dyad__{name}__responder_{role}"] = mean(list(itertools.compress(values, own)))
        for name, values in near.items():
            out[f"dyad__{name}__responder_{role}__slope"] = slope(
                [
                    (place / max(len(roles) - 1, 1), y, len(said[place][1]))
                    for place, y in enumerate(values)
                    if own[place]
                ]
            )
        out[f"dyad__bow_l1__responder_{role}__third_diff"] = third_diff(near["bow_l1"], own)
    return out


def embedding_session(turns, lists, vectors):
    """Return the cosines of summed vectors; `vectors` maps known words to lists of numbers."""
    joined = merged(turns)
    sums = []
    for _, text, _, _ in joined:
        known = [vectors[token] for token in turn_tokens(text, lists) if token in vectors]
        sums.append(
            {axis: math.fsum(column) for axis, column in enumerate(zip(*known, strict=True))}
        )
    near = adjacent(sums, cosine)
    return {
        f"dyad__embedding_cosine__responder_{role}": mean(
            [value for value, (who, _, _, _) in zip(near, joined, strict=True) if who == role]
        )
        for role in ROLES
    }


def user_session(turns, lists, dictionary):
    """Return every feature of a user's dictionary; no support is asked."""
    said = spoken(turns, lists)
    out = {}
    for name, entries in dictionary.items():
        counted = [
            (role, (sum(belongs(parts, entries) for parts in turn), len(turn)))
            for role, turn in said
        ]
        for role in ROLES:
            out[f"{role}__category_rate__user_{name}"] = rate(counted, role)
        for (measure, role), value in of_category(said, entries).items():
            who = "" if role is None else f"__responder_{role}"
            out[f"dyad__{measure}{who}__user_{name}"] = value
    return out

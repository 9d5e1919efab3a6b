"""Alliance scores, divergence and other keys in plain Python: shares no code with the package."""

import itertools
import math
import operator

BIN_STARTS = (1, 4, 8, 16, 32, 64)


def dot(a, b):
    return sum(map(operator.mul, a, b))


def cosine(a, b):
    size = math.sqrt(dot(a, a) * dot(b, b))
    return dot(a, b) / size if size > 0 else math.nan


def mean(values):
    known = [value for value in values if not math.isnan(value)]
    return math.fsum(known) / len(known) if known else math.nan


def variance(values):
    middle = mean(values)
    return math.fsum((value - middle) ** 2 for value in values) / (len(values) - 1)


def text_vector(tokens, vectors, weights):
    """Weighted mean of unit vectors; None without a known word."""
    known = [word for word in tokens if word in vectors]
    if not known:
        return None
    total = math.fsum(weights[word] for word in known)
    sums = [0.0] * len(vectors[known[0]])
    for word in known:
        share = weights[word] / math.sqrt(dot(vectors[word], vectors[word])) / total
        sums = [have + share * x for have, x in zip(sums, vectors[word], strict=True)]
    return sums


def bin_of(n_tokens):
    return max(place for place, start in enumerate(BIN_STARTS) if n_tokens >= start or place == 0)


def neutral_moments(neutral, statement):
    """Mean and sd of the cosines of neutral texts (tokens, vector) with a statement, by length."""
    found = [[] for _ in BIN_STARTS]
    for n_tokens, vector in neutral:
        if vector is not None:
            found[bin_of(n_tokens)].append(cosine(vector, statement))
    return [
        (mean(one), math.sqrt(variance(one))) if len(one) >= 30 else (math.nan, math.nan)
        for one in found
    ]


def scores(turns, statements, negated, neutral, vectors, weights, method):
    """Return turns x items.

    turns: (role, tokens); statements, negated: role -> token lists; neutral: role -> token lists.
    """
    items = {
        role: [text_vector(one, vectors, weights) for one in lists]
        for role, lists in statements.items()
    }
    denied = {
        role: [text_vector(one, vectors, weights) for one in lists]
        for role, lists in negated.items()
    }
    moments = {}
    if method == "null_z":
        for role in items:
            texts = [(len(one), text_vector(one, vectors, weights)) for one in neutral[role]]
            moments[role] = [neutral_moments(texts, one) for one in items[role]]
    out = []
    for role, tokens in turns:
        vector = text_vector(tokens, vectors, weights)
        if vector is None:
            out.append([math.nan] * len(items[role]))
            continue
        row = [cosine(vector, one) for one in items[role]]
        if method == "counter":
            row = [c - cosine(vector, n) for c, n in zip(row, denied[role], strict=True)]
        elif method == "centred":
            row = [c - math.fsum(row) / len(row) for c in row]
        elif method == "null_z":
            place = bin_of(len(tokens))
            row = [
                (c - known[place][0]) / known[place][1]
                for c, known in zip(row, moments[role], strict=True)
            ]
        out.append(row)
    return out


def subscale(rows, signs, how="mean"):
    """signs: place -> sign."""
    totals = [math.fsum(sign * row[place] for place, sign in signs.items()) for row in rows]
    return [total / len(signs) if how == "mean" else total for total in totals]


def slope(points):
    points = [(x, y) for x, y in points if not math.isnan(y)]
    if len(points) < 3:
        return math.nan
    mx, my = mean([x for x, _ in points]), mean([y for _, y in points])
    spread = math.fsum((x - mx) ** 2 for x, _ in points)
    return math.fsum((x - mx) * (y - my) for x, y in points) / spread if spread else math.nan


def divergence(values, roles):
    """All measures of one subscale; `values` by merged turn, NaN where there is none."""
    n = len(values)
    at = [place / (n - 1) if n > 1 else 0.0 for place in range(n)]
    side = {
        role: [v for v, r in zip(values, roles, strict=True) if r == role and not math.isnan(v)]
        for role in ("client", "therapist")
    }
    out = {role: mean(own) for role, own in side.items()}
    out["gap"] = out["therapist"] - out["client"]
    few = min(len(own) for own in side.values()) < 2
    se = math.nan if few else math.sqrt(sum(variance(own) / len(own) for own in side.values()))
    out["gap_se"], out["gap_sq"] = se, out["gap"] ** 2 - se**2
    slopes = {
        role: slope([(x, v) for x, v, r in zip(at, values, roles, strict=True) if r == role])
        for role in side
    }
    out["gap__slope"] = slopes["therapist"] - slopes["client"]
    for third, name in enumerate(("first_third", "middle_third", "last_third")):
        own = {
            role: mean([values[p] for p in range(n) if 3 * p // n == third and roles[p] == role])
            for role in side
        }
        out[f"gap__{name}"] = own["therapist"] - own["client"]
    everything = []
    for responder in side:
        pairs = []
        for place in range(1, n):
            two = {roles[place]: values[place], roles[place - 1]: values[place - 1]}
            if math.isnan(two["client"]) or math.isnan(two["therapist"]):
                continue
            if roles[place] == responder:
                pairs.append((two["therapist"], two["client"]))
                everything.append((at[place], (two["therapist"] - two["client"]) ** 2))
        out[f"gap__responder_{responder}"] = mean([a - b for a, b in pairs])
        out[f"r__responder_{responder}"] = correlation(pairs) if len(pairs) >= 8 else math.nan
    out["distance_sq__slope"] = slope(everything)
    return out


def correlation(pairs):
    xs, ys = zip(*pairs, strict=True)
    mx, my = mean(xs), mean(ys)
    xx, yy = (math.fsum((v - m) ** 2 for v in s) for s, m in ((xs, mx), (ys, my)))
    both = math.fsum((x - mx) * (y - my) for x, y in pairs)
    return both / math.sqrt(xx * yy) if xx > 1e-18 and yy > 1e-18 else math.nan


def other_keys(items, signs):
    """Mean, sd, z and p of a signed mean over all keys with as many minus signs."""
    n = len(items)
    value = dot(items, signs) / n
    found = []
    for minus in itertools.combinations(range(n), sum(sign < 0 for sign in signs)):
        found.append(math.fsum(-x if place in minus else x for place, x in enumerate(items)) / n)
    middle = math.fsum(found) / len(found)
    sd = math.sqrt(math.fsum((one - middle) ** 2 for one in found) / len(found))
    far = sum(abs(one - middle) >= abs(value - middle) - 1e-12 for one in found)
    return {"mean": middle, "sd": sd, "z": (value - middle) / sd, "p": far / len(found)}


def separation(vectors, signs):
    """Mean cosine of statements of one sign less that of statements of opposite signs."""
    pairs = list(itertools.combinations(range(len(signs)), 2))
    same = [cosine(vectors[a], vectors[b]) for a, b in pairs if signs[a] == signs[b]]
    opposite = [cosine(vectors[a], vectors[b]) for a, b in pairs if signs[a] != signs[b]]
    return mean(same) - mean(opposite)


def polarity_p(vectors, signs):
    """Share of keys that separate at least as well."""
    observed = separation(vectors, signs)
    found = []
    for minus in itertools.combinations(range(len(signs)), sum(sign < 0 for sign in signs)):
        key = [-1 if place in minus else 1 for place in range(len(signs))]
        found.append(separation(vectors, key) >= observed - 1e-12)
    return sum(found) / len(found)


def session_columns(scored, roles, signs):
    """Columns of the registry of one session, without the check of polarity.

    scored: (method, version) -> turns x items; signs: subscale -> place -> sign.
    """
    out = {}
    for name, key in signs.items():
        for (method, version), rows in scored.items():
            found = divergence(subscale(rows, key), roles)
            params = "__method_null_z" if method == "null_z" else ""
            params += "__polarity_unchecked"
            params += "__version_observer" if version == "observer" else ""
            out[f"dyad__alliance_{name}_gap{params}"] = found["gap"]
            if (method, version) != ("cosine", "own"):
                continue
            for role in ("client", "therapist"):
                out[f"{role}__alliance_{name}{params}"] = found[role]
            gaps = []
            for place in key:
                by_role = {
                    role: mean(
                        [row[place] for row, r in zip(rows, roles, strict=True) if r == role]
                    )
                    for role in ("client", "therapist")
                }
                gaps.append(by_role["therapist"] - by_role["client"])
            z = other_keys(gaps, list(key.values()))["z"]
            out[f"dyad__alliance_{name}_gap{params}__keys_z"] = z
    return out


def neutral_texts(sentences):
    """The sentences, and runs of 2, 4, 8, 16 of them from 120 places."""
    n = len(sentences)
    out = list(sentences)
    for size in (2, 4, 8, 16):
        for start in sorted({place * n // 120 for place in range(120)}):
            out.append(" ".join((sentences * 2)[start : start + size]))
    return out


def rank_weights(ranks):
    """word -> weight, from word -> rank, by Zipf and Mandelbrot's law."""
    total = math.fsum(1 / (place + 2.7) for place in range(1, len(ranks) + 1))
    return {word: 1e-3 / (1e-3 + 1 / (rank + 2.7) / total) for word, rank in ranks.items()}

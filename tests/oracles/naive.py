"""Oracles: every signal in plain Python, written from the definitions of the registry.

Imports nothing of the package. Word lists come as an argument: the content of a lexicon file as
`tomllib` reads it. Sessions come as lists of (role, text); distances as lists of lists.
"""

import itertools
import math
import re
import unicodedata
from collections import Counter

ROLES = ("therapist", "client")
SIGNS = {"\u2018": "'", "\u2019": "'", "\u02bc": "'", "\u201c": '"', "\u201d": '"'}
FINAL = ".?!\u2026"
BRACKETS = {"[": "]", "{": "}", "<": ">"}


def mean(values):
    known = [value for value in values if not math.isnan(value)]
    return math.fsum(known) / len(known) if known else math.nan


# Words


def clean(text, lists):
    """Straight quotes, NFC, annotations out: first those in sure brackets, then round ones."""
    text = "".join(SIGNS.get(sign, sign) for sign in unicodedata.normalize("NFC", text))
    text = re.sub(r"(^|\s)(:D|:P|;P)(?=[.,!?])", r"\1\2 ", text)
    return _blank(_blank(text, BRACKETS, lists), {"(": ")"}, lists)


def _blank(text, brackets, lists):
    """Put a space for each innermost pair of brackets of one row that is an annotation."""
    out, place = [], 0
    while place < len(text):
        sign = text[place]
        close = text.find(brackets.get(sign, "\0"), place + 1)
        inside = text[place + 1 : close]
        innermost = close > 0 and sign not in inside and "\n" not in inside
        if innermost and _annotates(sign, inside, lists):
            out.append(" ")
            place = close + 1
        else:
            out.append(sign)
            place += 1
    return "".join(out)


def _annotates(sign, inside, lists):
    if sign == "<":
        return 0 < len(inside) <= 61 and (
            inside[0].isalpha() or (inside[0] == "/" and inside != "/")
        )
    return sign != "(" or _round(inside, lists)


def _round(inside, lists):
    words = re.findall(r"[^\W\d_]+(?:-[^\W\d_]+)*", inside.lower())
    if not words:
        return True
    return len(words) <= 6 and any(word in lists["annotation"]["words"] for word in words)


def scan(text):
    """Cut clean text into words and runs of signs: (piece, is_word)."""
    pieces, place = [], 0
    while place < len(text):
        if text[place].isspace():
            place += 1
            continue
        end = _word_end(text, place)
        if end:
            pieces.append((text[place:end], True))
        else:
            end = place + 1
            while text[place] in FINAL and end < len(text) and text[end] in FINAL:
                end += 1
            pieces.append((text[place:end], False))
        place = end
    return pieces


def _word_end(text, start):
    """Where the word that begins at `start` ends; 0 if none begins there."""

    def inside(place):
        return 0 <= place < len(text) and text[place].isalnum()

    eyes = start > 0 and text[start - 1] in ":;"
    if eyes and not inside(start + 1):
        return 0  # the mouth of an emoticon
    if not inside(start) and not (text[start] == "'" and inside(start + 1)):
        return 0
    end = start + 1
    while inside(end) or (end < len(text) and text[end] in "'-" and inside(end + 1)):
        end += 1
    initials = re.match(r"(?:[^\W\d_]\.){2,}", text[start:])
    if initials:
        return start + initials.end()
    broken_off = end < len(text) and text[end] == "-" and text[end + 1 : end + 2] != "-"
    return end + 1 if broken_off else end


def has(lists, category, word):
    patterns = lists.get("patterns", {}).get(category, [])
    return word in lists["words"].get(category, []) or any(
        re.fullmatch(pattern, word) for pattern in patterns
    )


def contraction_of(word, host, lists):
    """Whether `word` is `host` with one or more of the endings, as in I'd've."""
    for ending in lists["expand"]["endings"]:
        if word.endswith(ending) and len(word) > len(ending):
            rest = word[: -len(ending)]
            if rest == host or contraction_of(rest, host, lists):
                return True
    return False


def restart(word, lists):
    """The last part of a hyphenated restart (I-I, th-that), or "".

    What comes before is the word itself, the host of its contraction, or its beginning unless
    that is a prefix. A word that may be repeated and is (no-no-no) is no restart.
    """
    parts = word.split("-")
    if len(parts) == 1 or "" in parts or word in lists["words"]["hyphenated_word"]:
        return ""
    last = parts[-1]
    if set(parts) == {last} and last in lists["words"]["may_repeat"]:
        return ""
    for part in parts[:-1]:
        again = part == last or contraction_of(last, part, lists)
        begins = last.startswith(part) and part != last and part not in lists["words"]["prefix"]
        if not again and not begins:
            return ""
    return parts[-1]


def read_turn(text, lists):
    """Return the tokens of a merged turn, each a dict, with everything that is counted."""
    pieces = scan(clean(text, lists))
    tokens = [_form(piece, is_word, lists) for piece, is_word in pieces]
    _listening(tokens)
    _repetitions(tokens, lists)
    _quotes(tokens)
    return tokens


def hesitates(piece):
    """Whether signs are an ellipsis, which ends no sentence."""
    return piece == "\u2026" or (len(piece) > 1 and set(piece) == {"."})


def _form(piece, is_word, lists):
    token = {"lower": piece.lower(), "kind": "sign", "repeats": 0, "quoted": False, "back": ""}
    token["final"] = not is_word and piece[0] in FINAL and not hesitates(piece)
    token["question"] = token["final"] and "?" in piece
    token["we"] = token["you"] = token["subject"] = token["object"] = False
    if not is_word:
        return token
    lower = piece.lower()
    if lower.endswith("-") and _whole(lower[:-1], lists):
        return _form(piece[:-1], is_word, lists)
    acronym = piece == piece.upper() and lower in lists["words"]["not_in_capitals"]
    token["kind"] = "word"
    if acronym:
        return token
    if has(lists, "backchannel_vocal", lower):
        token["back"] = "vocal"
    elif has(lists, "filled_pause", lower):
        token["kind"] = "filler"
    elif has(lists, "filled_pause_unless_alone", lower):
        token["kind"], token["back"] = "filler", "alone"
    elif lower.endswith("-"):
        token["kind"] = "cutoff"
    else:
        token["back"] = "lexical" if has(lists, "backchannel_lexical", lower) else ""
        last = restart(lower, lists)
        if last:
            token["lower"], token["repeats"] = last, 1
        word = token["lower"]
        token["subject"] = has(lists, "i_subject", word) or contraction_of(word, "i", lists)
        token["object"] = has(lists, "i_object", word)
        token["we"] = has(lists, "we", word) or contraction_of(word, "we", lists)
        token["you"] = has(lists, "you", word) or contraction_of(word, "you", lists)
    return token


def _whole(word, lists):
    """Whether what stands before a hyphen can be no beginning of another word."""
    kinds = ("i_subject", "filled_pause", "filled_pause_unless_alone", "backchannel_vocal")
    if "-" in word:
        return False
    ended = "'" in word and any(word.endswith(one) for one in lists["expand"]["endings"])
    return ended or any(has(lists, kind, word) for kind in kinds)


def _listening(tokens):
    """In a turn of listening only, hm is a backchannel and a word; elsewhere yeah is no reply."""
    said = [token for token in tokens if token["kind"] != "sign"]
    listening = bool(said) and all(token["back"] for token in said)
    for token in said:
        if token["back"] == "alone":
            token["kind"] = "word" if listening else "filler"
        token["backchannel"] = token["back"] == "vocal" or (listening and bool(token["back"]))


def _repetitions(tokens, lists):
    before = None
    for token in tokens:
        if token["final"]:
            before = None
        if token["kind"] == "word":
            word = token["lower"]
            if word == before and word not in lists["words"]["may_repeat"]:
                token["repeats"] += 1
                token["kind"] = "repetition"
            before = word


def _quotes(tokens):
    marks = [place for place, token in enumerate(tokens) if token["lower"] == '"']
    for first, last in zip(marks[::2], marks[1::2], strict=False):
        for token in tokens[first:last]:
            token["quoted"] = True


def words(text, lists):
    return [token["lower"] for token in read_turn(text, lists) if token["kind"] == "word"]


def turn_tokens(text, lists):
    """Tokens for distances: repetitions stay, contractions become their parts."""
    out = []
    for token in read_turn(text, lists):
        if token["kind"] in ("word", "repetition"):
            out += expand(token["lower"], lists, whole=token["back"] == "vocal")
    return out


def expand(word, lists, whole=False):
    if whole:
        return [word]
    if word in lists["expand"]["words"]:
        return list(lists["expand"]["words"][word])
    if "-" in word:
        return [one for part in word.split("-") if part for one in expand(part, lists)]
    for ending, meaning in lists["expand"]["endings"].items():
        if word.endswith(ending) and len(word) > len(ending):
            return [*expand(word[: -len(ending)], lists), *meaning]
    return [word.strip(".")]


# Counts of a turn


def turn_counts(text, lists):
    tokens = read_turn(text, lists)
    said = [token for token in tokens if token["kind"] == "word"]
    singular = [token for token in said if token["subject"] or token["object"]]
    return {
        "words_n": len(said),
        "questions_n": sum(token["question"] for token in tokens),
        "i_n": len(singular),
        "i_subject_n": sum(token["subject"] for token in said),
        "i_object_n": sum(token["object"] for token in said),
        "i_cogverb_n": cognitive(tokens, lists),
        "i_formulaic_n": formulaic(tokens, lists),
        "i_quoted_n": sum(token["quoted"] for token in singular),
        "we_n": sum(token["we"] for token in said),
        "you_n": sum(token["you"] for token in said),
        "filled_pauses_n": sum(token["kind"] == "filler" for token in tokens),
        "repetitions_n": sum(token["repeats"] for token in tokens),
        "cutoffs_n": sum(token["kind"] == "cutoff" for token in tokens),
        "backchannels_n": sum(token.get("backchannel", False) for token in tokens),
    }


def cognitive(tokens, lists):
    found = 0
    for place, token in enumerate(tokens):
        if token["kind"] != "word" or not token["subject"]:
            continue
        rest = itertools.takewhile(lambda later: not later["final"], tokens[place + 1 :])
        following = [later["lower"] for later in rest if later["kind"] == "word"][:2]
        found += any(has(lists, "cognitive_verb", word) for word in following)
    return found


def formulaic(tokens, lists):
    """How many words I stand in a formula; what is no word between its words is skipped."""
    found = 0
    for start, token in enumerate(tokens):
        if token["kind"] == "word" and token["subject"]:
            rest = tokens[start:]
            found += any(_says(rest, one.split()) for one in lists["phrases"]["formulaic"])
    return found


def _says(tokens, formula):
    """Whether the tokens begin with a formula; one that ends in "." needs a sign or the end."""
    closed = formula[-1] == "."
    wanted = formula[:-1] if closed else list(formula)
    place = 0
    while wanted:
        if place == len(tokens) or tokens[place]["kind"] == "sign":
            return False
        if tokens[place]["kind"] == "word" and tokens[place]["lower"] != wanted.pop(0):
            return False
        place += 1
    return not closed or place == len(tokens) or tokens[place]["kind"] == "sign"


def opening_fillers(text, lists):
    kinds = [token["kind"] for token in read_turn(text, lists)]
    return sum(kind == "filler" for kind in itertools.takewhile(lambda kind: kind != "word", kinds))


# Sessions


def merged(turns):
    """Return (role, text, index, n) for the turns a speaker had before the other spoke."""
    out = []
    for index, (role, text) in enumerate(turns):
        if not text.strip():
            continue
        if out and out[-1][0] == role:
            _, before, first, n = out[-1]
            out[-1] = (role, before + "\n" + text, first, n + 1)
        else:
            out.append((role, text, index, 1))
    return out


def mattr(spoken, window=50):
    runs = [spoken[start : start + window] for start in range(len(spoken) - window + 1)]
    return mean([len(set(run)) / window for run in runs])


def ratio(over, under):
    return over / under if under else math.nan


RATES = {
    "question_rate": "questions_n",
    "i_rate": "i_n",
    "i_subject_rate": "i_subject_n",
    "i_object_rate": "i_object_n",
    "i_cogverb_rate": "i_cogverb_n",
    "i_formulaic_rate": "i_formulaic_n",
    "i_quoted_rate": "i_quoted_n",
    "we_rate": "we_n",
    "you_rate": "you_n",
    "filled_pause_rate": "filled_pauses_n",
    "repetition_rate": "repetitions_n",
    "cutoff_rate": "cutoffs_n",
    "backchannel_rate": "backchannels_n",
}


def lexical_session(turns, lists):
    """Return every feature of a session that needs no vectors; support is not looked at."""
    joined = merged(turns)
    counts = [(role, turn_counts(text, lists)) for role, text, _, _ in joined]
    out = {}
    for role in ROLES:
        own = [count for who, count in counts if who == role]
        texts = [text for who, text, _, _ in joined if who == role]
        total = sum(count["words_n"] for count in own)
        out[f"{role}__words_n"] = total
        out[f"{role}__turns_n"] = len(own)
        out[f"{role}__words_per_turn__mean"] = ratio(total, len(own))
        out[f"{role}__mattr"] = mattr([word for text in texts for word in words(text, lists)])
        short = sum(count["words_n"] <= 3 for count in own)
        out[f"{role}__minimal_reply_prop"] = ratio(short, len(own))
        for name, count in RATES.items():
            out[f"{role}__{name}"] = ratio(100 * sum(one[count] for one in own), total)
        opening = sum(opening_fillers(text, lists) for text in texts)
        fillers = sum(count["filled_pauses_n"] for count in own)
        out[f"{role}__filled_pause_initial_prop"] = ratio(opening, fillers)
        step = 1 / max(len(joined) - 1, 1)
        at = [(place * step, one) for place, (who, one) in enumerate(counts) if who == role]
        out[f"{role}__words_per_turn__slope"] = slope([(x, one["words_n"], 1) for x, one in at])
        out[f"{role}__words_per_turn__third_diff"] = third_diff(
            [one["words_n"] for _, one in counts], [who == role for who, _ in counts]
        )
        for name, count in (("i", "i_n"), ("filled_pause", "filled_pauses_n")):
            points = [(x, ratio(100 * one[count], one["words_n"]), one["words_n"]) for x, one in at]
            out[f"{role}__{name}_rate__slope"] = slope(points)
        first, last = (
            [counts[n][1] for n in third if counts[n][0] == role] for third in thirds(len(counts))
        )
        out[f"{role}__i_rate__third_diff"] = i_rate(last) - i_rate(first)
        # As LIWC counts: every token said, a repeated I too, above and below the line.
        said = [t for one in texts for t in read_turn(one, lists) if t["kind"] != "sign"]
        for name, n in (
            ("i", sum(t["subject"] or t["object"] for t in said)),
            ("nonfluency", sum(t["kind"] == "filler" for t in said)),
        ):
            log = math.log(ratio(100 * n, len(said)) or 0.01)
            out[f"{role}__{name}_log_percent__preset_ryu2023"] = log
    out["dyad__turns_n"] = len(joined)
    out["dyad__words_n"] = out["therapist__words_n"] + out["client__words_n"]
    out["dyad__talk_ratio"] = ratio(out["therapist__words_n"], out["client__words_n"])
    bags = [turn_tokens(text, lists) for _, text, _, _ in joined]
    roles = [role for role, _, _, _ in joined]
    local = adjacent(bags, bow_l1)
    shared = adjacent(bags, lexical_overlap)
    rates = [style_rates([text], lists) for _, text, _, _ in joined]
    for role in ROLES:
        out[f"dyad__bow_l1__responder_{role}"] = mean(_of(role, roles, local))
        out[f"dyad__lexical_overlap__responder_{role}"] = mean(_of(role, roles, shared))
        out[f"dyad__rlsm__responder_{role}"] = rlsm(rates, roles, role)
    sides = [style_rates([t for who, t, _, _ in joined if who == role], lists) for role in ROLES]
    out["dyad__lsm"] = mean([match(*pair) for pair in zip(*sides, strict=True)])
    return out


def vector_session(turns, lists, known, distances):
    """Return every feature of a session made of distances; `known` is the words with a vector."""
    joined = merged(turns)
    roles = [role for role, _, _, _ in joined]
    bags = [turn_tokens(text, lists) for _, text, _, _ in joined]
    out = {}
    for anchor in ROLES:
        within, _, cross = alpha_terms(distances, roles, anchor)
        out[f"dyad__alpha_within_{anchor}"] = within
        out[f"dyad__alpha_cross__anchor_{anchor}"] = cross
        out[f"dyad__uclid__anchor_{anchor}"] = uclid(distances, roles, anchor)
        out[f"dyad__nclid__anchor_{anchor}"] = nclid(distances, roles, anchor)
        local = _of(anchor, roles, adjacent_wmd(distances))
        name = f"dyad__adjacent_wmd__responder_{anchor}"
        out[f"{name}__mean"] = mean(local)
        speaks = [role == anchor for role in roles]
        out[f"{name}__third_diff"] = third_diff(adjacent_wmd(distances), speaks)
        out[f"{name}__slope"] = slope(
            [
                (place / max(len(roles) - 1, 1), y, len(words(joined[place][1], lists)))
                for place, y in enumerate(adjacent_wmd(distances))
                if speaks[place]
            ]
        )
    out["dyad__oov_prop"] = oov_prop(bags, known)
    out["dyad__wmd_pairs_n"] = wmd_pairs_n(bags, known)
    return out


def _of(role, roles, values):
    return [value for who, value in zip(roles, values, strict=True) if who == role]


# Trends


def i_rate(counts):
    """I per 100 words over some turns, NaN below 50 words."""
    total = sum(count["words_n"] for count in counts)
    return 100 * sum(count["i_n"] for count in counts) / total if total >= 50 else math.nan


def slope(points):
    """Weighted least squares by the normal equations; NaN below 3 points of weight."""
    kept = [(x, y, w) for x, y, w in points if w > 0 and not math.isnan(y)]
    if len(kept) < 3:
        return math.nan
    total = math.fsum(w for _, _, w in kept)
    x0 = math.fsum(w * x for x, _, w in kept) / total
    y0 = math.fsum(w * y for _, y, w in kept) / total
    spread = math.fsum(w * (x - x0) ** 2 for x, _, w in kept)
    return ratio(math.fsum(w * (x - x0) * (y - y0) for x, y, w in kept), spread)


def thirds(n):
    """Indices of the first and of the last third of n turns."""
    return [i for i in range(n) if i < n / 3], [i for i in range(n) if i >= n - n / 3]


def third_diff(values, counted):
    first, last = (mean([values[i] for i in third if counted[i]]) for third in thirds(len(values)))
    return last - first


# Style


def style_rates(texts, lists):
    """Words per 100 of each category of function words, [] of NaN without a word."""
    spoken = [word for text in texts for word in words(text, lists)]
    parts = [{word, *expand(word, lists)} for word in spoken]
    categories = lists["function_words"].values()
    return [ratio(100 * sum(bool(part & {*c}) for part in parts), len(parts)) for c in categories]


def match(p, q):
    return 1 - abs(p - q) / (p + q + 0.0001)


def rlsm(rates, roles, responder):
    by_category = []
    for category in range(len(rates[0]) if rates else 0):
        matches = [
            match(before[category], turn[category])
            for before, turn, role in zip(rates, rates[1:], roles[1:], strict=False)
            if role == responder and before[category] > 0 and not math.isnan(turn[category])
        ]
        by_category.append(mean(matches))
    return mean(by_category)


def lexical_overlap(before, turn):
    return len({*before} & {*turn}) / len({*turn}) if before and turn else math.nan


# Parts of speech


def transition_share(tags, first="AUX", then="INTJ"):
    """Of the tags `first` that another follows in their turn, the share followed by `then`."""
    pairs = [pair for turn in tags for pair in itertools.pairwise(turn) if pair[0] == first]
    return ratio(sum(after == then for _, after in pairs), len(pairs))


# Times


def timing_session(turns, lists):
    """Return the features of time; turns are (role, text, start, end), NaN where unknown."""
    joined = []
    for role, text, _, n in merged([turn[:2] for turn in turns]):
        said = [turn for turn in turns if turn[1].strip()]
        place = sum(one["n"] for one in joined)
        rows = said[place : place + n]
        counts = turn_counts(text, lists)
        joined.append(
            {
                "role": role,
                "words": counts["words_n"],
                "pauses": counts["filled_pauses_n"],
                "n": n,
                "on": rows[0][2],
                "off": rows[-1][3],
            }
        )
    out = {}
    for role in ROLES:
        pairs = [pair for pair in itertools.pairwise(joined) if pair[1]["role"] == role]
        gaps = _five([turn["on"] - before["off"] for before, turn in pairs])
        onsets = _five([turn["on"] - before["on"] for before, turn in pairs])
        own = [one for one in joined if one["role"] == role]
        timed = _five([one["off"] - one["on"] for one in own])
        clocked = [one for one in own if not math.isnan(one["off"] - one["on"])]
        out[f"{role}__latency_s__median"] = median(gaps)
        out[f"{role}__overlap_prop"] = mean([float(gap < 0) for gap in gaps])
        out[f"{role}__onset_gap_s__median"] = median(onsets)
        for name, key in (("words_per_min", "words"), ("filled_pauses_per_min", "pauses")):
            said_n = sum(one[key] for one in clocked)
            out[f"{role}__{name}"] = ratio(60 * said_n, math.fsum(timed))
    known = [one[key] for one in joined for key in ("on", "off") if not math.isnan(one[key])]
    out["dyad__duration_s"] = max(known) - min(known) if known else math.nan
    return out


def typed_fillers(text, lists):
    """How many tokens of a turn, signs among them, are fillers that are typed."""
    tokens = read_turn(text, lists)
    return sum(has(lists, "typed_filler", token["lower"]) for token in tokens)


def typed_session(turns, lists):
    out = {}
    for role in ROLES:
        spoken = [text for speaker, text, _, _ in merged(turns) if speaker == role]
        fillers = sum(typed_fillers(text, lists) for text in spoken)
        words_n = sum(turn_counts(text, lists)["words_n"] for text in spoken)
        out[f"{role}__typed_filler_rate"] = ratio(100 * fillers, words_n)
    return out


def _five(values):
    known = [value for value in values if not math.isnan(value)]
    return known if len(known) >= 5 else []


def median(values):
    ordered = sorted(values)
    half = len(ordered) // 2
    if not ordered:
        return math.nan
    return ordered[half] if len(ordered) % 2 else (ordered[half - 1] + ordered[half]) / 2


# Distances


def bow_l1(bag, other):
    if not bag or not other:
        return math.nan
    one, two = Counter(bag), Counter(other)
    return math.fsum(abs(one[w] / len(bag) - two[w] / len(other)) for w in {*one, *two})


def adjacent(turns, distance):
    return [
        math.nan if place == 0 else distance(turns[place - 1], turn)
        for place, turn in enumerate(turns)
    ]


def adjacent_wmd(distances):
    return adjacent(range(len(distances)), lambda before, turn: distances[before][turn])


def oov_prop(bags, known):
    tokens = [token for bag in bags for token in bag]
    return ratio(sum(token not in known for token in tokens), len(tokens))


def wmd_pairs_n(bags, known):
    usable = sum(any(token in known for token in bag) for bag in bags)
    return usable * (usable - 1) // 2


def nearest_reply(distances, roles, anchor, k=3):
    """Least distance of each turn of `anchor` to the next k turns of the other, else NaN."""
    out = []
    for i, role in enumerate(roles):
        replies = [j for j, who in enumerate(roles) if who != anchor and j > i][:k]
        known = [distances[i][j] for j in replies if not math.isnan(distances[i][j])]
        out.append(min(known) if role == anchor and known else math.nan)
    return out


def uclid(distances, roles, anchor="therapist", k=3):
    return mean(nearest_reply(distances, roles, anchor, k))


def alpha_terms(distances, roles, anchor="therapist", cross="following"):
    a = [turn for turn, role in enumerate(roles) if role == anchor]
    b = [turn for turn, role in enumerate(roles) if role != anchor]
    between = [(i, j) for i, j in itertools.product(a, b) if cross == "all" or i < j]
    groups = (itertools.combinations(a, 2), itertools.combinations(b, 2), between)
    return tuple(mean([distances[i][j] for i, j in pairs]) for pairs in groups)


def nclid(distances, roles, anchor="therapist", k=3, cross="following"):
    alpha = sum(alpha_terms(distances, roles, anchor, cross))
    return uclid(distances, roles, anchor, k) / alpha if alpha > 0 else math.nan

"""Oracles of cues and of the shape of sessions, in plain Python, from the registry's definitions.

Word lists come as an argument, as in `naive.py`. Sessions are lists of (role, text), or of
(role, text, start) where time is asked for, NaN where it is unknown.
"""

import math
import re
from functools import cache
from itertools import pairwise

import naive

NEGATIVE = ("negative", "anxiety", "sadness", "anger")
ACTS = [
    "open_question",
    "closed_question",
    "reflection",
    "empathy",
    "validation",
    "affirmation",
    "normalising",
    "advice",
    "planning",
    "collaboration",
    "check_in",
    "information",
    "summary",
    "self_disclosure",
    "apology",
]
STANCES = [
    "agreement",
    "disagreement",
    "not_knowing",
    "insight",
    "change_talk",
    "sustain_talk",
    "self_disclosure",
    "hedge",
    "absolutist",
    "causal",
    "cognitive",
    "future",
    "past",
]
FEELINGS = ["positive", "negative", "anxiety", "sadness", "anger", "feeling"]
CLOSING = {
    "therapist": ["gratitude", "parting", "time_up"],
    "client": ["gratitude", "parting", "satisfaction", "relief"],
}
VERDICTS = sorted({name for names in CLOSING.values() for name in names})
CUED_FEATURES = [
    *(f"{name}_rate" for name in dict.fromkeys([*ACTS, *STANCES, *FEELINGS, *VERDICTS])),
    *(f"{name}_n" for name in VERDICTS),
    "late_words_n",
    "reflection_question_ratio",
    "advice_after_feeling_diff",
]
SHAPED_FEATURES = [
    *("turn_words", "rows_per_turn", "words_per_stretch", "word_letters", "late_words_prop"),
    *("exclamation_rate", "ellipsis_rate", "emoji_rate", "reply_gap_s", "typed_words_per_min"),
    *("talk_log_ratio", "curt_answer_prop", "question_turn_prop", "stacked_question_prop"),
    "question_after_disclosure_prop",
]


def stretches(text, lists):
    """Return (words, whether it asks) of each stretch with a word."""
    out, words, ended, asks = [], [], False, False
    for token in naive.read_turn(text, lists):
        if token["kind"] == "word":
            if ended and words:
                out.append((words, asks))
                words = []
            words = [*words, token["lower"]]
            ended = asks = False
        elif token["final"] or naive.hesitates(token["lower"]):
            ended = True
            asks = asks or token["question"]
    return [*out, (words, asks)] if words else out


@cache
def fits(word, item):
    return any(
        word.startswith(one[:-1]) if one.endswith("*") else word == one for one in item.split("|")
    )


@cache
def parts(phrase):
    """Return a phrase as (whether it opens, its words, its mark)."""
    items = phrase.split()
    opens = items[0] == "^"
    mark = items[-1] if items[-1] in "$?" else ""
    return opens, items[opens : len(items) - bool(mark)], mark


def length(phrase, words, at, asks):
    """How many words a phrase covers at a place; 0 if it does not stand there."""
    opens, items, mark = parts(phrase)
    if not fits(words[at], items[0]) or (opens and at) or (mark == "?" and not asks):
        return 0
    here = words[at : at + len(items)]
    if len(here) < len(items) or (mark == "$" and at + len(items) != len(words)):
        return 0
    return len(items) if all(map(fits, here, items)) else 0


def cues(runs, phrases):
    """How often phrases stand in stretches: the longest at a place, then on from its end."""
    found = 0
    for words, asks in runs:
        at = 0
        while at < len(words):
            longest = max(length(phrase, words, at, asks) for phrase in phrases)
            found += longest > 0
            at += longest or 1
    return found


def rate(counts, words):
    return naive.ratio(100 * sum(counts), sum(words))


def changes(counts, words, speaks):
    """Return the rate of one role, and the rate in its last third minus its first."""
    first, last = ([i for i in third if speaks[i]] for third in naive.thirds(len(counts)))
    rates = [
        rate([counts[i] for i in third], [words[i] for i in third])
        if sum(words[i] for i in third) >= 50
        else math.nan
        for third in (first, last)
    ]
    own = [i for i, one in enumerate(speaks) if one]
    return rate([counts[i] for i in own], [words[i] for i in own]), rates[1] - rates[0]


def cue_session(turns, lists):
    """Return every feature of the groups acts, stance, affect and closing."""
    joined = naive.merged(turns)
    roles = [role for role, _, _, _ in joined]
    words = [len(naive.words(text, lists)) for _, text, _, _ in joined]
    runs = [stretches(text, lists) for _, text, _, _ in joined]
    found = {name: [cues(one, phrases) for one in runs] for name, phrases in lists["cues"].items()}
    total = {
        **found,
        "negative": [sum(one) for one in zip(*(found[n] for n in NEGATIVE), strict=True)],
    }
    out = {}
    wanted = {"therapist": [*ACTS, *FEELINGS], "client": [*STANCES, *FEELINGS]}
    for role in naive.ROLES:
        speaks = [who == role for who in roles]
        for name in wanted[role]:
            both = changes(total[name], words, speaks)
            out[f"{role}__{name}_rate"], out[f"{role}__{name}_rate__third_diff"] = both
        late = [i for i, one in enumerate(speaks) if one and i >= len(roles) - 10]
        for name in CLOSING[role]:
            out[f"{role}__{name}_rate"] = changes(total[name], words, speaks)[0]
            out[f"{role}__{name}_n__last_10"] = sum(total[name][i] for i in late)
        out[f"{role}__late_words_n__last_10"] = sum(words[i] for i in late)
    mine = [i for i, role in enumerate(roles) if role == "therapist"]
    asked = sum(total[name][i] for name in ("open_question", "closed_question") for i in mine)
    reflected = sum(total["reflection"][i] for i in mine)
    out["therapist__reflection_question_ratio"] = naive.ratio(reflected, asked)
    replies = [i for i in mine if i > 0]
    felt = [i for i in replies if total["negative"][i - 1] or total["feeling"][i - 1]]
    shares = [
        naive.ratio(sum(total["advice"][i] > 0 for i in some), len(some))
        for some in (felt, replies)
    ]
    out["therapist__advice_after_feeling_diff"] = shares[0] - shares[1]
    return out


# Shape


def gini(lengths):
    """Mean absolute difference of all pairs over twice the mean."""
    total = sum(lengths)
    apart = sum(abs(one - other) for one in lengths for other in lengths)
    return naive.ratio(apart, 2 * len(lengths) * total)


def exclaimed(text, lists):
    tokens = naive.read_turn(text, lists)
    found, before = 0, None
    for token in tokens:
        if token["final"]:
            before = (before or "") + token["lower"]
        if not token["final"] or token is tokens[-1]:
            found += before is not None and "!" in before
            before = None
    return found


def dotted(text, lists):
    return sum(naive.hesitates(token["lower"]) for token in naive.read_turn(text, lists))


def pictographs(text):
    return sum(
        "\U0001f300" <= sign <= "\U0001faff" or "\u2600" <= sign <= "\u27bf" for sign in text
    )


def share(some, all_of):
    return naive.ratio(sum(some), len(all_of))


def shape_session(turns, lists):
    """Return every feature of the group shape; support is not looked at."""
    pairs = [turn[:2] for turn in turns]
    joined = naive.merged(pairs)
    said = [turn for turn in turns if turn[1].strip()]
    first_row = [sum(n for _, _, _, n in joined[:i]) for i in range(len(joined))]
    on = [said[row][2] for row in first_row]
    roles = [role for role, _, _, _ in joined]
    spoken = [naive.words(text, lists) for _, text, _, _ in joined]
    words = [len(one) for one in spoken]
    asked = [naive.turn_counts(text, lists)["questions_n"] for _, text, _, _ in joined]
    signs = {
        "exclamation": [exclaimed(text, lists) for _, text, _, _ in joined],
        "ellipsis": [dotted(text, lists) for _, text, _, _ in joined],
        "emoji": [pictographs(text) for _, text, _, _ in joined],
    }
    gaps = [math.nan, *(after - before for before, after in pairwise(on))][: len(on)]
    outer = naive.thirds(len(joined))
    out = {}
    for role in naive.ROLES:
        own = [i for i, who in enumerate(roles) if who == role]
        speaks = [who == role for who in roles]
        lengths = [words[i] for i in own]
        out[f"{role}__turn_words__gini"] = gini(lengths)
        out[f"{role}__turn_words__max"] = max(lengths, default=math.nan)
        out[f"{role}__rows_per_turn"] = naive.ratio(sum(joined[i][3] for i in own), len(own))
        runs = sum(len(stretches(joined[i][1], lists)) for i in own)
        out[f"{role}__words_per_stretch"] = naive.ratio(sum(lengths), runs)
        letters = [len(re.sub(r"[^\w]|_", "", word)) for i in own for word in spoken[i]]
        out[f"{role}__word_letters__mean"] = naive.ratio(sum(letters), len(letters))
        late = sum(words[i] for i in outer[1] if speaks[i])
        out[f"{role}__late_words_prop"] = naive.ratio(late, sum(lengths))
        for name, counts in signs.items():
            level, change = changes(counts, words, speaks)
            out[f"{role}__{name}_rate"] = level
            out[f"{role}__{name}_rate__third_diff"] = change
        known = [i for i in own if not math.isnan(gaps[i])]
        enough = len(known) >= 5
        ordered = sorted(gaps[i] for i in known)
        out[f"{role}__reply_gap_s__q90"] = at_quantile(ordered, 0.9) if enough else math.nan
        seconds = math.fsum(ordered)
        pace = naive.ratio(60 * sum(words[i] for i in known), seconds)
        out[f"{role}__typed_words_per_min"] = pace if enough and seconds > 0 else math.nan
        medians = [naive.median([gaps[i] for i in third if i in known]) for third in outer]
        counted = min(sum(i in known for i in third) for third in outer)
        change = medians[1] - medians[0] if counted >= 5 else math.nan
        out[f"{role}__reply_gap_s__third_diff"] = change
    logs = []
    for third in outer:
        sides = [sum(words[i] for i in third if roles[i] == role) for role in naive.ROLES]
        logs.append(math.log(sides[0] / sides[1]) if min(sides) >= 50 else math.nan)
    out["dyad__talk_log_ratio__third_diff"] = logs[1] - logs[0]
    mine = [i for i, role in enumerate(roles) if role == "therapist"]
    answers = [i for i, role in enumerate(roles) if i and role == "client" and asked[i - 1]]
    told = [i for i in mine if i and words[i - 1] >= 20]
    out["client__curt_answer_prop"] = share([words[i] <= 3 for i in answers], answers)
    out["therapist__question_turn_prop"] = share([asked[i] > 0 for i in mine], mine)
    out["therapist__stacked_question_prop"] = share([asked[i] > 1 for i in mine], mine)
    out["therapist__question_after_disclosure_prop"] = share([asked[i] > 0 for i in told], told)
    return out


def at_quantile(ordered, share_below):
    """Quantile by linear interpolation between the two nearest ranks."""
    place = (len(ordered) - 1) * share_below
    below = math.floor(place)
    above = min(below + 1, len(ordered) - 1)
    return ordered[below] + (place - below) * (ordered[above] - ordered[below])

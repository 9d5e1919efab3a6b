"""Oracle of questionnaire scoring: plain lists, the key as signed item numbers."""

import math

# As in the published COMPASS code (net sums: task +2, bond +6, goal 0).
WAI_36 = {
    "task": [2, 4, 13, 16, 18, 24, 35, -7, -11, -15, -31, -33],
    "bond": [5, 8, 17, 19, 21, 23, 26, 28, 36, -1, -20, -29],
    "goal": [6, 14, 22, 25, 30, 32, -3, -9, -10, -12, -27, -34],
}
WAI_S = {"task": [1, 2, 8, 12], "bond": [3, 5, 7, 9], "goal": [-4, 6, -10, 11]}
# Item of the short form -> item of the long form (Tracey & Kokotovic 1989).
SHORT_TO_LONG = dict(enumerate([2, 4, 8, 12, 21, 22, 23, 24, 26, 27, 32, 35], start=1))
KEYS = {
    "WAI-36": (1, 7, WAI_36),
    "WAI-S": (1, 7, WAI_S),
    "WAI-O-S": (1, 7, WAI_S),
    "WAI-SR": (1, 5, {"task": [1, 2, 10, 12], "bond": [3, 5, 7, 9], "goal": [4, 6, 8, 11]}),
    "WAI-O-S-Li2024": (
        1,
        5,
        {"goal": [-1, 2, -3, 4], "task": [5, 6, 7, 8], "bond": [9, 10, 11, 12]},
    ),
}


def score(answers, key, low, high, how="mean", min_items=None):
    """Return dimension -> score of one person's answers (None = not given)."""
    scores = {}
    for dimension, signed in key.items():
        given = []
        for item in signed:
            answer = answers[abs(item) - 1]
            if answer is not None:
                given.append(answer if item > 0 else low + high - answer)
        if not given or len(given) < (len(signed) if min_items is None else min_items):
            scores[dimension] = math.nan
        else:
            scores[dimension] = sum(given) / len(given) * (len(signed) if how == "sum" else 1)
    return scores

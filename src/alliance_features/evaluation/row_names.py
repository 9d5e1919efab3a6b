"""Names and titles of the rows of the table, and which rows need transcripts."""

from __future__ import annotations

PREVIOUS = "previous_rating"
MEAN = "training_mean"
#: Rows of the table in order: name and title.
TITLES: dict[str, str] = {
    MEAN: "training mean",
    PREVIOUS: "previous rating of the client",
    "length": "length only",
    "bag_of_words": "bag of words (ridge)",
    "signals_therapist": "signals, therapist's side",
    "signals_client": "signals, client's side",
    "signals": "signals",
    "signals_with_closing": "signals, with closing turns and thanks",
    "words": "words",
    "both": "signals and words",
}
#: Rows that need transcripts: a table of signals holds no words.
WORDED = ("bag_of_words", "words", "both")

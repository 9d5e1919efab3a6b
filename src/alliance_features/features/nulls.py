"""Why a value is null: one code each, the same in every table."""

NULL_CODES: dict[str, str] = {
    "no_lexicon": "there are no word lists for the language of the session",
    "no_function_words": "there are no lists of function words for the language of the session",
    "no_vectors": "there are no word vectors for the language of the session",
    "mode_typed": "the session was typed: what is measured exists in speech only",
    "mode_generated": "a program wrote the session: what is measured exists in speech only",
    "mode_spoken": "the session was spoken: what is measured exists in typed text only",
    "mode_unknown": "whether the session was typed is unknown (`mode` is null)",
    "not_in_language": "what is measured cannot be seen in the writing of the language",
    "not_verbatim": "the transcript leaves disfluencies out (`verbatim` is false)",
    "verbatim_unknown": "whether disfluencies were transcribed is unknown (`verbatim` is null)",
    "no_tagger": "no part-of-speech tagger was named for the language of the session",
    "no_times": "no turn of the session has a start",
    "no_ends": "no turn of the session has an end",
    "backward_times": "a turn starts before the turn before it: the times cannot be trusted",
    "few_words": "the speaker has too few words for a rate",
    "few_turns": "a speaker has too few usable turns",
    "no_events": "the share of events that did not occur",
    "no_turns": "the speaker has no turn",
    "no_pair": "there is no pair of turns to compare: no turn before (or no reply), or one of the "
    "two holds no usable word",
    "undefined": "the formula is undefined here, e.g. a division by zero",
}

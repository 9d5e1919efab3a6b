"""Sessions as records, for tests of tables and files."""

from hypothesis import strategies as st

TEXTS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=12)


IDS = st.text("abcXYZ019-_./é来", min_size=1, max_size=9)


SECONDS = st.none() | st.floats(0, 1e9)


TIMES = st.tuples(SECONDS, SECONDS).map(lambda pair: pair if None in pair else tuple(sorted(pair)))


TURNS = st.builds(
    lambda role, text, times: {"role": role, "text": text, "start": times[0], "end": times[1]},
    st.sampled_from(["therapist", "client"]),
    TEXTS,
    TIMES,
)


RECORDS = st.fixed_dictionaries(
    {
        "session_id": IDS,
        "language": st.sampled_from(["en", "de", "zh-Hans"]),
        "turns": st.lists(TURNS, min_size=1, max_size=4),
        "client_id": st.none() | IDS,
        "therapist_id": st.none() | IDS,
        "session_number": st.none() | st.integers(0, 2**31 - 1),
        "mode": st.sampled_from([None, "spoken", "captions", "typed", "generated"]),
        "translated": st.none() | st.booleans(),
        "verbatim": st.none() | st.booleans(),
        "meta": st.dictionaries(st.text(max_size=3), st.integers() | TEXTS, max_size=2),
    }
)

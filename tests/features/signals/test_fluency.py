"""Disfluency and listening: numbers by hand, the oracle, undefined cases."""

import math

import pytest
from hypothesis import given

import alliance_features as af

COUNTS = ("filled_pauses_n", "repetitions_n", "cutoffs_n", "backchannels_n", "words_n")
FLUENCY = ["filled_pause", "repetition", "cutoff", "backchannel"]

# text -> filled pauses, repetitions, cut-offs, backchannels, words
TEXTS = {
    "Um, uh, er, erm, uhm, ummm": (6, 0, 0, 0, 0),
    "like, you know, well": (0, 0, 0, 0, 4),  # discourse markers are words
    "Hm.": (0, 0, 0, 1, 1),  # the whole turn is listening
    "Hm, I see": (1, 0, 0, 0, 2),
    "Ah, yeah.": (0, 0, 0, 2, 2),
    "Um, yeah.": (1, 0, 0, 0, 1),  # um is not listening
    "Mm-hmm. Yeah. Okay.": (0, 0, 0, 3, 3),
    "Mm-hmm. Yeah, it is.": (0, 0, 0, 1, 4),  # vocal ones anywhere, yeah not
    "uh-huh": (0, 0, 0, 1, 1),
    "Yeah": (0, 0, 0, 1, 1),
    "Yeah [laughs]": (0, 0, 0, 1, 1),
    "I I think": (0, 1, 0, 0, 2),
    "I I I think": (0, 2, 0, 0, 2),
    "I, um, I think": (1, 1, 0, 0, 2),
    "the, the dog": (0, 1, 0, 0, 2),
    "The the dog": (0, 1, 0, 0, 2),
    "the dog. Dog it is": (0, 0, 0, 0, 5),  # across a sentence-final mark
    "very very, no no, that that": (0, 0, 0, 0, 6),  # emphasis and grammar
    "it was it was": (0, 0, 0, 0, 4),  # a phrase
    "it\nit was": (0, 1, 0, 0, 2),  # two rows of one turn
    "I-I think": (0, 1, 0, 0, 2),
    "I-I'm here": (0, 1, 0, 0, 2),
    "th-that": (0, 1, 0, 0, 1),
    "bye-bye, so-so": (0, 0, 0, 0, 2),  # words
    "well-being": (0, 0, 0, 0, 1),
    "th- that": (0, 0, 1, 0, 1),
    "wor-, th- no": (0, 0, 2, 0, 1),
    "the - dog": (0, 0, 0, 0, 2),  # a dash
    "the dog": (0, 0, 0, 0, 2),
    "...": (0, 0, 0, 0, 0),
}


@pytest.mark.parametrize("text", TEXTS)
def test_counts(text, one_turn):
    assert tuple(one_turn(text)[name] for name in COUNTS) == TEXTS[text]


@pytest.mark.parametrize(
    ("texts", "expected"),
    [
        # One of two filled pauses stands before the first word of its turn.
        (["Um, I was, uh, there"], 1 / 2),
        (["[sighs] Um, uh, yes", "", "I, um, no"], 2 / 3),
        (["(laughs) \u2014 um well"], 1.0),
        (["well um"], 0.0),
        (["th- um well"], 1.0),  # a cut-off is no word
        # A turn that is nothing but a filled pause has no word before it.
        (["Um."], 1.0),
    ],
)
def test_initial_share(texts, expected, make_session, measure):
    name = "client__filled_pause_initial_prop"
    turns = [turn for text in texts for turn in (("client", text), ("therapist", "Go on."))]
    found = measure.session(make_session(*turns), name).values[name]
    assert math.isclose(found, expected, rel_tol=1e-15)


def test_rates_leave_disfluencies_out_of_the_denominator(make_session, measure):
    # 50 words, and besides: 2 filled pauses, 1 repetition, 1 cut-off.
    words = " ".join(f"w{number}" for number in range(49))
    values = measure.session(make_session(f"Um, the, uh, the th- {words}"), "fluency").values
    assert values["client__filled_pause_rate"] == 4.0
    assert values["client__repetition_rate"] == 2.0
    assert values["client__cutoff_rate"] == 2.0
    assert values["client__backchannel_rate"] == 0.0
    assert values["client__filled_pause_initial_prop"] == 0.5
    shorter = f"Um, the, uh, the th- {words.removesuffix(' w48')}"
    codes = measure.session(make_session(shorter), "client__filled_pause_rate").codes
    assert codes == {"client__filled_pause_rate": "few_words"}


# The oracle


def test_examples_match_naive(example_sessions, check_session):
    for session in example_sessions:
        check_session(session, "fluency")


def test_generated_sessions_match_naive(talk, make_session, check_session):
    @given(talk)
    def check(turns):
        check_session(make_session(*turns), "fluency")

    check()


# What is known of the session decides, never what it holds

LONG = "the dog went home " * 15


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"mode": "typed"}, "mode_typed"),
        ({"mode": "typed", "verbatim": None}, "mode_typed"),
        ({"mode": "generated"}, "mode_generated"),
        ({"verbatim": False}, "not_verbatim"),
        ({"mode": None, "verbatim": False}, "not_verbatim"),
        ({"verbatim": None}, "verbatim_unknown"),
        ({"mode": "captions", "verbatim": None}, "verbatim_unknown"),
        ({"language": "ja"}, "no_lexicon"),
        ({"language": "ja", "mode": "typed"}, "no_lexicon"),
    ],
)
@pytest.mark.parametrize("text", [LONG, "um " + LONG, "um"])
def test_null_codes(fields, code, text, make_session, measure):
    session = make_session(text, text, **fields)
    names = af.list_features("fluency")
    assert measure.session(session, "fluency").codes == dict.fromkeys(names, code)
    turns = measure.turns(session, "fluency").codes
    assert set(turns.values()) == {code}
    assert len(turns) == 2 * len(af.list_features("fluency", level="turn"))


@pytest.mark.parametrize("mode", ["spoken", "captions", None])
def test_a_speaker_without_filled_pauses_has_a_rate_of_zero(mode, make_session, measure):
    found = measure.session(make_session(LONG, LONG, mode=mode), "fluency")
    assert found.values["client__filled_pause_rate"] == 0.0
    codes = {name: code for name, code in found.codes.items() if not name.endswith("slope")}
    assert codes == {
        "client__filled_pause_initial_prop": "no_events",
        "therapist__filled_pause_initial_prop": "no_events",
    }


@pytest.mark.parametrize("feature", FLUENCY)
def test_few_words(feature, make_session, measure):
    name = f"client__{feature}_rate"
    assert measure.session(make_session("um, yes"), name).codes == {name: "few_words"}

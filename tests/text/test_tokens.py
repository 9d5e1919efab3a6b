"""What a word is, pinned against surprises of the tokenizer; tokens for distances."""

import pytest
from hypothesis import given, settings

import alliance_features as af
import naive

# text -> words of the turn, I among them, filled pauses, cut-offs, repetitions
SURPRISES = {
    "I'm": (1, 1, 0, 0, 0),  # a contraction is one word and one I
    "I\u2019m": (1, 1, 0, 0, 0),  # curly apostrophe
    "I\u2018m": (1, 1, 0, 0, 0),
    "I\u02bcm": (1, 1, 0, 0, 0),
    "I'd've": (1, 1, 0, 0, 0),
    "'I'm tired'": (2, 1, 0, 0, 0),  # single quotes are not part of the word
    "uh-huh": (1, 0, 0, 0, 0),  # a backchannel, not the filled pause uh
    "mm-hmm": (1, 0, 0, 0, 0),
    "id": (1, 0, 0, 0, 0),  # spaCy would make it i + d
    "ill": (1, 0, 0, 0, 0),
    "im": (1, 1, 0, 0, 0),
    "gonna": (1, 0, 0, 0, 0),  # spaCy would make it gon + na
    "don't": (1, 0, 0, 0, 0),
    "It's John's": (2, 0, 0, 0, 0),
    "I-I'm": (1, 1, 0, 0, 1),
    "I-I": (1, 1, 0, 0, 1),
    "I I think": (2, 1, 0, 0, 1),
    "I, uh, I think": (2, 1, 1, 0, 1),
    "th- that": (1, 0, 0, 1, 0),
    "th-that": (1, 0, 0, 0, 1),
    "th-": (0, 0, 0, 1, 0),
    "mother-in-law": (1, 0, 0, 0, 0),
    "e-mail": (1, 0, 0, 0, 0),  # no restart
    "well - no": (2, 0, 0, 0, 0),  # a dash is no cut-off
    "well -- no": (2, 0, 0, 0, 0),
    "well\u2014no": (2, 0, 0, 0, 0),
    "um": (0, 0, 1, 0, 0),
    "Um, Uhhh, erm": (0, 0, 3, 0, 0),
    "the ER": (2, 0, 0, 0, 0),  # the emergency room
    "er": (0, 0, 1, 0, 0),
    "Er, no": (1, 0, 1, 0, 0),
    "F.B.I.": (1, 0, 0, 0, 0),
    "F.B.I. agents": (2, 0, 0, 0, 0),
    ":D": (0, 0, 0, 0, 0),
    "great :D": (1, 0, 0, 0, 0),
    "(laughs)": None,
    "[pause]": None,
    "(0.5)": None,
    "(I was there)": (3, 1, 0, 0, 0),
    "(laughs) no": (1, 0, 0, 0, 0),
    "What?!": (1, 0, 0, 0, 0),
    "3.5": (1, 0, 0, 0, 0),
    "...": (0, 0, 0, 0, 0),
    "rock'n'roll": (1, 0, 0, 0, 0),
    "'cause": (1, 0, 0, 0, 0),
    "and/or": (1, 0, 0, 0, 0),
}
COUNTED = ("words_n", "i_n", "filled_pauses_n", "cutoffs_n", "repetitions_n")


@pytest.mark.parametrize("text", SURPRISES)
def test_a_word(text, one_turn):
    # Followed by another turn's text nothing changes, so the text alone is enough. A turn of an
    # annotation only is a turn with no word.
    row = one_turn(text)
    expected = SURPRISES[text] or (0, 0, 0, 0, 0)
    assert tuple(row[name] for name in COUNTED) == expected


def test_the_country_is_not_we(one_turn):
    assert one_turn("US")["we_n"] == 0
    assert one_turn("us")["we_n"] == 1
    assert one_turn("It hurt us in the US.")["we_n"] == 1


def test_decomposed_letters_are_one_word(make_session, one_turn):
    composed, decomposed = "the caf\u00e9 caf\u00e9s", "the cafe\u0301 cafe\u0301s"
    assert one_turn(composed) == one_turn(decomposed)
    assert one_turn(decomposed)["words_n"] == 3
    assert af.turn_tokens(make_session(decomposed)) == [["the", "caf\u00e9", "caf\u00e9s"]]


TOKENS = {
    "Um, I don't know [sighs].": ["i", "do", "not", "know"],
    "It's John's.": ["it", "john"],  # 's and 'd are ambiguous: dropped
    "I'd go, we'll see, they've left": ["i", "go", "we", "will", "see", "they", "have", "left"],
    "I can't, won't, shan't": ["i", "can", "not", "will", "not", "shall", "not"],
    "I wouldn't've": ["i", "would", "not", "have"],
    "my mother-in-law's": ["my", "mother", "in", "law"],
    "I I think": ["i", "i", "think"],  # repetitions stay
    "th- that": ["that"],
    "I-I'm here": ["i", "am", "here"],
    "Mm-hmm. Uh-huh.": ["mm-hmm", "uh-huh"],
    "Hm.": ["hm"],  # listening
    "Hm, no.": ["no"],  # a filled pause
    "let's": ["let", "us"],
    "y'all're": ["you", "all", "are"],
    "F.B.I.": ["f.b.i"],
    "gonna": ["gonna"],
    "um uh": [],
    "(laughs)": [],
    "What?!": ["what"],
}


@pytest.mark.parametrize("text", TOKENS)
def test_distance_tokens(text, make_session, lists):
    assert af.turn_tokens(make_session(text)) == [TOKENS[text]]
    assert naive.turn_tokens(text, lists) == TOKENS[text]  # the oracle knows the same answers


def test_turns_are_merged_before_they_are_read(make_session):
    session = make_session(("client", "It is"), ("client", " "), ("client", "is hard"), "Hm.")
    assert af.turn_tokens(session) == [["it", "is", "is", "hard"], ["hm"]]
    session = make_session(("client", "One."), ("therapist", ""), ("client", "Two."))
    merged = af.merge_turns(session)
    assert [(turn.role, turn.turn_index, turn.n_merged) for turn in merged] == [("client", 0, 2)]


def test_turn_tokens_needs_word_lists(make_session):
    with pytest.raises(af.ResourceError, match="no word lists for language"):
        af.turn_tokens(make_session("hai", language="ja"))


def test_counts_and_tokens_match_naive(text_of_a_turn, make_session, measure, lists):
    @settings(max_examples=400)
    @given(text_of_a_turn)
    def check(text):
        session = make_session(text)
        found = measure.turns(session, ["volume", "pronouns", "fluency"]).rows
        assert len(found) == bool(text.strip())
        for row in found:
            expected = naive.turn_counts(text, lists)
            assert {name: row[name] for name in expected} == expected
            assert af.turn_tokens(session) == [naive.turn_tokens(text, lists)]

    check()


def test_examples_match_naive(example_sessions, lists):
    for session in example_sessions:
        turns = naive.merged([(turn.role, turn.text) for turn in session.turns])
        assert [
            (t.role, t.text, t.turn_index, t.n_merged) for t in af.merge_turns(session)
        ] == turns
        assert af.turn_tokens(session) == [naive.turn_tokens(turn[1], lists) for turn in turns]


@pytest.mark.parametrize(
    ("text", "name", "expected"),
    [
        # "Not across a sentence-final mark": the period after a single letter is not seen.
        ("So did I. I think so.", "repetitions_n", 0),
        ("So did I. I think so.", "i_n", 2),
        ("So did I. I think so.", "words_n", 6),
        ("That was you and I. Think.", "i_cogverb_n", 0),
        # A dash and a period make one token that is no sentence end.
        ("I see\u2014. See you", "repetitions_n", 0),
        # Square brackets are an annotation everywhere, within round ones too.
        ("(I was [laughs] there)", "words_n", 3),
        # A mark glued to an emoticon makes a word of its mouth.
        ("Great :D.", "words_n", 1),
        # Two repairs at one place: the word again, and a restart.
        ("the the-the dog", "repetitions_n", 2),
        # A question without a space after it.
        ("What?Why", "questions_n", 1),
        ("What?Why", "words_n", 2),
        # Dashes part words, quotation marks or not.
        ('she said "no"\u2014we left', "words_n", 5),
        # An ellipsis is a hesitation, not the end of a sentence.
        ("I... I think", "repetitions_n", 1),
        ("I\u2026 I think", "i_n", 1),
        ("I. I think", "repetitions_n", 0),
        # A beginning is a restart unless it is a prefix; doubling for emphasis is none.
        ("be-because wor-work", "repetitions_n", 2),
        ("re-read no-no-no uh-uh", "repetitions_n", 0),
        ("re-read no-no-no uh-uh", "words_n", 3),
        # A broken sentence leaves contractions whole; we- may begin went.
        ("I'd- I told", "i_n", 2),
        ("I said we-", "cutoffs_n", 1),
        # Signs that are no brackets, and brackets that do not cross rows.
        ("I <3 you. I love it -> bye", "words_n", 6),
        ("one [two\nthree] four", "words_n", 4),
        ("one <laughs> </i> two", "words_n", 2),
        ("Sure, sure. Hm hm, no.", "repetitions_n", 0),
    ],
)
def test_surprises(text, name, expected, one_turn):
    assert one_turn(text)[name] == expected

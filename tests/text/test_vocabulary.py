"""Pieces of text that are looked up instead of tokenised again: company changes nothing."""

import threading
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import alliance_features as af
from alliance_features.lexicons import load_lexicon
from alliance_features.text import tokens as module
from alliance_features.text.normalise import normalise
from alliance_features.text.tokenizers import BREAK_SIGN, cut_pieces, spacy_tokenizer
from alliance_features.text.vocabulary import Vocabulary

TRICKY = ["don't", "well:)", ")", ":D", "D", "th-", "(yes)", "F.B.I.", "8)", "'cause", "I-I'm", "a"]
PIECES = st.lists(st.one_of(st.sampled_from(TRICKY), st.text("ab:)(.,'-D8!", min_size=1)))
LEXICON = load_lexicon("en")


def cut_alone(pieces):
    """Tokenise every piece in a text of its own."""
    tokenizer = spacy_tokenizer("en")
    return [[token.text for token in tokenizer(piece)] for piece in pieces]


@given(PIECES)
def test_a_piece_gives_the_same_tokens_in_any_company(pieces):
    assert cut_pieces(spacy_tokenizer("en"), pieces) == cut_alone(pieces)


def test_a_border_has_no_token():
    found = cut_pieces(spacy_tokenizer("en"), ["one.", BREAK_SIGN, "two"])
    assert found == [["one", "."], [], ["two"]]
    assert cut_pieces(spacy_tokenizer("en"), []) == []


@given(PIECES, PIECES)
def test_what_was_met_before_changes_nothing(before, pieces):
    fresh, used = (Vocabulary(LEXICON, cut_alone) for _ in range(2))
    used.look_up(before)
    found = []
    for vocabulary in (fresh, used):
        forms, starts = vocabulary.forms_of(vocabulary.look_up(pieces))
        written = [vocabulary.forms[form].written for form in forms.tolist()]
        words, begins = vocabulary.words_of(forms)
        said = [vocabulary.words[word] for word in words.tolist()]
        found.append((written, starts.tolist(), said, begins.tolist()))
        forms_met = [vocabulary.forms[form] for form in forms.tolist()]
        assert said == [token for form in forms_met for token in form.tokens]
        assert vocabulary.flags[forms].tolist() == [form.flags for form in forms_met]
        assert vocabulary.function[forms].tolist() == [form.function for form in forms_met]
        assert vocabulary.ruled[forms].tolist() == [bool(form.rules) for form in forms_met]
        lower = {form.lower for form in forms_met}
        assert len(set(vocabulary.lower[forms].tolist())) == len(lower)
    assert found[0] == found[1]
    assert found[0][0] == [token for one in cut_alone(pieces) for token in one]


def test_threads_share_one():
    vocabulary = Vocabulary(LEXICON, cut_alone)
    parts = [[f"w{number % 400}" for number in range(start, start + 300)] for start in range(8)]
    found = {}

    def look_up(part):
        found[part] = vocabulary.look_up(parts[part])

    threads = [threading.Thread(target=look_up, args=(part,)) for part in range(len(parts))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for part, numbers in found.items():
        forms, _ = vocabulary.forms_of(numbers)
        assert [vocabulary.forms[form].written for form in forms.tolist()] == parts[part]
    assert len(vocabulary) == len({piece for part in parts for piece in part})


def test_a_large_vocabulary_is_given_up_for_a_new_one(make_session, monkeypatch):
    session = make_session("I don't know.", "Mm-hmm, the thing is hard.", "I see. Yes!")
    before = af.extract(session, features=["core", "style"])
    old = module._small_reader("en")
    monkeypatch.setattr(module, "MOST_PIECES", 3)
    assert af.extract(session, features=["core", "style"]).equals(before)
    assert module._small_reader("en") is not old


def test_turns_are_kept_apart(make_session):
    texts = ["one two.", "(laughs)", "three [pause] four\nfive", "!"]
    table = module.tokenize(af.merge_turns(make_session(*texts)), "en")
    said = [table.words(turn) for turn in range(4)]
    assert said == [["one", "two"], [], ["three", "four", "five"], []]
    numbers, offsets, words = table.numbered()
    names = [table.vocabulary.words[word] for word in words.tolist()]
    laid_out = [
        [names[number] for number in numbers[begin:end].tolist()]
        for begin, end in pairwise(offsets.tolist())
    ]
    assert laid_out == [table.tokens(turn) for turn in range(4)] == said
    assert len(names) == len(set(names))


def test_a_session_without_turns(make_session):
    table = module.tokenize([], "en")
    assert table.offsets.tolist() == [0]
    assert table.entries == []
    assert [part.size for part in table.numbered()] == [0, 1, 0]


TURNS = st.lists(st.text("ab:)([]{}<>8xX=;.!?'’\"“ \u00e9\u0301", max_size=25), max_size=5)


@given(TURNS)
def test_a_session_is_normalised_as_its_turns_are(texts):
    joined = module.TURN_BREAK.join(texts)
    one_by_one = module.TURN_BREAK.join(normalise(text, LEXICON) for text in texts)
    assert normalise(joined, LEXICON) == one_by_one


@pytest.mark.parametrize("bits", [1, 2, 6, 1 << 40])
def test_flags_are_counted_by_turn(bits):
    rng = np.random.default_rng(bits % 97)
    flags = rng.integers(0, 8, 30)
    offsets = np.array([0, 0, 7, 7, 30])
    table = module.TokenTable(flags, flags, offsets, flags, Vocabulary(LEXICON, cut_alone), flags)
    for also in (0, 4):
        expected = [
            sum(bool(int(one) & bits) and int(one) & also == also for one in flags[begin:end])
            for begin, end in pairwise(offsets.tolist())
        ]
        assert table.count(bits, also=also).tolist() == expected

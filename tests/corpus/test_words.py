"""Counting the words of a corpus, and the clients in whose sessions they are said."""

from itertools import chain

import pytest

import alliance_features as af
from alliance_features.corpus.words import CorpusWords, KeptWords


@pytest.fixture
def corpus():
    """Return a corpus of (session, client or None, text) with at most `enough` clients a word."""

    def make(*sessions, enough=9):
        words = CorpusWords()
        for session_id, client_id, text in sessions:
            turns = [af.Turn(role="client", text=text), af.Turn(role="therapist", text="[nods]")]
            words.add(
                af.Session(session_id=session_id, client_id=client_id, language="en", turns=turns),
                enough=enough,
            )
        return words

    return make


def test_clients_are_counted_once(corpus):
    """Two sessions of one client; a word of both, a word said twice in one."""
    corpus_read = corpus(
        ("s1", "a", "river river garden"), ("s2", "a", "river"), ("s3", "b", "river")
    )
    assert corpus_read.vocabulary(min_clients=2, min_count=1) == {"river": 4}
    assert corpus_read.vocabulary(min_clients=1, min_count=1) == {"river": 4, "garden": 1}
    assert corpus_read.vocabulary(min_clients=3, min_count=1) == {}
    assert corpus_read.vocabulary(min_clients=1, min_count=2) == {"river": 4}
    assert (
        corpus_read.counts["sessions"],
        corpus_read.counts["clients"],
        corpus_read.counts["turns"],
    ) == (3, 2, 3)


def test_a_session_without_client_is_a_client_of_its_own(corpus):
    """Also where a client has the name of a session."""
    corpus_read = corpus(("s1", None, "river"), ("s2", None, "river"), ("s3", "s1", "river"))
    assert corpus_read.vocabulary(min_clients=3, min_count=1) == {"river": 3}
    assert corpus_read.vocabulary(min_clients=4, min_count=1) == {}
    assert corpus_read.counts["sessions_without_client_id"] == 2


def test_order_is_by_count_and_then_by_word(corpus):
    corpus_read = corpus(("s1", "a", "winter river garden river mother"))
    kept = corpus_read.vocabulary(min_clients=1, min_count=1)
    assert list(kept) == ["river", "garden", "mother", "winter"]


def test_no_more_clients_are_remembered_than_needed(corpus):
    corpus_read = corpus(*((f"s{n}", f"c{n}", "river") for n in range(5)), enough=2)
    assert corpus_read.heard_by == [{0, 1}]


def test_dropped_words_leave_a_gap_that_closes(corpus):
    corpus_read = corpus(("s1", "a", "winter river garden"), ("s2", "b", "winter garden"))
    kept = corpus_read.vocabulary(min_clients=2, min_count=1)
    assert list(KeptWords(corpus_read, kept)) == [["winter", "garden"]] * 2


def test_a_long_turn_is_cut_in_pieces_and_not_short(corpus):
    """Gensim drops what follows the first 10,000 words of a sentence."""
    corpus_read = corpus(("s1", "a", " ".join(["river", "garden"] * 6000)))
    pieces = KeptWords(corpus_read, {"river": 6000})
    assert [len(piece) for piece in pieces] == [6000]
    pieces = KeptWords(corpus_read, {"river": 6000, "garden": 6000})
    assert [len(piece) for piece in pieces] == [10_000, 2000]
    assert list(chain(*pieces)) == ["river", "garden"] * 6000
    assert len(pieces) == 2

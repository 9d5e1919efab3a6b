from itertools import groupby, pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from alliance_features import Session, Turn, merge_turns
from alliance_features.features.measured import Measured
from alliance_features.transcript.exchange import has_backward_times

TEXTS = st.sampled_from(["", " ", "\n\t", "yes", "um, no", " well\n"]) | st.text(
    st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=8
)
TURNS = st.lists(
    st.builds(lambda role, text: (role, text), st.sampled_from(["therapist", "client"]), TEXTS),
    max_size=12,
)


def conversation(turns, **more):
    return Session(
        session_id="s",
        language="en",
        turns=[Turn(role=role, text=text) for role, text in turns],
        **more,
    )


def test_worked_example():
    # C C T "" C T: the empty turn of the therapist does not part anything from anything.
    session = Session(
        session_id="s",
        language="en",
        turns=[
            Turn(role="client", text="It was hard.", start=0, end=1),
            Turn(role="client", text="Really.", start=2, end=3),
            Turn(role="therapist", text="Hard how?", start=4, end=5),
            Turn(role="client", text=" ", start=6, end=7),
            Turn(role="therapist", text="Go on.", start=8),
            Turn(role="client", text="Well.", start=10, end=11),
        ],
    )
    merged = merge_turns(session)
    assert [(t.role, t.text, t.turn_index, t.n_merged, t.start, t.end) for t in merged] == [
        ("client", "It was hard.\nReally.", 0, 2, 0.0, 3.0),
        ("therapist", "Hard how?\nGo on.", 2, 2, 4.0, None),
        ("client", "Well.", 5, 1, 10.0, 11.0),
    ]


def test_nothing_said_merges_to_nothing():
    assert merge_turns(conversation([])) == []
    assert merge_turns(conversation([("client", ""), ("therapist", " \n\u3000")])) == []


def test_repr_shows_sizes_and_no_words():
    (turn,) = merge_turns(conversation([("client", "secret"), ("client", "words")]))
    assert repr(turn) == (
        "MergedTurn(role='client', text=<12 characters>, turn_index=0, n_merged=2)"
    )


@settings(deadline=None, max_examples=200)
@given(TURNS)
def test_matches_grouping_of_what_was_said(turns):
    said = [(role, text, i) for i, (role, text) in enumerate(turns) if text.strip()]
    groups = [list(group) for _, group in groupby(said, key=lambda turn: turn[0])]
    assert [
        (t.role, t.text, t.turn_index, t.n_merged) for t in merge_turns(conversation(turns))
    ] == [
        (group[0][0], "\n".join(text for _, text, _ in group), group[0][2], len(group))
        for group in groups
    ]


@settings(deadline=None, max_examples=200)
@given(TURNS)
def test_a_measured_session_has_the_same_turns(turns):
    measured = Measured(conversation(turns), None)
    merged = merge_turns(measured.session)
    assert measured.n_turns == len(merged)
    assert measured.roles == [turn.role for turn in merged]
    assert measured.texts == [turn.text for turn in merged]
    assert [(group[0], len(group)) for group in measured.groups] == [
        (turn.turn_index, turn.n_merged) for turn in merged
    ]


@settings(deadline=None, max_examples=200)
@given(TURNS)
def test_roles_alternate_and_every_said_turn_counts_once(turns):
    merged = merge_turns(conversation(turns))
    assert all(a.role != b.role for a, b in pairwise(merged))
    assert sum(turn.n_merged for turn in merged) == sum(bool(text.strip()) for _, text in turns)
    assert all(turn.text.strip() for turn in merged)
    indices = [turn.turn_index for turn in merged]
    assert indices == sorted(set(indices))


@settings(deadline=None, max_examples=200)
@given(TURNS)
def test_merging_twice_is_merging_once(turns):
    once = merge_turns(conversation(turns))
    twice = merge_turns(conversation([(turn.role, turn.text) for turn in once]))
    assert [(t.role, t.text) for t in twice] == [(t.role, t.text) for t in once]
    assert [t.n_merged for t in twice] == [1] * len(once)


@settings(deadline=None, max_examples=200)
@given(TURNS, st.integers(0, 12), st.sampled_from(["therapist", "client"]))
def test_an_empty_turn_anywhere_changes_only_the_indices(turns, place, role):
    more = [*turns[:place], (role, " "), *turns[place:]]
    plain, padded = merge_turns(conversation(turns)), merge_turns(conversation(more))
    assert [(t.role, t.text, t.n_merged) for t in padded] == [
        (t.role, t.text, t.n_merged) for t in plain
    ]


@settings(deadline=None, max_examples=200)
@given(TURNS)
def test_the_session_is_not_changed(turns):
    session = conversation(turns)
    before = session.to_dict()
    merge_turns(session)
    assert session.to_dict() == before


@settings(deadline=None, max_examples=200)
@given(st.lists(st.none() | st.integers(0, 5), max_size=6))
def test_backward_times_are_starts_out_of_order(starts):
    turns = [Turn(role="client", text="", start=start) for start in starts]
    session = Session(session_id="s", language="en", turns=turns)
    known = [start for start in starts if start is not None]
    assert has_backward_times(session) == (known != sorted(known))

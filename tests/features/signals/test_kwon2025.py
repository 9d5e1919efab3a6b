"""The preset kwon2025: its tokens, its rows, a worked example, gensim, undefined cases."""

import math
import warnings

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose

import alliance_features as af
import naive
import naive_synchrony
from alliance_features.features.signals.kwon2025 import kwon_tokens

NAMES = af.list_features("kwon2025")
BOTH = "dyad__nclid__preset_kwon2025"
WORDS = ["a", "b", "c", "d", "um"]
DEGREES = np.array([0, 60, 180, 100, 250])
# Three times as long as a unit vector: length does not count.
POINTS = 3 * np.column_stack([np.cos(np.radians(DEGREES)), np.sin(np.radians(DEGREES))])


@pytest.fixture(scope="module")
def circle():
    index = {word: row for row, word in enumerate(WORDS)}
    return af.Vectors(index, POINTS, "circle", "0" * 64)


@pytest.fixture(scope="module")
def keyed():
    from gensim.models import KeyedVectors

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # its own, of invalid escapes
        import ot  # noqa: F401  (gensim imports it when it measures)
    keyed = KeyedVectors(2, dtype=np.float64)
    keyed.add_vectors(WORDS, POINTS)
    return keyed


def test_the_set_is_apart():
    assert NAMES == [
        BOTH,
        "dyad__nclid__anchor_therapist__preset_kwon2025",
        "dyad__nclid__anchor_client__preset_kwon2025",
    ]
    assert not {*NAMES} & {*af.list_features("synchrony"), *af.list_features("core")}


def test_by_hand(make_session, measure, circle):
    # Chords of 60, 120 and 180 degrees: a-b 1, b-c the root of 3, a-c 2.
    session = make_session(
        ("therapist", "A!"), ("client", "b"), ("client", "C"), ("therapist", "a")
    )
    found = measure.session(session, "kwon2025", vectors=circle).values
    # Two rows of the client, not merged: within 3 ** .5, within the therapist 0. The therapist's
    # first row is nearest to b, 1; later rows of the client are 1 and 2 away, 1.5.
    alpha = math.sqrt(3) + 1.5
    assert_allclose(found["dyad__nclid__anchor_therapist__preset_kwon2025"], 1 / alpha)
    # The client's rows are 1 and 2 from the therapist's last.
    assert_allclose(found["dyad__nclid__anchor_client__preset_kwon2025"], 1.5 / alpha)
    assert_allclose(found[BOTH], 1.25 / alpha)


@pytest.mark.parametrize(
    ("text", "tokens"),
    [
        ("I don't, [laughs] I-I know.", "i don t laughs i i know"),
        ("Um, 3.5 % x_y \u00dcber 来访者", "um 3 5 x_y über 来访者"),
        ("?!", ""),
    ],
)
def test_tokens(text, tokens):
    assert kwon_tokens(text) == tokens.split()


@given(st.text(max_size=30))
def test_tokens_match_naive(text):
    assert kwon_tokens(text) == naive_synchrony.kwon_tokens(text)


ROWS = st.lists(
    st.tuples(
        st.sampled_from(naive.ROLES),
        st.lists(st.sampled_from(["A", "b", "c,", "d", "um", "x", "..."]), max_size=4).map(
            " ".join
        ),
    ),
    max_size=10,
)


def test_matches_gensim_row_by_row(make_session, measure, circle, keyed):
    @given(ROWS)
    def check(turns):
        found = measure.session(make_session(*turns), "kwon2025", vectors=circle)
        rows = naive_synchrony.kwon_rows(turns)
        tokens = [naive_synchrony.kwon_tokens(text) for _, text in rows]
        far = [[keyed.wmdistance(one, other) for other in tokens] for one in tokens]
        far = [[math.nan if math.isinf(d) else d for d in row] for row in far]
        for name, value in naive_synchrony.kwon2025(far, [role for role, _ in rows]).items():
            if name in found.codes:
                assert found.codes[name] == "undefined"
                # gensim has 0 or a rounding error where all turns are alike.
                assert math.isnan(value) or max(d for row in far for d in row if d == d) < 1e-6
            else:
                assert_allclose(found.values[name], value, rtol=1e-6, err_msg=name)

    check()


def test_empty_rows_are_no_turns_and_unknown_ones_are(make_session, measure, circle):
    talk = [("therapist", "a"), ("client", "b"), ("therapist", "c"), ("client", "d")]
    with_empty = [talk[0], ("client", " "), *talk[1:]]
    with_unknown = [talk[0], *[("client", "xqzzy")] * 3, *talk[1:]]
    one, two, three = (
        measure.session(make_session(*turns), NAMES[1], vectors=circle).values[NAMES[1]]
        for turns in (talk, with_empty, with_unknown)
    )
    assert one == two
    assert one != three  # three unknown replies fill the window of the first anchor


def test_undefined_and_null(make_session, measure, circle):
    short = make_session(("therapist", "a"), ("client", "b"))
    assert measure.session(short, "kwon2025", vectors=circle).codes == dict.fromkeys(
        NAMES, "undefined"
    )
    # One direction has no reply, so the mean has no value.
    talk = [("client", "a"), ("client", "b"), ("therapist", "c"), ("therapist", "d")]
    found = measure.session(make_session(*talk), "kwon2025", vectors=circle)
    assert found.codes == {BOTH: "undefined", NAMES[1]: "undefined"}
    german = af.Vectors({"a": 0}, np.ones((1, 2)), "de", "0" * 64, language="de")
    found = measure.session(make_session(*talk), "kwon2025", vectors=german)
    assert found.codes == dict.fromkeys(NAMES, "no_vectors")


def test_no_word_lists_are_needed(make_session, measure, circle):
    talk = [("therapist", "a"), ("client", "b"), ("therapist", "c"), ("client", "d")]
    found = measure.session(make_session(*talk, language="ja"), "kwon2025", vectors=circle)
    assert found.codes == {}

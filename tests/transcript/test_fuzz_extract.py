"""Whatever a session may hold: `extract` ends, raises nothing, and gives finite numbers or null."""

import math
import re
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import alliance_features as af
from alliance_features.extraction.extractor import Recipe, Rows, nulls_table
from alliance_features.text.tokenizers import _PIECES
from alliance_features.transcript.schema import session_schema

SETS = ("core", "process")
LANGUAGES = ("en", "de", "zh", "en-GB", "zh-Hant", "fr", "ar", "xx", "yue-Hant-HK")
ODD = (
    "", " ", "\u200b", "\u200d\u2060", "\ufeff", "\u00ad", "\u202eabc\u2066", "e" + "\u0301" * 60,
    "😀", "👩‍👩‍👧", "🇩🇪", ":-) :D <3", "مرحبا كيف حالك", "שלום", "สวัสดี",
    "こんにちは", "我很难过。你呢？", "嗯",
    "İIıſß", "ﬁ", "２４", "Ⅷ²٣", "\x85\x1c\x0b", "\u2028", "\ufffd\U0010ffff", "x" * 3000,
    "ha" * 900,
    "我" * 900, "- " * 300, "((((", "[[{<", "'" * 99, "a'b-c" * 99, "a-" * 300, "1:2:3", "...?!",
    "http://a.b/" + "c" * 300, "I", "um", "I-I th-", "[laughs] I (um) know", "Äh, ich", "\n\n", "_",
)  # fmt: skip
SIGNS = st.characters(exclude_categories=["Cs"], exclude_characters="\0")
TEXT = st.one_of(
    st.text(SIGNS, max_size=30),
    st.sampled_from(ODD),
    st.lists(st.sampled_from(ODD) | st.text(SIGNS, max_size=5), max_size=6).map(" ".join),
    st.just("I think um that we saw the old house, and you told me so; did you not?"),
)
TIME = st.none() | st.floats(0, 1e15) | st.floats(0, 100) | st.sampled_from((0.0, 5e-324, 1e15))


@st.composite
def session(draw):
    """Return a session of any text, of both speakers or of one."""
    roles = draw(st.sampled_from((("client", "therapist"), ("client",), ("therapist",))))
    turns = []
    for _ in range(draw(st.integers(0, 14))):
        start, end = draw(TIME), draw(TIME)
        if start is not None and end is not None:
            start, end = sorted((start, end))
        role = draw(st.sampled_from(roles))
        turns.append(af.Turn(role=role, text=draw(TEXT), start=start, end=end))
    return af.Session(
        session_id="s1",
        language=draw(st.sampled_from(LANGUAGES)),
        turns=turns,
        mode=draw(st.sampled_from((None, "spoken", "captions", "typed", "generated"))),
        verbatim=draw(st.sampled_from((None, True, False))),
    )


def extractor_of(features):
    levels = ("session", "turn") if features != "process" else ("session",)
    return Recipe(features=features, levels=levels).extractor()


def assert_measured(one, extractor):
    """Measure a session: finite or null, and a code for each null."""
    rows = Rows()
    extractor.add(one, rows)
    n_nulls = 0
    for level in extractor.specs:
        table = extractor.table(rows, level)
        assert level == "turn" or table.num_rows == 1
        for name in table.column_names[5 if level == "session" else 4 :]:
            values = table[name].to_pylist()
            n_nulls += values.count(None)
            assert all(value is None or math.isfinite(value) for value in values), name
    assert nulls_table(rows).num_rows == n_nulls


@pytest.fixture(scope="module", params=SETS)
def extractor(request):
    return extractor_of(request.param)


@given(one=session())
@settings(max_examples=100)
def test_any_session_is_measured(extractor, one):
    assert_measured(one, extractor)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("features", SETS)
def test_odd_texts(features, language):
    turns = [af.Turn(role=("client", "therapist")[n % 2], text=text) for n, text in enumerate(ODD)]
    one = af.Session(session_id="s1", language=language, turns=turns, mode="spoken", verbatim=True)
    assert_measured(one, extractor_of(features))


@pytest.mark.parametrize("length", [5e-324, 1e-310, 1e-9, 1e15])
def test_turns_of_any_length(length):
    text = "I think um that we saw the old house and you told me"
    turns = [
        af.Turn(role=("client", "therapist")[n % 2], text=text, start=0, end=length)
        for n in range(14)
    ]
    one = af.Session(session_id="s1", language="en", turns=turns, mode="spoken", verbatim=True)
    assert_measured(one, Recipe(features="timing").extractor())
    rate = af.extract(one, features="timing")["client__words_per_min"].to_pylist()[0]
    if length > 1e-300:
        assert rate == pytest.approx(60 * 12 / length)
    else:
        assert rate is None


@pytest.mark.parametrize("seconds", [math.nextafter(1e15, math.inf), 1e16, 1.7e308])
def test_times_whose_sums_overflow_are_refused(seconds):
    with pytest.raises(af.TranscriptError, match=r"`end` is .*, above 1e\+15\. .*\[bad_time\]$"):
        af.Turn(role="client", text="", end=seconds)
    turn = session_schema()["properties"]["turns"]["items"]["properties"]["end"]
    assert turn["anyOf"][0]["maximum"] == 1e15


# Chinese: the pattern as it is meant, a sign at a time. It takes quadratic time for a long word.
_CUT = r"[a-zA-Z0-9\u3005-\u3007\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]"
_NUMBER, _LATIN = r"\d+(?:[.,:]\d+)+", r"[A-Za-z]+(?:['-][A-Za-z]+)+"
MEANT = re.compile(
    rf"{_NUMBER}|{_LATIN}|(?P<cut>(?:(?!{_NUMBER}|{_LATIN}){_CUT})+)"
    r"|[^\W_]+|\.{2,}|…+|。{2,}|[.?!。？！]+|[^\s]"
)


@given(text=st.text(alphabet="abZ12٣１.,:'-我很。 _é²!々İ", max_size=30))
@settings(max_examples=500)
def test_pieces_of_chinese(text):
    found, meant = (
        [(piece.span(), piece["cut"]) for piece in pattern.finditer(text)]
        for pattern in (_PIECES, MEANT)
    )
    assert found == meant


@pytest.mark.parametrize(
    "signs",
    [
        *"x1我é()!😀_",
        *("x'", "a-", "1.", "([", "(x", "<x", "- "),
        *("ab.", "don't-I", "&#39;", "\\u2019", "â€™", "uh huh ", "US ", "[um]"),
    ],
)
@pytest.mark.parametrize("language", ["en", "de", "zh"])
def test_long_words_take_linear_time(signs, language):
    text = (signs * 50_000)[:50_000]
    turn = af.Turn(role="client", text=text)
    one = af.Session(session_id="s1", language=language, turns=[turn])
    begin = time.process_time()
    af.extract(one, features=["volume", "pronouns", "fluency"])
    assert time.process_time() - begin < 10  # quadratic: a minute and more


@pytest.mark.parametrize("n", [2, 99, 100, 101, 250])
@pytest.mark.parametrize("sign", ["(", ")", "!", "-", "😀"])
def test_a_run_of_signs_leaves_the_words_as_they_are(sign, n):
    for text in (f"so {sign * n} know", f"so {sign * n}know", f"so know{sign * n}"):
        turn = af.Turn(role="client", text=text)
        one = af.Session(session_id="s1", language="en", turns=[turn])
        assert af.turn_tokens(one) == [["so", "know"]]

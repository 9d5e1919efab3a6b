"""Every doubt has a definition, which the documentation repeats; whatever is said is looked at."""

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import alliance_features as af
from alliance_features.errors import TRANSCRIPT_CODES
from alliance_features.extraction.corpus_checks import WARNINGS, CorpusChecks
from alliance_features.extraction.doubts.doubt import KINDS, Doubt, error_of
from alliance_features.features.null_codes import NULL_CODES
from canaries import CANARIES
from doubtful import codes, session, talk

DOCS = Path(__file__).parents[3] / "docs" / "files.md"


def test_codes_are_sorted_words_of_their_own():
    assert list(KINDS) == sorted(KINDS)
    assert not KINDS.keys() & (TRANSCRIPT_CODES.keys() | NULL_CODES.keys())
    assert WARNINGS.keys() > KINDS.keys()


@pytest.mark.parametrize("code", KINDS)
def test_every_definition_says_cause_and_remedy(code):
    kind = KINDS[code]
    assert re.fullmatch(r"[a-z]+(_[a-z]+)*", code)
    assert WARNINGS[code] == kind.definition
    assert re.fullmatch(r".+: .+\? .+[^.]", kind.definition)
    error = error_of([Doubt(code, 1200), Doubt("one_speaker", 3)], "s1")
    assert (error.code, error.session_id) == (code, "s1")
    pattern = rf"^session s1: .+ \(1,200 words .+; also one_speaker\)\. .+\? .+\. .+ \[{code}\]$"
    assert re.fullmatch(pattern, str(error))


def test_the_documentation_has_the_same_table():
    rows = [
        f"| `{code}` | {kind.sign} | {kind.cause[0].upper()}{kind.cause[1:]}? {kind.remedy} |"
        for code, kind in KINDS.items()
    ]
    assert "\n".join(rows) in DOCS.read_text(encoding="utf-8")


TEXTS = st.text(st.sampled_from("ab \n\t[]{}<>&/:+-.,0\u00e4\u4f60\u3042\u2191'"), max_size=40)
TURNS = st.lists(
    st.tuples(
        st.sampled_from(["therapist", "client"]), TEXTS, st.one_of(st.none(), st.floats(0, 1e9))
    ),
    max_size=12,
)


@given(TURNS, st.sampled_from(["en", "de", "zh", "ja"]))
def test_anything_can_be_looked_at(turns, language):
    assert {*codes(turns, language=language)} <= KINDS.keys()


def test_the_same_words_tell_the_same():
    assert codes(talk() * 2) == codes(talk() * 2) == ["repeated_passages"]


def test_sums_are_merged_and_come_back():
    checks, other = CorpusChecks(), CorpusChecks()
    checks.add(session(talk()), 10, None, [Doubt("one_speaker", 70), Doubt("fast_times", 70)])
    other.add(session(talk()), 10, None, [Doubt("one_speaker", 30)])
    other.add(session(talk()), 10, None)
    checks.merge(CorpusChecks.from_dict(other.to_dict()))
    assert checks.warnings() == {"fast_times": 1, "one_speaker": 2}
    assert checks.doubtful_words == {"fast_times": 70, "one_speaker": 100}
    older = {name: value for name, value in checks.to_dict().items() if "doubt" not in name}
    with pytest.raises(KeyError, match="doubts"):
        CorpusChecks.from_dict(older)


def test_python_warns_or_refuses():
    twice = session(talk() * 2)
    clean = session(talk(), session_id="s2")
    with pytest.warns(af.AllianceWarning, match=r"^1 session: long turns .+ \[repeated_passages\]"):
        warned = af.extract([twice, clean], features="volume")
    assert warned.num_rows == 2
    for call in (af.extract, af.extract_turns):
        with pytest.raises(af.TranscriptError, match=r"session s1: .+ \[repeated_passages\]"):
            call(
                [clean, twice],
                features="words_n" if call is af.extract_turns else "volume",
                strict=True,
            )
        assert call(clean, strict=True).equals(call(clean))
    rows = af.iter_features([clean, twice], features="volume", strict=True)
    assert next(rows)["session_id"] == "s2"
    with pytest.raises(af.TranscriptError, match=r"Is the session in the file twice"):
        next(rows)


def test_no_word_is_quoted():
    turns = [(role, f"{text} {CANARIES[0]} {CANARIES[1]}") for role, text in talk()]
    with pytest.raises(af.TranscriptError, match="repeated_passages") as error:
        af.extract(session(turns * 2), strict=True)
    assert not any(canary in str(error.value) for canary in CANARIES)

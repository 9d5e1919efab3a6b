"""A session as a document of spaCy, and its features as an attribute."""

import pickle
import re
import subprocess
import sys
import traceback

import pytest
import spacy
from hypothesis import given
from hypothesis import strategies as st
from spacy.tokens import Doc, DocBin, Span

import alliance_features as af
from alliance_features.extraction.extractor import SESSION_KEYS
from alliance_features.extraction.spacy_component import AllianceComponent, doc_to_session

FEW = ["client__words_n", "therapist__i_rate", "dyad__turns_n"]
WORD = "wisteria"


def pipeline(language="en", **config):
    nlp = spacy.blank(language)
    nlp.add_pipe("alliance_features", config={"features": FEW, **config})
    return nlp


def expected(session, features=FEW, **options):
    (row,) = af.extract(session, features=features, **options).to_pylist()
    return {name: row[name] for name in af.list_features(features)}


@pytest.fixture(scope="module")
def nlp():
    return pipeline()


# Values


@pytest.mark.parametrize(("features", "n"), [("core", 3), ("all", 1)])
def test_values_are_those_of_extract(example_sessions, features, n):
    nlp = pipeline(features=features)
    sessions = example_sessions[4 : 4 + n]
    docs = nlp.pipe([af.session_to_doc(nlp, session) for session in sessions])
    for doc, session in zip(docs, sessions, strict=True):
        assert doc._.alliance_features == expected(session, features)


TURNS = st.lists(
    st.tuples(
        st.sampled_from(["client", "therapist"]),
        st.sampled_from(["", " ", "I know. ", "\n\nUm, I-I do\n", "  so\tso", "é — no?", "don't"]),
        st.sampled_from([None, 1.5]),
    ),
    max_size=9,
)


@given(TURNS)
def test_a_document_is_its_session_whatever_the_white_space(nlp, turns):
    session = af.Session(
        session_id="s1",
        language="en-GB",
        turns=[af.Turn(role=role, text=text, start=start) for role, text, start in turns],
        verbatim=True,
        meta={"note": WORD},
    )
    doc = af.session_to_doc(nlp, session)
    found = doc_to_session(doc)
    assert found.meta == {}  # free text stays outside
    assert {**found.to_dict(), "meta": {"note": WORD}} == session.to_dict()
    assert nlp(doc)._.alliance_features == expected(session)


@pytest.mark.parametrize("language", ["de", "xx"])
def test_the_language_is_the_sessions(example_sessions, language):
    nlp = pipeline(language)
    doc = nlp(af.session_to_doc(nlp, example_sessions[0]))
    assert doc._.alliance_features == expected(example_sessions[0])


def test_other_components_change_nothing(nlp, example_sessions):
    session = example_sessions[1]
    doc = af.session_to_doc(nlp, session)
    with doc.retokenize() as retokenizer:
        retokenizer.merge(doc[3:40])
    assert nlp(doc)._.alliance_features == expected(session)


def test_options(example_sessions, tmp_path):
    (tmp_path / "mine.toml").write_text('[categories]\nsad = ["sad"]\n', encoding="utf-8")
    (tmp_path / "v.txt").write_text("i 1 0\nyou 0 1\nknow 1 1\nyou're 1 2\n", encoding="utf-8")
    options = {"seed": 9, "categories": str(tmp_path / "mine.toml")}
    options["vectors"] = str(tmp_path / "v.txt")
    names = ["dyad__oov_prop", "dyad__uclid__anchor_client__surrogate_shuffle__z"]
    nlp = pipeline(features=names, **options)
    doc = nlp(af.session_to_doc(nlp, example_sessions[0]))
    (row,) = af.extract(example_sessions[0], features=names, **options).to_pylist()
    assert doc._.alliance_features == {k: v for k, v in row.items() if k not in SESSION_KEYS}
    assert "dyad__lsm__user_sad" in doc._.alliance_features


# A document of one's own


def own_doc(nlp, key="turns", labels=("client", "therapist"), session_id="s1"):
    doc = nlp.make_doc("It was hard. Hard how?")
    doc.spans[key] = [Span(doc, 0, 4, labels[0]), Span(doc, 4, 7, labels[1])]
    if session_id:
        doc._.alliance_session = {"session_id": session_id}
    return doc


@pytest.mark.parametrize("key", ["turns", "speakers"])
def test_turns_may_be_spans(key):
    nlp = pipeline(turns=key)
    turns = [("client", "It was hard."), ("therapist", "Hard how?")]
    session = af.Session(
        session_id="s1", language="en", turns=[af.Turn(role=r, text=t) for r, t in turns]
    )
    doc = nlp(own_doc(nlp, key))
    assert doc_to_session(doc, key) == session
    assert doc._.alliance_features == expected(session)
    doc._.alliance_session = {"session_id": "s2", "language": "de", "mode": "typed"}
    assert (doc_to_session(doc, key).language, doc_to_session(doc, key).mode) == ("de", "typed")


def place(start, end, **more):
    return {"role": "client", "start_char": start, "end_char": end, **more}


BAD = [
    (None, r"ParameterError: The document has no turns. Make the document with `session_to_doc"),
    ("s1", r"ParameterError: doc._.alliance_session is str; it must be a dictionary"),
    ({"turns": [place(0, 4)]}, "ParameterError: The document names no session; set doc._.all"),
    ({"session_id": "s1"}, r"ParameterError: The document has no turns\."),
    ({"session_id": "s1", "turns": 3}, "ParameterError: `turns` of doc._.alliance_session is int"),
    ({"session_id": "s1", "turns": [3]}, "ParameterError: Turn 0 of the document has no place"),
    ({"session_id": "s1", "turns": [place(0, True)]}, "Turn 0 of the document has no place in"),
    ({"session_id": "s1", "turns": [place(-1, 4)]}, "whole numbers between 0, where the turn befo"),
    ({"session_id": "s1", "turns": [place(4, 2)]}, "Turn 0 of the document has no place in it"),
    ({"session_id": "s1", "turns": [place(0, 900)]}, "and 22, where the document does"),
    ({"session_id": "s1", "turns": [place(0, 4), place(3, 6)]}, "Turn 1 of .* between 4, where"),
    ({"session_id": "s1", "turns": [place(0, 4, role=WORD)]}, "session s1, turn 0: `role` is neit"),
    ({"session_id": "s1", "turns": [place(0, 4, mood=WORD)]}, "key 2 of the object is not part"),
    ({"session_id": "a b", "turns": []}, "TranscriptError: `session_id` has 3 characters, 1 of"),
    ({"session_id": "s1", "mood": 1, "turns": []}, "is not part of the format"),
]


@pytest.mark.parametrize(("given", "message"), BAD, ids=range(len(BAD)))
def test_a_document_that_is_no_session(nlp, given, message):
    doc = nlp.make_doc(f"It is hard {WORD}. x")
    assert len(doc.text) == 22
    doc._.alliance_session = given
    with pytest.raises(af.AllianceError) as caught:
        nlp(doc)
    assert re.search(message, f"{type(caught.value).__name__}: {caught.value}")
    assert WORD not in "".join(traceback.format_exception(caught.value))
    assert doc._.alliance_features is None


def test_spans_of_nobody(nlp):
    doc = own_doc(nlp, labels=("client", WORD))
    with pytest.raises(af.TranscriptError, match="session s1, turn 1: `role` is neither"):
        nlp(doc)
    doc = own_doc(nlp, session_id=None)
    with pytest.raises(af.ParameterError, match="The document names no session"):
        nlp(doc)


def test_an_error_may_be_passed_over(example_sessions):
    nlp = pipeline()
    failed = []
    nlp.set_error_handler(lambda name, component, docs, error: failed.append((name, str(error))))
    docs = [nlp.make_doc(WORD), af.session_to_doc(nlp, example_sessions[0])]
    assert [doc._.alliance_features for doc in nlp.pipe(docs)] == [expected(example_sessions[0])]
    assert failed[0][0] == "alliance_features"
    assert WORD not in failed[0][1]


# On disk, in bytes, in processes


def test_to_disk_and_back(tmp_path, example_sessions):
    nlp = pipeline(seed=3, turns="speakers")
    nlp.to_disk(tmp_path / "nlp")
    files = [path.name for path in (tmp_path / "nlp").rglob("*") if "alliance" in path.name]
    assert files == []  # the configuration alone
    back = spacy.load(tmp_path / "nlp")
    assert back.get_pipe_config("alliance_features") == nlp.get_pipe_config("alliance_features")
    assert back.get_pipe_config("alliance_features")["seed"] == 3
    doc = back(af.session_to_doc(back, example_sessions[0]))
    assert doc._.alliance_features == expected(example_sessions[0])
    same = spacy.blank("en")
    same.add_pipe("alliance_features", config={"features": FEW})
    same.from_bytes(pipeline().to_bytes())
    doc = same(af.session_to_doc(same, example_sessions[0]))
    assert doc._.alliance_features == expected(example_sessions[0])


def test_documents_keep_both_attributes(nlp, example_sessions):
    docs = [nlp(af.session_to_doc(nlp, session)) for session in example_sessions]
    stored = DocBin(docs=docs, store_user_data=True).to_bytes()
    back = DocBin().from_bytes(stored).get_docs(nlp.vocab)
    for doc, session in zip(back, example_sessions, strict=True):
        assert doc._.alliance_features == expected(session)
        assert doc_to_session(doc) == af.Session.from_dict({**session.to_dict(), "meta": {}})


def test_the_component_goes_to_other_processes(nlp, example_sessions):
    component = pickle.loads(pickle.dumps(nlp.get_pipe("alliance_features")))
    assert isinstance(component, AllianceComponent)
    docs = [component(af.session_to_doc(nlp, one)) for one in example_sessions[:2]]
    assert [doc._.alliance_features for doc in docs] == [expected(s) for s in example_sessions[:2]]


def test_two_components_side_by_side_and_foreign_extensions():
    assert Doc.has_extension("alliance_session")
    assert Doc.has_extension("alliance_features")
    Doc.set_extension("wisteria", default=3)
    try:
        nlp = pipeline()
        nlp.add_pipe("alliance_features", name="again", config={"features": ["dyad__turns_n"]})
        doc = nlp(own_doc(nlp))
        assert doc._.alliance_features == {"dyad__turns_n": 2}
        assert doc._.wisteria == 3
    finally:
        Doc.remove_extension("wisteria")


def test_it_is_found_without_an_import():
    code = (
        "import spacy, sys; nlp = spacy.blank('en');"
        "heavy = {'numba', 'pyarrow', 'scipy', 'alliance_features.extraction.extractor'};"
        "heavy &= set(sys.modules);"
        "nlp.add_pipe('alliance_features', config={'features': 'dyad__turns_n'});"
        "doc = nlp.make_doc('x y'); doc._.alliance_session = {'session_id': 'a', 'turns': []};"
        "print(heavy, nlp(doc)._.alliance_features)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "set() {'dyad__turns_n': 0}\n"


@pytest.mark.parametrize(
    ("config", "error", "message"),
    [
        ({"features": "voume"}, af.ParameterError, "`features` names 'voume'.* Is `volume`"),
        ({"features": []}, af.ParameterError, "`features` is empty"),
        ({"vectors": "none.bin"}, af.ResourceError, "there is no such vectors file"),
        ({"categories": "none.toml"}, af.ResourceError, "there is no such dictionary file"),
        ({"spacy_model": "none_at_all"}, af.ResourceError, "no spaCy pipeline can be loaded"),
        ({"seed": -1}, af.ParameterError, "`seed` is -1; it must be a whole number >= 0"),
    ],
)
def test_a_malformed_configuration(config, error, message):
    with pytest.raises(error, match=message):
        pipeline(**config)
